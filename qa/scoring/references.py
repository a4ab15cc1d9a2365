"""What a criterion refers to by name - moments, facts, conditions - and where in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, assert_never

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
from qa.scoring.terms import (
    AllOf,
    AnyOf,
    Condition,
    FactCondition,
    MomentCondition,
    MomentStep,
    Not,
    Use,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qa.yaml_lines import Loc

What = Literal["moment", "fact", "condition"]


class Reference(NamedTuple):
    """A name that a rubric uses, and its place inside the criterion or condition."""

    what: What
    place: Loc
    name: str


def in_criterion(when: Condition | None, check: Check) -> Iterator[Reference]:
    """Yield every name that a criterion refers to, by its condition and its check."""
    if when is not None:
        yield from in_condition(when, ("when",))
    yield from in_check(check, ("check",))


def names_moments(condition: Condition) -> bool:
    """Say whether a condition hangs on anything that is said."""
    return any(reference.what == "moment" for reference in in_condition(condition, ()))


def in_check(check: Check, place: Loc) -> Iterator[Reference]:  # noqa: C901 - a closed set, one case each
    """Yield every name that a check refers to."""
    match check:
        case FactCheck(fact=fact):
            yield Reference("fact", (*place, "fact"), fact)
        case PresentCheck(moments=moments, after_first=after_first):
            yield from _listed(moments, (*place, "moments"))
            yield from _listed(after_first, (*place, "after_first"))
        case AbsentCheck(moments=moments):
            yield from _listed(moments, (*place, "moments"))
        case GradedCheck():
            yield from _in_graded(check, place)
        case ReplyCheck(trigger=trigger, answer=answer):
            yield from _listed(trigger, (*place, "trigger"))
            yield from _listed(answer, (*place, "answer"))
        case SequenceCheck():
            yield from _in_sequence(check, place)
        case AllChecks(checks=checks) | AnyCheck(checks=checks):
            for at, part in enumerate(checks):
                yield from in_check(part, (*place, "checks", at))
        case _:
            assert_never(check)


def in_condition(condition: Condition, place: Loc) -> Iterator[Reference]:  # noqa: C901 - as above
    """Yield every name that a condition refers to."""
    match condition:
        case MomentCondition():
            yield Reference("moment", (*place, "moment"), condition.moment)
            yield from _listed(condition.after_first, (*place, "after_first"))
            yield from _listed(condition.after_last, (*place, "after_last"))
        case FactCondition(fact=fact):
            yield Reference("fact", (*place, "fact"), fact)
        case Use(use=name):
            yield Reference("condition", (*place, "use"), name)
        case AnyOf(any=parts):
            for at, part in enumerate(parts):
                yield from in_condition(part, (*place, "any", at))
        case AllOf(all=parts):
            for at, part in enumerate(parts):
                yield from in_condition(part, (*place, "all", at))
        case Not(not_=part):
            yield from in_condition(part, (*place, "not"))
        case _:
            assert_never(condition)


def _in_graded(check: GradedCheck, place: Loc) -> Iterator[Reference]:
    yield from in_condition(check.met, (*place, "met"))
    if check.partly_met is not None:
        yield from in_condition(check.partly_met, (*place, "partly_met"))
    yield from _listed(check.failed_by, (*place, "failed_by"))


def _in_sequence(check: SequenceCheck, place: Loc) -> Iterator[Reference]:
    for at, step in enumerate(check.steps):
        match step:
            case MomentStep(moments=moments):
                yield from _listed(moments, (*place, "steps", at, "moments"))
            case FactCondition(fact=fact):
                yield Reference("fact", (*place, "steps", at, "fact"), fact)
            case _:
                assert_never(step)
    yield from _listed(check.after_first, (*place, "after_first"))


def _listed(names: Sequence[str], place: Loc) -> Iterator[Reference]:
    yield from (Reference("moment", (*place, at), name) for at, name in enumerate(names))
