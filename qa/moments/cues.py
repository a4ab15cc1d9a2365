"""Cues: expressions that make a moment more or less likely, each with its reason.

A cue can only raise or lower what the examples say: it moves the odds by a fixed factor, and it
never makes a moment present that the examples hold for unlikely. Expressions run in RE2, whose time
is linear in the text, on the normalised form (Latin, lower case, no diacritics, of punctuation only
apostrophes), where one pattern fits both scripts. With `after`, a cue counts only where the other
speaker's turn before fits that too: "No." after "Anything else?" is no refusal.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from qa.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Odds times (or through) nine: what is a toss-up becomes nine in ten, or one in ten.
SHIFT: Final = math.log(9)
_MEMORY: Final = 1 << 20  # bytes of one compiled expression


class Cue(BaseModel):
    """An expression, what it does to a moment's probability, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: Annotated[str, Field(min_length=1, max_length=1000)]
    after: Annotated[str, Field(max_length=1000)] = ""  # of the other speaker's turn before
    effect: Literal["raise", "lower"]
    reason: Annotated[str, Field(min_length=1)]

    @field_validator("pattern", "after")
    @classmethod
    def _is_linear(cls, value: str) -> str:
        if value and (fault := fault_of(value)):
            raise ValueError(fault)
        return value

    def fits(self, sentence: str, before: str) -> bool:
        """Return whether the cue counts; both texts come normalised."""
        if not _compiled(self.pattern).search(sentence):
            return False
        return not self.after or bool(_compiled(self.after).search(before))


def fault_of(pattern: str) -> str:
    """Return what is wrong with an expression; empty if nothing is."""
    try:
        _compiled(pattern)
    except ValueError as error:
        return (
            f"not an expression that RE2 can run in linear time ({error}): look-around and "
            "back-references are not among them"
        )
    return ""


def fitting(cues: Iterable[Cue], sentence: str, before: Sequence[str]) -> tuple[Cue, ...]:
    """Return the cues that fit a sentence said after the other speaker's `before`."""
    text, said = normalise(sentence), normalise(" ".join(before))
    return tuple(cue for cue in cues if cue.fits(text, said))


def shifted(probability: float, cues: Iterable[Cue], *, uncertain: float, present: float) -> float:
    """Return a probability after its cues, given the limits of "uncertain" and "present".

    What the examples hold for unlikely is raised to uncertain at most: a cue makes nothing present
    alone. Several cues of one effect count once; cues of both effects cancel out.
    """
    effects = {cue.effect for cue in cues}
    if not effects or effects == {"raise", "lower"}:
        return probability
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    odds = math.log(bounded / (1 - bounded)) + (SHIFT if effects == {"raise"} else -SHIFT)
    moved = 1 / (1 + math.exp(-odds))
    if effects == {"lower"}:
        return min(moved, probability)
    if probability < uncertain:
        return min(moved, math.nextafter(present, 0))
    return max(moved, probability)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - untyped library
    import re2

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        detail = error.args[0] if error.args else "not understood"
        raise ValueError(detail.decode() if isinstance(detail, bytes) else str(detail)) from error
