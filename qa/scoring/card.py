"""A scorecard from findings and a rubric: applicability first, then the check, then the sum."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import fsum, lcm
from typing import TYPE_CHECKING

from qa.nouns import Because, Outcome, Score, Scorecard, Transcript
from qa.scoring.checks import judge
from qa.scoring.conditions import Answer, Verdict, holds
from qa.scoring.judgement import Findings, Judgement, doubtful, exact, unscored
from qa.scoring.reasons import in_english
from qa.scoring.references import names_moments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qa.nouns import Speaker
    from qa.scoring.rubric import Criterion, MinimumEvidence, Rubric


def score(findings: Findings, rubric: Rubric) -> Scorecard:
    """Return one call's scorecard.

    `total` is 100 x sum(points x weight) / sum(weight) over scored criteria; NOT_APPLICABLE and
    UNSCORED leave the sums. `coverage` is the scored weight over the applicable weight; below
    the rubric's minimum there is no total. A critical failure is named beside the total and takes
    nothing from it. Raises ValueError if a quote is not verbatim in the
    transcript: that is a bug in a check, not a property of a call.
    """
    scores = tuple(_score(criterion, findings) for criterion in rubric.criteria)
    scored = [s for s in scores if s.points is not None]
    # fsum: exact, so that the order of criteria cannot move the last digit
    weight = fsum(s.weight for s in scored)
    coverage = _coverage(rubric, scores)
    total = None
    if weight and coverage >= exact(rubric.minimum_coverage):
        earned = fsum((s.points or 0.0) * s.weight for s in scored)
        total = min(100.0, 100 * earned / weight)  # rounding may exceed 100 by a hair
    not_met = {s.criterion for s in scores if s.outcome is Outcome.NOT_MET}
    failed = [c for c in rubric.criteria if c.critical is not None and c.name in not_met]
    return Scorecard(
        call_id=findings.transcript.call_id,
        rubric=rubric.name,
        version=rubric.version,
        total=total,
        coverage=float(coverage),
        critical_failed=tuple(criterion.name for criterion in failed),
        scores=scores,
        sections_failed=tuple(
            section.name
            for section in rubric.sections
            if any(c.critical == "section" and c.name in not_met for c in section.criteria)
        ),
        card_failed=any(criterion.critical == "card" for criterion in failed),
    )


def _coverage(rubric: Rubric, scores: Sequence[Score]) -> Fraction:
    """Return the scored weight over the applicable weight; 0 where nothing applies."""
    weights = _exact_weights(tuple(criterion.weight for criterion in rubric.criteria))
    pairs = list(zip(scores, weights, strict=True))
    applicable = sum(w for s, w in pairs if s.outcome is not Outcome.NOT_APPLICABLE)
    weight = sum(w for s, w in pairs if s.points is not None)
    return Fraction(weight, applicable) if applicable else Fraction(0)


@lru_cache(maxsize=64)
def _exact_weights(weights: tuple[float, ...]) -> tuple[int, ...]:
    """Return the weights as whole multiples of one share: sums of 100,000 cards stay quick."""
    fractions = [exact(weight) for weight in weights]
    share = lcm(*(fraction.denominator for fraction in fractions))
    return tuple(int(fraction * share) for fraction in fractions)


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
    """Return the judgement and what decided it: where, whom, what it is asked of, or the check."""
    transcript = findings.transcript
    if (elsewhere := _asked_elsewhere(criterion, transcript)) is not None:
        return Judgement(Outcome.NOT_APPLICABLE, elsewhere), elsewhere.code.removesuffix(
            "_not_asked"
        )
    heard = {turn.speaker for turn in transcript.turns}
    written = "" if transcript.channel == "voice" else "_written"
    if "agent" not in heard:
        return unscored(Because(f"agent_not_heard{written}")), "evidence"
    trigger = Verdict(Answer.YES)
    if criterion.when is not None:
        if "customer" not in heard and names_moments(criterion.when):
            # nobody can tell whether there was a reason for it
            return unscored(Because(f"customer_not_heard{written}")), "evidence"
        trigger = holds(criterion.when, findings.moments, findings.facts)
        if trigger.answer is Answer.UNCERTAIN:
            return doubtful("unsure_applies", trigger), "when"
        if trigger.answer is Answer.NO:
            return Judgement(Outcome.NOT_APPLICABLE, Because("not_asked_for")), "when"
    judgement = judge(criterion.check, findings, trigger)
    lacking = _lacking(criterion.minimum_evidence, findings)
    if lacking is not None and judgement.outcome is not Outcome.NOT_APPLICABLE:
        return unscored(lacking), "evidence"
    return judgement, criterion.check.kind


def _asked_elsewhere(criterion: Criterion, transcript: Transcript) -> Because | None:
    if transcript.channel not in criterion.channels:
        return Because("channel_not_asked", name=transcript.channel)
    if transcript.language not in criterion.languages:
        return Because("language_not_asked", name=transcript.language)
    return None


def _lacking(minimum: MinimumEvidence, findings: Findings) -> Because | None:
    """Return what a call has too little of to be judged by; None if it has enough."""
    for name, count in _COUNTED:
        least = getattr(minimum, name)
        if least and (number := count(findings)) < least:
            return Because(f"too_few_{name}", value=float(number), limit=float(least))
    return None


def _texts(findings: Findings, speaker: Speaker) -> list[str]:
    said = (turn.text for turn in findings.transcript.turns if turn.speaker == speaker)
    return [text for text in said if text.strip()]


_COUNTED: tuple[tuple[str, Callable[[Findings], int]], ...] = (
    ("agent_turns", lambda found: len(_texts(found, "agent"))),
    ("customer_turns", lambda found: len(_texts(found, "customer"))),
    ("agent_words", lambda found: sum(len(text.split()) for text in _texts(found, "agent"))),
    ("moments", lambda found: sum(moment.decision == "present" for moment in found.moments)),
    ("facts", lambda found: sum(f.trusted and f.value is not None for f in found.facts)),
)


def _verify(judgement: Judgement, transcript: Transcript) -> None:
    said = {turn.index: turn.text for turn in transcript.turns}
    for evidence in judgement.evidence:
        if not evidence.quote or evidence.quote not in said.get(evidence.turn, ""):
            msg = f"{transcript.call_id}: '{evidence.quote}' is not in turn {evidence.turn}"
            raise ValueError(msg)
