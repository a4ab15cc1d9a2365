"""The progress line: on a terminal in place, in a log now and then, or not at all."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest

from qa.progress import ProgressLine, line, show_notes
from qa.runner.local import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("state", "text"),
    [
        # 340 s of sound in 20 s is 17 times; 12 of 18 in 20 s leaves 6 at 1.67 s: 10 s
        (Progress(12, 18, 340_000, 20.0), "12/18 calls, 17.0x real time, 0:10 left"),
        (Progress(18, 18, 340_000, 20.0), "18/18 calls, 17.0x real time"),
        (Progress(1, 2, 0, 75.4), "1/2 calls, 1:15 left"),  # nothing heard: all was there
        (Progress(1, 3, 0, 3600.0), "1/3 calls, 120:00 left"),
        (Progress(0, 3, 0, 5.0), "0/3 calls"),  # no call to tell from
        (Progress(1, 1, 9_000, 0.0), "1/1 calls"),  # too fast for the clock
    ],
)
def test_the_line(state: Progress, text: str):
    assert line(state) == text


def test_a_terminal_is_written_in_place():
    terminal = Terminal()
    shown = ProgressLine(quiet=False, stream=terminal)
    shown.show(Progress(1, 2, 9_000, 1.0))
    shown.show(Progress(2, 2, 9_000, 1.0))
    first, last = "1/2 calls, 9.0x real time, 0:01 left", "2/2 calls, 9.0x real time"
    # the shorter line is filled with blanks, so that nothing of the longer one stays
    assert terminal.getvalue() == f"\r{first}\r{last.ljust(len(first))}\n"


def test_a_log_gets_a_line_every_ten_seconds_and_the_last(monkeypatch: pytest.MonkeyPatch):
    clock = [100.0]
    monkeypatch.setattr("qa.progress.time.monotonic", lambda: clock[0])
    log = io.StringIO()
    shown = ProgressLine(quiet=False, stream=log)
    for second in range(26):
        clock[0] = 100.0 + second
        shown.show(Progress(second, 25, 0, 1.0))
    lines = log.getvalue().splitlines()
    assert [text.split()[0] for text in lines] == ["10/25", "20/25", "25/25"]
    assert "\r" not in log.getvalue()


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_quiet_says_nothing(stream: io.StringIO):
    ProgressLine(quiet=True, stream=stream).show(Progress(2, 2, 9_000, 1.0))
    assert stream.getvalue() == ""


def test_the_line_goes_to_standard_error(capsys: pytest.CaptureFixture[str]):
    """Standard output is for what other programs read."""
    ProgressLine(quiet=False).show(Progress(1, 1, 0, 1.0))
    out, err = capsys.readouterr()
    assert (out, err) == ("", "1/1 calls\n")


@pytest.fixture
def _as_before() -> Iterator[None]:
    logger = logging.getLogger("qa")
    handlers, level = logger.handlers, logger.level
    yield
    logger.handlers = handlers
    logger.setLevel(level)


@pytest.mark.usefixtures("_as_before")
def test_notes_go_to_standard_error_once_and_not_when_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    log = logging.getLogger("qa.moments.vectors")
    show_notes()
    show_notes()
    log.info("encoding %d sentences", 9_000)
    logging.getLogger("other").info("not ours")
    assert capsys.readouterr() == ("", "encoding 9000 sentences\n")
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    ProgressLine(quiet=False).show(Progress(1, 2, 9_000, 1.0))
    log.info("encoding")
    assert terminal.getvalue().endswith("0:01 left\r\x1b[Kencoding\n")
    monkeypatch.undo()
    show_notes(quiet=True)
    log.info("encoding")
    log.warning("odd")
    assert capsys.readouterr() == ("", "odd\n")
