"""Findings and rubrics for tests, written as people would write them down."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qa.facts import measure
from qa.nouns import Channel, Fact, Language, Moment, Outcome, Scorecard, Transcript
from qa.scoring.judgement import Findings
from qa.scoring.rubric import Rubric
from tests.calls import call_of, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.nouns import Decision, Speaker, Turn

_MARK = re.compile(r"\s*\[([^\]]*)\]")
CUSTOMERS = {"problem", "complaint", "frustration", "satisfaction", "unresolved"}


def spoken(
    *lines: str,
    channel: Channel = "voice",
    language: Language = "en",
    facts: Iterable[Fact] | None = None,
) -> Findings:
    """Return the findings of a call whose sentences are followed by what they do.

    "0-4 agent: That is annoying. [empathy] I am sorry. [apology?]" has two sentences, the second
    of which may be an apology. Facts are the measured ones, unless others are given.
    """
    bare = [_MARK.sub("", line) for line in lines]
    transcript = call_of(*bare, channel=channel, language=language)
    marked = {turn.index: _sentences(line) for turn, line in _paired(transcript, lines)}
    moments = tuple(
        moment for turn in transcript.turns for moment in _moments(turn, marked[turn.index])
    )
    known = measure(transcript, row_of(transcript)) if facts is None else tuple(facts)
    return Findings(transcript, known, moments)


def _paired(transcript: Transcript, lines: tuple[str, ...]) -> list[tuple[Turn, str]]:
    """Pair turns with lines by their words: the builder puts turns in order of time."""
    said = {_MARK.sub("", line).split(":", 1)[1].strip(): line for line in lines}
    return [(turn, said[turn.text]) for turn in transcript.turns]


def _sentences(line: str) -> list[tuple[str, list[str]]]:
    pieces = _MARK.split(line.split(":", 1)[1])
    return [
        (text.strip(), [name.strip() for name in names.split(",") if name.strip()])
        for text, names in zip(pieces[::2], pieces[1::2], strict=False)
    ]


def _moments(turn: Turn, sentences: list[tuple[str, list[str]]]) -> list[Moment]:
    found = []
    for number, (text, names) in enumerate(sentences):
        before = turn.text.index(text)
        length = turn.end_ms - turn.start_ms
        start = turn.start_ms + length * before // len(turn.text)
        end = turn.start_ms + length * (before + len(text)) // len(turn.text)
        for name in names:
            decision: Decision = "uncertain" if name.endswith("?") else "present"
            plain, speaker = name.rstrip("?"), turn.speaker
            one = Moment(plain, speaker, turn.index, text, start, end, 0.9, decision)
            found.append(replace(one, sentence=number))
    return found


def moment(name: str, turn: int, quote: str = "", *, start_ms: int = 0) -> Moment:
    """Return a moment of a turn; "apology?" is an uncertain one."""
    plain = name.rstrip("?")
    speaker: Speaker = "customer" if plain in CUSTOMERS else "agent"
    decision: Decision = "uncertain" if name.endswith("?") else "present"
    return Moment(plain, speaker, turn, quote or plain, start_ms, start_ms + 1000, 0.9, decision)


def at(*names: str) -> tuple[Moment, ...]:
    """Return one moment per turn, in the order given: at("complaint", "empathy?")."""
    return tuple(moment(name, turn) for turn, name in enumerate(names))


def criterion_of(name: str = "asked", weight: float = 100, **fields: object) -> dict[str, Any]:
    """Return a criterion as a file would hold it; without a check, blame must be absent."""
    return {
        "name": name,
        "weight": weight,
        "title": {"en": name},
        "why": {"en": "because"},
        "check": {"kind": "absent", "moments": ["blame"]},
    } | fields


def data_of(*criteria: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Return a rubric of one section as a file would hold it."""
    section = {"name": "only", "title": {"en": "Only"}, "criteria": list(criteria)}
    head = {"name": "trial", "version": "1", "title": {"en": "Trial"}, "sections": [section]}
    return head | fields


def rubric_of(*criteria: dict[str, Any], **fields: object) -> Rubric:
    return Rubric.model_validate(data_of(*criteria, **fields))


def outcomes(card: Scorecard) -> dict[str, str]:
    return {score.criterion: str(score.outcome) for score in card.scores}


def quoted(card: Scorecard, criterion: str) -> list[str]:
    score = next(score for score in card.scores if score.criterion == criterion)
    return [evidence.quote for evidence in score.evidence]


MET, PARTLY, NOT_MET, NA, UNSCORED = (
    Outcome.MET,
    Outcome.PARTLY_MET,
    Outcome.NOT_MET,
    Outcome.NOT_APPLICABLE,
    Outcome.UNSCORED,
)
