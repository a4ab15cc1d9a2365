"""The training set: which sentence does which moments, and which it must not be taken for."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.moments.noise import misheard
from qa.nouns import LANGUAGES, SPEAKERS, Language, Speaker
from qa.text import normalise, to_latin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.moments.bank import Bank, ByLanguage

DOES, DOES_NOT, UNTOLD = 1, -1, 0
_MISHEARD_ONE_IN: Final = 8  # sentences that are taught a second time, as recognition may hear them


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence and what is known of it, by its speaker's moments."""

    text: str  # in Latin
    language: Language
    speaker: Speaker
    does: frozenset[str]
    looks_like: frozenset[str]  # near miss of these
    everyday: bool


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """One speaker's sentences and moments."""

    samples: tuple[Sample, ...]
    moments: tuple[str, ...]
    labels: NDArray[np.int8]  # (samples, moments): DOES, DOES_NOT, or UNTOLD


def training_sets(bank: Bank) -> tuple[TrainingSet, ...]:
    """Return a set per speaker that has moments, each sentence once, in a fixed order.

    A sentence does the moments that list it as an example. It does not do a moment that lists it
    as a near miss, nor, if it is an everyday sentence, any; nor, if it is an example, those
    moments that overlap none of its own. Nothing is told of the rest: a near miss of one moment may
    well do another.
    """
    return tuple(
        _training_set(bank, speaker)
        for speaker in SPEAKERS
        if any(moment.speaker == speaker for moment in bank.moments)
    )


def taught_again(sample: Sample) -> str:
    """Return how a sentence is taught a second time, misheard; empty for seven in eight."""
    if zlib.crc32(normalise(sample.text).encode()) % _MISHEARD_ONE_IN:
        return ""
    return misheard(sample.text)


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
            labels[row, column] = _label(sample, moment.name, overlaps[moment.name])
    return TrainingSet(samples, tuple(moment.name for moment in own), labels)


def _label(sample: Sample, moment: str, overlaps: set[str]) -> int:
    if moment in sample.does:
        return DOES
    if moment in sample.looks_like or sample.everyday:
        return DOES_NOT
    return DOES_NOT if sample.does and not sample.does & overlaps else UNTOLD


def _samples(bank: Bank, speaker: Speaker) -> tuple[Sample, ...]:
    texts: dict[str, tuple[str, Language]] = {}
    does: dict[str, set[str]] = {}
    looks_like: dict[str, set[str]] = {}
    usual: set[str] = set()

    def learn(lines: ByLanguage) -> list[str]:
        keys = []
        for language in LANGUAGES:
            for text in lines.get(language, ()):
                key = normalise(text)
                texts.setdefault(key, (to_latin(text), language))
                keys.append(key)
        return keys

    for moment in bank.moments:
        if moment.speaker != speaker:
            continue
        for key in learn(moment.examples):
            does.setdefault(key, set()).add(moment.name)
        for key in learn(moment.near_misses):
            looks_like.setdefault(key, set()).add(moment.name)
    everyday = bank.everyday.agent if speaker == "agent" else bank.everyday.customer
    usual.update(learn(everyday))
    return tuple(
        Sample(
            text,
            language,
            speaker,
            frozenset(does.get(key, ())),
            frozenset(looks_like.get(key, ())),
            key in usual and key not in does,
        )
        for key, (text, language) in texts.items()
    )
