"""When somebody speaks, against the published detector and by made-up probabilities."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from faster_whisper.vad import VadOptions, get_speech_timestamps, get_vad_model
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.intake.decode import decode
from qa.problems import NothingToRunError
from qa.speech import spans
from qa.speech.spans import find_speech, level, loudness, speech_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
SECOND, STEP = 16_000, 512
_OPTIONS = VadOptions(
    threshold=0.35, min_speech_duration_ms=100, min_silence_duration_ms=200, speech_pad_ms=0
)
_runs = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0.0, 0.1, 0.3, 0.9])), min_size=1)
# The first is telephone noise from end to end, in the others the line is silent between turns.
_CHANNELS = [
    ("en-02-charged-twice", 0),
    ("hr-01-paket-kasni", 0),
    ("hr-01-paket-kasni", 1),
    ("sr-03-nova-adresa", 0),
]


@cache
def _levelled(name: str, channel: int) -> NDArray[np.float32]:
    samples = decode(SAMPLES.resolve() / f"{name}.flac").channels[channel]
    return level(samples, loudness(samples))


def _published(channel: NDArray[np.float32]) -> list[tuple[int, int]]:
    return [(each["start"], each["end"]) for each in get_speech_timestamps(channel, _OPTIONS)]


def _stretches(probabilities: NDArray[np.float32], size: int) -> list[tuple[int, int]]:
    rule = spans._Rule()
    return [*rule.take(probabilities), *rule.end(size)]


def _asked(steps: NDArray[np.float32]) -> list[tuple[int, int]]:
    return list(spans._runs(spans._near(spans._is_loud(steps))))


def _tone(seconds: float, peak: float) -> NDArray[np.float32]:
    wave = np.sin(np.arange(round(seconds * SECOND)) * 0.1) * peak
    return np.asarray(wave, dtype=np.float32)


class TestAgainstThePublishedDetector:
    @pytest.mark.parametrize(("name", "channel"), _CHANNELS)
    def test_the_same_where_every_step_is_asked(
        self, name: str, channel: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spans, "_QUIET_RMS", -1.0)
        sound = _levelled(name, channel)
        found, expected = find_speech(sound), _published(sound)
        assert len(expected) > 3
        assert len(found) == len(expected)
        for (start, end), (their_start, their_end) in zip(found, expected, strict=True):
            assert abs(end - their_end) <= 2 * STEP  # of 32 ms
            # speech begins where it rises: up to a second before they are sure of it, never later
            assert -2 * STEP <= their_start - start <= SECOND

    @pytest.mark.parametrize(("name", "channel"), _CHANNELS)
    def test_what_is_not_asked_is_no_speech(self, name: str, channel: int) -> None:
        sound = _levelled(name, channel)
        ours = speech_probabilities(sound)
        padded = np.pad(sound, (0, -sound.size % STEP))
        theirs = get_vad_model()(padded).reshape(-1)
        assert ours.shape == theirs.shape
        skipped = ours == 0  # the network itself never says that
        assert skipped.any()
        # far from 0.2, down to which speech that has begun goes on
        assert theirs[skipped].max(initial=0) < 0.1

    @pytest.mark.parametrize(("name", "channel"), _CHANNELS)
    def test_skipping_silence_moves_little_speech(self, name: str, channel: int) -> None:
        # the network begins anew after each silence, so that what it doubts may fall otherwise
        sound = _levelled(name, channel)
        found, expected = (np.zeros(sound.size, bool) for _ in range(2))
        for start, end in find_speech(sound):
            found[start:end] = True
        for start, end in _published(sound):
            expected[start:end] = True
        assert (found ^ expected).sum() < 0.03 * expected.sum()


class TestSilence:
    @pytest.mark.parametrize("size", [0, 1, STEP - 1, STEP, STEP + 1, 3 * SECOND])
    def test_digital_silence(self, size: int) -> None:
        silence = np.zeros(size, np.float32)
        assert find_speech(silence) == []
        probabilities = speech_probabilities(silence)
        assert probabilities.shape == (-(-size // STEP),)
        assert probabilities.dtype == np.float32
        assert not probabilities.any()

    @pytest.mark.parametrize("at", [0, 24_000, 47_999])
    def test_one_click_in_silence(self, at: int) -> None:
        click = np.zeros(3 * SECOND, np.float32)
        click[at] = 1.0
        assert find_speech(click) == []

    def test_one_click_in_the_noise_of_a_line(self) -> None:
        noise = np.random.default_rng(0).normal(0, 0.0005, 3 * SECOND).astype(np.float32)
        noise[24_000] = 1.0
        assert find_speech(level(noise, loudness(noise))) == []

    def test_the_network_is_not_asked_about_silence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def never() -> None:
            raise AssertionError("asked")

        monkeypatch.setattr(spans, "_silero", never)
        quiet = _tone(3, 0.007)  # 0.007 / sqrt 2 is -46 dBFS
        assert find_speech(quiet) == []
        with pytest.raises(AssertionError, match="asked"):
            find_speech(_tone(3, 0.009))  # -44 dBFS

    def test_half_a_second_beside_sound_is_asked_too(self) -> None:
        # sound in steps 100 to 109 of 200: 15 steps, 480 ms, on each side are asked as well
        steps = np.zeros((200, STEP), np.float32)
        steps[100:110] = 0.1
        assert _asked(steps) == [(85, 125)]
        # two sounds with 30 quiet steps between them are one run, with 31 they are two
        steps = np.zeros((200, STEP), np.float32)
        steps[[50, 81]] = 0.1
        assert _asked(steps) == [(35, 97)]
        steps[81], steps[82] = 0, 0.1
        assert _asked(steps) == [(35, 66), (67, 98)]
        # at the ends there are fewer
        steps = np.zeros((20, STEP), np.float32)
        steps[3] = 0.1
        assert _asked(steps) == [(0, 19)]

    def test_what_is_asked_in_parts_is_what_is_asked_at_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sound = _levelled("hr-01-paket-kasni", 1)[: 20 * SECOND]
        whole = speech_probabilities(sound)
        monkeypatch.setattr(spans, "_MOST_STEPS", 100)
        np.testing.assert_allclose(speech_probabilities(sound), whole, atol=1e-5)


class TestTheRule:
    """Steps are 512 samples; a pause of 3,200 samples parts, more than 1,600 are speech."""

    @staticmethod
    def stretches(*runs: tuple[int, float], short_by: int = 0) -> list[tuple[int, int]]:
        """Return the stretches of runs of (steps, probability), in steps where they are whole."""
        probabilities = np.concatenate([np.full(n, p, np.float32) for n, p in runs])
        size = probabilities.size * STEP - short_by
        return _stretches(probabilities, size)

    def steps(self, *runs: tuple[int, float]) -> list[tuple[int, int]]:
        found = self.stretches(*runs)
        assert all(edge % STEP == 0 for edges in found for edge in edges)
        return [(start // STEP, end // STEP) for start, end in found]

    def test_speech_begins_at_the_threshold(self) -> None:
        assert self.steps((10, 0.0), (10, 0.36), (10, 0.0)) == [(10, 20)]
        assert self.steps((10, 0.0), (10, 0.34), (10, 0.0)) == []

    def test_speech_that_began_goes_on_at_a_lower_one(self) -> None:
        assert self.steps((5, 0.0), (5, 0.9), (20, 0.21), (10, 0.0)) == [(5, 30)]
        assert self.steps((5, 0.0), (5, 0.9), (20, 0.19), (10, 0.0)) == [(5, 10)]

    def test_only_the_threshold_ends_a_pause(self) -> None:
        # after 3 quiet steps, 0.3 is neither: the pause goes on, 8 steps of it in all
        assert self.steps((10, 0.9), (3, 0.1), (5, 0.3), (1, 0.1), (10, 0.9), (9, 0.0)) == [
            (0, 10),
            (19, 29),
        ]

    def test_a_pause_of_seven_steps_parts_two_stretches(self) -> None:
        # the seventh quiet step after the first begins 7 x 512 = 3,584 >= 3,200 samples later, the
        # sixth 3,072
        assert self.steps((10, 0.9), (7, 0.0), (10, 0.9), (9, 0.0)) == [(0, 27)]
        assert self.steps((10, 0.9), (8, 0.0), (10, 0.9), (9, 0.0)) == [(0, 10), (18, 28)]

    def test_a_tenth_of_a_second_is_no_speech(self) -> None:
        # 3 steps are 1,536 samples, 4 are 2,048
        assert self.steps((10, 0.0), (3, 0.9), (10, 0.0)) == []
        assert self.steps((10, 0.0), (4, 0.9), (10, 0.0)) == [(10, 14)]

    def test_speech_at_the_end_lasts_to_the_last_sample(self) -> None:
        assert self.stretches((5, 0.0), (5, 0.9), short_by=100) == [(5 * STEP, 10 * STEP - 100)]
        assert self.stretches((5, 0.0), (4, 0.9), short_by=448) == []  # 1,600 samples are left
        assert self.stretches((5, 0.0), (4, 0.9), short_by=447) == [(5 * STEP, 9 * STEP - 447)]
        # a pause that has not ended yet is taken for part of it
        assert self.stretches((5, 0.9), (3, 0.0)) == [(0, 8 * STEP)]

    @settings(deadline=None, derandomize=True, max_examples=300)
    @given(_runs)
    def test_as_the_published_rule_but_for_where_speech_begins(
        self, runs: list[tuple[int, float]]
    ) -> None:
        probabilities = np.array([p for n, p in runs for _ in range(n)], np.float32)
        size = probabilities.size * STEP - 1
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("faster_whisper.vad.get_vad_model", lambda: lambda _: probabilities)
            expected = _published(np.zeros(size, np.float32))
        found = _stretches(probabilities, size)
        # what is short may be long enough from where it rises: more is found then, never less
        assert {end for _, end in expected} <= {end for _, end in found}
        starts = {end: start for start, end in found}
        assert all(starts[end] <= start <= starts[end] + SECOND for start, end in expected)

    def test_speech_begins_where_it_rises(self) -> None:
        # from 0.2 on, when it comes to the threshold; a pause of 6 steps, 192 ms, is bridged
        assert self.steps((10, 0.0), (5, 0.21), (10, 0.9), (10, 0.0)) == [(10, 25)]
        assert self.steps((10, 0.0), (3, 0.3), (6, 0.1), (10, 0.9), (9, 0.0)) == [(10, 29)]
        assert self.steps((10, 0.0), (3, 0.3), (8, 0.1), (10, 0.9), (9, 0.0)) == [(21, 31)]
        assert self.steps((10, 0.0), (5, 0.19), (10, 0.9), (10, 0.0)) == [(15, 25)]

    def test_speech_begins_a_second_earlier_at_most(self) -> None:
        # 31.25 steps are a second
        (stretch,) = self.stretches((10, 0.0), (50, 0.3), (10, 0.9), (9, 0.0))
        assert stretch == (60 * STEP - SECOND, 70 * STEP)
        # and after the speech before: what is under 0.2 for 200 ms parts them
        assert self.steps((10, 0.9), (8, 0.1), (4, 0.3), (10, 0.9), (9, 0.0)) == [(0, 10), (18, 32)]

    def test_a_rise_that_comes_to_nothing_is_no_speech(self) -> None:
        assert self.steps((10, 0.0), (40, 0.34), (10, 0.0)) == []


class TestLevel:
    @pytest.mark.parametrize("peak", [0.01, 0.2, 0.7, 1.0])
    def test_loud_speech_is_brought_to_one_level(self, peak: float) -> None:
        tone = _tone(1, peak)
        levelled = level(tone, loudness(tone))
        assert levelled.dtype == np.float32
        assert float(np.abs(levelled).max()) == pytest.approx(0.7, rel=0.01)

    def test_a_click_does_not_set_the_level(self) -> None:
        channel = _tone(1, 0.1)
        channel[8_000] = 1.0
        levelled = level(channel, loudness(channel))
        assert float(levelled[8_000]) == 1.0  # clipped, not scaled to 7
        assert float(np.median(np.abs(levelled))) == pytest.approx(0.7 * 0.707, rel=0.02)

    def test_line_noise_is_not_amplified(self) -> None:
        noise = _tone(1, 0.0029)
        assert level(noise, loudness(noise)) is noise
        assert find_speech(noise) == []
        louder = _tone(1, 0.0031)
        assert float(np.abs(level(louder, loudness(louder))).max()) == pytest.approx(0.7, rel=0.01)

    def test_nothing_has_no_loudness(self) -> None:
        nothing = np.zeros(0, np.float32)
        assert loudness(nothing) == 0.0
        assert level(nothing, 0.0).size == 0


def test_without_the_detector_nothing_can_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "package_data", lambda _: None)
    with pytest.raises(NothingToRunError, match="pip install faster-whisper"):
        spans._silero.__wrapped__()
