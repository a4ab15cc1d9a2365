"""What leaks from one channel into the other is silenced; two copies of one sound are one channel.

Both channels of the samples are clean, so what leaks is mixed here and known exactly.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from qa.intake.decode import decode
from qa.speech.crosstalk import Sides
from qa.speech.leak import LONGEST_LAG, lags
from qa.speech.listening import Outline, listen
from qa.speech.spans import find_speech, level, loudness

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Channels = tuple[Samples, ...]

SAMPLES = (Path(__file__).parents[2] / "data" / "samples").resolve()
SECOND, PER_MS, STEP = 16_000, 16, 512
CALL, OTHER = "hr-01-paket-kasni", "en-01-late-parcel"


@cache
def _call(name: str = CALL, seconds: int = 36) -> Channels:
    return tuple(each[: seconds * SECOND] for each in decode(SAMPLES / f"{name}.flac").channels)


def _gain(db: float) -> np.float32:
    return np.float32(10 ** (db / 20))


def _later(samples: Samples, ms: int) -> Samples:
    return np.concatenate((np.zeros(ms * PER_MS, np.float32), samples))[: samples.size]


def _narrow(samples: Samples) -> Samples:
    band = butter(2, [400, 1_500], "bandpass", fs=SECOND, output="sos")
    return np.asarray(sosfilt(band, samples), dtype=np.float32)


def _noise(samples: Samples, db: float, seed: int) -> Samples:
    drawn = np.random.default_rng(seed).normal(0, float(_gain(db)), samples.size)
    return (samples + drawn).astype(np.float32)


def _parted(*blocks: Channels) -> tuple[list[Channels], tuple[str, ...]]:
    sides = Sides(blocks)
    return list(sides), sides.caveats


def _speech(channel: Samples) -> NDArray[np.bool_]:
    """Return per 32 ms whether the detector hears speech in a channel, brought to its level."""
    found = np.zeros(-(-channel.size // STEP), bool)
    for start, end in find_speech(level(channel, loudness(channel))):
        found[start // STEP : -(-end // STEP)] = True
    return found


def _power(samples: Samples) -> NDArray[np.float32]:
    """Return the power per 32 ms."""
    whole = np.pad(samples, (0, -samples.size % STEP)).reshape(-1, STEP)
    return np.asarray((whole**2).mean(axis=1))


def _wide(marks: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    return np.asarray(np.convolve(marks, np.ones(2 * steps + 1), "same") > 0.5)


@cache
def _own(name: str = CALL) -> tuple[NDArray[np.bool_], ...]:
    return tuple(_speech(each) for each in _call(name))


def _shares(
    sound: Samples, channel: int, later_ms: int = 0, name: str = CALL
) -> tuple[float, float]:
    """Return the share of the other side's speech that is heard here, and of what is one's own.

    What lies within a quarter of a second of one's own speech counts for neither.
    """
    own, found = _own(name)[channel], _speech(sound)
    other = np.roll(_own(name)[1 - channel], later_ms // 32)
    alone = other & ~_wide(own, 8)
    return float((found & alone).sum() / alone.sum()), float((found & own).sum() / own.sum())


_LEAKS: dict[str, tuple[np.float32, Callable[[Samples], Samples]]] = {
    "-10": (_gain(-10), lambda side: side),
    "-20": (_gain(-20), lambda side: side),
    "-30": (_gain(-30), lambda side: side),
    "-20 after 140 ms": (_gain(-20), lambda side: _later(side, 140)),
    "-20 after 300 ms": (_gain(-20), lambda side: _later(side, 300)),
    "-15 in a narrow band": (_gain(-15), _narrow),
}


class TestLeaks:
    @pytest.mark.parametrize("kind", _LEAKS)
    def test_what_leaks_both_ways_is_not_heard_and_own_speech_is(self, kind: str) -> None:
        gain, way = _LEAKS[kind]
        later_ms = int(kind.split()[2]) if "after" in kind else 0
        agent, customer = _call()
        leaking = agent + gain * way(customer), customer + gain * way(agent)
        ((first, second),), caveats = _parted(leaking)
        assert caveats == ()
        for channel, sound in enumerate((first, second)):
            heard, kept = _shares(sound, channel, later_ms)
            assert heard < 0.05
            assert kept > 0.96

    def test_it_would_be_heard(self) -> None:
        # or the test above could not fail
        agent, customer = _call()
        heard, _ = _shares(customer + _gain(-20) * agent, 1)
        assert heard > 0.9

    def test_under_the_noise_of_a_line_too(self) -> None:
        agent, customer = _call()
        leaking = _noise(agent, -55, 1), _noise(customer + _gain(-20) * agent, -45, 2)
        ((_, second),), _ = _parted(leaking)
        heard, kept = _shares(second, 1)
        assert heard < 0.05
        assert kept > 0.95

    def test_a_side_that_only_leaks_is_silent(self) -> None:
        agent, _ = _call()
        leaking = _noise(agent, -60, 1), _noise(_gain(-20) * agent, -60, 2)
        ((first, second),), caveats = _parted(leaking)
        assert not _speech(second).any()
        assert caveats == ()
        np.testing.assert_array_equal(first, leaking[0])
        assert _speech(leaking[1]).mean() > 0.3  # levelling would make it as loud as speech

    @pytest.mark.parametrize(("own_db", "least"), [(0, 0.98), (-10, 0.97), (-20, 0.85)])
    def test_speech_over_a_leak_stays(self, own_db: int, least: float) -> None:
        # The customer of another call speaks over this agent: in the last as loud as the leak,
        # where what is more than 10 dB under it (a pause, the end of a word) cannot be told.
        agent, customer = _call()[0], _call(OTHER)[1] * _gain(own_db)
        leak = _gain(-20) * agent
        ((_, second),), _ = _parted((agent, customer + leak))
        own, over = _own(OTHER)[1], _own()[0]
        both = own & over & (_power(customer) > 0.1 * _power(leak))
        assert both.sum() * STEP > 2 * SECOND
        found = _speech(second)
        assert (found & both).sum() > least * both.sum()
        alone = over & ~_wide(own, 8)
        assert (found & alone).sum() < 0.05 * alone.sum()

    def test_a_channel_recorded_20_db_quieter_keeps_its_speech(self) -> None:
        agent, customer = _call()
        leaking = agent + _gain(-10) * customer, (customer + _gain(-10) * agent) * _gain(-20)
        ((first, second),), _ = _parted(leaking)
        for channel, sound in enumerate((first, second)):
            heard, kept = _shares(sound, channel)
            assert heard < 0.05
            assert kept > 0.96

    def test_swapped_channels_are_parted_alike(self) -> None:
        agent, customer = _call()
        leaking = agent + _gain(-20) * customer, customer + _gain(-15) * agent
        ((first, second),), _ = _parted(leaking)
        ((swapped_second, swapped_first),), _ = _parted(leaking[::-1])
        assert (_speech(first) ^ _speech(swapped_first)).mean() < 0.01
        assert (_speech(second) ^ _speech(swapped_second)).mean() < 0.01

    def test_a_room_that_echoes_much_is_said_to_be_unsure(self) -> None:
        agent, customer = _call()
        tail = np.random.default_rng(3).normal(0, 1, 8_000) * np.exp(-np.arange(8_000) / 2_000)
        size = 1 << 20
        spread = np.fft.irfft(np.fft.rfft(agent, size) * np.fft.rfft(tail, size))[: agent.size]
        echo = spread / np.std(spread) * np.std(agent) * _gain(-6)
        _, caveats = _parted((agent, (customer + echo).astype(np.float32)))
        assert caveats == ("crosstalk",)


class TestNoLeak:
    @pytest.mark.parametrize("name", [CALL, OTHER, "sr-02-prigovor-na-racun"])
    def test_clean_channels_are_left_as_they_are(self, name: str) -> None:
        call = _call(name)
        (parted,), caveats = _parted(call)
        assert caveats == ()
        for before, after in zip(call, parted, strict=True):
            np.testing.assert_array_equal(before, after)

    def test_both_speaking_at_once_is_no_leak(self) -> None:
        pair = _call()[0], _call(OTHER)[0]
        (parted,), _ = _parted(pair)
        for before, after in zip(pair, parted, strict=True):
            np.testing.assert_array_equal(before, after)

    def test_one_channel_stays_as_it_is(self) -> None:
        (channel, _) = _call()
        (parted,), caveats = _parted((channel,))
        assert parted[0] is channel
        assert caveats == ()

    @pytest.mark.parametrize("size", [0, 1, 500, 3 * SECOND])
    def test_silence(self, size: int) -> None:
        silence = np.zeros(size, np.float32)
        (parted,), caveats = _parted((silence, silence))
        assert [each.size for each in parted] == [size, size]
        assert caveats == ()

    def test_nothing(self) -> None:
        assert _parted() == ([], ())


def _mixed(seconds: int = 36, name: str = CALL) -> Samples:
    agent, customer = _call(name, seconds)
    return agent + customer


class TestTheSameSound:
    @pytest.mark.parametrize(
        "copy",
        [
            lambda sound: sound,
            lambda sound: -0.5 * sound,
            lambda sound: _later(sound, 10),
            lambda sound: _noise(0.7 * sound, -50, 1),
            lambda sound: np.round(sound * 127) / 127,  # another codec, if a bad one
        ],
    )
    def test_is_heard_once(self, copy: Callable[[Samples], Samples]) -> None:
        sound = _mixed()
        twin = np.asarray(copy(sound), np.float32)
        (parted,), caveats = _parted((sound, twin))
        assert len(parted) == 1
        assert caveats == ("same_channels",)
        assert any(parted[0] is each or np.array_equal(parted[0], each) for each in (sound, twin))

    def test_the_louder_copy_is_heard(self) -> None:
        sound = _mixed()
        ((only,),), _ = _parted((sound * np.float32(0.5), sound))
        np.testing.assert_array_equal(only, sound)

    def test_in_a_transcript_it_is_one_channel_with_a_caveat(self) -> None:
        sound = _mixed(20)
        *clips, outline = listen([(sound, sound * np.float32(0.8))])
        assert isinstance(outline, Outline)
        assert outline.caveats == ("same_channels",)
        assert len(outline.channels) == 1
        assert all(not isinstance(clip, Outline) and clip.channels == 1 for clip in clips)

    def test_an_announcement_before_a_call_is_not_all_of_it(self) -> None:
        agent, customer = _call(seconds=30)
        announced = _mixed(30, OTHER)
        call = np.concatenate((announced, agent)), np.concatenate((announced, customer))
        (parted,), caveats = _parted(call)
        assert len(parted) == 2
        assert caveats == ()
        begins = -(-announced.size // STEP) + 2
        for channel, sound in enumerate(parted):
            kept = _speech(sound)[begins:][: _own()[channel].size - 4]
            own = _speech(_call(seconds=30)[channel])[2:][: kept.size]
            size = min(kept.size, own.size)
            assert (kept[:size] & own[:size]).sum() > 0.95 * own[:size].sum()

    def test_what_is_two_voices_after_all_is_heard_from_both(self) -> None:
        agent, customer = _call(seconds=20)
        twin = _mixed(20, OTHER)
        (_, (later,)), caveats = _parted((twin, twin), (agent, customer))
        assert caveats == ("same_channels",)
        np.testing.assert_allclose(later, (agent + customer) / 2, atol=1e-6)

    def test_a_silent_beginning_does_not_decide(self) -> None:
        silence = np.zeros(5 * SECOND, np.float32)
        sound = _mixed(20)
        blocks, caveats = _parted((silence, silence), (sound, sound))
        assert caveats == ("same_channels",)
        assert [len(each) for each in blocks] == [1]
        assert blocks[0][0].size == 25 * SECOND


class TestInBlocks:
    def test_every_sample_comes_once(self) -> None:
        agent, customer = _call()
        leaking = agent + _gain(-20) * customer, customer + _gain(-20) * _later(agent, 250)
        size = 15 * SECOND
        blocks = [
            (leaking[0][at : at + size], leaking[1][at : at + size])
            for at in range(0, leaking[0].size, size)
        ]
        parted, _ = _parted(*blocks)
        assert [each[0].size for each in parted] == [each[0].size for each in blocks]
        for channel in (0, 1):
            whole = np.concatenate([each[channel] for each in parted])
            # kept as it was, or fading, or silent
            assert (np.abs(whole) <= np.abs(leaking[channel])).all()
            heard, kept = _shares(whole, channel, 250 if channel else 0)
            assert heard < 0.1
            assert kept > 0.95

    def test_a_path_that_was_found_serves_a_block_too_short_to_find_it(self) -> None:
        agent, customer = _call(seconds=30)
        said = next(start for start, end in find_speech(agent) if end - start > SECOND // 2)
        word = agent[said : said + SECOND // 2]
        long = agent, customer + _gain(-15) * agent
        _, (_, second) = _parted(long, (word, _gain(-15) * word))[0]
        assert np.abs(second).max() < 0.2 * np.abs(_gain(-15) * word).max()


class TestLags:
    @pytest.mark.parametrize("lag", [-4_000, -7, 0, 33, 1_000, LONGEST_LAG - 100])
    def test_the_delay_of_a_leak(self, lag: int) -> None:
        agent, customer = _call(seconds=20)
        one, other = (agent, customer) if lag >= 0 else (customer, agent)
        leak = _gain(-20) * np.concatenate((np.zeros(abs(lag), np.float32), one))[: one.size]
        pair = (one, other + leak) if lag >= 0 else (other + leak, one)
        assert abs(lags(*pair)[0] - lag) <= 1

    def test_none_between_strangers(self) -> None:
        assert lags(*_call()) == []
        assert lags(_call()[0], _call(OTHER)[0]) == []

    def test_none_in_nothing(self) -> None:
        for size in (0, 10, SECOND // 2):
            silence = np.zeros(size, np.float32)
            assert lags(silence, silence) == []
