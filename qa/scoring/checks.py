"""The checks: each takes a criterion and a call's findings and returns a judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from qa.nouns import Because, Event, Evidence, Fact, Moment, Outcome, Transcript, Turn
from qa.scoring.conditions import Answer, Verdict, happens, holds, in_order
from qa.scoring.kinds import AbsentCheck, Check, FactCheck, GradedCheck, PresentCheck

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
    because: Because
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


def unscored(because: Because, moments: Sequence[Moment] = ()) -> Judgement:
    """Return "not known", with what a person should listen to."""
    return Judgement(Outcome.UNSCORED, because, quotes(moments))


def doubtful(code: str, verdict: Verdict) -> Judgement:
    """Return UNSCORED because uncertain moments would decide; those are what is quoted."""
    doubted = [moment for moment in verdict.moments if moment.decision == "uncertain"]
    return unscored(Because(code, moments=_names(doubted)), doubted)


def quotes(moments: Sequence[Moment]) -> tuple[Evidence, ...]:
    """Return the first few sentences as evidence; one that does several things is quoted once."""
    said = (Evidence(m.turn, m.quote, m.start_ms, m.end_ms) for m in moments)
    return tuple(dict.fromkeys(said))[:_QUOTES]


def _scored(outcome: Outcome, because: Because, moments: Sequence[Moment]) -> Judgement:
    return Judgement(outcome, because, quotes(moments), _POINTS[outcome])


def _present(check: PresentCheck, findings: Findings, trigger: Verdict) -> Judgement:
    verdict = happens(check.moments, findings.moments, after_first=check.after_first)
    match verdict.answer:
        case Answer.YES:
            because = Because("heard", moments=_names(verdict.moments))
            return _scored(Outcome.MET, because, verdict.moments)
        case Answer.UNCERTAIN:
            return doubtful("unsure_heard", verdict)
        case Answer.NO:
            because = _not_heard(check.moments, trigger.moments)
            return _scored(Outcome.NOT_MET, because, trigger.moments)


def _not_heard(wanted: Sequence[str], asked_by: Sequence[Moment]) -> Because:
    """Return that nothing wanted was heard, and in answer to what; to nothing: all calls do."""
    speakers = {moment.speaker for moment in asked_by}
    code = "not_heard"
    if speakers:
        code += "_after_" + (speakers.pop() if len(speakers) == 1 else "both")
    return Because(code, moments=tuple(wanted), others=_names(asked_by))


def _absent(check: AbsentCheck, findings: Findings) -> Judgement:
    verdict = happens(check.moments, findings.moments, at_least=check.tolerate + 1)
    match verdict.answer:
        case Answer.YES:
            times = len(verdict.moments)
            code = "heard_once" if times == 1 else "heard_times"
            because = Because(code, moments=_names(verdict.moments), value=float(times))
            return _scored(Outcome.NOT_MET, because, verdict.moments)
        case Answer.UNCERTAIN:
            return doubtful("unsure_heard", verdict)
        case Answer.NO:
            code = {0: "not_heard", 1: "not_heard_twice"}.get(check.tolerate, "not_heard_more")
            because = Because(code, moments=check.moments, limit=float(check.tolerate))
            return _scored(Outcome.MET, because, ())


def _graded(check: GradedCheck, findings: Findings, trigger: Verdict) -> Judgement:
    met = holds(check.met, findings.moments)
    if met.answer is Answer.YES:
        return _scored(Outcome.MET, Because("heard", moments=_names(met.moments)), met.moments)
    if met.answer is Answer.UNCERTAIN:
        return doubtful("unsure_met", met)
    if check.partly_met is not None:
        partly = holds(check.partly_met, findings.moments)
        if partly.answer is Answer.YES:
            return _partly(partly.moments, met.moments)
        if partly.answer is Answer.UNCERTAIN:
            return doubtful("unsure_partly", partly)
    failed = happens(check.failed_by, findings.moments)
    if failed.answer is Answer.YES:  # an uncertain one explains nothing
        because = Because("heard", moments=_names(failed.moments))
        return _scored(Outcome.NOT_MET, because, failed.moments[-_QUOTES:])
    return _scored(Outcome.NOT_MET, Because("nothing_heard"), trigger.moments)


def _partly(moments: Sequence[Moment], against: Sequence[Moment]) -> Judgement:
    """Return PARTLY_MET; `against` is what was heard that kept it from being met."""
    if not against:
        because = Because("only_heard", moments=_names(moments))
        return _scored(Outcome.PARTLY_MET, because, moments)
    because = Because("heard_but", moments=_names(moments), others=_names(against))
    shown = in_order((*moments[: _QUOTES - 1], against[-1]))
    return _scored(Outcome.PARTLY_MET, because, shown)


def _fact(check: FactCheck, findings: Findings) -> Judgement:
    fact = next((fact for fact in findings.facts if fact.name == check.fact), None)
    if fact is None or fact.value is None or not fact.trusted:
        return unscored(_unknown(check.fact, fact))
    value = fact.value
    place = next(i for i, b in enumerate(check.bands) if b.up_to is None or value <= b.up_to)
    band = check.bands[place]
    points = _POINTS[band.outcome] if band.points is None else band.points
    said = (said_at(event, findings.transcript) for event in _events(fact, findings.facts))
    shown = [quote for quote in said if quote is not None][:_QUOTES]
    if band.up_to is not None:
        because = Because("fact_within", name=check.fact, value=value, limit=band.up_to)
    else:
        limit = check.bands[place - 1].up_to
        because = Because("fact_above", name=check.fact, value=value, limit=limit)
    return Judgement(band.outcome, because, tuple(shown), points)


def _unknown(name: str, fact: Fact | None) -> Because:
    """Return why a fact cannot be used: in its own words, if it has any."""
    if fact is not None and fact.reason:
        return Because("fact_says", name=name, text=fact.reason)
    unmeasured = fact is None or fact.value is None
    return Because("fact_unmeasured" if unmeasured else "fact_untrusted", name=name)


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


def _names(moments: Sequence[Moment]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(moment.name for moment in moments))
