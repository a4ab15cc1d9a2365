"""What one channel of a recording holds of the other: found by its waveform, told by its power.

Sound that leaks - over a line, from a loudspeaker into a microphone - is the other channel's sound
later, quieter and filtered. Levels cannot tell it from a quiet speaker, so first the delay is
searched for at which the waveforms agree, which those of two people never do (Knapp & Carter 1976:
correlation with the phase transform). At that delay a response per frequency is fitted; what it
predicts is subtracted, and only where nothing of note remains the sound is a leak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from qa.speech.spans import PER_MS
from qa.speech.spectra import BINS, FRAME, HIGH, LOW, SILENT, WIDTHS, banded, noise, power

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qa.speech.spectra import Powers, Samples, Spectra

_Number = TypeVar("_Number", np.float32, np.complex64)

LONGEST_LAG = 320 * PER_MS
_APART = 20 * PER_MS  # echoes nearer to each other are one
_SEGMENT = 16_384  # samples correlated at once: a second, of which the longest lag is a third
_FEW_SEGMENTS, _MOST_SEGMENTS = 10, 40  # evenly taken: more would tell no more
_SOUND = 0.25  # share of a second
_CLEAR = 7.0  # times the usual correlation at a wrong delay; of independent speech 4 to 5
_LEAST_CORRELATION = 0.02
_MOST_LAGS = 3
_PIECE = 32  # frames: half a second
# Coherence of a piece: of independent sound .16 on average and seldom .35, of a leak as loud as
# the line's noise .6, of one without noise .99. In between both may speak, one of them a leak.
_COHERENT, _SURE = 0.45, 0.8
_LEAST_PIECES, _SPREAD_DB = 2, 3.0  # that a path is learned from, and how far their gains differ
_MOST_PATHS = 3  # at one lag: each way, and what a telephone system plays to both
_MOST_MISSING = 0.1  # of the time in which a path should be heard; of wrong ones .3 and more
_LEAST_MISFIT, _MOST_MISFIT = 0.02, 3.0
_CLEAN = 0.25  # misfit of a path that is no mixture
_USUAL = 0.6  # quantile
_LOUD = 4.0  # times the noise
_UNHEARD = 0.005  # share of the leak's power, evenly over all bins: a codec's noise, a murmur
_TAIL = 12  # frames over which an echo dies away, 3 dB each: 0.3 s per 60 dB
_SMOOTH = 4  # frames on each side: 144 ms in all
_MOST_DB = 12.0  # what one band can add to an excess


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A way from one channel into the other."""

    lag: int  # samples from the source to its leak
    gain_db: float
    response: NDArray[np.complex64]  # (BINS,)
    misfit: NDArray[np.float32]  # (BANDS,): power that the response does not predict, relative
    pieces: int  # half seconds in which it was heard
    sure: bool  # whether hardly anything else was heard in them

    @property
    def clean(self) -> bool:
        """Whether the response predicts nearly all of what was heard."""
        return bool(self.misfit.mean() < _CLEAN)


@dataclass(frozen=True, slots=True, eq=False)
class Excess:
    """What a channel has beyond its noise and the leak of a path; dB per frame, mean over bands."""

    over: NDArray[np.float32]
    leak: NDArray[np.float32]  # of the leak over the noise
    sound: NDArray[np.bool_]  # per frame: more than noise


