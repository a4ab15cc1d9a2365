"""Sequences: how many of the steps asked for were taken in their order."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from qa.nouns import Because
from qa.scoring.conditions import (
    BEFORE_ALL,
    Answer,
    Place,
    Verdict,
    in_order,
    later_than,
    measured,
    place_of,
)
from qa.scoring.evidence import MOST_QUOTES, quotes
from qa.scoring.judgement import Judgement, by_share, doubtful
from qa.scoring.terms import FactCondition, MomentStep, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Fact, Moment
    from qa.scoring.kinds import SequenceCheck


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the steps: each is in exactly one of the three, in order of the rubric."""

    in_order: tuple[Step, ...]
    out_of_order: tuple[Step, ...]
    missing: tuple[Step, ...]
    moments: tuple[Moment, ...]  # that the steps in order were taken with, in order
    strays: tuple[Moment, ...]  # the first moment of each step out of order
    facts: tuple[Fact, ...]  # that decided a step, or could not


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps as they were surely taken, and as they were taken at best."""

    surely: Taken
    at_best: Taken


def judge_steps(
    check: SequenceCheck, moments: Sequence[Moment], facts: Sequence[Fact]
) -> Judgement:
    """Return how many of the steps were taken in order; those missing or out of it are named."""
    steps = find_steps(check, moments, facts)
    low, high = (
        by_share(Fraction(len(taken.in_order), len(check.steps)), check.met_from)
        for taken in (steps.surely, steps.at_best)
    )
    if low != high:
        wanted = {name for step in check.steps for name in _names(step)} | set(check.after_first)
        doubted = in_order(m for m in moments if m.name in wanted)
        return doubtful("unsure_steps", Verdict(Answer.UNCERTAIN, doubted, steps.surely.facts))
    outcome, points = low
    taken = steps.surely
    strays = taken.strays[:1]
    kept = taken.moments[: MOST_QUOTES - len(strays)]
    return Judgement(outcome, _because(check, taken), quotes(in_order((*kept, *strays))), points)


def _because(check: SequenceCheck, taken: Taken) -> Because:
    """Return which steps were missing or out of order; "/" stands between a step's moments."""
    missing, strays = (tuple(map(_label, part)) for part in (taken.missing, taken.out_of_order))
    code = {
        (False, False): "steps_taken" if check.ordered else "steps_all",
        (True, False): "steps_missing" if check.ordered else "steps_lacking",
        (False, True): "steps_astray",
        (True, True): "steps_missing_and_astray",
    }[bool(missing), bool(strays)]
    done, asked = float(len(taken.in_order)), float(len(check.steps))
    return Because(code, moments=missing, others=strays, value=done, limit=asked)


def _label(step: Step) -> str:
    return "/".join(_names(step)) if isinstance(step, MomentStep) else step.fact


def _names(step: Step) -> tuple[str, ...]:
    return step.moments if isinstance(step, MomentStep) else ()


def find_steps(check: SequenceCheck, moments: Sequence[Moment], facts: Sequence[Fact]) -> Steps:
    """Return which steps of a sequence were taken: surely, and if all that is uncertain were so.

    The part in order is the longest there is; of equally long ones, the one that is complete
    first. A step that happens, but not in that part, is out of order.
    """
    narrow, wide = later_than(moments, check.after_first, ())
    sure = [moment for moment in narrow if moment.decision == "present"]
    return Steps(
        _taken(check, sure, facts, Answer.YES), _taken(check, wide, facts, Answer.UNCERTAIN)
    )


def _taken(
    check: SequenceCheck, moments: Sequence[Moment], facts: Sequence[Fact], enough: Answer
) -> Taken:
    happened = [_happened(step, moments, facts, enough) for step in check.steps]
    chain = _chain(happened) if check.ordered else _each(happened)
    every = range(len(check.steps))
    return Taken(
        in_order=tuple(check.steps[at] for at in every if at in chain),
        out_of_order=tuple(
            check.steps[at] for at in every if at not in chain and happened[at] is not None
        ),
        missing=tuple(check.steps[at] for at in every if happened[at] is None),
        moments=tuple(moment for moment in chain.values() if moment is not None),
        strays=tuple(
            moments[0] for at, moments in enumerate(happened) if at not in chain and moments
        ),
        facts=tuple(
            fact
            for step in check.steps
            if isinstance(step, FactCondition)
            for fact in measured(step, facts).facts
        ),
    )


def _happened(
    step: Step, moments: Sequence[Moment], facts: Sequence[Fact], enough: Answer
) -> tuple[Moment, ...] | None:
    """Return the moments a step may be taken with, in order; none for a fact; None: not taken."""
    match step:
        case MomentStep(moments=names):
            named = (moment for moment in moments if moment.name in names)
            return tuple(sorted(named, key=lambda m: (*place_of(m), m.name))) or None
        case FactCondition():
            return () if measured(step, facts).answer >= enough else None
        case _:
            assert_never(step)


_Chain = dict[int, "Moment | None"]


def _each(happened: Sequence[tuple[Moment, ...] | None]) -> _Chain:
    """Return every step that happened, with its first moment."""
    return {
        at: next(iter(moments), None) for at, moments in enumerate(happened) if moments is not None
    }


def _chain(happened: Sequence[tuple[Moment, ...] | None]) -> _Chain:
    """Return the longest part of the steps that was taken in order, each with its moment.

    For each length, the chain that ends earliest is kept: whatever follows any other follows it.
    """
    best: list[tuple[Place, _Chain]] = [(BEFORE_ALL, {})]  # by length
    for at, moments in enumerate(happened):
        if moments is None:
            continue
        if not moments:  # a fact: in order wherever it holds
            best = [best[0], *((end, chain | {at: None}) for end, chain in best)]
            continue
        for length in range(len(best) - 1, -1, -1):
            end, chain = best[length]
            step = next((moment for moment in moments if place_of(moment) >= end), None)
            if step is None:
                continue
            longer = (place_of(step), chain | {at: step})
            if length + 1 == len(best):
                best.append(longer)
            elif longer[0] < best[length + 1][0]:
                best[length + 1] = longer
    return best[-1][1]
