"""What is strange about a rubric though not wrong: it can be used, but hardly as it was meant."""

from __future__ import annotations

from math import inf
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
from qa.scoring.possible import can_hold, value_between
from qa.scoring.references import in_criterion
from qa.scoring.terms import AllOf, AnyOf, Condition, MomentCondition, MomentStep, Not
from qa.yaml_lines import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qa.nouns import Channel
    from qa.scoring.rubric import Criterion, Rubric
    from qa.yaml_lines import Loc

    # fact -> the channels on which it is measured
    On = Mapping[str, frozenset[Channel]]
    Units = Mapping[str, str]


# what of a check says when it is met
_FIELD: Final = {"present": "moments", "absent": "moments", "sequence": "steps"}


def warnings_in(rubric: Rubric, used: frozenset[str], on: On, units: Units) -> Iterator[Fault]:
    """Yield what is strange about a rubric, with its place.

    `used` are the named conditions that are used; `on` says on which channels each fact is
    measured, `units` in what.
    """
    for name in rubric.conditions:
        if name not in used:
            yield Fault(("conditions", name), "is used nowhere: remove it")
    for at, section in enumerate(rubric.sections):
        for place, criterion in enumerate(section.criteria):
            loc: Loc = ("sections", at, "criteria", place)
            if criterion.weight == 0:
                yield Fault((*loc, "weight"), "is 0: it is shown, but counts in no total")
            yield from _unmeasured(criterion, loc, on)
            yield from _too_many_facts(criterion, loc, on)
            yield from _answers_itself(criterion.check, (*loc, "check"))
            yield from _impossible(criterion, loc, units)
            yield from _unreachable(criterion.check, (*loc, "check"), units)


def _unmeasured(criterion: Criterion, loc: Loc, on: On) -> Iterator[Fault]:
    """Yield the facts that are not measured on all channels that are asked."""
    told: set[str] = set()
    for what, place, name in in_criterion(criterion.when, criterion.check):
        missing = [channel for channel in criterion.channels if channel not in on.get(name, ())]
        if what != "fact" or not missing or name in told:
            continue
        told.add(name)
        kept = [channel for channel in criterion.channels if channel not in missing]
        advice = f"write `channels: [{', '.join(kept)}]`" if kept else "it can never be scored"
        message = f"{name} is not measured on {', '.join(missing)}: {advice}"
        yield Fault((*loc, *place), message)


def _too_many_facts(criterion: Criterion, loc: Loc, on: On) -> Iterator[Fault]:
    """Yield evidence that no contact has."""
    asked = criterion.minimum_evidence.facts
    most = max(sum(channel in where for where in on.values()) for channel in criterion.channels)
    if asked > most:
        message = f"no contact has more than {most} facts: it can never be scored"
        yield Fault((*loc, "minimum_evidence", "facts"), message)


def _answers_itself(check: Check, loc: Loc) -> Iterator[Fault]:
    """Yield the replies whose trigger is an answer too."""
    match check:
        case ReplyCheck(trigger=trigger, answer=answer) if set(trigger) & set(answer):
            both = ", ".join(sorted(set(trigger) & set(answer)))
            yield Fault((*loc, "answer"), f"{both} is a trigger too: what asks would answer")
        case AllChecks(checks=parts) | AnyCheck(checks=parts):
            for at, part in enumerate(parts):
                yield from _answers_itself(part, (*loc, "checks", at))
        case _:
            return


def _impossible(criterion: Criterion, loc: Loc, units: Units) -> Iterator[Fault]:
    """Yield that a criterion can never apply, or where it does, can never be met."""
    when, check = criterion.when, criterion.check
    if when is not None and not can_hold(when, units):
        yield Fault((*loc, "when"), "can never hold: the criterion never applies")
        return
    given = () if when is None else (when,)
    if isinstance(check, ReplyCheck):
        if not can_hold(AllOf(all=(*given, _one_of(check.trigger))), units):
            yield Fault((*loc, "check", "trigger"), "never happens where `when` holds")
        return
    for place, wanted in _wanted(check):
        if not can_hold(AllOf(all=(*given, wanted)), units):
            yield Fault((*loc, "check", place), "can never hold where the criterion applies")


def _wanted(check: Check) -> Iterator[tuple[str, Condition]]:
    """Yield the fields of a check that say when it is met or partly met, and what they say."""
    if isinstance(check, GradedCheck):
        yield "met", check.met
        if check.partly_met is not None:
            yield "partly_met", check.partly_met
    elif (met := _met_by(check)) is not None:
        yield _FIELD.get(check.kind, "checks"), met


def _met_by(check: Check) -> Condition | None:  # noqa: C901 - a closed set, one case each
    """Return when a check is met whole, order aside; None where that is no such condition."""
    match check:
        case PresentCheck(moments=moments, at_least=at_least):
            return _one_of(moments, at_least if len(moments) == 1 else 1)
        case AbsentCheck(moments=moments, tolerate=tolerate):
            return None if tolerate else Not(not_=_one_of(moments))
        case GradedCheck(met=met):
            return met
        case SequenceCheck(steps=steps, met_from=met_from):
            if met_from < 1:
                return None
            return AllOf(
                all=tuple(_one_of(s.moments) if isinstance(s, MomentStep) else s for s in steps)
            )
        case AllChecks(checks=parts):
            known = [one for part in parts if (one := _met_by(part)) is not None]
            return AllOf(all=tuple(known)) if known else None
        case AnyCheck(checks=parts):
            each = [_met_by(part) for part in parts]
            some = tuple(met for met in each if met is not None)
            return AnyOf(any=some) if len(some) == len(each) else None
        case FactCheck() | ReplyCheck():
            return None
        case _:
            assert_never(check)


def _one_of(moments: tuple[str, ...], at_least: int = 1) -> Condition:
    return AnyOf(any=tuple(MomentCondition(moment=name, at_least=at_least) for name in moments))


def _unreachable(check: Check, loc: Loc, units: Units) -> Iterator[Fault]:
    """Yield the bands that no value of their fact can fall into."""
    match check:
        case FactCheck(fact=fact, bands=bands):
            below = -inf
            for at, band in enumerate(bands):
                up_to = inf if band.up_to is None else band.up_to
                if fact in units and not value_between(below, up_to, units[fact]):
                    place = (*loc, "bands", at)
                    yield Fault(place, f"is never reached: {fact} has no value there")
                below = up_to
        case AllChecks(checks=parts) | AnyCheck(checks=parts):
            for at, part in enumerate(parts):
                yield from _unreachable(part, (*loc, "checks", at), units)
        case _:
            return
