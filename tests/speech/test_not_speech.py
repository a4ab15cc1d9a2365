"""What a telephone plays and what bangs beside it is not taken for speech.

Made here: call tones, faxes, music-like sound and bursts of noise, in the telephone's band with
line noise and 8-bit mu-law.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.signal import butter, resample_poly, sosfilt

from qa.intake.decode import decode
from qa.speech.spans import find_speech, level, loudness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Wave = NDArray[np.float64]

RATE = 16_000


def _time(seconds: float) -> Wave:
    return np.asarray(np.arange(round(seconds * RATE)) / RATE)


def _tones(hertz: Sequence[float], seconds: float) -> Wave:
    waves = [np.sin(2 * np.pi * each * _time(seconds)) for each in hertz]
    return np.asarray(np.sum(waves, axis=0))


def _cadence(hertz: Sequence[float], on_s: float, off_s: float, seconds: float = 12) -> Wave:
    return _tones(hertz, seconds) * (_time(seconds) % (on_s + off_s) < on_s)


def _note(
    hertz: float, seconds: float, *, harmonics: int = 6, vibrato: float = 0, decay_s: float = 9
) -> Wave:
    time = _time(seconds)
    phase = 2 * np.pi * hertz * time + vibrato * hertz / 5.5 * np.sin(2 * np.pi * 5.5 * time)
    tone = np.sum([np.sin(k * phase) / k for k in range(1, harmonics + 1)], axis=0)
    ends = np.minimum(1, time / 0.02) * np.minimum(1, (seconds - time) / 0.05)
    return np.asarray(tone * ends * np.exp(-time / decay_s))


def _pitch(semitones: int) -> float:
    return float(261.6 * 2 ** (semitones / 12))


def _chords(decay_s: float = 9, vibrato: float = 0) -> Wave:
    triads = [(0, 4, 7), (-3, 0, 4), (5, 9, 12), (7, 11, 14)] * 2
    return np.concatenate(
        [
            np.sum([_note(_pitch(n), 1.3, decay_s=decay_s, vibrato=vibrato) for n in triad], axis=0)
            for triad in triads
        ]
    )


def _arpeggio() -> Wave:
    notes = [0, 4, 7, 12, 7, 4] * 8
    return np.concatenate([_note(_pitch(n), 0.2, decay_s=0.3) for n in notes])


def _melody() -> Wave:
    drawn = np.random.default_rng(2)
    notes = np.cumsum(drawn.integers(-3, 4, 24)) % 13
    lengths = drawn.choice([0.25, 0.375, 0.5], 24)
    return np.concatenate(
        [
            _note(_pitch(int(n)), float(s), harmonics=12, vibrato=0.02)
            for n, s in zip(notes, lengths, strict=True)
        ]
    )


def _noise(seconds: float, low: float, high: float, seed: int = 1) -> Wave:
    drawn = np.random.default_rng(seed).normal(0, 1, round(seconds * RATE))
    return np.asarray(sosfilt(butter(2, [low, high], "bandpass", fs=RATE, output="sos"), drawn))


def _drums() -> Wave:
    time = _time(0.27)
    kick = np.sin(2 * np.pi * (120 * np.exp(-20 * time) + 50) * time) * np.exp(-12 * time)
    snare = _noise(0.27, 500, 4_000) * np.exp(-18 * time)
    hat = _noise(0.27, 4_000, 7_900) * np.exp(-60 * time) / 2
    return np.concatenate([kick + hat, hat, snare + hat, hat] * 10)


def _bursts(seconds: float, attack_s: float, fall: float, low: float, high: float) -> Wave:
    """Return twelve bursts of noise that rise, and die away by a factor e `fall` times a second."""
    time = _time(seconds)
    swell = np.minimum(1, time / attack_s) * np.exp(-fall * time)
    swell *= np.minimum(1, (seconds - time) / 0.02)
    parts = [np.append(_noise(seconds, low, high, n) * swell, _time(0.7) * 0) for n in range(12)]
    return np.concatenate(parts)


def _dialled() -> Wave:
    pairs = [(697, 1209), (770, 1336), (852, 1477), (941, 1336)] * 5
    return np.concatenate([np.append(_tones(pair, 0.12), _time(0.1) * 0) for pair in pairs])


def _fax() -> Wave:
    bits = np.random.default_rng(4).integers(0, 2, 1_200)
    hertz = np.repeat(np.where(bits, 1_650.0, 1_850.0), RATE // 300)
    data = np.sin(2 * np.pi * np.cumsum(hertz) / RATE)
    return np.concatenate([_tones([2_100], 3), _cadence([1_100], 0.5, 3, 7), data])


def _clicks() -> Wave:
    drawn = np.random.default_rng(5)
    wave = np.zeros(12 * RATE)
    for at in drawn.integers(0, wave.size - 100, 50):
        wave[at : at + 40] += drawn.normal(0, 1, 40)
    return wave


def _wind() -> Wave:
    slow = sosfilt(butter(2, 3, "low", fs=RATE, output="sos"), _noise(12, 1, 7_000, 6))
    return np.asarray(_noise(12, 200, 1_200) * np.abs(slow))


_SOUNDS: dict[str, Callable[[], Wave]] = {
    "ringback, 425 Hz": lambda: _cadence([425], 1, 4),
    "ringback, 440 and 480 Hz": lambda: _cadence([440, 480], 2, 4),
    "ringback, 400 and 450 Hz": lambda: _cadence([400, 450], 0.4, 0.2),
    "busy, 425 Hz": lambda: _cadence([425], 0.5, 0.5),
    "busy, 480 and 620 Hz": lambda: _cadence([480, 620], 0.25, 0.25),
    "dial tone": lambda: _tones([425], 6),
    "unobtainable": lambda: np.concatenate([_tones([f], 0.33) for f in (950, 1_400, 1_800)] * 5),
    "dialled digits": _dialled,
    "fax": _fax,
    "chords": _chords,
    "chords of a piano": lambda: _chords(decay_s=0.4),
    "chords with vibrato": lambda: _chords(vibrato=0.01),
    "arpeggio": _arpeggio,
    "melody with vibrato": _melody,
    "drums": _drums,
    "chords and drums": lambda: _chords()[: 8 * RATE] + 2 * _drums()[: 8 * RATE],
    "tone that throbs": lambda: _note(500, 10) * (1 + 0.9 * np.sin(8 * np.pi * _time(10))),
    "white noise": lambda: _noise(10, 20, 7_900),
    "wind": _wind,
    "clicks": _clicks,
    "keyboard": lambda: _bursts(0.05, 0.001, 120, 800, 4_000),
    "door": lambda: _bursts(0.5, 0.005, 12, 60, 700),
    "breath": lambda: _bursts(0.8, 0.3, 1, 300, 3_000),
    "cough": lambda: _bursts(0.3, 0.005, 15, 400, 3_500),
}


def _telephoned(wave: Wave) -> NDArray[np.float32]:
    """Return a sound as a telephone line gives it, at 16 kHz and the level of speech."""
    band = butter(4, [300, 3_400], "bandpass", fs=8_000, output="sos")
    narrow = sosfilt(band, resample_poly(wave, 1, 2))
    narrow = narrow / np.abs(narrow).max() / 2
    noisy = narrow + np.random.default_rng(7).normal(0, 10 ** (-55 / 20), narrow.size)
    coded = np.round(np.sign(noisy) * np.log1p(255 * np.abs(noisy)) / np.log(256) * 127) / 127
    decoded = np.sign(coded) * (256 ** np.abs(coded) - 1) / 255
    return np.asarray(resample_poly(decoded, 2, 1), dtype=np.float32)


def test_speech_on_the_same_line_is() -> None:
    sample = Path(__file__).parents[2] / "data" / "samples" / "en-01-late-parcel.flac"
    said = decode(sample.resolve()).channels[0][: 12 * RATE]
    sound = _telephoned(said.astype(np.float64))
    found = sum(end - start for start, end in find_speech(level(sound, loudness(sound))))
    usual = sum(end - start for start, end in find_speech(level(said, loudness(said))))
    assert found > 0.95 * usual > RATE


@pytest.mark.parametrize("name", _SOUNDS)
def test_it_is_not_speech(name: str) -> None:
    sound = _telephoned(_SOUNDS[name]())
    assert sound.size > 4 * RATE
    assert find_speech(level(sound, loudness(sound))) == []
