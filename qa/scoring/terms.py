"""What a rubric's words are made of: names, texts, and conditions over moments and facts."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticKnownError

from qa.nouns import Language

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


def _says_something(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty: write something")
    if any((ord(letter) < 32 and letter not in "\n\t") or ord(letter) == 127 for letter in text):
        raise ValueError("has a control character in it: remove it")
    return text


Text = Annotated[
    str, AfterValidator(_says_something), WithJsonSchema({"type": "string", "minLength": 1})
]
Texts = Annotated[dict[Language, Text], Field(min_length=1)]


def _counts(value: object) -> object:
    """Refuse what only looks like a number; before the limits, which it would fall foul of."""
    if isinstance(value, bool):
        raise ValueError("Input should be a number, not true or false")  # noqa: TRY004
    if isinstance(value, float) and not isfinite(value):
        raise PydanticKnownError("finite_number")
    return value


Number = Annotated[float, BeforeValidator(_counts), Field(ge=-1e12, le=1e12)]
_MOST: Final = 10_000  # times, turns, words: more than any call has
Weight = Annotated[float, BeforeValidator(_counts), Field(ge=0, le=100)]  # of 100
Times = Annotated[int, BeforeValidator(_counts), Field(ge=1, le=_MOST)]
Count = Annotated[int, BeforeValidator(_counts), Field(ge=0, le=_MOST)]
Share = Annotated[float, BeforeValidator(_counts), Field(gt=0, le=1)]
Points = Annotated[float, BeforeValidator(_counts), Field(ge=0, le=1)]


class Part(BaseModel):
    """Base of all that a rubric file holds: cannot be changed, knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class MomentCondition(Part):
    """Holds if the moment happens at least `at_least` times.

    With `after_first` or `after_last`, only moments later than the first (last) of the named
    ones count; if none of those happens, all count.
    """

    moment: Name
    at_least: Times = 1
    after_first: tuple[Name, ...] = ()
    after_last: tuple[Name, ...] = ()


class FactCondition(Part):
    """Holds if the fact's value lies within the limits; not known where the fact is not.

    `above` and `below` exclude the limit itself, `at_least` and `at_most` include it.
    """

    fact: Name
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None

    def allows(self, value: float) -> bool:
        return (
            (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )

    @model_validator(mode="after")
    def _limited(self) -> FactCondition:
        low = [limit for limit in (self.above, self.at_least) if limit is not None]
        high = [limit for limit in (self.below, self.at_most) if limit is not None]
        if not low and not high:
            raise ValueError("give a limit: above, at_least, below or at_most")
        if len(low) > 1 or len(high) > 1:
            raise ValueError("two limits on one side: keep one")
        if low and high and not (self.allows(low[0]) or (low[0] < high[0])):
            raise ValueError("no value lies within these limits: change one")
        return self


class Use(Part):
    """Holds if the condition of that name under the rubric's `conditions:` does."""

    use: Name


class AnyOf(Part):
    """Holds if at least one part holds."""

    any: Annotated[tuple[Condition, ...], Field(min_length=1)]


class AllOf(Part):
    """Holds if every part holds."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1)]


class Not(Part):
    """Holds if its part does not."""

    not_: Annotated[Condition, Field(alias="not")]


_KINDS = ("any", "all", "not", "use", "fact")


def _condition_kind(value: object) -> str:
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return next((kind for kind in _KINDS if kind in keys or f"{kind}_" in keys), "moment")


Condition = Annotated[
    Annotated[MomentCondition, Tag("moment")]
    | Annotated[FactCondition, Tag("fact")]
    | Annotated[Use, Tag("use")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[Not, Tag("not")],
    Discriminator(_condition_kind),
]


class MomentStep(Part):
    """A step that is taken if one of the moments happens."""

    moments: Annotated[tuple[Name, ...], Field(min_length=1)]


def _step_kind(value: object) -> Literal["moments", "fact"]:
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return "fact" if "fact" in keys else "moments"


Step = Annotated[
    Annotated[MomentStep, Tag("moments")] | Annotated[FactCondition, Tag("fact")],
    Discriminator(_step_kind),
]

AnyOf.model_rebuild()
AllOf.model_rebuild()
Not.model_rebuild()
