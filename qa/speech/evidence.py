"""The evidence for who speaks in a one-channel recording: vectors of steps, colours of frames.

Two kinds that know nothing of each other, so that each can be judged by the other. Prices and
thresholds were set on 24 constructed dialogues of 10 synthetic voices and checked on 24 others of
14 further voices (ARCHITECTURE.md, "One channel").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qa.speech.clusters import in_three, in_two, local_means
from qa.speech.spans import PER_MS
from qa.speech.timbre import FRAME_MS, Background, both_at_once, colours, floor_of, frames_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from qa.nouns import Span

    Encode = Callable[[Sequence[NDArray[np.float32]]], NDArray[np.float32]]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

_STEP_MS, _CLIP_MS = 500, 1_600  # the encoder learned from 1.6 s
_TYPICAL_COSINE, _PER_COSINE = 0.93, 40.0  # of the halves of a single voice
_LEAST_FRAMES = 15  # of a span, for it to be evidence
# Spans that count: in a long call even the weak agreement that the halves of one voice show would
# be beyond chance.
_MOST_SPANS = 20
_FOLDS = 4
# Frames are far from independent of each other: what one says is worth a fifth.
_WORTH, _MOST = 0.2, 15.0
_LEANING_WORTH = 0.1
_CHANGE_INSIDE, _CHANGE_AT_PAUSE = 8.0, 2.4
_ROUNDS = 3
_CLEAR = 0.3  # of a leaning from -1 to 1
# Both at once: how far above the call's median (in robust standard deviations), what a clear
# leaning takes from it, over how many frames it is averaged, and how many must follow each other.
_BOTH, _LEANING_AGAINST, _AVERAGED, _LEAST_BOTH = 1.2, 1.5, 40, 15


class Evidence:
    """One recording's evidence: vectors of its steps, colours of its frames."""

    def __init__(self, samples: NDArray[np.float32], spans: Sequence[Span], encode: Encode) -> None:
        self.frames = frames_of(samples, spans)
        self._floor = floor_of(self.frames.power)
        self._seen = colours(self.frames.power, self._floor, self.frames.span)
        self._background = Background(self._seen)
        steps = [(index, at) for index, span in enumerate(spans) for at in _steps(span)]
        self._span_of_step = np.array([index for index, _ in steps])
        self._middles = np.array([at for _, at in steps])
        self._vectors = encode([_clip(samples, at) for _, at in steps])
        self._steadied = local_means(self._vectors, self._middles, self._span_of_step)
        self._step_of_frame = _nearest(self._middles, self.frames.start_ms + FRAME_MS // 2)

    def two_voices(self) -> Ints:
        """Return 0 or 1 per frame."""
        steps = in_two(self._steadied)
        if len(np.unique(steps)) < 2:
            return np.zeros(len(self.frames.span), np.intp)
        leaning = self._leaning(steps)[self._step_of_frame]
        labels = np.where(leaning > _CLEAR, 1, np.where(leaning < -_CLEAR, 0, -1))
        for _ in range(_ROUNDS):
            if min(np.sum(labels == 0), np.sum(labels == 1)) < _LEAST_FRAMES:
                break
            first, second = (
                self._background.fits(self._seen, self._background.like(self._seen[labels == each]))
                for each in (0, 1)
            )
            odds = np.clip(second - first, -_MOST, _MOST) * _WORTH + 2 * _LEANING_WORTH * leaning
            labels = _smooth(odds, self.frames.span)
        return np.maximum(labels, 0)

    def labels_of_steps(self, labels: Ints) -> Ints:
        """Return per step what most of its frames are."""
        second = np.bincount(self._step_of_frame, labels, minlength=len(self._middles))
        all_ = np.bincount(self._step_of_frame, minlength=len(self._middles))
        return np.where(all_ == 0, -1, second * 2 > all_).astype(np.intp)

    def apartness(self, steps: Ints) -> float:
        """Return how sure it is that clusters 0 and 1 of the steps are two voices.

        Two kinds of evidence that know nothing of each other: the encoder's vectors, and the
        colours of frames under voices learned from other spans than theirs. Over the spans between
        pauses they agree (their correlation, as Fisher's z in standard errors) if there are two
        voices. Added is how much less alike the middles of the clusters are than halves of one
        voice: in short calls there are too few spans for a correlation.
        """
        if min(np.sum(steps == 0), np.sum(steps == 1)) == 0:
            return float("-inf")
        middles = [self._vectors[steps == each].mean(axis=0) for each in (0, 1)]
        cosine = middles[0] @ middles[1] / np.prod([np.linalg.norm(each) for each in middles])
        apart = float(_PER_COSINE * (_TYPICAL_COSINE - cosine))
        labels = steps[self._step_of_frame]
        counted = labels >= 0
        heard = np.diff(self._unheard(labels), axis=1)[:, 0]
        leaning = self._leaning(steps)[self._step_of_frame]
        of_span = self.frames.span[counted]
        weight = np.bincount(of_span).astype(float)
        large = weight >= _LEAST_FRAMES
        if large.sum() < _FOLDS:
            return apart
        means = [
            np.bincount(of_span, each[counted])[large] / weight[large] for each in (heard, leaning)
        ]
        correlation = _correlation(means[0], means[1], weight[large])
        return apart + float(
            np.arctanh(min(0.999, correlation)) * np.sqrt(min(large.sum(), _MOST_SPANS) - 3)
        )

    def third_voice(self) -> float:
        """Return how sure it is that even the nearest two of three clusters are two voices."""
        labels, near = in_three(self._steadied)
        if labels is None:
            return float("-inf")
        steps = np.where(labels == near[0], 0, np.where(labels == near[1], 1, -1))
        return self.apartness(steps)

    def both_at_once(self, labels: Ints) -> NDArray[np.bool_]:
        """Return per frame whether both voices are heard in it."""
        ones, others = (np.flatnonzero(labels == each) for each in (0, 1))
        nobody = np.zeros(len(labels), bool)
        if min(len(ones), len(others)) < _LEAST_FRAMES * _FOLDS:
            return nobody
        mixed = both_at_once(self.frames.power, ones, others, self._floor)
        together = self._background.fits(self._seen, self._background.like(mixed))
        gain = _averaged(together - self._unheard(labels).max(axis=1))
        middle = np.median(gain)
        spread = 1.48 * np.median(np.abs(gain - middle)) + 1e-6
        leaning = self._leaning(self.labels_of_steps(labels))[self._step_of_frame]
        above = (gain - middle) / spread - _LEANING_AGAINST * np.abs(leaning) > _BOTH
        for start, end in runs(above):
            nobody[start:end] = end - start >= _LEAST_BOTH
        return nobody

    def _unheard(self, labels: Ints) -> Floats:
        """Return how well each frame fits voices 0 and 1 as learned from other spans: (frames, 2).

        Zero where there is nothing else to learn a voice from.
        """
        fits = np.zeros((len(labels), 2))
        for fold in range(_FOLDS):
            here = self.frames.span % _FOLDS == fold
            taught = [(labels == each) & ~here for each in (0, 1)]
            if min(each.sum() for each in taught) >= _LEAST_FRAMES * _FOLDS:
                for each, known in enumerate(taught):
                    voice = self._background.like(self._seen[known])
                    fits[here, each] = self._background.fits(self._seen[here], voice)
        return fits

    def _leaning(self, steps: Ints) -> Floats:
        """Return per step -1 at the middle of cluster 0, 1 at that of cluster 1, clipped."""
        first, second = (self._vectors[steps == each].mean(axis=0) for each in (0, 1))
        axis = (second - first).astype(float)
        leaning = (self._vectors - (first + second) / 2) @ axis * 2 / max(1e-9, axis @ axis)
        return np.asarray(np.clip(leaning, -1.5, 1.5))


def _steps(span: Span) -> list[int]:
    """Return the middles of the steps of about half a second that a span is made of."""
    count = max(1, round(span.length_ms / _STEP_MS))
    return [span.start_ms + span.length_ms * (2 * at + 1) // (2 * count) for at in range(count)]


def _clip(samples: NDArray[np.float32], middle_ms: int) -> NDArray[np.float32]:
    start, end = ((middle_ms + side * _CLIP_MS // 2) * PER_MS for side in (-1, 1))
    return samples[max(0, start) : end]


def _nearest(middles: Ints, at: Ints) -> Ints:
    after = np.clip(np.searchsorted(middles, at), 1, max(1, len(middles) - 1))
    if len(middles) == 1:
        return np.zeros(len(at), np.intp)
    return np.where(at - middles[after - 1] <= middles[after] - at, after - 1, after)


def _smooth(odds: Floats, spans: Ints) -> Ints:
    """Return 0 or 1 per frame: what is worth most, odds for 1 less the price of changes."""
    paused = np.diff(spans, prepend=spans[0]) > 0
    worth = [0.0, 0.0]  # of the best labels so far that end in 0, in 1
    came_from: list[tuple[int, int]] = []
    for gain, pause in zip(odds.tolist(), paused.tolist(), strict=True):
        price = _CHANGE_AT_PAUSE if pause else _CHANGE_INSIDE
        came_from.append((int(worth[1] - price > worth[0]), int(worth[1] >= worth[0] - price)))
        worth = [
            max(worth[0], worth[1] - price) - gain / 2,
            max(worth[1], worth[0] - price) + gain / 2,
        ]
    labels = [int(worth[1] > worth[0])]
    for back in reversed(came_from[1:]):
        labels.append(back[labels[-1]])
    return np.array(labels[::-1])


def _correlation(one: Floats, other: Floats, weight: Floats) -> float:
    one = one - np.average(one, weights=weight)
    other = other - np.average(other, weights=weight)
    both = float(np.sqrt((weight * one * one).sum() * (weight * other * other).sum()))
    return float((weight * one * other).sum()) / both if both > 0 else 0.0


def _averaged(values: Floats) -> Floats:
    window = np.ones(min(_AVERAGED, len(values)))
    counts = np.convolve(np.ones(len(values)), window, "same")
    return np.convolve(values, window, "same") / counts


def runs(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where it is on: from, to."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], on, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
