"""Word times held against the speech that was heard."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.nouns import Span, Word


def fit_to_speech(words: Iterable[Word], spans: Sequence[Span]) -> tuple[Word, ...]:
    """Return the words, each clipped to the span of speech that it overlaps most.

    The recogniser's alignment stretches words over the silence beside them. A word that
    overlaps no speech keeps its times. Order and number of words do not change.
    """
    ends = [span.end_ms for span in spans]
    return tuple(_fit(word, spans, bisect_left(ends, word.start_ms)) for word in words)


def _fit(word: Word, spans: Sequence[Span], first: int) -> Word:
    best: Span | None = None
    most = 0
    for span in spans[first:]:
        if span.start_ms >= word.end_ms:
            break
        overlap = min(span.end_ms, word.end_ms) - max(span.start_ms, word.start_ms)
        if overlap > most:
            best, most = span, overlap
    if best is None:
        return word
    return replace(
        word,
        start_ms=max(word.start_ms, best.start_ms),
        end_ms=min(word.end_ms, best.end_ms),
    )
