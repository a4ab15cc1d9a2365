"""A scorecard from findings and a rubric: applicability first, then the check, then the sum."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from qa.nouns import Because, Outcome, Score, Scorecard, Transcript
from qa.scoring.checks import Findings, Judgement, doubtful, judge, unscored
from qa.scoring.conditions import Answer, Verdict, holds
from qa.scoring.reasons import in_english

if TYPE_CHECKING:
    from qa.scoring.rubric import Criterion, Rubric


def score(findings: Findings, rubric: Rubric) -> Scorecard:
    """Return one call's scorecard.

    `total` is 100 x sum(points x weight) / sum(weight) over scored criteria; NOT_APPLICABLE and
    UNSCORED leave the sums. `coverage` is the scored weight over the applicable weight; below
    the rubric's minimum there is no total. Raises ValueError if a quote is not verbatim in the
    transcript: that is a bug in a check, not a property of a call.
    """
    scores = tuple(_score(criterion, findings) for criterion in rubric.criteria)
    scored = [s for s in scores if s.points is not None]
    # fsum: exact, so that the order of criteria cannot move the last digit
    weight = fsum(s.weight for s in scored)
    applicable = fsum(s.weight for s in scores if s.outcome is not Outcome.NOT_APPLICABLE)
    coverage = weight / applicable if applicable else 0.0
    total = None
    if weight and coverage >= rubric.minimum_coverage:
        earned = fsum((s.points or 0.0) * s.weight for s in scored)
        total = min(100.0, 100 * earned / weight)  # rounding may exceed 100 by a hair
    critical = {criterion.name for criterion in rubric.criteria if criterion.critical}
    return Scorecard(
        call_id=findings.transcript.call_id,
        rubric=rubric.name,
        version=rubric.version,
        total=total,
        coverage=coverage,
        critical_failed=tuple(
            s.criterion for s in scores if s.criterion in critical and s.outcome is Outcome.NOT_MET
        ),
        scores=scores,
    )


def _score(criterion: Criterion, findings: Findings) -> Score:
    judgement, decided_by = _judge(criterion, findings)
    _verify(judgement, findings.transcript)
    return Score(
        criterion=criterion.name,
        outcome=judgement.outcome,
        points=judgement.points,
        weight=criterion.weight,
        reason=in_english(judgement.because),
        evidence=judgement.evidence,
        scored_by=decided_by,
        because=judgement.because,
    )


def _judge(criterion: Criterion, findings: Findings) -> tuple[Judgement, str]:
    transcript = findings.transcript
    if transcript.channel not in criterion.channels:
        because = Because("channel_not_asked", name=transcript.channel)
        return Judgement(Outcome.NOT_APPLICABLE, because), "channel"
    heard = {turn.speaker for turn in transcript.turns}
    if "agent" not in heard:
        return unscored(Because("agent_not_heard")), "evidence"
    trigger = Verdict(Answer.YES)
    if criterion.when is not None:
        if "customer" not in heard:  # nobody can tell whether there was a reason for it
            return unscored(Because("customer_not_heard")), "evidence"
        trigger = holds(criterion.when, findings.moments)
        if trigger.answer is Answer.UNCERTAIN:
            return doubtful("unsure_applies", trigger), "when"
        if trigger.answer is Answer.NO:
            return Judgement(Outcome.NOT_APPLICABLE, Because("not_asked_for")), "when"
    return judge(criterion.check, findings, trigger), criterion.check.kind


def _verify(judgement: Judgement, transcript: Transcript) -> None:
    said = {turn.index: turn.text for turn in transcript.turns}
    for evidence in judgement.evidence:
        if not evidence.quote or evidence.quote not in said.get(evidence.turn, ""):
            msg = f"{transcript.call_id}: '{evidence.quote}' is not in turn {evidence.turn}"
            raise ValueError(msg)
