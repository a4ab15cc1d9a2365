"""Named conditions: written once in a rubric, used by name, and put in the place of the name."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final, assert_never

from qa.scoring.kinds import (
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
from qa.scoring.references import in_condition
from qa.scoring.terms import AllOf, AnyOf, Condition, FactCondition, MomentCondition, Not, Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Parts of one named condition once every name in it is written out: a few lines that use each
# other twice would else stand for millions.
MOST_PARTS: Final = 200


def condition_faults(named: Mapping[str, Condition]) -> Iterator[tuple[str, str]]:
    """Yield (name, what is wrong) of conditions that lead back to themselves or are too large."""
    uses = {name: _used(condition) for name, condition in named.items()}
    try:
        order = tuple(TopologicalSorter(uses).static_order())
    except CycleError as error:
        circle = error.args[1][::-1]
        yield circle[0], f"leads back to itself: {' -> '.join(circle)}: write one of them out"
        return
    sizes: dict[str, int] = {}
    for name in order:
        used = uses.get(name, ())
        sizes[name] = 1 + len(used) + sum(sizes.get(other, 0) for other in used)
        if name in named and sizes[name] > MOST_PARTS:
            yield name, f"stands for more than {MOST_PARTS} parts: make it smaller"
            return  # all that use it are too large as well


def _used(condition: Condition) -> tuple[str, ...]:
    """Return the names that a condition uses, each as often as it does."""
    return tuple(r.name for r in in_condition(condition, ()) if r.what == "condition")


def written_out(condition: Condition, named: Mapping[str, Condition]) -> Condition:
    """Return a condition without `use`; raises KeyError for a name that is not there."""
    match condition:
        case Use(use=name):
            return written_out(named[name], named)
        case AnyOf(any=parts):
            return AnyOf(any=tuple(written_out(part, named) for part in parts))
        case AllOf(all=parts):
            return AllOf(all=tuple(written_out(part, named) for part in parts))
        case Not(not_=part):
            return Not(not_=written_out(part, named))
        case MomentCondition() | FactCondition():
            return condition
        case _:
            assert_never(condition)


def check_written_out(check: Check, named: Mapping[str, Condition]) -> Check:
    """Return a check whose conditions are without `use`; raises KeyError as `written_out`."""
    match check:
        case GradedCheck(met=met, partly_met=partly):
            new = {
                "met": written_out(met, named),
                "partly_met": None if partly is None else written_out(partly, named),
            }
            return check.model_copy(update=new)
        case AllChecks(checks=parts) | AnyCheck(checks=parts):
            new_parts = tuple(check_written_out(part, named) for part in parts)
            return check.model_copy(update={"checks": new_parts})
        case FactCheck() | PresentCheck() | AbsentCheck() | ReplyCheck() | SequenceCheck():
            return check
        case _:
            assert_never(check)
