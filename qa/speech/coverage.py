"""How much of what was said has words: a transcript that misses half a call must say so."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.nouns import Word
    from qa.speech.listening import Stretch

# Pauses between words belong to what is said; a longer stretch without a word is missing text.
_NEAR_MS = 1_000


def coverage(
    channels: Iterable[tuple[Sequence[Stretch], Sequence[Word]]],
) -> float | None:
    """Return the share of the energy of all speech that lies within a second of a word: 0..1.

    `channels` are speech and words, both in order of time. Energy, not time: what is loud and
    has no words weighs more than a breath. None if nobody speaks.
    """
    heard = total = 0.0
    for stretches, words in channels:
        near = _near(words)
        ends = [end for _, end in near]
        for stretch in stretches:
            total += stretch.energy
            length = max(1, stretch.end_ms - stretch.start_ms)
            first = bisect_right(ends, stretch.start_ms)
            heard += stretch.energy * _covered(stretch, near[first:]) / length
    return round(heard / total, 4) if total else None


def _near(words: Iterable[Word]) -> list[tuple[int, int]]:
    """Return what is within a second of a word, as stretches that do not overlap."""
    near: list[tuple[int, int]] = []
    for word in words:
        start, end = word.start_ms - _NEAR_MS, word.end_ms + _NEAR_MS
        if near and start <= near[-1][1]:
            near[-1] = (near[-1][0], max(end, near[-1][1]))
        else:
            near.append((start, end))
    return near


def _covered(stretch: Stretch, near: Iterable[tuple[int, int]]) -> int:
    """Return how many milliseconds of a stretch lie in others."""
    covered = 0
    for start, end in near:
        if start >= stretch.end_ms:
            break
        covered += max(0, min(end, stretch.end_ms) - max(start, stretch.start_ms))
    return covered
