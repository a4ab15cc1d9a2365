"""Conditions over moments and facts, in three values: what is not certain decides nothing alone.

`and`, `or` and `not` follow Kleene's strong logic (Introduction to Metamathematics, 1952,
section 64): an uncertain part leaves the whole uncertain unless the other parts settle it. A fact
that was not measured or is not trusted is as uncertain as a moment between its thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, assert_never

from qa.nouns import Fact
from qa.scoring.terms import AllOf, AnyOf, Condition, FactCondition, MomentCondition, Not, Use

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.nouns import Moment

Place = tuple[int, int, int]  # turn, time, and which of the turn's sentences
BEFORE_ALL: Place = (-1, -1, -1)


class Answer(IntEnum):
    """Ordered so that `and` is the minimum and `or` the maximum."""

    NO = 0
    UNCERTAIN = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer and what it rests on: moments in order of time, facts, and what was not heard."""

    answer: Answer
    moments: tuple[Moment, ...] = ()
    facts: tuple[Fact, ...] = ()  # one that was not measured too, without a value
    unheard: tuple[str, ...] = ()  # names of moments that did not happen, or too rarely


def holds(condition: Condition, moments: Sequence[Moment], facts: Sequence[Fact] = ()) -> Verdict:
    """Return whether a condition holds over a call's moments and facts.

    Raises KeyError for a condition by name: a rubric, once read, holds the condition itself.
    """
    match condition:
        case MomentCondition():
            return happens(
                (condition.moment,),
                moments,
                at_least=condition.at_least,
                after_first=condition.after_first,
                after_last=condition.after_last,
            )
        case AnyOf(any=parts):
            verdicts = [holds(part, moments, facts) for part in parts]
            return _because(verdicts, max(verdict.answer for verdict in verdicts))
        case AllOf(all=parts):
            verdicts = [holds(part, moments, facts) for part in parts]
            return _because(verdicts, min(verdict.answer for verdict in verdicts))
        case Not(not_=part):
            verdict = holds(part, moments, facts)
            return replace(verdict, answer=Answer(2 - verdict.answer))
        case FactCondition():
            return measured(condition, facts)
        case Use(use=name):
            raise KeyError(name)
        case _:
            assert_never(condition)


def measured(condition: FactCondition, facts: Sequence[Fact]) -> Verdict:
    """Return whether a fact lies within its limits; uncertain if it is not known."""
    fact = fact_named(condition.fact, facts)
    if fact.value is None or not fact.trusted:
        return Verdict(Answer.UNCERTAIN, facts=(fact,))
    answer = Answer.YES if condition.allows(fact.value) else Answer.NO
    return Verdict(answer, facts=(fact,))


def fact_named(name: str, facts: Sequence[Fact]) -> Fact:
    """Return a fact of a call; without value, reason and trust if it was not measured."""
    found = next((fact for fact in facts if fact.name == name), None)
    return found or Fact(name, None, "", trusted=False)


def happens(
    names: Sequence[str],
    moments: Sequence[Moment],
    *,
    at_least: int = 1,
    after_first: Sequence[str] = (),
    after_last: Sequence[str] = (),
) -> Verdict:
    """Return whether any of the named moments happens at least so many times.

    With `after_first` or `after_last`, later than the first (last) of those named there; if none
    of those happens, all count. Where it matters whether an uncertain one of those happened, the
    answer is uncertain.
    """
    narrow, wide = later_than(moments, after_first, after_last)
    surely, at_best = _counted(names, narrow, at_least), _counted(names, wide, at_least)
    if surely.answer is at_best.answer:
        return surely
    starts = (*after_first, *after_last)
    doubted = [m for m in moments if m.name in starts and m.decision == "uncertain"]
    return Verdict(Answer.UNCERTAIN, in_order((*at_best.moments, *doubted)))


def later_than(
    moments: Sequence[Moment], after_first: Sequence[str], after_last: Sequence[str]
) -> tuple[tuple[Moment, ...], tuple[Moment, ...]]:
    """Return the fewest and the most moments that can be later than the named ones.

    They differ only where it is uncertain whether one of the named ones happened.
    """
    narrow = wide = tuple(moments)
    for names, pick in ((after_first, min), (after_last, max)):
        named = [moment for moment in moments if moment.name in names]
        if not named:
            continue
        places = [place_of(moment) for moment in named]
        sure = [place_of(moment) for moment in named if moment.decision == "present"]
        ends = (pick(sure), pick(places)) if sure else (BEFORE_ALL, max(places))
        narrow = tuple(moment for moment in narrow if place_of(moment) > max(ends))
        wide = tuple(moment for moment in wide if place_of(moment) > min(ends))
    return narrow, wide


def in_order(moments: Iterable[Moment]) -> tuple[Moment, ...]:
    """Return the moments once each, in order of time; ties by name, so that order is one."""
    return tuple(
        sorted(
            dict.fromkeys(moments),
            key=lambda m: (*place_of(m), m.end_ms, m.name, m.quote, m.decision),
        )
    )


def _counted(names: Sequence[str], moments: Sequence[Moment], at_least: int) -> Verdict:
    named = in_order(moment for moment in moments if moment.name in names)
    present = tuple(moment for moment in named if moment.decision == "present")
    if len(present) >= at_least:
        return Verdict(Answer.YES, present)
    if len(named) >= at_least:
        return Verdict(Answer.UNCERTAIN, named)
    return Verdict(Answer.NO, unheard=tuple(names))


def place_of(moment: Moment) -> Place:
    """Return where a moment stands in its call, for what comes before what."""
    return moment.turn, moment.start_ms, moment.sentence


def _because(verdicts: Sequence[Verdict], answer: Answer) -> Verdict:
    deciding = [verdict for verdict in verdicts if verdict.answer is answer]
    moments = in_order(m for verdict in deciding for m in verdict.moments)
    facts = dict.fromkeys(fact for verdict in deciding for fact in verdict.facts)
    unheard = dict.fromkeys(name for verdict in deciding for name in verdict.unheard)
    return Verdict(answer, moments, tuple(facts), tuple(unheard))
