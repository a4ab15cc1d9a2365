"""The checks: each takes a criterion and a call's findings and returns a judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from qa.nouns import Event, Evidence, Fact, Moment, Outcome, Transcript
from qa.scoring.conditions import Answer, Verdict, happens, holds, later_than
from qa.scoring.rubric import (
    AbsentCheck,
    Band,
    Check,
    FactCheck,
    GradedCheck,
    PresentCheck,
)

_POINTS = {Outcome.MET: 1.0, Outcome.PARTLY_MET: 0.5, Outcome.NOT_MET: 0.0}
_QUOTES = 3  # enough to show; the rest is on the call page
_QUOTE_WORDS = 14


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
    reason: str
    evidence: tuple[Evidence, ...] = ()
    points: float | None = None


def judge(check: Check, findings: Findings, trigger: Verdict) -> Judgement:
    """Return what a check says of a call; `trigger` is why the criterion applies."""
    match check:
        case FactCheck():
            return _fact(check, findings)
        case PresentCheck():
            return _present(check, findings, trigger)
        case AbsentCheck():
            return _absent(check, findings)
        case GradedCheck():
            return _graded(check, findings, trigger)
        case _:
            assert_never(check)


def unscored(reason: str, moments: Sequence[Moment] = ()) -> Judgement:
    """Return "not known", with what a person should listen to."""
    return Judgement(Outcome.UNSCORED, reason, quotes(moments))


def doubtful(what: str, verdict: Verdict) -> Judgement:
    """Return UNSCORED because only uncertain moments speak for it."""
    names = ", ".join(sorted({m.name for m in verdict.moments if m.decision == "uncertain"}))
    return unscored(f"{what}: {names or 'a moment'} is uncertain, a person should decide",
                    verdict.moments)


def quotes(moments: Sequence[Moment]) -> tuple[Evidence, ...]:
    """Return the first few moments as evidence."""
    return tuple(Evidence(m.turn, m.quote, m.start_ms, m.end_ms) for m in moments[:_QUOTES])


def _scored(outcome: Outcome, reason: str, moments: Sequence[Moment]) -> Judgement:
    return Judgement(outcome, reason, quotes(moments), _POINTS[outcome])


def _present(check: PresentCheck, findings: Findings, trigger: Verdict) -> Judgement:
    within = later_than(findings.moments, check.after_first)
    verdict = happens(check.moments, within)
    wanted = _listed(check.moments)
    match verdict.answer:
        case Answer.YES:
            return _scored(Outcome.MET, f"{wanted} was said", verdict.moments)
        case Answer.UNCERTAIN:
            return doubtful(f"perhaps {wanted} was said", verdict)
        case Answer.NO:
            cause = _listed(tuple(dict.fromkeys(m.name for m in trigger.moments)))
            after = f" after the customer's {cause}" if cause else ""
            return _scored(Outcome.NOT_MET, f"no {wanted} was heard{after}", trigger.moments)


def _absent(check: AbsentCheck, findings: Findings) -> Judgement:
    verdict = happens(check.moments, findings.moments, at_least=check.tolerate + 1)
    unwanted = _listed(check.moments)
    match verdict.answer:
        case Answer.YES:
            times = len(verdict.moments)
            reason = f"{unwanted} was heard {times} time{'s' if times > 1 else ''}"
            return _scored(Outcome.NOT_MET, reason, verdict.moments)
        case Answer.UNCERTAIN:
            return doubtful(f"perhaps {unwanted} was said", verdict)
        case Answer.NO:
            return _scored(Outcome.MET, f"no {unwanted} was heard", ())


def _graded(check: GradedCheck, findings: Findings, trigger: Verdict) -> Judgement:
    met = holds(check.met, findings.moments)
    if met.answer is Answer.YES:
        return _scored(Outcome.MET, f"{_names(met) or 'what was asked'} was heard", met.moments)
    if met.answer is Answer.UNCERTAIN:
        return doubtful("perhaps met", met)
    if check.partly_met is not None:
        partly = holds(check.partly_met, findings.moments)
        if partly.answer is Answer.YES:
            return _scored(
                Outcome.PARTLY_MET, f"only {_names(partly)} was heard", partly.moments
            )
        if partly.answer is Answer.UNCERTAIN:
            return doubtful("perhaps partly met", partly)
    failed = happens(check.failed_by, findings.moments)
    shown = failed.moments or trigger.moments
    reason = f"{_names(failed)} was heard" if failed.moments else "nothing that would meet it was heard"
    return _scored(Outcome.NOT_MET, reason, shown[-_QUOTES:])


def _fact(check: FactCheck, findings: Findings) -> Judgement:
    fact = next((fact for fact in findings.facts if fact.name == check.fact), None)
    if fact is None or fact.value is None:
        return unscored(fact.reason if fact and fact.reason else f"{check.fact} was not measured")
    if not fact.trusted:
        return unscored(fact.reason or f"{check.fact} is not trusted on this recording")
    value = fact.value
    band = next(b for b in check.bands if b.up_to is None or value <= b.up_to)
    points = _POINTS[band.outcome] if band.points is None else band.points
    events = _events(fact, findings.facts)
    evidence = tuple(said_at(event, findings.transcript) for event in events[:_QUOTES])
    shown = tuple(quote for quote in evidence if quote is not None)
    reason = f"{check.fact} is {value:.3g}{_against(band)}"
    return Judgement(band.outcome, reason, shown, points)


def _events(fact: Fact, facts: Sequence[Fact]) -> tuple[Event, ...]:
    """Return what a fact counted; a rate (..._per_min) counts what its count does."""
    if fact.events:
        return fact.events
    counted = fact.name.removesuffix("_per_min")
    return next((other.events for other in facts if other.name == counted), ())


def said_at(event: Event, transcript: Transcript) -> Evidence | None:
    """Return what the event's speaker said at that time, verbatim; None if no words are known."""
    turns = [
        turn
        for turn in transcript.turns
        if turn.speaker == event.speaker
        and turn.start_ms <= event.end_ms
        and turn.end_ms >= event.start_ms
    ]
    if not turns:
        return None
    turn = min(turns, key=lambda turn: abs(turn.start_ms - event.start_ms))
    tokens = turn.text.split()
    first = 0
    if len(turn.words) == len(tokens):
        later = (i for i, word in enumerate(turn.words) if word.end_ms > event.start_ms)
        first = next(later, 0)
    said = " ".join(tokens[first : first + _QUOTE_WORDS])
    quote = said if said in turn.text else turn.text
    return Evidence(turn.index, quote, event.start_ms, event.end_ms)


def _against(band: Band) -> str:
    return "" if band.up_to is None else f" (at most {band.up_to:g})"


def _names(verdict: Verdict) -> str:
    return _listed(tuple(dict.fromkeys(moment.name for moment in verdict.moments)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)