def lags(first: Samples, second: Samples) -> list[int]:
    """Return the delays, in samples, at which `second` repeats `first`; below 0: the other way.

    Up to 320 ms and at most three, the clearest first; of echoes within 20 ms only the clearest.
    Empty where the channels have nothing in common.
    """
    at = _telling(_active(first), _active(second))
    if not at.size:
        return []
    low, high = (edge * 2 * _SEGMENT // FRAME for edge in (LOW, HIGH))
    spectrum = np.zeros(_SEGMENT + 1, np.complex64)
    for start in (at * _SEGMENT).tolist():
        one, other = (
            np.fft.rfft(each[start : start + _SEGMENT], 2 * _SEGMENT)[low:high]
            for each in (first, second)
        )
        cross = np.conj(one) * other
        spectrum[low:high] += cross / np.maximum(np.abs(cross), 1e-12)
    wave = np.abs(np.fft.irfft(spectrum)) * _SEGMENT / (high - low) / at.size
    return list(_peaks(np.concatenate((wave[-LONGEST_LAG:], wave[: LONGEST_LAG + 1]))))


def _active(samples: Samples) -> NDArray[np.bool_]:
    """Return per 32 ms whether there is more than the channel's own noise."""
    steps = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME)
    powers = np.einsum("ij,ij->i", steps, steps) / FRAME
    usual = np.quantile(powers, 0.05) if powers.size else 0.0
    return np.asarray(powers > max(2 * usual, SILENT))


