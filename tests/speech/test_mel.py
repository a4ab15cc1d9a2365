"""Features against the reference implementation's, and against the formula by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.speech.mel import HOP, log_mel, mel_filters, pad

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIZES = [HOP, 1_600, 16_000, 16_001, 16_159, 31_999]


def _sound(size: int, *, silent_end: int = 0) -> NDArray[np.float32]:
    """Return noise under a tone that grows, the last `silent_end` samples zero."""
    noise = np.random.default_rng(size).normal(0, 0.01, size)
    samples = noise + 0.5 * np.sin(np.arange(size) * 0.3) * np.linspace(0, 1, size)
    samples[size - silent_end :] = 0
    return np.asarray(samples, np.float32)


@pytest.mark.parametrize("bands", [80, 128])
@pytest.mark.parametrize("size", _SIZES)
def test_features_are_those_of_the_reference(size: int, bands: int) -> None:
    samples = _sound(size)
    ours = log_mel(samples, bands)
    theirs = FeatureExtractor(feature_size=bands)(samples)
    frames = -(-size // HOP)  # a begun frame counts; the reference gives one of silence more
    assert ours.shape == (bands, frames)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs[:, :frames], atol=1e-5, rtol=0)


@pytest.mark.parametrize("bands", [80, 128])
@pytest.mark.parametrize("size", [0, 1, HOP - 1])
def test_less_than_a_frame_is_one_frame(size: int, bands: int) -> None:
    features = log_mel(_sound(size), bands)
    assert features.shape == (bands, 1)
    assert np.isfinite(features).all()


def test_silence_is_the_least_power() -> None:
    # log10(1e-10) = -10, and (-10 + 4) / 4 = -1.5
    np.testing.assert_allclose(log_mel(np.zeros(1_600, np.float32), 80), -1.5, rtol=1e-6)


def test_quiet_bands_are_cut_off_eight_decades_under_the_loudest() -> None:
    features = log_mel(_sound(16_000), 80)
    # eight decades are 8 / 4 = 2 after the scaling
    assert float(features.min()) >= float(features.max()) - 2.0 - 1e-6
    loud = log_mel(np.concatenate((np.zeros(8_000, np.float32), _sound(8_000) * 100)), 80)
    assert float(loud.min()) == pytest.approx(float(loud.max()) - 2.0)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.integers(1, 12_000), st.integers(0, 80), st.sampled_from([80, 128]))
def test_padding_is_what_silence_after_the_samples_gives(size: int, more: int, bands: int) -> None:
    samples = _sound(size)
    features = log_mel(samples, bands)
    wanted = features.shape[1] + more
    zeros = np.zeros(wanted * HOP - size, np.float32)
    expected = log_mel(np.concatenate((samples, zeros)), bands)
    padded = pad(features, wanted)
    assert padded.shape == expected.shape
    assert padded.dtype == np.float32
    # A frame reaches 12.5 ms back, so that the first two of the silence still hold sound: 200
    # samples back from 160 n and 160 (n + 1), when the samples end at 160 n.
    straddling = range(features.shape[1], min(wanted, features.shape[1] + 2))
    apart = [at for at in range(wanted) if at not in straddling]
    np.testing.assert_allclose(padded[:, apart], expected[:, apart], atol=1e-5, rtol=0)


def test_padding_after_a_silent_end_is_exact_everywhere() -> None:
    samples = _sound(8_000, silent_end=200)  # as long as a frame reaches back
    expected = log_mel(np.concatenate((samples, np.zeros(20 * HOP, np.float32))), 80)
    np.testing.assert_allclose(pad(log_mel(samples, 80), 70), expected, atol=1e-5, rtol=0)


def test_padding_of_silence_is_silence_and_never_shortens() -> None:
    silence = log_mel(np.zeros(HOP, np.float32), 80)
    np.testing.assert_allclose(pad(silence, 5), np.full((80, 5), -1.5), rtol=1e-6)
    features = log_mel(_sound(1_600), 80)
    for frames in (0, 9, 10):
        assert pad(features, frames) is features


@pytest.mark.parametrize("bands", [80, 128])
def test_mel_filters_are_those_of_the_reference(bands: int) -> None:
    theirs = FeatureExtractor.get_mel_filters(16_000, 400, n_mels=bands)
    np.testing.assert_allclose(mel_filters(bands), theirs.T, atol=1e-12, rtol=0)


def test_mel_filters_are_slaneys() -> None:
    # The top, 8 kHz, is 15 + 27 ln 8 / ln 6.4 = 45.2466 mel; 41 steps of 1.10358 mel, in the
    # linear part 73.572 Hz each. First triangle: peak 2 / 147.144 = .0135921 at 73.572 Hz, so at
    # the 40 Hz bin 40 / 73.572 of it, and at 80 Hz (147.144 - 80) / 73.572 of it; at 120 Hz
    # 27.1436 / 73.5718 of it.
    filters = mel_filters(40)
    assert filters.shape == (201, 40)
    assert filters[:4, 0] == pytest.approx([0, 0.0073898, 0.0124046, 0.0050143], rel=1e-4)
