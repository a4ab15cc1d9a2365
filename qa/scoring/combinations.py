"""Checks of several checks: as good as the worst, or as the best, of those that apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.nouns import Because, Outcome
from qa.scoring.evidence import first_few
from qa.scoring.judgement import Judgement
from qa.scoring.kinds import POINTS

if TYPE_CHECKING:
    from collections.abc import Sequence

_RANK = {Outcome.NOT_MET: 0, Outcome.PARTLY_MET: 1, Outcome.MET: 2}
_Mark = tuple[int, float]


def worst(parts: Sequence[Judgement]) -> Judgement:
    """Return the worst judgement; one that is not known hides it, unless it cannot be worse."""
    return _one_of(parts, lowest=True)


def best(parts: Sequence[Judgement]) -> Judgement:
    """Return the best judgement; one that is not known hides it, unless it cannot be better."""
    return _one_of(parts, lowest=False)


def _one_of(parts: Sequence[Judgement], *, lowest: bool) -> Judgement:
    asked = [part for part in parts if part.outcome is not Outcome.NOT_APPLICABLE]
    if not asked:
        return parts[0]
    marks = [mark for part in asked if (mark := _mark(part)) is not None]
    unknown = [part for part in asked if part.outcome is Outcome.UNSCORED]
    decisive = _end(Outcome.NOT_MET if lowest else Outcome.MET)
    if unknown and decisive not in marks:
        return unknown[0]
    mark = min(marks) if lowest else max(marks)
    deciding = [part for part in asked if _mark(part) == mark]
    return Judgement(
        deciding[0].outcome,
        _because(deciding, asked, lowest=lowest),
        first_few([quote for part in deciding for quote in part.evidence]),
        deciding[0].points,
    )


def _mark(part: Judgement) -> _Mark | None:
    return None if part.points is None else (_RANK[part.outcome], part.points)


def _end(outcome: Outcome) -> _Mark:
    return _RANK[outcome], POINTS[outcome]


def _because(deciding: Sequence[Judgement], asked: Sequence[Judgement], *, lowest: bool) -> Because:
    """Return the reason of the part that decided; if all had to, that all did."""
    everything = len(deciding) == len(asked) > 1
    number = float(len(asked))
    if everything and lowest and deciding[0].outcome is Outcome.MET:
        return Because("all_met", value=number)
    if everything and not lowest and deciding[0].outcome is Outcome.NOT_MET:
        return Because("none_met", value=number)
    return deciding[0].because