def _telling(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return which seconds to compare: with sound in both or, for want of them, in one."""
    size = _SEGMENT // FRAME
    both, one = (
        np.flatnonzero(each[: each.size // size * size].reshape(-1, size).mean(axis=1) > _SOUND)
        for each in (first & second, first | second)
    )
    at, most = (both, _MOST_SEGMENTS) if both.size >= _FEW_SEGMENTS else (one, _FEW_SEGMENTS)
    return at[:: max(1, -(-at.size // most))]


def _peaks(wave: NDArray[np.float64]) -> Iterator[int]:
    # the median of a normal distribution's absolute values is 0.6745 of its deviation
    least = max(_LEAST_CORRELATION, _CLEAR * float(np.median(wave)) / 0.6745)
    for _ in range(_MOST_LAGS):
        peak = int(wave.argmax())
        if wave[peak] < least:
            return
        yield peak - LONGEST_LAG
        wave[max(0, peak - _APART) : peak + _APART + 1] = 0


class Compared:
    """The spectra of two channels, the source moved so that the target agrees with it."""

    def __init__(self, source: Spectra, target: Spectra) -> None:
        self.source, self.target = source, target
        heard = banded(power(target))
        self.noise = noise(heard)
        self.sound = heard.sum(axis=1) > _LOUD * self.noise.sum()


def paths(channels: Compared, lag: int) -> list[Path]:
    """Return the ways in which the source, moved by `lag`, is in the target.

    One path per gain, the clearest first. Empty if too little of both is coherent.
    """
    halves = _Halves(channels)
    gains, coherence = halves.gains_db(), halves.coherence()
    heard = halves.heard()
    sure = heard & (coherence > _SURE)
    found = []
    for own in (*_alike(gains, sure), *_alike(gains, heard & (coherence > _COHERENT) & ~sure)):
        response = halves.response(own)
        if sure[own[0]] or not halves.refute(response):
            misfit = _misfit(channels, response, own)
            gain_db = float(np.median(gains[own]))
            found.append(Path(lag, gain_db, response, misfit, own.size, bool(sure[own[0]])))
    return found


def _alike(gains: NDArray[np.float64], among: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Yield groups of pieces of about the same gain, the largest first."""
    left = np.flatnonzero(among)
    for _ in range(_MOST_PATHS):
        near = np.abs(gains[left][:, None] - gains[left]) < _SPREAD_DB
        counts = near.sum(axis=1)
        if counts.max(initial=0) < _LEAST_PIECES:
            return
        own = left[near[counts.argmax()]]
        yield own
        left = np.setdiff1d(left, own)


class _Halves:
    """Half seconds of two channels: sums over 32 frames, per bin."""

    def __init__(self, channels: Compared) -> None:
        self._one, self._other = _summed(power(channels.source)), _summed(power(channels.target))
        self._cross = _summed(np.conj(channels.source) * channels.target)
        self._noise = float(channels.noise.sum()) * _PIECE
        self._silence = float(noise(banded(power(channels.source))).sum()) * _PIECE

    def heard(self) -> NDArray[np.bool_]:
        """Return in which pieces the source is more than noise."""
        return np.asarray(self._one.sum(axis=1) > _LOUD * self._silence)

    def gains_db(self) -> NDArray[np.float64]:
        """Return how much louder the target's share of the source is than the source."""
        cross, one = (np.abs(each).astype(np.float64) ** 2 for each in (self._cross, self._one))
        return np.asarray(10 * np.log10((cross.sum(1) + 1e-24) / (one.sum(1) + 1e-24)))

    def coherence(self) -> NDArray[np.float64]:
        most = np.sqrt(self._one * self._other).sum(axis=1)
        return np.asarray(np.abs(self._cross).sum(axis=1) / np.maximum(most, 1e-12))

    def response(self, own: NDArray[np.int64]) -> NDArray[np.complex64]:
        """Return what makes the target of the source in some pieces, by least squares per bin.

        Each piece has the same weight, however loud it is.
        """
        weights = 1 / np.maximum(self._one[own].sum(axis=1, keepdims=True), 1e-12)
        shared = (weights * self._cross[own]).sum(axis=0)
        least = np.maximum((weights * self._one[own]).sum(axis=0), 1e-12)
        return np.asarray(shared / least, dtype=np.complex64)

    def refute(self, response: NDArray[np.complex64]) -> bool:
        """Say whether the target is often silent where the response says it is not."""
        predicted = self._one @ power(response)
        heard = predicted > _LOUD * self._noise
        missing = heard & (self._other.sum(axis=1) < predicted / _LOUD)
        return bool(missing.sum() > _MOST_MISSING * heard.sum())


def _summed(values: NDArray[_Number]) -> NDArray[_Number]:
    whole = values[: len(values) // _PIECE * _PIECE]
    return np.asarray(np.add.reduce(whole.reshape(-1, _PIECE, whole.shape[1]), axis=1))


def _misfit(
    channels: Compared, response: NDArray[np.complex64], own: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the power per band that a response does not predict, of the power that it predicts."""
    frames = (own[:, None] * _PIECE + np.arange(_PIECE)).reshape(-1)
    leak = channels.source[frames] * response
    predicted, rest = banded(power(leak)), banded(power(channels.target[frames] - leak))
    usual = [
        np.quantile(rest[at, band] / predicted[at, band], _USUAL) if at.any() else 1.0
        for band, at in enumerate((predicted > _LOUD * channels.noise).T)
    ]
    return np.clip(np.array(usual, np.float32), _LEAST_MISFIT, _MOST_MISFIT)


def excess(channels: Compared, path: Path) -> Excess:
    """Return how far the target's power is over what its noise and a path explain.

    Each band counts from 0 to 12 dB. An echo's tail is granted, and so is what the response
    failed to predict where the path was learned.
    """
    predicted = channels.source * path.response
    leak = _dying(banded(power(predicted)))
    rest = banded(power(channels.target - predicted))
    under = leak.sum(axis=1, keepdims=True) * (_UNHEARD * WIDTHS / BINS)
    over = _decibels(rest, channels.noise + path.misfit * leak + under)
    return Excess(_smooth(over), _smooth(_decibels(leak, channels.noise)), channels.sound)


def _dying(leak: Powers) -> Powers:
    """Return power that falls by at most 3 dB a frame, and rises a frame early."""
    dying = leak.copy()
    dying[:-1] = np.maximum(dying[:-1], leak[1:])
    for frames in range(1, _TAIL):
        np.maximum(dying[frames:], leak[:-frames] * np.float32(0.5**frames), out=dying[frames:])
    return dying


def _decibels(of: Powers, over: Powers) -> NDArray[np.float32]:
    ratio = np.maximum(of, 1e-12) / over
    return np.asarray(np.clip(10 * np.log10(ratio), 0, _MOST_DB).mean(axis=1))


def _smooth(values: NDArray[np.float32]) -> NDArray[np.float32]:
    window = np.full(2 * _SMOOTH + 1, 1 / (2 * _SMOOTH + 1), np.float32)
    return np.convolve(values, window)[_SMOOTH : _SMOOTH + values.size]
