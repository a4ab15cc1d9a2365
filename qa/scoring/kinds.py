"""The kinds of checks that a criterion can ask for, as they stand in a rubric file."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from qa.intake.draft import MAX_MS
from qa.nouns import Outcome
from qa.scoring.terms import Condition, Count, Name, Number, Part, Points, Share, Step, Times

POINTS: Final = {Outcome.MET: 1.0, Outcome.PARTLY_MET: 0.5, Outcome.NOT_MET: 0.0}
Names = Annotated[tuple[Name, ...], Field(min_length=1)]


class Band(Part):
    """An outcome for values up to and including `up_to`; without it, for all that is left."""

    up_to: Number | None = None
    outcome: Literal[Outcome.MET, Outcome.PARTLY_MET, Outcome.NOT_MET]
    points: Points | None = None

    @property
    def earned(self) -> float:
        """Return the points: its own, or those of its outcome."""
        return POINTS[self.outcome] if self.points is None else self.points


class FactCheck(Part):
    """A measured fact within bands."""

    kind: Literal["fact"]
    fact: Name
    bands: Annotated[tuple[Band, ...], Field(min_length=2)]

    @field_validator("bands")
    @classmethod
    def _better_earns_more(cls, bands: tuple[Band, ...]) -> tuple[Band, ...]:
        for at, band in enumerate(bands):
            for other in bands[:at]:
                better = POINTS[band.outcome] - POINTS[other.outcome]
                if better * (band.earned - other.earned) < 0:
                    raise _at(at, "a worse outcome earns more than a better one: change the points")
        return bands

    @field_validator("bands")
    @classmethod
    def _ascending(cls, bands: tuple[Band, ...]) -> tuple[Band, ...]:
        *limited, last = bands
        if last.up_to is not None:
            raise _at(len(limited), "the last band has no up_to: it takes all that is left")
        for at, band in enumerate(limited):
            if band.up_to is None:
                raise _at(at, "every band but the last needs an up_to")
        for at, (before, band) in enumerate(pairwise(limited), 1):
            if before.up_to is not None and band.up_to is not None and band.up_to <= before.up_to:
                raise _at(at, "overlaps the band before: each up_to must be above the one before")
        return bands


class PresentCheck(Part):
    """Met if one of the moments happens, `at_least` times in all.

    With `within_turns`, only in the first so many turns of whoever says it.
    """

    kind: Literal["present"]
    moments: Names
    at_least: Times = 1
    after_first: tuple[Name, ...] = ()
    within_turns: Times | None = None


class AbsentCheck(Part):
    """Met if none of the moments happens more than `tolerate` times."""

    kind: Literal["absent"]
    moments: Names
    tolerate: Count = 0


class GradedCheck(Part):
    """Met or partly met by conditions; when neither holds, `failed_by` names what to quote."""

    kind: Literal["graded"]
    met: Condition
    partly_met: Condition | None = None
    failed_by: tuple[Name, ...] = ()


class ReplyCheck(Part):
    """Met if what asks for an answer gets one, each time; not asked where nothing asks.

    `trigger` asks, `answer` answers, later in the same turn or within the next `within_turns` turns
    of whoever answers, and at most `within_ms` after the trigger's end. The triggers of one turn
    ask together. The share answered is the points; from `met_from` on it is met.
    """

    kind: Literal["reply"]
    trigger: Names
    answer: Names
    within_turns: Times | None = None
    within_ms: Annotated[int, Field(ge=1, le=MAX_MS)] | None = None
    met_from: Share = 1.0

    @model_validator(mode="after")
    def _bounded(self) -> ReplyCheck:
        if self.within_turns is None and self.within_ms is None:
            raise ValueError("say how soon: within_turns or within_ms")
        return self


class SequenceCheck(Part):
    """Met if the steps are taken in this order; the share taken in order is the points.

    A step by a fact has no place in time: it is in order wherever it holds. With `ordered: false`
    the steps may come in any order. With `after_first`, only moments later than the first of those
    named count. From `met_from` on it is met.
    """

    kind: Literal["sequence"]
    steps: Annotated[tuple[Step, ...], Field(min_length=2)]
    ordered: bool = True
    after_first: tuple[Name, ...] = ()
    met_from: Share = 1.0


class AllChecks(Part):
    """As good as the worst of its checks; those that do not apply are left out."""

    kind: Literal["all"]
    checks: Annotated[tuple[Check, ...], Field(min_length=2)]


class AnyCheck(Part):
    """As good as the best of its checks; those that do not apply are left out."""

    kind: Literal["any"]
    checks: Annotated[tuple[Check, ...], Field(min_length=2)]


Check = Annotated[
    FactCheck
    | PresentCheck
    | AbsentCheck
    | GradedCheck
    | ReplyCheck
    | SequenceCheck
    | AllChecks
    | AnyCheck,
    Field(discriminator="kind"),
]

AllChecks.model_rebuild()
AnyCheck.model_rebuild()


def _at(place: int, message: str) -> PydanticCustomError:
    """Return a fault of one item of a list, which is told at the line of that item."""
    return PydanticCustomError("at_item", "{message}", {"message": message, "item": place})
