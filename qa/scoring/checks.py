"""The checks: each takes a criterion and a call's findings and returns a judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from qa.nouns import Event, Evidence, Fact, Moment, Outcome, Transcript, Turn
from qa.scoring.conditions import Answer, Verdict, happens, holds, in_order
from qa.scoring.rubric import AbsentCheck, Check, FactCheck, GradedCheck, PresentCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """Return UNSCORED because uncertain moments would decide; those are what is quoted."""
    doubted = [moment for moment in verdict.moments if moment.decision == "uncertain"]
    reason = f"{what}: {_names(doubted)} is uncertain, a person should decide"
    return unscored(reason, doubted)


def quotes(moments: Sequence[Moment]) -> tuple[Evidence, ...]:
    """Return the first few sentences as evidence; one that does several things is quoted once."""
    said = (Evidence(m.turn, m.quote, m.start_ms, m.end_ms) for m in moments)
    return tuple(dict.fromkeys(said))[:_QUOTES]


def _scored(outcome: Outcome, reason: str, moments: Sequence[Moment]) -> Judgement:
    return Judgement(outcome, reason, quotes(moments), _POINTS[outcome])


def _present(check: PresentCheck, findings: Findings, trigger: Verdict) -> Judgement:
    verdict = happens(check.moments, findings.moments, after_first=check.after_first)
    wanted = _listed(check.moments, "or")
    match verdict.answer:
        case Answer.YES:
            return _scored(Outcome.MET, f"{_names(verdict.moments)} was heard", verdict.moments)
        case Answer.UNCERTAIN:
            return doubtful(f"not sure whether {wanted} was heard in time", verdict)
        case Answer.NO:
            reason = f"no {wanted} was heard{_asked_by(trigger.moments)}"
            return _scored(Outcome.NOT_MET, reason, trigger.moments)


def _asked_by(moments: Sequence[Moment]) -> str:
    """Return what made the criterion apply, as the end of a sentence; empty where all calls do."""
    if not moments:
        return ""
    speakers = sorted({moment.speaker for moment in moments})
    whose = " and ".join(f"the {speaker}'s" for speaker in speakers)
    return f" in answer to {whose} {_names(moments)}"


def _absent(check: AbsentCheck, findings: Findings) -> Judgement:
    verdict = happens(check.moments, findings.moments, at_least=check.tolerate + 1)
    unwanted = _listed(check.moments, "or")
    allowed = {0: "", 1: " more than once"}.get(
        check.tolerate, f" more than {check.tolerate} times"
    )
    match verdict.answer:
        case Answer.YES:
            times = len(verdict.moments)
            reason = f"{_names(verdict.moments)} was heard {times} time{'s' if times > 1 else ''}"
            return _scored(Outcome.NOT_MET, reason, verdict.moments)
        case Answer.UNCERTAIN:
            return doubtful(f"not sure whether {unwanted} was heard{allowed}", verdict)
        case Answer.NO:
            return _scored(Outcome.MET, f"no {unwanted} was heard{allowed}", ())


def _graded(check: GradedCheck, findings: Findings, trigger: Verdict) -> Judgement:
    met = holds(check.met, findings.moments)
    if met.answer is Answer.YES:
        return _scored(Outcome.MET, _heard(met.moments), met.moments)
    if met.answer is Answer.UNCERTAIN:
        return doubtful("not sure whether it is met", met)
    if check.partly_met is not None:
        partly = holds(check.partly_met, findings.moments)
        if partly.answer is Answer.YES:
            return _partly(partly.moments, met.moments)
        if partly.answer is Answer.UNCERTAIN:
            return doubtful("not sure whether it is partly met", partly)
    failed = happens(check.failed_by, findings.moments)
    if failed.answer is Answer.YES:  # an uncertain one explains nothing
        return _scored(Outcome.NOT_MET, _heard(failed.moments), failed.moments[-_QUOTES:])
    reason = "nothing that would meet it was heard"
    return _scored(Outcome.NOT_MET, reason, trigger.moments)


def _partly(moments: Sequence[Moment], against: Sequence[Moment]) -> Judgement:
    """Return PARTLY_MET; `against` is what was heard that kept it from being met."""
    if not against:
        return _scored(Outcome.PARTLY_MET, f"only {_heard(moments)}", moments)
    reason = f"{_heard(moments)}, but {_heard(against)} too"
    shown = in_order((*moments[: _QUOTES - 1], against[-1]))
    return _scored(Outcome.PARTLY_MET, reason, shown)


def _fact(check: FactCheck, findings: Findings) -> Judgement:
    fact = next((fact for fact in findings.facts if fact.name == check.fact), None)
    if fact is None or fact.value is None:
        return unscored(fact.reason if fact and fact.reason else f"{check.fact} was not measured")
    if not fact.trusted:
        return unscored(fact.reason or f"{check.fact} is not trusted on this recording")
    value = fact.value
    place = next(i for i, b in enumerate(check.bands) if b.up_to is None or value <= b.up_to)
    band = check.bands[place]
    points = _POINTS[band.outcome] if band.points is None else band.points
    said = (said_at(event, findings.transcript) for event in _events(fact, findings.facts))
    shown = [quote for quote in said if quote is not None][:_QUOTES]
    if band.up_to is not None:
        limit = f"at most {band.up_to:g}"
    else:
        limit = f"more than {check.bands[place - 1].up_to:g}"
    reason = f"{check.fact} is {round(value, 2):.12g} ({limit})"
    return Judgement(band.outcome, reason, tuple(shown), points)


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
    turn = max(turns, key=lambda turn: (_shared_ms(event, turn), -turn.start_ms))
    tokens = turn.text.split()
    first = 0
    if len(turn.words) == len(tokens):
        later = (i for i, word in enumerate(turn.words) if word.end_ms > event.start_ms)
        first = next(later, 0)
    said = " ".join(tokens[first : first + _QUOTE_WORDS])
    quote = said if said in turn.text else turn.text
    return Evidence(turn.index, quote, event.start_ms, event.end_ms)


def _shared_ms(event: Event, turn: Turn) -> int:
    return min(event.end_ms, turn.end_ms) - max(event.start_ms, turn.start_ms)


def _heard(moments: Sequence[Moment]) -> str:
    return f"{_names(moments) or 'what was asked'} was heard"


def _names(moments: Sequence[Moment]) -> str:
    return _listed(tuple(dict.fromkeys(moment.name for moment in moments)), "and")


def _listed(names: Sequence[str], word: str) -> str:
    *first, last = (name.replace("_", " ") for name in names or ("",))
    return f"{', '.join(first)} {word} {last}" if first else last
