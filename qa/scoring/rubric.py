"""Rubrics as data: what is asked of a call, in a YAML file that a QA lead owns."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, assert_never

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from qa.nouns import Channel, Language, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa.yaml_lines import Loc

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[dict[Language, Text], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class MomentCondition(_Part):
    """Holds if the moment happens at least `at_least` times.

    With `after_first` or `after_last`, only moments later than the first (last) of the named
    ones count; if none of those happens, all count.
    """

    moment: Name
    at_least: Annotated[int, Field(ge=1)] = 1
    after_first: tuple[Name, ...] = ()
    after_last: tuple[Name, ...] = ()


class AnyOf(_Part):
    """Holds if at least one part holds."""

    any: Annotated[tuple[Condition, ...], Field(min_length=1)]


class AllOf(_Part):
    """Holds if every part holds."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1)]


class Not(_Part):
    """Holds if its part does not."""

    not_: Annotated[Condition, Field(alias="not")]


def _condition_kind(value: object) -> str:
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return next(
        (kind for kind in ("any", "all", "not") if kind in keys or f"{kind}_" in keys), "moment"
    )


Condition = Annotated[
    Annotated[MomentCondition, Tag("moment")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[Not, Tag("not")],
    Discriminator(_condition_kind),
]


class Band(_Part):
    """An outcome for values up to and including `up_to`; without it, for all that is left."""

    up_to: Annotated[float | None, Field(allow_inf_nan=False)] = None
    outcome: Literal[Outcome.MET, Outcome.PARTLY_MET, Outcome.NOT_MET]
    points: Annotated[float | None, Field(ge=0, le=1)] = None


class FactCheck(_Part):
    """A measured fact within bands."""

    kind: Literal["fact"]
    fact: Name
    bands: Annotated[tuple[Band, ...], Field(min_length=2)]

    @field_validator("bands")
    @classmethod
    def _ascending(cls, bands: tuple[Band, ...]) -> tuple[Band, ...]:
        limits = [band.up_to for band in bands[:-1]]
        if bands[-1].up_to is not None:
            raise ValueError("the last band has no up_to: it takes all that is left")
        if any(limit is None for limit in limits):
            raise ValueError("every band but the last needs an up_to")
        if any(a is not None and b is not None and a >= b for a, b in pairwise(limits)):
            raise ValueError("bands must ascend: each up_to above the one before")
        return bands


class PresentCheck(_Part):
    """Met if one of the moments happens."""

    kind: Literal["present"]
    moments: Annotated[tuple[Name, ...], Field(min_length=1)]
    after_first: tuple[Name, ...] = ()


class AbsentCheck(_Part):
    """Met if none of the moments happens more than `tolerate` times."""

    kind: Literal["absent"]
    moments: Annotated[tuple[Name, ...], Field(min_length=1)]
    tolerate: Annotated[int, Field(ge=0)] = 0


class GradedCheck(_Part):
    """Met or partly met by conditions; when neither holds, `failed_by` names what to quote."""

    kind: Literal["graded"]
    met: Condition
    partly_met: Condition | None = None
    failed_by: tuple[Name, ...] = ()


Check = Annotated[FactCheck | PresentCheck | AbsentCheck | GradedCheck, Field(discriminator="kind")]


class Criterion(_Part):
    """One thing asked of a call: does it apply, then is it met."""

    name: Name
    weight: Annotated[float, Field(ge=0)]
    title: Texts
    why: Texts
    say_instead: dict[Language, tuple[Text, ...]] = {}
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = ("voice", "chat", "email")
    when: Condition | None = None
    check: Check
    critical: bool = False


class Section(_Part):
    """Criteria that belong together on the page."""

    name: Name
    title: Texts
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]


class Rubric(_Part):
    """A versioned scorecard; the weights of all criteria sum to 100."""

    name: Name
    version: Annotated[str, Field(min_length=1, max_length=40)]
    title: Texts
    minimum_coverage: Annotated[float, Field(ge=0, le=1)] = 0.6
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    def digest(self) -> str:
        """Return the sha256 of what can change a score: texts for people do not count."""
        asked = [
            criterion.model_dump(mode="json", include={"name", "weight", "channels", "when"})
            | {"check": criterion.check.model_dump(mode="json"), "critical": criterion.critical}
            for criterion in self.criteria
        ]
        content = json.dumps([self.name, self.version, self.minimum_coverage, asked])
        return hashlib.sha256(content.encode()).hexdigest()

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        names = [criterion.name for criterion in self.criteria]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"criteria named twice: {', '.join(twice)}")
        total = sum(criterion.weight for criterion in self.criteria)
        if abs(total - 100) > 1e-6:
            raise ValueError(f"the weights sum to {total:g}, not to 100")
        return self


def moments_named(criterion: Criterion) -> Iterator[tuple[Loc, str]]:
    """Yield every moment that a criterion refers to, with its place inside the criterion."""
    if criterion.when is not None:
        yield from _in_condition(criterion.when, ("when",))
    match criterion.check:
        case FactCheck():
            return
        case PresentCheck(moments=moments, after_first=after_first):
            yield from _in_list(moments, ("check", "moments"))
            yield from _in_list(after_first, ("check", "after_first"))
        case AbsentCheck(moments=moments):
            yield from _in_list(moments, ("check", "moments"))
        case GradedCheck(met=met, partly_met=partly_met, failed_by=failed_by):
            yield from _in_condition(met, ("check", "met"))
            if partly_met is not None:
                yield from _in_condition(partly_met, ("check", "partly_met"))
            yield from _in_list(failed_by, ("check", "failed_by"))
        case _:
            assert_never(criterion.check)


def _in_condition(condition: Condition, place: Loc) -> Iterator[tuple[Loc, str]]:
    match condition:
        case MomentCondition():
            yield (*place, "moment"), condition.moment
            yield from _in_list(condition.after_first, (*place, "after_first"))
            yield from _in_list(condition.after_last, (*place, "after_last"))
        case AnyOf(any=parts):
            for at, part in enumerate(parts):
                yield from _in_condition(part, (*place, "any", at))
        case AllOf(all=parts):
            for at, part in enumerate(parts):
                yield from _in_condition(part, (*place, "all", at))
        case Not(not_=part):
            yield from _in_condition(part, (*place, "not"))
        case _:
            assert_never(condition)


def _in_list(names: tuple[str, ...], place: Loc) -> Iterator[tuple[Loc, str]]:
    yield from (((*place, at), name) for at, name in enumerate(names))


def rubric_path(name: str, shipped: Path) -> Path:
    """Return the file of a rubric given by shipped name or by path."""
    return Path(name) if name.endswith((".yaml", ".yml")) else shipped / f"{name}.yaml"
