"""What a check returns: an outcome with its reason, points and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from qa.nouns import Because, Evidence, Fact, Moment, Outcome, Transcript
from qa.scoring.evidence import quotes
from qa.scoring.kinds import POINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.scoring.conditions import Verdict


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of one call when it is scored."""

    transcript: Transcript
    facts: tuple[Fact, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A check's outcome; `points` is None where nothing is scored."""

    outcome: Outcome
    because: Because
    evidence: tuple[Evidence, ...] = ()
    points: float | None = None


def scored(outcome: Outcome, because: Because, moments: Sequence[Moment]) -> Judgement:
    return Judgement(outcome, because, quotes(moments), POINTS[outcome])


def unscored(because: Because, moments: Sequence[Moment] = ()) -> Judgement:
    """Return "not known", with what a person should listen to."""
    return Judgement(Outcome.UNSCORED, because, quotes(moments))


def doubtful(code: str, verdict: Verdict) -> Judgement:
    """Return UNSCORED because of what is uncertain; moments are quoted, for a person to decide.

    Where only a fact is not known, its own reason is the reason.
    """
    doubted = [moment for moment in verdict.moments if moment.decision == "uncertain"]
    unknown = [fact for fact in verdict.facts if fact.value is None or not fact.trusted]
    if unknown and not doubted:
        return unscored(why_unknown(unknown[0]))
    return unscored(Because(code, moments=names_of(doubted)), doubted)


def why_unknown(fact: Fact) -> Because:
    """Return why a fact cannot be used: in its own words, if it has any."""
    if fact.reason:
        return Because("fact_says", name=fact.name, text=fact.reason)
    return Because("fact_unmeasured" if fact.value is None else "fact_untrusted", name=fact.name)


def not_heard(wanted: Sequence[str], asked_by: Sequence[Moment]) -> Because:
    """Return that nothing wanted was heard, and in answer to what; to nothing: all calls do."""
    speakers = {moment.speaker for moment in asked_by}
    code = "not_heard"
    if speakers:
        code += "_after_" + (speakers.pop() if len(speakers) == 1 else "both")
    return Because(code, moments=tuple(wanted), others=names_of(asked_by))


@lru_cache(maxsize=256)
def exact(number: float) -> Fraction:
    """Return a number of a rubric as it was written: 0.6, not the binary fraction next to it."""
    return Fraction(repr(number))


def by_share(share: Fraction, met_from: float) -> tuple[Outcome, float]:
    """Return the outcome and the points of a share of what was asked: partial credit."""
    if share >= exact(met_from):
        return Outcome.MET, POINTS[Outcome.MET]
    if share:
        return Outcome.PARTLY_MET, float(share)
    return Outcome.NOT_MET, POINTS[Outcome.NOT_MET]


def names_of(moments: Iterable[Moment]) -> tuple[str, ...]:
    """Return the names of moments, each once."""
    return tuple(dict.fromkeys(moment.name for moment in moments))
