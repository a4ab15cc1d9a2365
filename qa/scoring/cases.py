"""Tests of a rubric as data: small written dialogues and what should come out of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from qa.nouns import Channel, Language, Outcome
from qa.scoring.terms import Name, Number, Part, Text


class RubricTest(Part):
    """A dialogue, and the outcome that each named criterion should have.

    `facts` replaces measured facts by the given values, null by "not measured": a written dialogue
    has no overlapping speech. `moments` are what a good listener hears: a part of a sentence, and
    what that sentence does (`marks.py`). `hard` says what makes a hard case hard.
    """

    name: Annotated[str, Field(min_length=1, max_length=120)]
    language: Language
    channel: Channel = "voice"
    dialogue: Annotated[str, Field(min_length=1)]
    moments: dict[Text, tuple[Name, ...]] | None = None
    facts: dict[Name, Number | None] = Field(default_factory=dict)
    expect: Annotated[dict[Name, Outcome], Field(min_length=1)]
    hard: str = ""


class CasesFile(Part):
    """A file of tests beside a rubric."""

    tests: Annotated[tuple[RubricTest, ...], Field(min_length=1)]
