"""Decoding, speech detection and features in a process that may hang or crash alone.

libav is a large body of C that reads hostile bytes. What comes back over the pipe is checked
against the limits, because a file may have taken the process over.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from qa.child import Alarm, Child
from qa.intake.decode import DEFAULT_LIMITS, DecodeLimits
from qa.problems import CallError
from qa.speech.announced import Announced
from qa.speech.listening import Outline
from qa.speech.spans import PER_MS
from qa.speech.windows import LONGEST_MS
from qa.wire import receive, receive_planes, send

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from qa.speech.windows import Window

_START_S = 60  # to import libav from a cold network disk


@dataclass(frozen=True, slots=True, eq=False)
class Fed:
    """A window ready for the recogniser."""

    channel: int
    window: Window
    features: NDArray[np.float32]  # (mel bands, frames of 10 ms)
    samples: NDArray[np.float32] | None  # float32 at 16 kHz, levelled; None of two channels


class Feeder:
    """Makes recordings ready one after another in a child process; one user at a time.

        with Feeder(limits, bands=80, deadline_s=300) as feeder:
            for fed in feeder.feed(path): ...

    The child starts with the first recording. One that died or had to be killed is replaced at
    the next. Several feeders may be used side by side, each by one thread.
    """

    def __init__(
        self, limits: DecodeLimits = DEFAULT_LIMITS, *, bands: int, deadline_s: float = 300
    ) -> None:
        self._limits = limits
        self._bands = bands
        self._deadline_s = deadline_s
        self._child: Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id, for logs; None while there is none."""
        return None if self._child is None else self._child.process.pid

    def start(self) -> None:
        """Start the child ahead of the first recording."""
        if self._child is not None and not self._child.alive:
            self._drop()  # it died idle, say for want of memory: not the next recording's fault
        if self._child is None:
            hello = asdict(self._limits) | {"bands": self._bands}
            self._child = Child("qa.speech.feeder_child", hello, start_s=_START_S)

    def feed(self, path: Path, *, longest_ms: int = LONGEST_MS) -> Generator[Fed | Outline]:
        """Yield the windows of a recording as they are found, and last its Outline.

        Windows hold at most `longest_ms`, which is itself at most LONGEST_MS.

        Raises what `qa.intake.decode.decode_blocks` raises; beside it CallError `timeout` (the
        child took more than the deadline, the reader's own time not counted) and `crashed` (the
        child died). One that is left before its end costs the child.
        """
        self.start()
        left, announced = self._deadline_s, Announced(self._most_ms)
        finished = late = False
        try:
            send(self._running.requests, {"path": str(path.absolute()), "longest_ms": longest_ms})
            while not finished:
                began = time.monotonic()
                try:
                    with Alarm(self._running, left) as alarm:
                        heard = self._heard(path, receive(self._running.replies), announced)
                finally:
                    late = late or alarm.rang
                left = max(0.001, left - (time.monotonic() - began))
                finished = isinstance(heard, Outline)
                yield heard
        except (EOFError, BrokenPipeError) as error:
            end = self._drop()
            if late:
                what = f"not decoded within {self._deadline_s:g} s: look at the file, or raise "
                raise CallError("intake", "timeout", f"{path.name}: {what}the deadline") from error
            raise CallError(
                "intake", "crashed", f"{path.name}: the decoder died ({end}): convert it to WAV"
            ) from error
        except _RefusedError as refused:
            finished = True
            raise CallError("intake", refused.code, str(refused)) from None
        finally:
            if late or not finished:
                self._drop()  # answers may still come, and must not be taken for the next one's

    def close(self) -> None:
        """End the child; it is gone when this returns. A later `feed` starts another."""
        if self._child is not None:
            self._child.leave()
            self._child = None

    @property
    def _running(self) -> Child:
        if self._child is None:
            raise EOFError("no process")
        return self._child

    def _drop(self) -> str:
        child, self._child = self._child, None
        return "no process" if child is None else child.kill()

    def _heard(self, path: Path, head: dict[str, Any], announced: Announced) -> Fed | Outline:
        if "bug" in head:
            raise RuntimeError(f"the feeder failed on {path.name}:\n{head['bug']}")
        if isinstance(head.get("code"), str):
            raise _RefusedError(head["code"], str(head.get("message", "")))
        try:
            if "duration_ms" in head:
                return announced.outline(head)
            channel, window, frames = announced.window(head)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise EOFError("an answer that makes no sense") from error
        replies = self._running.replies
        (features,) = receive_planes(replies, 1, self._bands * frames)
        samples = None
        if announced.channels == 1:
            (samples,) = receive_planes(replies, 1, window.length_ms * PER_MS)
        return Fed(channel, window, features.reshape(self._bands, frames), samples)

    @property
    def _most_ms(self) -> int:
        return (self._limits.max_seconds + 1) * 1000  # the resampler rounds up


class _RefusedError(Exception):
    """The child says why it cannot use a recording, and is well."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
