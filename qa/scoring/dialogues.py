"""Written dialogues of rubric tests as transcripts: "12-15 Agent: ..." with times, or without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.intake.draft import MalformedError, role
from qa.intake.ready_text import read_plain
from qa.nouns import Span, Speaker, Transcript, Turn, Word

if TYPE_CHECKING:
    from qa.scoring.cases import RubricTest

# seconds, 1:05 or 1:02:05, or 1d4h, 90m, 20s; every repetition is bounded
_CLOCK: Final = r"(?:\d{1,4}:)?\d{1,4}:\d\d(?:\.\d{1,3})?|\d{1,7}(?:\.\d{1,3})?"
_SPAN: Final = r"(?=\d)(?:\d{1,3}d)?(?:\d{1,3}h)?(?:\d{1,4}m)?(?:\d{1,5}s)?"
_TIMED = re.compile(rf"[ \t]*({_CLOCK}|{_SPAN})(?:-({_CLOCK}|{_SPAN}))?[ \t]+(?=\S)")
_UNITS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_LETTERS_PER_S: Final = 15  # of speech without an end


class DialogueError(Exception):
    """A dialogue cannot be read; says in which of its lines, and what to write."""


@dataclass(frozen=True, slots=True)
class _Time:
    start_ms: int
    end_ms: int | None


def transcript_of(test: RubricTest) -> Transcript:
    """Return what was said in a test's dialogue.

    With times on all messages a call has speech of two channels, its words spread evenly over it,
    and all facts can be measured; without times, none that need them. Raises DialogueError.
    """
    times: dict[int, _Time] = {}
    bare: list[str] = []
    for number, line in enumerate(test.dialogue.split("\n"), 1):
        found = _TIMED.match(line)
        if found and not _is_said(line[found.end() :]):
            found = None  # a number that a message goes on with
        if found:
            end = None if found[2] is None else _ms(found[2])
            times[number] = _Time(_ms(found[1]), end)
        bare.append(line[found.end() :] if found else line)
    try:
        said = read_plain("\n".join(bare)).said
    except MalformedError as error:
        raise DialogueError(str(error)) from error
    if not said:
        raise DialogueError("nobody says anything: write `Agent: ...` and `Customer: ...` lines")
    numbers = [int(one.where.removeprefix("line ")) for one in said]
    timed = [times.get(number) for number in numbers]
    messages = [(role(one.label) or "customer", " ".join(one.text.split())) for one in said]
    return _transcript(test, messages, _times(numbers, timed))


def _is_said(rest: str) -> bool:
    """Say whether a message begins here: who says it stands in front of a colon."""
    label, colon, _ = rest.partition(":")
    return bool(colon) and role(label) is not None


def _times(numbers: list[int], timed: list[_Time | None]) -> list[_Time] | None:
    """Return the times, in order of the dialogue; None if no message has one."""
    known = [time for time in timed if time is not None]
    if not known:
        return None
    if len(known) < len(timed):
        raise DialogueError(f"line {numbers[timed.index(None)]}: give its time too, or none at all")
    for number, time in zip(numbers, known, strict=True):
        if time.end_ms is not None and time.end_ms <= time.start_ms:
            raise DialogueError(f"line {number}: it must end after it starts")
    for number, before, time in zip(numbers[1:], known, known[1:], strict=False):
        if time.start_ms < before.start_ms:
            raise DialogueError(f"line {number}: it starts before the line above: put it there")
    return known


def _transcript(
    test: RubricTest, messages: list[tuple[Speaker, str]], times: list[_Time] | None
) -> Transcript:
    spoken = test.channel == "voice" and times is not None
    turns: list[Turn] = []
    for index, (speaker, text) in enumerate(messages):
        start, end = (0, 0) if times is None else _edges(times[index], text, spoken=spoken)
        words = _spread(text, start, end) if spoken else ()
        turns.append(Turn(index, speaker, start, end, text, words))
    return Transcript(
        call_id=test.name,
        turns=tuple(turns),
        spans=tuple(Span(t.start_ms, t.end_ms, t.speaker) for t in turns) if spoken else (),
        language=test.language,
        basis="stereo" if spoken else "ready",
        channel=test.channel,
        duration_ms=max(turn.end_ms for turn in turns),
    )


def _edges(time: _Time, text: str, *, spoken: bool) -> tuple[int, int]:
    if not spoken:
        return time.start_ms, time.start_ms
    length = max(1, len(text)) * 1000 // _LETTERS_PER_S
    return time.start_ms, time.end_ms or time.start_ms + max(1, length)


def _spread(text: str, start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """Give each word an equal part of the time."""
    tokens = text.split()
    edges = [start_ms + (end_ms - start_ms) * at // len(tokens) for at in range(len(tokens) + 1)]
    return tuple(
        Word(token, start, end, 1.0)
        for token, start, end in zip(tokens, edges, edges[1:], strict=False)
    )


def _ms(written: str) -> int:
    if written[-1] in _UNITS:
        pieces = re.findall(r"(\d+)([dhms])", written)
        return sum(int(number) * _UNITS[unit] for number, unit in pieces)
    seconds = 0.0
    for piece in written.split(":"):
        seconds = seconds * 60 + float(piece)
    return round(seconds * 1000)
