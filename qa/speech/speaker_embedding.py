"""What a voice sounds like as a vector: the speaker encoder whose weights Resemblyzer ships.

Only the weights of that package are used; its code is not imported, because what it stands on is
old. The network is the encoder of "Generalized End-to-End Loss for Speaker Verification" (Wan et
al. 2018): three LSTM layers over 40 mel bands, and one linear layer.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from qa.cache import package_data
from qa.problems import NothingToRunError
from qa.speech.mel import mel_filters
from qa.speech.one_thread import one_thread, product

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray

ENCODER_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
# As the weights were trained: 25 ms windows every 10 ms, power spectra, no logarithm
_FFT, _HOP, _BANDS = 400, 160, 40
_HIDDEN = 256
_LEAST_RMS = 10 ** (-30 / 20)  # -30 dBFS: quieter speech is raised to it
_BATCH = 64


def embed(clips: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return one unit vector of 256 per clip: (n, 256); the nearer, the more alike the voices.

    Clips are float32 at 16 kHz, of any length above none; 1.6 s is what the weights know best.
    Raises NothingToRunError if the weights are missing or are not the pinned ones.
    """
    import torch

    lstm, linear = _layers()
    order = sorted(range(len(clips)), key=lambda at: clips[at].size)
    vectors = np.zeros((len(clips), _HIDDEN), np.float32)
    with one_thread():
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            mels = [_mel(clips[at]) for at in batch]
            longest = len(mels[-1])
            # silence is put before a clip, so that the last state has just heard speech
            stack = np.stack([np.pad(mel, ((longest - len(mel), 0), (0, 0))) for mel in mels])
            with torch.inference_mode():
                _, (last, _) = lstm(torch.from_numpy(stack))
                raw = torch.relu(linear(last[-1]))
                vectors[batch] = torch.nn.functional.normalize(raw, dim=1).numpy()
    return vectors


@cache
def _layers() -> tuple[torch.nn.LSTM, torch.nn.Linear]:
    import torch

    lstm = torch.nn.LSTM(_BANDS, _HIDDEN, num_layers=3, batch_first=True)
    linear = torch.nn.Linear(_HIDDEN, _HIDDEN)
    loaded = torch.load(io.BytesIO(_weights()), map_location="cpu", weights_only=True)
    state = loaded["model_state"]  # also holds two numbers that served the training
    for name, layer in (("lstm", lstm), ("linear", linear)):
        layer.load_state_dict({key: state[f"{name}.{key}"] for key in layer.state_dict()})
    return lstm, linear


def _weights() -> bytes:
    folder = package_data("resemblyzer")
    if folder is None or not (folder / "pretrained.pt").exists():
        msg = "weights to tell voices apart are missing: pip install --no-deps Resemblyzer==0.1.4"
        raise NothingToRunError(msg)
    weights = (folder / "pretrained.pt").read_bytes()
    if (found := hashlib.sha256(weights).hexdigest()) != ENCODER_SHA256:
        msg = (
            f"the speaker weights have sha256 {found[:12]}..., not the pinned "
            f"{ENCODER_SHA256[:12]}...: reinstall Resemblyzer 0.1.4"
        )
        raise NothingToRunError(msg)
    return weights


def _mel(clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mel power spectrogram (frames, 40), frames centred every 10 ms."""
    rms = float(np.sqrt(np.mean(np.square(clip)))) or 1.0
    padded = np.pad(clip * max(1.0, _LEAST_RMS / rms), _FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    hann = np.hanning(_FFT + 1)[:-1]  # periodic
    power = np.abs(np.fft.rfft(frames * hann)) ** 2
    return product(power, mel_filters(_BANDS)).astype(np.float32)
