"""What speech sounds like, 20 ms at a time: the colour of a voice and of the line it comes over.

A mixture of Gaussians is fitted to all speech of a call; each voice, and both at once, is that
mixture with its means moved towards what it heard of them (Reynolds et al. 2000, "Speaker
verification using adapted Gaussian mixture models"). All are of one shape, so that a voice of which
little was heard does not lose to one of which much was.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from qa.speech.mel import mel_filters
from qa.speech.one_thread import product
from qa.speech.spans import PER_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qa.nouns import Span

    Samples = NDArray[np.float32]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

FRAME_MS = 20
_BANDS, _CEPSTRA = 40, 28
_FFT, _HOP = 400, 10 * PER_MS  # two windows of 25 ms, 10 ms apart, make a frame
_BLOCK = 4_000  # windows transformed at once: bounds the memory
_COMPONENTS, _FRAMES_PER_COMPONENT, _ROUNDS = 16, 30, 20
_MOST_FITTED = 30_000  # frames, evenly taken: ten minutes of speech say what all of it says
_RELEVANCE = 10.0  # frames after which a mean is half its own
_LEAST_VARIANCE = 0.05
_MIXED, _PIECE = 3_000, 25  # frames of both voices at once, made from stretches of half a second


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Speech in frames: their power per mel band, where they begin, and in which span they are."""

    power: Samples  # (frames, 40)
    start_ms: Ints
    span: Ints


