"""What a long command says while it works: how far it is, and what it does first."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from qa.runner.local import Progress

_PLAIN_EVERY_S = 10.0  # in a log file, a line now and then is enough


class ProgressLine:
    """Shows progress on a terminal in place, in a log file as plain lines, or not at all."""

    def __init__(self, *, quiet: bool, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._in_place = self._stream.isatty()
        self._shown = time.monotonic()
        self._width = 0

    def show(self, progress: Progress) -> None:
        """Show a state; in a log only every ten seconds and at the end."""
        if self._quiet:
            return
        now, ended = time.monotonic(), progress.done == progress.total
        if self._in_place:
            text = line(progress)
            self._stream.write("\r" + text.ljust(self._width) + ("\n" if ended else ""))
            self._width = len(text)
        elif ended or now - self._shown >= _PLAIN_EVERY_S:
            self._shown = now
            self._stream.write(line(progress) + "\n")
        self._stream.flush()


def line(progress: Progress) -> str:
    """Return e.g. "12/18 calls, 14.2x real time, 0:35 left"."""
    parts = [f"{progress.done}/{progress.total} calls"]
    if progress.audio_ms and progress.elapsed_s > 0:
        parts.append(f"{progress.audio_ms / 1000 / progress.elapsed_s:.1f}x real time")
    left = progress.total - progress.done
    if left and progress.done:
        seconds = round(progress.elapsed_s / progress.done * left)
        parts.append(f"{seconds // 60}:{seconds % 60:02d} left")
    return ", ".join(parts)


class _Notes(logging.Handler):
    """Writes to standard error as it is at the time, in place of a progress line there."""

    def emit(self, record: logging.LogRecord) -> None:
        start = "\r\x1b[K" if sys.stderr.isatty() else ""  # ECMA-48: erase to the end of the line
        sys.stderr.write(f"{start}{self.format(record)}\n")
        sys.stderr.flush()


def show_notes(*, quiet: bool = False) -> None:
    """Show what is logged about work that takes long, a line each on standard error."""
    logger = logging.getLogger("qa")
    logger.handlers = [_Notes()]
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
