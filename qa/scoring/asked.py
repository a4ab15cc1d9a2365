"""The rubrics of one run, with what is asked about them for every call worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from qa.facts.replies import GENERIC_REPLY_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qa.nouns import Call
    from qa.scoring.rubric import Rubric

_PER_MINUTE = "_per_min"  # a rate quotes what its count has counted


@dataclass(frozen=True)
class Asked:
    """A rubric and what follows from its content alone."""

    rubric: Rubric

    @cached_property
    def digest(self) -> str:
        return self.rubric.digest()

    @cached_property
    def content(self) -> str:
        return self.rubric.content()

    @cached_property
    def facts(self) -> frozenset[str]:
        """Return every fact that the rubric names, wherever it does."""
        return frozenset(_facts_in(self.rubric.model_dump(mode="json")))

    def compares(self, call: Call) -> bool:
        """Say whether its scores of a call depend on what other calls are like."""
        return call.channel != "voice" and GENERIC_REPLY_SHARE in self.facts


def quoted_facts(asked: Iterable[Asked]) -> frozenset[str]:
    """Return the facts whose events scores may quote."""
    named = {name for one in asked for name in one.facts}
    return frozenset(named | {name.removesuffix(_PER_MINUTE) for name in named})


def _facts_in(part: object) -> Iterator[str]:
    """Yield the values of all fields named `fact`, however deep."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "fact" and isinstance(value, str):
                yield value
            else:
                yield from _facts_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from _facts_in(value)
