"""Words given to the speakers whose speech they lie in."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Span, Speaker, Word

_NEAR_MS = 200  # how far a cut may move to fall between two words
_SPEAKERS: tuple[Speaker, ...] = ("agent", "customer")


def share_out(
    words: Sequence[Word], spans: Sequence[Span]
) -> tuple[tuple[Speaker, tuple[Word, ...]], ...]:
    """Return the words of the agent and of the customer, each in the order given.

    A word goes whole to the speaker in whose speech its middle lies, or to the nearest; `spans` are
    in order and do not overlap. Without any span all words are the agent's.
    """
    starts = [span.start_ms for span in spans]

    def speaker(word: Word) -> Speaker:
        middle = (word.start_ms + word.end_ms) // 2
        at = bisect_right(starts, middle) - 1
        near = spans[max(0, at) : at + 2]
        far = [max(span.start_ms - middle, middle - span.end_ms, 0) for span in near]
        return near[far.index(min(far))].speaker if near else "agent"

    of = [(speaker(word), word) for word in words]
    return tuple((who, tuple(word for by, word in of if by == who)) for who in _SPEAKERS)


def cut_between_words(spans: Sequence[Span], words: Sequence[Word]) -> tuple[Span, ...]:
    """Return the spans with cuts inside speech moved to the widest gap between words nearby."""
    ordered = sorted(words, key=lambda word: word.start_ms)
    gaps = [(a.end_ms, b.start_ms) for a, b in pairwise(ordered) if b.start_ms >= a.end_ms]
    moved = list(spans)
    for at, (before, after) in enumerate(pairwise(spans)):
        if before.end_ms == after.start_ms:
            cut = _cut(before, after, gaps)
            moved[at] = replace(moved[at], end_ms=cut)
            moved[at + 1] = replace(after, start_ms=cut)
    return tuple(moved)


def _cut(before: Span, after: Span, gaps: Sequence[tuple[int, int]]) -> int:
    wanted = before.end_ms
    # not over the middle of either span, so that two cuts never pass each other
    first = wanted - min(_NEAR_MS, before.length_ms // 2)
    last = wanted + min(_NEAR_MS, after.length_ms // 2)
    middles = [((end - start), (start + end) // 2) for start, end in gaps]
    near = [(width, -abs(at - wanted), at) for width, at in middles if first <= at <= last]
    return max(near)[-1] if near else wanted
