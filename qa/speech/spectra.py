"""Short-time spectra in the telephone's band, for comparing the two channels of a recording."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Spectra = NDArray[np.complex64]  # (frames, BINS)
    Powers = NDArray[np.float32]  # (frames, BANDS), or (frames, BINS)

FRAME, HOP = 512, 256  # samples: 32 ms every 16
LOW, HIGH = 10, 110  # bins of 31.25 Hz: what a telephone passes, 312 to 3,437 Hz
BINS = HIGH - LOW
# First bin of each band: from two bins wide to twelve, so that a hummed "mhm" fills some of them
_EDGES = np.array([10, 12, 14, 16, 18, 20, 23, 26, 29, 33, 37, 42, 47, 53, 60, 68, 77, 87, 98])
BANDS = len(_EDGES)
WIDTHS = np.diff(np.append(_EDGES, HIGH)).astype(np.float32)  # bins per band
SILENT = 10**-7.0  # power of a sample, -70 dBFS: below it nothing is heard
_AT_ONCE = 2_000  # frames transformed together
# The noise of a line is what the quietest seventh of the time has, and power goes up and down
_NOISE_QUANTILE, _NOISE_SWING = 0.15, 2.0
_MOST_LOOKED_AT = 1_500  # frames that tell the noise


def spectra(samples: Samples) -> Spectra:
    """Return a spectrum per 256 samples, by a Hann window over 512; after the end are zeros."""
    frames = -(-samples.size // HOP)
    padded = np.pad(samples, (0, frames * HOP + FRAME - HOP - samples.size))
    views = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    found = np.empty((frames, BINS), np.complex64)
    for start in range(0, frames, _AT_ONCE):
        part = views[start : start + _AT_ONCE] * _hann()
        found[start : start + _AT_ONCE] = np.fft.rfft(part)[:, LOW:HIGH]
    return found


def power(of: Spectra) -> Powers:
    """Return the power per bin."""
    return np.asarray(of.real**2 + of.imag**2)


def banded(powers: Powers) -> Powers:
    """Return power per band: (frames, BANDS)."""
    return np.asarray(np.add.reduceat(powers, _EDGES - LOW, axis=1))


def noise(bands: Powers) -> NDArray[np.float32]:
    """Return what the line's own noise hardly ever exceeds, per band; at least -70 dBFS."""
    least = SILENT * float((_hann() ** 2).sum()) * WIDTHS
    if not len(bands):
        return np.asarray(least, dtype=np.float32)
    some = bands[:: -(-len(bands) // _MOST_LOOKED_AT)]
    usual = np.quantile(some, _NOISE_QUANTILE, axis=0) * _NOISE_SWING
    return np.asarray(np.maximum(usual, least), dtype=np.float32)


@cache
def _hann() -> NDArray[np.float32]:
    return np.hanning(FRAME + 1)[:-1].astype(np.float32)  # periodic
