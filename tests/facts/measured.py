"""The facts of a call by name, through the public face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.facts import measure
from tests.calls import row_of

if TYPE_CHECKING:
    from qa.nouns import Fact, Transcript


def facts_of(transcript: Transcript) -> dict[str, Fact]:
    return {fact.name: fact for fact in measure(transcript, row_of(transcript))}


def happened(fact: Fact) -> list[tuple[str, int, int]]:
    """Return a fact's events as (name, start_ms, end_ms)."""
    return [(event.name, event.start_ms, event.end_ms) for event in fact.events]


def value_of(fact: Fact) -> float:
    """Return the value of a fact that must have one."""
    assert fact.value is not None, fact
    return fact.value
