"""A sentence, the truth about it, and what was thought of it: what quality is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.nouns import Language


@dataclass(frozen=True, slots=True)
class Judged:
    """One sentence as one moment."""

    moment: str
    text: str
    language: Language
    does: bool  # the truth
    truly: frozenset[str]  # all that the sentence does, in truth
    probability: float
    present: bool  # what was decided
