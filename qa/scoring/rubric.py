"""Rubrics as data: what is asked of a call, in a YAML file that a QA lead owns."""

from __future__ import annotations

import hashlib
import json
from math import fsum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from qa.nouns import LANGUAGES, Channel, Language
from qa.scoring.cases import RubricTest
from qa.scoring.kinds import Check
from qa.scoring.named import check_written_out, condition_faults, written_out
from qa.scoring.terms import Condition, Count, Name, Part, Text, Texts, Weight

# Part of every digest: raise it when the same rubric would score the same findings differently.
_SCORING_VERSION = 3

Scope = Literal["section", "card"]
_TEXTS = {"title", "why", "say_instead"}  # for people: they change no score


def _scope(value: object) -> object:
    return {True: "card", False: None}[value] if isinstance(value, bool) else value


class MinimumEvidence(Part):
    """How much a call must hold for a criterion to be judged; with less it is UNSCORED.

    Turns and words are those that have text. `moments` counts what was surely heard, of any kind;
    `facts` those that were measured and are trusted.
    """

    agent_turns: Count = 0
    customer_turns: Count = 0
    agent_words: Count = 0
    moments: Count = 0
    facts: Count = 0


class Criterion(Part):
    """One thing asked of a call: does it apply, then is it met."""

    name: Name
    weight: Weight
    title: Texts
    why: Texts
    say_instead: dict[Language, tuple[Text, ...]] = Field(default_factory=dict)
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = ("voice", "chat", "email")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = LANGUAGES
    when: Condition | None = None
    minimum_evidence: MinimumEvidence = MinimumEvidence()
    check: Check
    # what has failed with it where it is not met: its section or the whole card (`true`: the card)
    critical: Annotated[
        Scope | None,
        BeforeValidator(_scope),
        WithJsonSchema({"enum": ["section", "card", True, False]}),
    ] = None


class Section(Part):
    """Criteria that belong together on the page; `weight`, if given, is the sum of theirs."""

    name: Name
    title: Texts
    weight: Weight | None = None
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]


class Rubric(Part):
    """A versioned scorecard; the weights of all criteria sum to 100.

    `conditions` are named once and used in criteria by `use: name`; once read, the criteria hold
    the conditions themselves.
    """

    name: Name
    version: Annotated[Text, Field(max_length=40)]
    title: Texts
    minimum_coverage: Annotated[float, Field(ge=0, le=1)] = 0.6
    conditions: dict[Name, Condition] = Field(default_factory=dict)
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    tests: tuple[RubricTest, ...] = ()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    def digest(self) -> str:
        """Return the sha256 of what can change a score: its content, and how it is judged."""
        return hashlib.sha256(f"{_SCORING_VERSION}|{self.content()}".encode()).hexdigest()

    def content(self) -> str:
        """Return the sha256 of what it asks: texts for people and tests are no part of it."""
        asked = [
            [section.name, [c.model_dump(mode="json", exclude=_TEXTS) for c in section.criteria]]
            for section in self.sections
        ]
        head = [self.name, self.version, self.minimum_coverage]
        return hashlib.sha256(json.dumps([*head, asked]).encode()).hexdigest()

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        for what, names in (
            ("criteria", [criterion.name for criterion in self.criteria]),
            ("sections", [section.name for section in self.sections]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} named twice: {', '.join(twice)}")
        total = fsum(criterion.weight for criterion in self.criteria)
        if abs(total - 100) > 1e-6:
            raise ValueError(f"the weights sum to {total:g}, not to 100")
        return self

    @model_validator(mode="after")
    def _written_out(self) -> Rubric:
        for name, fault in condition_faults(self.conditions):
            raise ValueError(f"condition '{name}' {fault}")
        try:
            sections = tuple(_with(section, self.conditions) for section in self.sections)
        except KeyError as error:
            raise ValueError(f"there is no condition {error}") from error
        self.__dict__["sections"] = sections
        return self


def _with(section: Section, named: dict[Name, Condition]) -> Section:
    """Return a section whose criteria hold the named conditions themselves."""
    criteria = tuple(
        criterion.model_copy(
            update={
                "when": None if criterion.when is None else written_out(criterion.when, named),
                "check": check_written_out(criterion.check, named),
            }
        )
        for criterion in section.criteria
    )
    return section.model_copy(update={"criteria": criteria})


def rubric_path(name: str, shipped: Path) -> Path:
    """Return the file of a rubric given by shipped name or by path."""
    return Path(name) if name.endswith((".yaml", ".yml")) else shipped / f"{name}.yaml"
