"""What is possible at all: values that a fact can take, and calls on which a condition holds."""

from __future__ import annotations

from itertools import product
from math import ceil, floor, inf, nextafter, prod
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from qa.scoring.terms import AllOf, AnyOf, Condition, FactCondition, MomentCondition, Not, Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WHOLE: Final = frozenset({"count", "yes_no"})
_HIGHEST: Final = {"share": 1.0, "yes_no": 1.0}  # others have no end; none is below 0
_MOST_WORLDS = 20_000  # more are not tried: then a condition is taken to be possible


def value_between(above: float, up_to: float, unit: str) -> bool:
    """Say whether a fact of this unit can be above one limit and at most another."""
    low, high = max(above, -nextafter(0, 1)), min(up_to, _HIGHEST.get(unit, inf))
    if unit in _WHOLE:
        return floor(low) + 1 <= high
    return low < high


def can_hold(condition: Condition, units: Mapping[str, str]) -> bool:
    """Say whether a condition holds on any call; `units` are those of the facts.

    Tries every way in which the moments and facts it names can turn out, so that it is right about
    any condition; one that names too many for that is taken to be possible.
    """
    leaves = list(dict.fromkeys(_leaves(condition)))
    counts = {leaf.moment: 0 for leaf in leaves if isinstance(leaf, MomentCondition)}
    for leaf in leaves:
        if isinstance(leaf, MomentCondition):
            counts[leaf.moment] = max(counts[leaf.moment], leaf.at_least)
    placed = [leaf for leaf in leaves if isinstance(leaf, MomentCondition) and _is_placed(leaf)]
    values = {
        fact: _values([x for x in leaves if isinstance(x, FactCondition) and x.fact == fact], unit)
        for fact in {leaf.fact for leaf in leaves if isinstance(leaf, FactCondition)}
        if (unit := units.get(fact)) is not None
    }
    choices: list[list[float]] = [
        *([float(n) for n in range(most + 1)] for most in counts.values()),
        *values.values(),
        *([0.0, 1.0] for _ in placed),
    ]
    if prod(map(len, choices)) > _MOST_WORLDS:
        return True
    names = (*counts, *values)
    for chosen in product(*choices):
        world = _World(
            dict(zip(names, chosen[: len(names)], strict=True)),
            frozenset(x for x, on in zip(placed, chosen[len(names) :], strict=True) if on),
        )
        if _is_sound(world) and _true(condition, world):
            return True
    return False


class _World(NamedTuple):
    """One way in which a call can turn out."""

    numbers: Mapping[str, float]  # how often each moment happens, and the value of each fact
    placed: frozenset[MomentCondition]  # of those about what comes after what: the ones that hold


def _is_placed(leaf: MomentCondition) -> bool:
    return bool(leaf.after_first or leaf.after_last)


def _is_sound(world: _World) -> bool:
    """Say whether what comes after something happens often enough at all."""
    return all(world.numbers[leaf.moment] >= leaf.at_least for leaf in world.placed)


def _true(condition: Condition, world: _World) -> bool:
    match condition:
        case MomentCondition():
            if _is_placed(condition):
                return condition in world.placed
            return world.numbers[condition.moment] >= condition.at_least
        case FactCondition(fact=fact):
            return fact not in world.numbers or condition.allows(world.numbers[fact])
        case AnyOf(any=parts):
            return any(_true(part, world) for part in parts)
        case AllOf(all=parts):
            return all(_true(part, world) for part in parts)
        case Not(not_=part):
            return not _true(part, world)
        case Use(use=name):
            raise KeyError(name)
        case _:
            assert_never(condition)


def _leaves(condition: Condition) -> Iterator[MomentCondition | FactCondition]:
    match condition:
        case MomentCondition() | FactCondition():
            yield condition
        case AnyOf(any=parts) | AllOf(all=parts):
            for part in parts:
                yield from _leaves(part)
        case Not(not_=part):
            yield from _leaves(part)
        case Use(use=name):
            raise KeyError(name)
        case _:
            assert_never(condition)


def _values(limited: list[FactCondition], unit: str) -> list[float]:
    """Return a value of a fact for every answer that its limits can give: at, below and above."""
    limits = {
        limit
        for one in limited
        for limit in (one.above, one.at_least, one.below, one.at_most)
        if limit is not None
    }
    near = {
        0.0,
        *limits,
        *(nextafter(x, -inf) for x in limits),
        *(nextafter(x, inf) for x in limits),
    }
    if unit in _WHOLE:
        near = {float(whole) for x in near for whole in (floor(x), ceil(x))}
        near |= {x + step for x in near for step in (-1.0, 1.0)}
    highest = _HIGHEST.get(unit, inf)
    return sorted(x for x in near if 0 <= x <= highest)
