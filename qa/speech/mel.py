"""Log-mel spectrograms as Whisper was trained on them, and the mel filters under them.

The formula is that of Radford et al. 2022 (section 2.2, and their published code): 25 ms Hann
windows every 10 ms, power spectrum, mel bands on Slaney's scale, log10, what is more than eight
decades under the loudest value cut off, then (x + 4) / 4.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE, FFT, HOP = 16_000, 400, 160
FRAMES_PER_S = RATE // HOP
_LEAST_POWER = 1e-10
_DECADES = 8.0
_PADDING = (np.log10(_LEAST_POWER) + 4) / 4  # what silence is where nothing louder sets the floor


def log_mel(samples: NDArray[np.float32], bands: int) -> NDArray[np.float32]:
    """Return the features of `samples` (float32, 16 kHz): (bands, frames), a frame per 10 ms.

    The last frame is the one that holds the last sample; beyond the end there is silence. At
    least one frame, also for no samples.
    """
    frames = max(1, -(-samples.size // HOP))
    silence = frames * HOP - samples.size + FFT // 2
    padded = np.pad(np.pad(samples, (0, silence)), (FFT // 2, 0), mode="reflect")
    cut = np.lib.stride_tricks.sliding_window_view(padded, FFT)[: frames * HOP : HOP]
    spectrum = np.fft.rfft(cut * _hann()).astype(np.complex64)
    power = spectrum.real**2 + spectrum.imag**2
    logs = np.log10(np.maximum(_filters32(bands).T @ power.T, _LEAST_POWER))
    floored = np.maximum(logs, logs.max() - _DECADES)
    return np.asarray((floored + 4) / 4, dtype=np.float32)


def pad(features: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Return features with silence after them, up to so many frames: (bands, frames).

    The same as the features of samples with zeros after them, but for the first two frames of the
    silence, which would look 12.5 ms back.
    """
    missing = frames - features.shape[1]
    if missing <= 0:
        return features
    silence = max(_PADDING, float(features.max()) - _DECADES / 4)
    return np.pad(features, ((0, 0), (0, missing)), constant_values=np.float32(silence))


@cache
def mel_filters(bands: int) -> NDArray[np.float64]:
    """Return triangles of equal area on Slaney's mel scale, up to 8 kHz: (201, bands).

    The scale is linear up to 1 kHz (15 mel), then logarithmic: 27 mel per factor 6.4.
    """
    top = 15 + 27 * np.log(RATE / 2 / 1000) / np.log(6.4)
    mel = np.linspace(0, top, bands + 2)
    edges = np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    hertz = np.fft.rfftfreq(FFT, 1 / RATE)[:, None]
    rising, falling = (hertz - low) / (centre - low), (high - hertz) / (high - centre)
    triangles = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return np.asarray(triangles)


@cache
def _filters32(bands: int) -> NDArray[np.float32]:
    return mel_filters(bands).astype(np.float32)


@cache
def _hann() -> NDArray[np.float32]:
    return np.hanning(FFT + 1)[:-1].astype(np.float32)  # periodic
