"""The checks: each takes what a criterion asks and a call's findings and returns a judgement.

What is not certain decides nothing: a check says UNSCORED wherever the uncertain moments and
facts, turning out one way or the other, would give different points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from qa.nouns import Because, Moment, Outcome
from qa.scoring.combinations import best, worst
from qa.scoring.conditions import Answer, Verdict, fact_named, happens, holds, in_order
from qa.scoring.evidence import MOST_QUOTES, events_quoted
from qa.scoring.judgement import (
    Findings,
    Judgement,
    doubtful,
    names_of,
    not_heard,
    scored,
    unscored,
    why_unknown,
)
from qa.scoring.kinds import (
    POINTS,
    AbsentCheck,
    AllChecks,
    AnyCheck,
    Check,
    FactCheck,
    GradedCheck,
    PresentCheck,
    ReplyCheck,
    SequenceCheck,
)
from qa.scoring.replies import judge_replies
from qa.scoring.sequences import judge_steps

if TYPE_CHECKING:
    from collections.abc import Sequence


def judge(  # noqa: C901 - a closed set, one case each
    check: Check, findings: Findings, trigger: Verdict
) -> Judgement:
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
        case ReplyCheck():
            return judge_replies(check, findings.moments, findings.transcript)
        case SequenceCheck():
            return judge_steps(check, findings.moments, findings.facts)
        case AllChecks(checks=parts):
            return worst([judge(part, findings, trigger) for part in parts])
        case AnyCheck(checks=parts):
            return best([judge(part, findings, trigger) for part in parts])
        case _:
            assert_never(check)


def _present(check: PresentCheck, findings: Findings, trigger: Verdict) -> Judgement:
    moments = _early(check, findings)
    verdict = happens(
        check.moments, moments, at_least=check.at_least, after_first=check.after_first
    )
    match verdict.answer:
        case Answer.YES:
            because = Because("heard", moments=names_of(verdict.moments))
            return scored(Outcome.MET, because, verdict.moments)
        case Answer.UNCERTAIN:
            return doubtful("unsure_heard", verdict)
        case Answer.NO:
            return _too_few(check, moments, trigger)


def _early(check: PresentCheck, findings: Findings) -> Sequence[Moment]:
    """Return the moments without those wanted that come later than the turns that count."""
    if check.within_turns is None:
        return findings.moments
    early: set[int] = set()
    for speaker in ("agent", "customer"):
        own = sorted(t.index for t in findings.transcript.turns if t.speaker == speaker)
        early.update(own[: check.within_turns])
    return [m for m in findings.moments if m.name not in check.moments or m.turn in early]


def _too_few(check: PresentCheck, moments: Sequence[Moment], trigger: Verdict) -> Judgement:
    """Return NOT_MET: what was wanted was heard too rarely, too late or never."""
    some = happens(check.moments, moments, after_first=check.after_first)
    if check.at_least > 1 and some.answer is Answer.YES:
        times, limit = float(len(some.moments)), float(check.at_least)
        because = Because("heard_fewer", names_of(some.moments), value=times, limit=limit)
        return scored(Outcome.NOT_MET, because, some.moments)
    if check.within_turns is not None:
        limit = float(check.within_turns)
        because = Because("not_heard_early", moments=check.moments, limit=limit)
        return scored(Outcome.NOT_MET, because, trigger.moments)
    return scored(Outcome.NOT_MET, not_heard(check.moments, trigger.moments), trigger.moments)


def _absent(check: AbsentCheck, findings: Findings) -> Judgement:
    verdict = happens(check.moments, findings.moments, at_least=check.tolerate + 1)
    match verdict.answer:
        case Answer.YES:
            times = len(verdict.moments)
            code = "heard_once" if times == 1 else "heard_times"
            because = Because(code, moments=names_of(verdict.moments), value=float(times))
            return scored(Outcome.NOT_MET, because, verdict.moments)
        case Answer.UNCERTAIN:
            return doubtful("unsure_heard", verdict)
        case Answer.NO:
            code = {0: "not_heard", 1: "not_heard_twice"}.get(check.tolerate, "not_heard_more")
            because = Because(code, moments=check.moments, limit=float(check.tolerate))
            return scored(Outcome.MET, because, ())


def _graded(check: GradedCheck, findings: Findings, trigger: Verdict) -> Judgement:
    met = holds(check.met, findings.moments, findings.facts)
    if met.answer is Answer.YES:
        return _by_condition(Outcome.MET, "heard", met, findings)
    if met.answer is Answer.UNCERTAIN:
        return doubtful("unsure_met", met)
    if check.partly_met is not None:
        partly = holds(check.partly_met, findings.moments, findings.facts)
        if partly.answer is Answer.YES:
            return _partly(partly, met.moments, findings)
        if partly.answer is Answer.UNCERTAIN:
            return doubtful("unsure_partly", partly)
    return _not_met(check, met, findings, trigger)


def _not_met(check: GradedCheck, met: Verdict, findings: Findings, trigger: Verdict) -> Judgement:
    """Return NOT_MET with what was heard instead, or with the fact that it rests on."""
    failed = happens(check.failed_by, findings.moments)
    if failed.answer is Answer.YES:  # an uncertain one explains nothing
        because = Because("heard", moments=names_of(failed.moments))
        return scored(Outcome.NOT_MET, because, failed.moments[-MOST_QUOTES:])
    if met.moments:  # what was heard and should not have been: a condition with `not`
        return _by_condition(Outcome.NOT_MET, "heard", met, findings)
    if met.facts:
        return _by_condition(Outcome.NOT_MET, "nothing_heard", met, findings)
    return scored(Outcome.NOT_MET, Because("nothing_heard"), trigger.moments)


def _by_condition(outcome: Outcome, code: str, verdict: Verdict, findings: Findings) -> Judgement:
    """Return an outcome and what the condition rests on: moments heard, a fact, or not heard."""
    if verdict.moments:
        because = Because(code, moments=names_of(verdict.moments))
        return scored(outcome, because, verdict.moments)
    if not verdict.facts:
        some = any(moment.name in verdict.unheard for moment in findings.moments)
        because = Because("not_heard_so" if some else "not_heard", moments=verdict.unheard)
        return scored(outcome, because, ())
    fact = verdict.facts[0]
    because = Because("fact_is", name=fact.name, value=fact.value, text=fact.unit)
    evidence = events_quoted(fact, findings.facts, findings.transcript)
    return Judgement(outcome, because, evidence, POINTS[outcome])


def _partly(partly: Verdict, against: Sequence[Moment], findings: Findings) -> Judgement:
    """Return PARTLY_MET; `against` is what was heard that kept it from being met."""
    if not against:
        return _by_condition(Outcome.PARTLY_MET, "only_heard", partly, findings)
    because = Because("heard_but", moments=names_of(partly.moments), others=names_of(against))
    shown = in_order((*partly.moments[: MOST_QUOTES - 1], against[-1]))
    return scored(Outcome.PARTLY_MET, because, shown)


def _fact(check: FactCheck, findings: Findings) -> Judgement:
    fact = fact_named(check.fact, findings.facts)
    if fact.value is None or not fact.trusted:
        return unscored(why_unknown(fact))
    value = fact.value
    place = next(i for i, b in enumerate(check.bands) if b.up_to is None or value <= b.up_to)
    band = check.bands[place]
    evidence = events_quoted(fact, findings.facts, findings.transcript)
    code, limit = "fact_within", band.up_to
    if limit is None:
        code, limit = "fact_above", check.bands[place - 1].up_to
    if fact.unit == "yes_no":
        code, limit = "fact_is", None
    because = Because(code, name=check.fact, value=value, limit=limit, text=fact.unit)
    return Judgement(band.outcome, because, evidence, band.earned)
