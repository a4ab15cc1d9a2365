"""Who speaks in a one-channel recording: two voices told apart by how they sound.

Thin on purpose: at most two voices, nobody speaks over another, and the voice that is heard
first is taken for the agent, because who answers a call greets. A later version decides from
what is said. Transcripts made this way carry the basis "diarised", and facts trust it less.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from qa.nouns import Span, Speaker, Word
from qa.speech.spans import SAMPLE_RATE
from qa.speech.speaker_embedding import embed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Encode = Callable[[Sequence[NDArray[np.float32]]], NDArray[np.float32]]

_STEP_MS = 250  # how finely speech is given to speakers; the shortest "da" lasts about that
# The encoder learned from 1.6 s; turns on the telephone are short, and 1.2 s measured as good.
_CLIP_MS = 1_200
# In less speech a single voice falls into two clusters as readily as two voices do: one speaker's
# channel of 7 to 9 s scored up to .28, of 12 s and more mostly below .23 (see _LEAST_STRUCTURE).
_LEAST_SPEECH_MS = 10_000
# Silhouette (Rousseeuw 1987) under which two clusters are one voice. Measured on clusters of
# 1.2 s clips: 19 of 20 two-voice calls .25 to .56, single voices .12 to .22 with few exceptions.
_LEAST_STRUCTURE = 0.23
_MOST_CLUSTERED = 2_000  # clips, evenly taken: the cost of the silhouette grows with the square
# What a change of speaker must be worth, in clear steps (a step counts -1..1): inside a stretch of
# speech an island of one step is taken for an error; between pauses one clear step is enough.
_CHANGE_INSIDE, _CHANGE_AT_PAUSE = 2.0, 0.5
_NEAR_MS = 300  # how far a cut may move to fall between two words


@dataclass(frozen=True, slots=True)
class Apart:
    """Words and speech by speaker; with one voice everything is the agent's."""

    words: tuple[tuple[Speaker, tuple[Word, ...]], ...]
    spans: tuple[Span, ...]
    voices: int  # 1: one voice could be told; 2: two


def tell_apart(
    samples: NDArray[np.float32],
    spans: Sequence[Span],
    words: Sequence[Word],
    *,
    encode: Encode = embed,
) -> Apart:
    """Return the speech and words of a mono recording by speaker.

    `samples` are float32 at 16 kHz, levelled; `spans` its speech in order, their speakers are not
    looked at. A span is cut where the voice changes inside it, between two words if some are
    near. Every word goes whole to the voice in whose speech its middle lies, or to the nearest;
    the order of words is kept. `encode` gives a unit vector per clip.
    """
    steps = [step for span in spans for step in _steps(span)]
    labels = _labels(samples, steps, encode)
    if len(set(labels)) < 2:
        whole = tuple(replace(span, speaker="agent") for span in spans)
        return Apart((("agent", tuple(words)),), whole, 1)
    own = _merged(steps, ["agent" if label == labels[0] else "customer" for label in labels])
    told = _moved(own, words)
    return Apart(_shared_out(words, told), told, 2)


def _steps(span: Span) -> list[Span]:
    count = max(1, round(span.length_ms / _STEP_MS))
    edges = [span.start_ms + span.length_ms * at // count for at in range(count + 1)]
    return [Span(start, end, span.speaker) for start, end in pairwise(edges)]


def _labels(samples: NDArray[np.float32], steps: Sequence[Span], encode: Encode) -> list[int]:
    """Return 0 or 1 per step; all alike, or nothing, if two voices cannot be told."""
    if sum(step.length_ms for step in steps) < _LEAST_SPEECH_MS:
        return []
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    vectors = encode([_clip(samples, step) for step in steps])
    some = vectors[:: -(-len(vectors) // _MOST_CLUSTERED)]
    if len(np.unique(some, axis=0)) < 2:
        return []
    found = KMeans(2, n_init=10, random_state=0).fit(some)
    if silhouette_score(some, found.labels_, metric="cosine") < _LEAST_STRUCTURE:
        return []
    first, second = found.cluster_centers_
    axis = second - first
    # -1 at the middle of the first cluster, 1 at that of the second
    leaning = (vectors - (first + second) / 2) @ axis * 2 / (axis @ axis)
    return _smooth(np.clip(leaning, -1, 1), steps)


def _clip(samples: NDArray[np.float32], step: Span) -> NDArray[np.float32]:
    middle = (step.start_ms + step.end_ms) // 2
    start, end = ((middle + side * _CLIP_MS // 2) * SAMPLE_RATE // 1000 for side in (-1, 1))
    return samples[max(0, start) : end]


def _smooth(leaning: NDArray[np.float32], steps: Sequence[Span]) -> list[int]:
    """Return the labels of most worth: steps leaning their way, less the price of changes."""
    lean = [float(each) for each in leaning]
    worth = [-lean[0], lean[0]]  # of the best labels so far that end in 0, in 1
    came_from: list[list[int]] = []
    for at in range(1, len(steps)):
        paused = steps[at].start_ms > steps[at - 1].end_ms
        price = _CHANGE_AT_PAUSE if paused else _CHANGE_INSIDE
        came_from.append([int(worth[1] - price > worth[0]), int(worth[1] >= worth[0] - price)])
        worth = [
            max(worth[0], worth[1] - price) - lean[at],
            max(worth[1], worth[0] - price) + lean[at],
        ]
    labels = [int(worth[1] > worth[0])]
    for back in reversed(came_from):
        labels.append(back[labels[-1]])
    return labels[::-1]


def _merged(steps: Sequence[Span], speakers: Sequence[Speaker]) -> list[Span]:
    """Return steps that touch and are one speaker's as one span."""
    merged: list[Span] = []
    for step, speaker in zip(steps, speakers, strict=True):
        last = merged[-1] if merged else None
        if last and last.end_ms == step.start_ms and last.speaker == speaker:
            merged[-1] = replace(last, end_ms=step.end_ms)
        else:
            merged.append(replace(step, speaker=speaker))
    return merged


def _moved(spans: Sequence[Span], words: Sequence[Word]) -> tuple[Span, ...]:
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


def _shared_out(
    words: Sequence[Word], spans: Sequence[Span]
) -> tuple[tuple[Speaker, tuple[Word, ...]], ...]:
    starts = [span.start_ms for span in spans]

    def speaker(word: Word) -> Speaker:
        middle = (word.start_ms + word.end_ms) // 2
        at = bisect_right(starts, middle) - 1
        near = spans[max(0, at) : at + 2]
        return min(near, key=lambda s: max(s.start_ms - middle, middle - s.end_ms, 0)).speaker

    of = [(speaker(word), word) for word in words]
    speakers: tuple[Speaker, ...] = ("agent", "customer")
    return tuple((who, tuple(word for by, word in of if by == who)) for who in speakers)
