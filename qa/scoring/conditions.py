"""Conditions over moments, in three values: a moment that is uncertain decides nothing alone.

`and`, `or` and `not` follow Kleene's strong logic (Introduction to Metamathematics, 1952,
section 64): an uncertain part leaves the whole uncertain unless the other parts settle it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from qa.nouns import Moment
from qa.scoring.rubric import AllOf, AnyOf, Condition, MomentCondition, Not


class Answer(IntEnum):
    """Ordered so that `and` is the minimum and `or` the maximum."""

    NO = 0
    UNCERTAIN = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer and the moments it rests on, in order of time."""

    answer: Answer
    moments: tuple[Moment, ...] = ()


def holds(condition: Condition, moments: Sequence[Moment]) -> Verdict:
    """Return whether a condition holds over a call's moments."""
    match condition:
        case MomentCondition():
            within = later_than(moments, condition.after_first, condition.after_last)
            return happens((condition.moment,), within, at_least=condition.at_least)
        case AnyOf(any=parts):
            return _best([holds(part, moments) for part in parts], max)
        case AllOf(all=parts):
            return _best([holds(part, moments) for part in parts], min)
        case Not(not_=part):
            verdict = holds(part, moments)
            return Verdict(Answer(2 - verdict.answer), verdict.moments)
        case _:
            assert_never(condition)


def happens(names: Sequence[str], moments: Sequence[Moment], *, at_least: int = 1) -> Verdict:
    """Return whether any of the named moments happens at least so many times."""
    named = sorted((m for m in moments if m.name in names), key=lambda m: (m.turn, m.start_ms))
    present = tuple(moment for moment in named if moment.decision == "present")
    if len(present) >= at_least:
        return Verdict(Answer.YES, present)
    if len(named) >= at_least:
        return Verdict(Answer.UNCERTAIN, tuple(named))
    return Verdict(Answer.NO, present)


def later_than(
    moments: Sequence[Moment], after_first: Sequence[str] = (), after_last: Sequence[str] = ()
) -> tuple[Moment, ...]:
    """Return the moments later than the first (last) of the named ones; all if none happens."""
    kept = tuple(moments)
    for names, pick in ((after_first, min), (after_last, max)):
        places = [_place(m) for m in moments if m.name in names and m.decision == "present"]
        if places:
            anchor = pick(places)
            kept = tuple(moment for moment in kept if _place(moment) > anchor)
    return kept


def _place(moment: Moment) -> tuple[int, int]:
    return moment.turn, moment.start_ms


def _best(verdicts: list[Verdict], pick: type[min] | type[max]) -> Verdict:
    answer = pick(verdict.answer for verdict in verdicts)
    because = [m for verdict in verdicts if verdict.answer == answer for m in verdict.moments]
    return Verdict(Answer(answer), tuple(sorted(dict.fromkeys(because), key=_place)))
