"""The training set: which sentence does which moments, and which it must not be taken for."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.moments.bank import EVERYDAY
from qa.moments.noise import misheard
from qa.nouns import LANGUAGES, SPEAKERS, Language, Speaker
from qa.text import normalise, to_latin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qa.moments.bank import Bank, ByLanguage, MomentBank

DOES, DOES_NOT, UNTOLD = 1, -1, 0
_MISHEARD_ONE_IN: Final = 4  # taught a second time, as recognition may hear them


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence and what is known of it, by its speaker's moments."""

    text: str  # in Latin
    language: Language
    speaker: Speaker
    does: frozenset[str]
    looks_like: frozenset[str]  # near miss of these
    everyday: bool
    unsure: frozenset[str] = frozenset()  # borderline of these
    shipped: bool = False  # listed by a shipped moment, so read for all of them


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """One speaker's sentences and moments."""

    samples: tuple[Sample, ...]
    moments: tuple[str, ...]
    labels: NDArray[np.int8]  # (samples, moments): DOES, DOES_NOT, or UNTOLD


def training_sets(bank: Bank) -> tuple[TrainingSet, ...]:
    """Return a set per speaker that has moments, each sentence once, in a fixed order.

    A sentence does the moments that list it as an example, and nothing is told of those where it
    is borderline. It does not do a moment that lists it as a near miss, nor, if it is an everyday
    sentence, any that does not overlap those. Shipped sentences stand under every shipped moment
    that they do, so they do no other. Elsewhere an example does not do those moments that overlap
    none of its own; nothing is told of the rest: a near miss of one moment may well do another.
    """
    return tuple(
        _training_set(bank, speaker)
        for speaker in SPEAKERS
        if any(moment.speaker == speaker for moment in bank.moments)
    )


def taught_again(sample: Sample) -> str:
    """Return how a sentence is taught a second time, misheard; empty for three in four."""
    if zlib.crc32(normalise(sample.text).encode()) % _MISHEARD_ONE_IN:
        return ""
    return misheard(sample.text)


def taught_texts(known: TrainingSet) -> list[str]:
    """Return what is taught: the sentences, then some of them again as they may be misheard."""
    again = (taught_again(sample) for sample in known.samples)
    return [*(sample.text for sample in known.samples), *(text for text in again if text)]


def _rows(known: TrainingSet) -> list[int]:
    """Return the sentence that each of `taught_texts` is taught for."""
    rows = range(len(known.samples))
    return [*rows, *(row for row in rows if taught_again(known.samples[row]))]


def taught_together(sets: Sequence[TrainingSet]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Return the sentence, counted over all sets, and the labels of every taught text.

    Columns are all moments; nothing is told of the other speaker's.
    """
    import numpy as np

    taught, labels, before = [], [], 0
    width = sum(len(known.moments) for known in sets)
    column = 0
    for known in sets:
        rows = np.array(_rows(known), dtype=np.int64)
        own = np.zeros((len(rows), width), dtype=np.int8)
        own[:, column : column + len(known.moments)] = known.labels[rows]
        taught.append(rows + before)
        labels.append(own)
        before += len(known.samples)
        column += len(known.moments)
    return np.concatenate(taught), np.vstack(labels)


def apart(sets: Sequence[TrainingSet], scores: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return each set's own sentences and moments."""
    out, row, column = [], 0, 0
    for known in sets:
        ends = row + len(known.samples), column + len(known.moments)
        out.append(scores[row : ends[0], column : ends[1]])
        row, column = ends
    return out


def _training_set(bank: Bank, speaker: Speaker) -> TrainingSet:
    import numpy as np

    samples = _samples(bank, speaker)
    own = [moment for moment in bank.moments if moment.speaker == speaker]
    overlaps = {moment.name: set(moment.overlaps) for moment in own}
    for moment in own:  # a moment of your own need not edit the shipped ones
        for other in moment.overlaps:
            overlaps.get(other, set()).add(moment.name)
    labels = np.full((len(samples), len(own)), UNTOLD, dtype=np.int8)
    for row, sample in enumerate(samples):
        for column, moment in enumerate(own):
            labels[row, column] = _label(sample, moment, overlaps[moment.name])
    return TrainingSet(samples, tuple(moment.name for moment in own), labels)


def _label(sample: Sample, moment: MomentBank, overlaps: set[str]) -> int:
    if moment.name in sample.does:
        return DOES
    if moment.name in sample.unsure:
        return UNTOLD
    if moment.name in sample.looks_like or (sample.shipped and moment.shipped):
        return DOES_NOT
    if sample.everyday:
        return UNTOLD if EVERYDAY in moment.overlaps else DOES_NOT
    return DOES_NOT if sample.does and not sample.does & overlaps else UNTOLD


def _samples(bank: Bank, speaker: Speaker) -> tuple[Sample, ...]:
    texts: dict[str, tuple[str, Language]] = {}
    own = [moment for moment in bank.moments if moment.speaker == speaker]
    does = _names_by_key(((m.name, m.examples) for m in own), texts)
    looks_like = _names_by_key(((m.name, m.near_misses) for m in own), texts)
    unsure = _names_by_key(((m.name, m.borderline) for m in own), texts)
    everyday = _names_by_key([(EVERYDAY, getattr(bank.everyday, speaker))], texts)
    ships = {moment.name for moment in own if moment.shipped}
    none: frozenset[str] = frozenset()
    return tuple(
        Sample(
            text,
            language,
            speaker,
            does=does.get(key, none),
            looks_like=looks_like.get(key, none),
            everyday=key in everyday and key not in does,
            unsure=unsure.get(key, none),
            shipped=any(ships & listed.get(key, none) for listed in (does, looks_like, unsure)),
        )
        for key, (text, language) in texts.items()
    )


def _names_by_key(
    lists: Iterable[tuple[str, ByLanguage]], texts: dict[str, tuple[str, Language]]
) -> dict[str, frozenset[str]]:
    """Return which lists each sentence stands in, by its normalised form; note it in `texts`."""
    found: dict[str, set[str]] = {}
    for name, lines in lists:
        for language in LANGUAGES:
            for text in lines.get(language, ()):
                key = normalise(text)
                texts.setdefault(key, (to_latin(text), language))
                found.setdefault(key, set()).add(name)
    return {key: frozenset(names) for key, names in found.items()}
