"""Written dialogues of rubric tests as transcripts: "12-15 Agent: ..." with times, or without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.intake.draft import role
from qa.nouns import Span, Speaker, Transcript, Turn, Word

if TYPE_CHECKING:
    from qa.scoring.cases import RubricTest

# seconds, 1:05 or 1:02:05, or 1d4h, 90m, 20s; every repetition is bounded
_CLOCK: Final = r"(?:\d{1,4}:)?\d{1,4}:\d\d(?:\.\d{1,3})?|\d{1,7}(?:\.\d{1,3})?"
_SPAN: Final = r"(?=\d)(?:\d{1,3}d)?(?:\d{1,3}h)?(?:\d{1,4}m)?(?:\d{1,5}s)?"
_TIME: Final = rf"{_CLOCK}|{_SPAN}"
_LINE = re.compile(
    rf"[ \t]{{0,40}}(?:(?P<start>{_TIME})(?:-(?P<end>{_TIME}))?[ \t]{{1,9}})?"
    r"(?P<label>[^\W\d]{1,40})[ \t]{0,9}:(?P<text>.*)"
)
_UNITS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_LETTERS_PER_S: Final = 15  # of speech without an end


class DialogueError(Exception):
    """A dialogue cannot be read; says in which of its lines, and what to write."""


@dataclass(frozen=True, slots=True)
class _Message:
    number: int  # of its first line
    speaker: Speaker
    lines: list[str]
    start_ms: int | None
    end_ms: int | None

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())


def transcript_of(test: RubricTest) -> Transcript:
    """Return what was said in a test's dialogue.

    A line that nobody begins goes on with the message before it. With times on all messages a call
    has speech of two channels, its words spread evenly over it, and all facts can be measured;
    without times, none that need them. Raises DialogueError.
    """
    messages = _messages(test.dialogue)
    if not messages:
        raise DialogueError("nobody says anything: write `Agent: ...` and `Customer: ...` lines")
    return _transcript(test, messages, timed=_timed(messages))


def _messages(dialogue: str) -> list[_Message]:
    said: list[_Message] = []
    for number, line in enumerate(dialogue.split("\n"), 1):
        found = _LINE.match(line)
        speaker = role(found["label"]) if found else None
        if found and speaker:
            start, end = (_ms(found[name]) for name in ("start", "end"))
            said.append(_Message(number, speaker, [found["text"]], start, end))
        elif said:
            said[-1].lines.append(line)
        elif line.strip():
            raise DialogueError(f"line {number}: begin it with `Agent:` or `Customer:`")
    return said


def _timed(messages: list[_Message]) -> bool:
    """Say whether the messages have times: all of them, in order, or none."""
    untimed = [message for message in messages if message.start_ms is None]
    if len(untimed) == len(messages):
        return False
    if untimed:
        raise DialogueError(f"line {untimed[0].number}: give its time too, or none at all")
    before = 0
    for message in messages:
        start = message.start_ms or 0
        if message.end_ms is not None and message.end_ms <= start:
            raise DialogueError(f"line {message.number}: it must end after it starts")
        if start < before:
            where = f"line {message.number}"
            raise DialogueError(f"{where}: it starts before the line above: put it there")
        before = start
    return True


def _transcript(test: RubricTest, messages: list[_Message], *, timed: bool) -> Transcript:
    spoken = test.channel == "voice" and timed
    turns = tuple(_turn(at, one, spoken=spoken) for at, one in enumerate(messages))
    return Transcript(
        call_id=test.name,
        turns=turns,
        spans=tuple(Span(t.start_ms, t.end_ms, t.speaker) for t in turns) if spoken else (),
        language=test.language,
        basis="stereo" if spoken else "ready",
        channel=test.channel,
        duration_ms=max(turn.end_ms for turn in turns),
    )


def _turn(index: int, message: _Message, *, spoken: bool) -> Turn:
    """Return a turn; where it is speech, with its words, and as long as it takes to say."""
    start, text = message.start_ms or 0, message.text
    if not spoken:
        return Turn(index, message.speaker, start, start, text)
    end = message.end_ms or start + max(1, len(text) * 1000 // _LETTERS_PER_S)
    return Turn(index, message.speaker, start, end, text, _spread(text, start, end))


def _spread(text: str, start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """Give each word an equal part of the time."""
    tokens = text.split()
    edges = [start_ms + (end_ms - start_ms) * at // len(tokens) for at in range(len(tokens) + 1)]
    return tuple(
        Word(token, start, end, 1.0)
        for token, start, end in zip(tokens, edges, edges[1:], strict=False)
    )


def _ms(written: str | None) -> int | None:
    if not written:
        return None
    if written[-1] in _UNITS:
        pieces = re.findall(r"(\d+)([dhms])", written)
        return sum(int(number) * _UNITS[unit] for number, unit in pieces)
    seconds = 0.0
    for piece in written.split(":"):
        seconds = seconds * 60 + float(piece)
    return round(seconds * 1000)
