"""The colour of speech: frames in their places, and mixtures against sums written out."""

from __future__ import annotations

import numpy as np
import pytest

from qa.nouns import Span
from qa.speech.timbre import Background, both_at_once, colours, floor_of, frames_of
from tests.speech.made_voices import sound


def tone(hertz: float, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * 16_000)) / 16_000).astype(
        np.float32
    )


def test_frames_are_20_ms_of_their_spans() -> None:
    frames = frames_of(
        np.zeros(16_000, np.float32), [Span(100, 150, "agent"), Span(500, 540, "agent")]
    )
    # 50 ms are three frames, the last of which juts out; 40 ms are two
    assert frames.start_ms.tolist() == [100, 120, 140, 500, 520]
    assert frames.span.tolist() == [0, 0, 0, 1, 1]
    assert frames.power.shape == (5, 40)


def test_a_frame_hears_what_is_there_and_not_what_is_around() -> None:
    samples = np.concatenate((tone(300, 0.5), tone(3_000, 0.5)))
    frames = frames_of(samples, [Span(0, 1_000, "agent")])
    loudest = frames.power.argmax(axis=1)
    # windows reach 7.5 ms out of a frame: only the two frames at the change hear both
    assert len(set(loudest[:24])) == len(set(loudest[26:])) == 1
    assert loudest[0] < loudest[-1]


def test_speech_to_the_very_end_has_all_its_frames() -> None:
    frames = frames_of(tone(300, 1.0), [Span(990, 1_003, "agent")])
    assert len(frames.power) == 1
    assert np.isfinite(frames.power).all()


def test_louder_is_a_change_of_the_first_cepstrum_alone() -> None:
    power = frames_of(sound((1, "a")), [Span(0, 1_000, "agent")]).power
    nothing = np.zeros(40, np.float32)
    span = np.zeros(len(power), np.intp)
    change = colours(4 * power, nothing, span) - colours(power, nothing, span)
    # log 4 in each of 40 bands: log 4 * 40 / sqrt(40) in the first, orthonormal, cepstrum
    assert change[:, 0] == pytest.approx(np.log(4) * np.sqrt(40), abs=1e-3)
    assert np.abs(change[:, 1:]).max() < 1e-3


def test_change_over_time_is_of_the_same_span() -> None:
    power = np.concatenate((np.full((5, 40), 1.0), np.full((5, 40), 100.0))).astype(np.float32)
    nothing = np.zeros(40, np.float32)
    apart = colours(power, nothing, np.repeat([0, 1], 5))
    together = colours(power, nothing, np.zeros(10, np.intp))
    assert np.abs(apart[:, 28:]).max() < 1e-9
    # at the step: (c[t+2] - c[t-2]) + (c[t+1] - c[t-1]) / 2, all four of them log 100 * sqrt(40)
    step = np.log(100) * np.sqrt(40)
    assert together[4, 28] == pytest.approx(step * 1.5, rel=1e-4)
    assert together[3, 28] == pytest.approx(step, rel=1e-4)


def test_the_floor_is_hardly_ever_undercut() -> None:
    power = np.tile(np.arange(1, 102, dtype=np.float32)[:, None], (1, 40))
    # a twentieth of 100 steps up from 1
    assert floor_of(power) == pytest.approx(np.full(40, 6.0), abs=1e-3)


def test_two_voices_at_once_have_the_power_of_both() -> None:
    power = np.concatenate((np.full((30, 40), 1.0), np.full((30, 40), 3.0))).astype(np.float32)
    nothing = np.zeros(40, np.float32)
    mixed = both_at_once(power, np.arange(30), np.arange(30, 60), nothing)
    assert mixed.shape == (3_000, 56)
    # 1 + 3 = 4 in every band: log 4 * sqrt(40)
    assert mixed[:, 0] == pytest.approx(np.log(4) * np.sqrt(40), abs=1e-3)


def two_kinds() -> tuple[np.ndarray, np.ndarray]:
    """Return frames of two voices that say the same eight sounds, each in its own colour."""
    chance = np.random.default_rng(0)
    sounds = chance.normal(0, 4, (8, 56))
    colour = chance.normal(0, 0.5, 56)
    first, second = (
        sounds[chance.integers(0, 8, 400)] + own + chance.normal(0, 1, (400, 56))
        for own in (-colour, colour)
    )
    return first, second


def test_a_voice_fits_its_own_frames_better() -> None:
    first, second = two_kinds()
    background = Background(np.concatenate((first, second)))
    voices = [background.like(each[:200]) for each in (first, second)]
    for own, other, frames in ((0, 1, first[200:]), (1, 0, second[200:])):
        better = background.fits(frames, voices[own]) > background.fits(frames, voices[other])
        assert better.mean() > 0.9


def test_a_voice_of_which_nothing_was_heard_is_the_background() -> None:
    first, second = two_kinds()
    background = Background(np.concatenate((first, second)))
    nobody = background.like(first[:0])
    whole = background.like(np.concatenate((first, second)))
    assert background.fits(first, nobody) == pytest.approx(background.fits(first, whole), abs=0.5)


def test_a_fit_is_the_logarithm_of_the_mixture() -> None:
    first, second = two_kinds()
    background = Background(np.concatenate((first, second)))
    voice = background.like(first)
    frames = second[:3].astype(float)
    precisions = background._precisions
    total = sum(
        weight * np.prod(np.sqrt(p) * np.exp(-0.5 * p * np.square(frames - mean)), axis=1)
        for weight, mean, p in zip(voice.weights, voice.means, precisions, strict=True)
    )
    assert background.fits(second[:3], voice) == pytest.approx(np.log(total), rel=1e-4)


def test_few_frames_make_a_small_mixture() -> None:
    seen = two_kinds()[0][:40]
    assert len(Background(seen).like(seen).weights) == 1  # 30 frames to a component
