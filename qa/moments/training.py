"""Training sets: for one moment, which sentences do it and which must not be taken for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.nouns import LANGUAGES, Language
from qa.text import fold_diacritics, normalise, to_latin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa.moments.bank import Bank, MomentBank


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence that does (or does not do) a moment; one `group` stays on one side of a fold."""

    text: str
    language: Language
    does: bool
    group: str


def training_set(moment: MomentBank, bank: Bank) -> tuple[Labelled, ...]:
    """Return the labelled sentences for one moment, each text once, in a fixed order.

    Positive: its examples. Negative: its near misses, the everyday sentences of the same role,
    and the examples of the other moments of that role, except those that either moment is said
    to overlap with the other. A text that is an example anywhere in the moment is never a negative.
    """
    found: dict[str, Labelled] = {}
    for text, language, does in _candidates(moment, bank):
        group = normalise(text)
        found.setdefault(group, Labelled(text, language, does, group))
    return tuple(found.values())


def variants(labelled: Labelled) -> tuple[Labelled, ...]:
    """Return a sentence as written and, where it has diacritics, as typed without them."""
    latin = to_latin(labelled.text)
    folded = fold_diacritics(latin)
    if folded == latin:
        return (labelled,)
    return labelled, Labelled(folded, labelled.language, labelled.does, labelled.group)


def _candidates(moment: MomentBank, bank: Bank) -> Iterator[tuple[str, Language, bool]]:
    """Yield (text, language, does it), positives first: the first label of a text counts."""
    everyday = bank.everyday.agent if moment.speaker == "agent" else bank.everyday.customer
    others = [other for other in bank.moments if not _no_negatives_from(moment, other)]
    for language in LANGUAGES:
        for text in moment.examples.get(language, ()):
            yield text, language, True
    for language in LANGUAGES:
        for text in moment.near_misses.get(language, ()):
            yield text, language, False
        for other in others:
            for text in other.examples.get(language, ()):
                yield text, language, False
        for text in everyday.get(language, ()):
            yield text, language, False


def _no_negatives_from(moment: MomentBank, other: MomentBank) -> bool:
    return (
        other.speaker != moment.speaker
        or other.name == moment.name
        or other.name in moment.overlaps
        or moment.name in other.overlaps  # a moment of your own need not edit the shipped ones
    )