def frames_of(samples: Samples, spans: Sequence[Span]) -> Frames:
    """Return the frames of all `spans` in order; `samples` are at 16 kHz.

    The last frame of a span may jut out.
    """
    counts = [-(-span.length_ms // FRAME_MS) for span in spans]
    starts = [
        np.arange(span.start_ms, span.start_ms + FRAME_MS * count, FRAME_MS)
        for span, count in zip(spans, counts, strict=True)
    ]
    start_ms = np.concatenate([np.zeros(0, np.intp), *starts]).astype(np.intp)
    of_span = np.repeat(np.arange(len(spans)), counts)
    half = _FFT // 2
    padded = np.pad(samples, (half, half + FRAME_MS * PER_MS))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _FFT)
    # the windows are centred 5 and 15 ms into the frame
    firsts = start_ms * PER_MS + _HOP // 2
    filters, hann = mel_filters(_BANDS).astype(np.float32), np.hanning(_FFT + 1)[:-1]
    power = np.zeros((len(start_ms), _BANDS), np.float32)
    for at in range(0, len(start_ms), _BLOCK):
        for offset in (0, _HOP):
            cut = windows[np.minimum(firsts[at : at + _BLOCK] + offset, len(windows) - 1)]
            spectrum = np.abs(np.fft.rfft(cut * hann.astype(np.float32)))
            power[at : at + _BLOCK] += product(np.square(spectrum).astype(np.float32), filters)
    return Frames(power, start_ms, of_span)


def floor_of(power: Samples) -> Samples:
    """Return per band what is hardly ever undercut: the noise of the line. (40,)."""
    return np.asarray(np.quantile(power, 0.05, axis=0) + 1e-6, np.float32)


def colours(power: Samples, floor: Samples, span: Ints) -> Floats:
    """Return 28 cepstra a frame and how they change over 80 ms of the same span: (frames, 56)."""
    cepstra = product(np.log(power + floor).astype(np.float64), _cosines())
    first = np.searchsorted(span, span, "left")
    last = np.searchsorted(span, span, "right") - 1
    here = np.arange(len(span))

    def at(offset: int) -> Floats:
        return np.asarray(cepstra[np.clip(here + offset, first, last)])

    change = at(2) - at(-2) + (at(1) - at(-1)) / 2
    return np.concatenate((cepstra, change), axis=1)


def both_at_once(power: Samples, one: Ints, other: Ints, floor: Samples) -> Floats:
    """Return colours of two voices at once, made by adding frames of `one` to frames of `other`.

    Powers of sounds that have nothing to do with each other add up. `one` and `other` are indices
    of frames in order, at least 25 each.
    """
    draw = np.random.default_rng(0)
    count = _MIXED // _PIECE
    within = np.arange(_PIECE)
    mixed = sum(
        power[frames[draw.integers(0, len(frames) - _PIECE + 1, count)[:, None] + within]]
        for frames in (one, other)
    )
    span = np.repeat(np.arange(count), _PIECE)
    return colours(np.asarray(mixed, np.float32).reshape(-1, _BANDS), floor, span)


class Background:
    """What all speech of a call sounds like; voices are described by how they differ from it."""

    def __init__(self, seen: Floats) -> None:
        some = seen[:: -(-len(seen) // _MOST_FITTED)]
        components = max(1, min(_COMPONENTS, len(some) // _FRAMES_PER_COMPONENT))
        self._means = _far_apart(some, components)
        self._weights = np.full(components, 1 / components)
        self._precisions = np.tile(1 / (some.var(axis=0) + _LEAST_VARIANCE), (components, 1))
        for _ in range(_ROUNDS):
            shares = self._shares(some)
            heard = shares.sum(axis=0) + 1e-9
            self._weights = heard / heard.sum()
            self._means = product(shares.T, some) / heard[:, None]
            spread = product(shares.T, np.square(some)) / heard[:, None] - np.square(self._means)
            self._precisions = 1 / (np.maximum(spread, 0) + _LEAST_VARIANCE)

    def like(self, seen: Floats) -> Voiced:
        """Return the voice of which the frames `seen` were heard."""
        shares = self._shares(seen)
        heard = shares.sum(axis=0)
        means = (product(shares.T, seen) + _RELEVANCE * self._means) / (heard + _RELEVANCE)[:, None]
        weights = heard + len(heard) * self._weights  # as if one frame more had been heard of each
        return Voiced(means, weights / weights.sum())

    def fits(self, seen: Floats, voice: Voiced) -> Floats:
        """Return the log-likelihood of each frame, up to what is the same for every voice."""
        likely = self._logs(seen, voice.means, voice.weights)
        most = likely.max(axis=1)
        return np.asarray(most + np.log(np.exp(likely - most[:, None]).sum(axis=1)))

    def _shares(self, seen: Floats) -> Floats:
        """Return how likely each frame is which component's: (frames, components)."""
        likely = self._logs(seen, self._means, self._weights)
        shares = np.exp(likely - likely.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def _logs(self, seen: Floats, means: Floats, weights: Floats) -> Floats:
        scaled = means * self._precisions
        distance = product(np.square(seen), self._precisions.T) - 2 * product(seen, scaled.T)
        distance += (means * scaled).sum(axis=1)
        height = np.log(weights) + np.log(self._precisions).sum(axis=1) / 2
        return np.asarray(height - distance / 2)


def _far_apart(seen: Floats, count: int) -> Floats:
    """Return frames far from each other to begin with: k-means++, with dice that fall the same."""
    dice = np.random.default_rng(0)
    chosen = [seen[len(seen) // 2]]
    distance = np.square(seen - chosen[0]).sum(axis=1)
    for _ in range(count - 1):
        up_to = np.cumsum(distance)
        at = min(int(np.searchsorted(up_to, dice.random() * up_to[-1])), len(seen) - 1)
        chosen.append(seen[at])
        distance = np.minimum(distance, np.square(seen - chosen[-1]).sum(axis=1))
    return np.array(chosen)


@cache
def _cosines() -> Floats:
    """Return the orthonormal cosine transform (DCT-II) of bands to cepstra: (40, 28)."""
    band, wave = np.arange(_BANDS)[:, None] + 0.5, np.arange(_CEPSTRA)
    cosines = np.cos(np.pi / _BANDS * band * wave) * np.sqrt(2 / _BANDS)
    cosines[:, 0] /= np.sqrt(2)
    return np.asarray(cosines)


@dataclass(frozen=True, slots=True, eq=False)
class Voiced:
    """A voice as a mixture of Gaussians whose variances are the background's."""

    means: Floats
    weights: Floats
