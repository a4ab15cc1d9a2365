"""From blocks of sound to windows: nothing is lost or heard twice, wherever the blocks end."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.intake.decode import decode, decode_blocks
from qa.nouns import Span
from qa.speech import listening
from qa.speech.listening import Clip, Outline, listen
from qa.speech.spans import Found, find_speech, level, loudness
from qa.speech.windows import LONGEST_MS, REACH_MS, pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SAMPLES = (Path(__file__).parents[2] / "data" / "samples").resolve()
SECOND, PER_MS = 16_000, 16
# (silence before, length) of speech, in ms; some of it longer than a window
_rhythm = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 900), st.integers(0, 30_000), st.integers(100_000, 140_000)),
        st.one_of(st.integers(1, 3_000), st.integers(1, 50_000)),
    ),
    max_size=6,
)
# nothing that reaches over two minutes without a pause that parts windows
_short_rhythm = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 900), st.integers(801, 30_000), st.integers(100_000, 140_000)),
        st.one_of(st.integers(1, 3_000), st.integers(1, 15_000)),
    ),
    max_size=7,
)
_block_lengths = st.one_of(st.integers(2_000, 10_000), st.integers(10_000, 90_000))


def _gate(channel: Samples) -> list[tuple[int, int]]:
    """Find speech where samples are not zero: a detector without a memory."""
    edges = np.flatnonzero(np.diff(channel != 0, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


class _Gate:
    """Finds speech as `_gate` does, in parts."""

    def __init__(self) -> None:
        self._sound = np.zeros(0, np.float32)
        self._closed = 0

    def hear(self, sound: Samples, *, last: bool) -> Found:
        self._sound = np.concatenate((self._sound, sound))
        until, found = self._sound.size, _gate(self._sound)
        goes_on = not last and bool(found) and found[-1][1] == until
        closed = found[self._closed : len(found) - goes_on]
        self._closed += len(closed)
        begun = found[-1][0] if goes_on else None
        return Found(tuple(closed), begun, until, until if begun is None else begun)


@pytest.fixture(scope="class")
def sound_is_speech() -> Iterator[None]:
    """Take every sample that is not zero for speech, and leave loudness as it is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(listening, "Detector", _Gate)
        patched.setattr(listening, "level", lambda channel, peak: channel)
        patched.setattr(listening, "loudness", lambda channel: 1.0)
        yield


def _laid_out(rhythm: list[tuple[int, int]], after: int = 0) -> Samples:
    """Return speech, no sample of which is like its neighbours, and silence, in ms."""
    ends = np.cumsum([0, *(ms * PER_MS for pair in rhythm for ms in pair), after * PER_MS])
    samples = np.zeros(int(ends[-1]), np.float32)
    for start, end in zip(ends[1::2], ends[2::2], strict=False):
        samples[start:end] = 0.5 + np.arange(start, end) % 977 / 977
    return samples


def _blocks(channels: Sequence[Samples], size: int) -> Iterator[tuple[Samples, ...]]:
    for start in range(0, channels[0].size, size):
        yield tuple(channel[start : start + size] for channel in channels)


def _heard(blocks: Iterable[tuple[Samples, ...]]) -> tuple[list[Clip], Outline]:
    """Return the windows of each channel in order, and the outline, which has to be last."""
    *clips, outline = listen(blocks)
    assert isinstance(outline, Outline)
    assert all(isinstance(clip, Clip) for clip in clips)
    return [clip for clip in clips if isinstance(clip, Clip)], outline


def _times_heard(clips: Iterable[Clip], channel: int, duration_ms: int) -> NDArray[np.int64]:
    """Return in how many windows of a channel every millisecond is."""
    times = np.zeros(duration_ms + 1, np.int64)
    for clip in clips:
        for piece in clip.window.pieces if clip.channel == channel else ():
            times[piece.start_ms : piece.end_ms] += 1
    return times


def _speech(outline: Outline, channel: int) -> NDArray[np.bool_]:
    speech = np.zeros(outline.duration_ms + 1, bool)
    for stretch in outline.channels[channel]:
        speech[stretch.start_ms : stretch.end_ms] = True
    return speech


def _joined(outline: Outline) -> list[tuple[int, int]]:
    """Return the stretches of the only channel; what a block's end has cut is put together."""
    joined: list[tuple[int, int]] = []
    for stretch in outline.channels[0]:
        if joined and joined[-1][1] == stretch.start_ms:
            joined[-1] = (joined[-1][0], stretch.end_ms)
        else:
            joined.append((stretch.start_ms, stretch.end_ms))
    return joined


@pytest.mark.usefixtures("sound_is_speech")
class TestInBlocks:
    @settings(deadline=None, derandomize=True, max_examples=60)
    @given(_rhythm, st.integers(1, 20_000), _block_lengths, st.integers(0, 15))
    def test_nothing_is_lost_nor_heard_twice(
        self, rhythm: list[tuple[int, int]], after: int, block_ms: int, odd: int
    ) -> None:
        channel = _laid_out(rhythm, after)
        clips, outline = _heard(_blocks([channel], block_ms * PER_MS + odd))
        at = 0
        for clip in clips:
            assert (clip.channel, clip.channels) == (0, 1)
            assert clip.window.length_ms <= LONGEST_MS
            cut = [channel[p.start_ms * PER_MS : p.end_ms * PER_MS] for p in clip.window.pieces]
            np.testing.assert_array_equal(clip.samples, np.concatenate(cut))
            for piece in clip.window.pieces:  # one after another, in the recording
                assert at <= piece.start_ms < piece.end_ms <= outline.duration_ms
                at = piece.end_ms
        spans = [(start // PER_MS, end // PER_MS) for start, end in _gate(channel)]
        assert _joined(outline) == spans
        times = _times_heard(clips, 0, outline.duration_ms)
        for start, end in spans:
            assert (times[start:end] == 1).all()
        energy = sum(stretch.energy for stretch in outline.channels[0])
        assert energy == pytest.approx(float(np.dot(channel, channel)), rel=1e-3)

    @settings(deadline=None, derandomize=True, max_examples=30)
    @given(_rhythm, st.integers(0, 300_000), _block_lengths)
    def test_what_is_kept_stays_under_four_minutes(
        self, rhythm: list[tuple[int, int]], after: int, block_ms: int
    ) -> None:
        ear = listening._Ear(0, 1, LONGEST_MS)
        for (block,) in _blocks([_laid_out(rhythm, after)], block_ms * PER_MS):
            list(ear.hear(block, last=False))
            # two minutes for a window that waits for more, two for the piece that may join it
            assert ear._kept.size <= (2 * REACH_MS + 1_000) * PER_MS
            assert ear._kept.base is None  # nor is the whole block kept behind a part of it

    def test_a_word_does_not_wait_for_hours_of_silence(self) -> None:
        ear = listening._Ear(0, 1, LONGEST_MS)
        word = _laid_out([(5_000, 600)], after=54_400)
        clips = list(ear.hear(word, last=False))
        for _ in range(3):  # up to 120 s from 4.6 s, something may still join
            clips += ear.hear(np.zeros(60 * SECOND, np.float32), last=False)
        (clip,) = clips
        assert [(p.start_ms, p.end_ms) for p in clip.window.pieces] == [(4_600, 6_000)]
        assert ear._kept.size == 400 * PER_MS  # what a word may need that begins now

    @settings(deadline=None, derandomize=True, max_examples=60)
    @given(_short_rhythm, st.integers(1, 200_000), _block_lengths, st.integers(0, 15))
    def test_where_blocks_end_changes_nothing(
        self, rhythm: list[tuple[int, int]], after: int, block_ms: int, odd: int
    ) -> None:
        channel = _laid_out(rhythm, after)
        whole, expected = _heard([(channel,)])
        clips, outline = _heard(_blocks([channel], block_ms * PER_MS + odd))
        assert [clip.window for clip in clips] == [clip.window for clip in whole]
        assert outline == expected
        for one, other in zip(clips, whole, strict=True):
            np.testing.assert_array_equal(one.samples, other.samples)

    @pytest.mark.parametrize("pause_ms", [0, 500])
    def test_only_a_monologue_of_over_two_minutes_is_cut_at_a_blocks_end(
        self, pause_ms: int
    ) -> None:
        # Blocks of 30 s, speech from 1 s to 251 s or, with pauses that part no windows, to 250.5 s:
        # at 150 s it reaches over more than two minutes, from 600 ms, and at the end it does not.
        spoken = [(1_000, 250_000)] if not pause_ms else [(1_000, 9_500), *[(pause_ms, 9_500)] * 24]
        channel = _laid_out(spoken, 9_000)
        clips, outline = _heard(_blocks([channel], 30 * SECOND))
        edges = [piece for clip in clips for piece in clip.window.pieces]
        assert (edges[0].start_ms, edges[-1].end_ms) == (600, sum(map(sum, spoken)) + 400)
        assert all(a.end_ms == b.start_ms for a, b in pairwise(edges))
        assert sum(edge.end_ms == 150_000 for edge in edges) == 1
        assert _joined(outline) == [(each.start_ms, each.end_ms) for each in outline.channels[0]]
        assert len(outline.channels[0]) == len(spoken)

    def test_a_window_goes_on_over_a_blocks_end(self) -> None:
        # both words fit into one window, and the block's end, at 10 s, lies between them
        channel = _laid_out([(1_000, 2_000), (12_000, 2_000)], 3_000)
        whole, _ = _heard([(channel,)])
        parts, _ = _heard(_blocks([channel], 10 * SECOND))
        assert [clip.window for clip in parts] == [clip.window for clip in whole]
        assert len(whole) == 1

    def test_of_one_block_the_windows_are_those_of_packing(self) -> None:
        channel = _laid_out([(1_000, 9_000), (500, 4_000), (3_000, 12_000), (100, 30_000)], 2_000)
        spans = [Span(s // PER_MS, e // PER_MS, "agent") for s, e in _gate(channel)]
        duration_ms = channel.size // PER_MS
        for longest_ms in (LONGEST_MS, 12_000):
            *clips, _ = listen([(channel,)], longest_ms=longest_ms)
            expected = pack(spans, duration_ms, longest_ms=longest_ms)
            assert [clip.window for clip in clips if isinstance(clip, Clip)] == list(expected)

    def test_two_channels_are_heard_apart(self) -> None:
        first, second = _laid_out([(1_000, 4_000)], 5_000), _laid_out([(6_000, 3_000)], 1_000)
        clips, outline = _heard(_blocks([first, second], 3 * SECOND))
        found = {
            clip.channel: [(p.start_ms, p.end_ms) for p in clip.window.pieces] for clip in clips
        }
        assert found == {0: [(600, 5_400)], 1: [(5_600, 9_400)]}
        assert all(clip.channels == 2 for clip in clips)
        assert outline.duration_ms == 10_000
        first_stretch, second_stretch = (channel[0] for channel in outline.channels)
        assert (first_stretch.start_ms, second_stretch.start_ms) == (1_000, 6_000)

    @pytest.mark.parametrize(("samples", "duration_ms"), [(7, 0), (8, 1), (16_008, 1_001)])
    def test_the_duration_is_rounded_half_up(self, samples: int, duration_ms: int) -> None:
        # 16 samples are a millisecond
        clips, outline = _heard([(np.zeros(samples, np.float32), np.zeros(samples, np.float32))])
        assert (clips, outline) == ([], Outline(duration_ms, ((), ())))

    def test_no_sound_at_all(self) -> None:
        assert _heard([]) == ([], Outline(0, ()))


class TestLoudness:
    @pytest.fixture
    def levelled(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """Return what will be the peak of each stretch of sound that speech is looked for in."""
        peaks: list[float] = []

        class Listener:
            def hear(self, sound: Samples, *, last: bool) -> Found:
                peaks.append(round(float(np.abs(sound).max()), 3))
                return Found((), None, sound.size, sound.size)

        monkeypatch.setattr(listening, "Detector", Listener)
        return peaks

    def test_the_loudest_block_so_far_sets_the_level(self, levelled: list[float]) -> None:
        tone = np.sin(np.arange(4 * SECOND) * 0.1).astype(np.float32)
        _heard([(tone * 0.1,), (tone * 0.4,), (tone * 0.2,)])
        # 0.7 of full scale; the last is half as loud as the one before
        assert levelled == pytest.approx([0.7, 0.7, 0.35], rel=0.01)
        levelled.clear()
        _heard([(tone * 0.4,), (np.zeros(2 * SECOND, np.float32),), (tone * 0.1,)])
        assert levelled == pytest.approx([0.7, 0.0, 0.175], rel=0.01)  # 0.1 of 0.4

    def test_channels_have_levels_of_their_own(self, levelled: list[float]) -> None:
        tone = np.sin(np.arange(4 * SECOND) * 0.1).astype(np.float32)
        _heard([(tone * 0.05, tone * 0.9)])
        assert levelled == pytest.approx([0.7, 0.7], rel=0.01)


@cache
def _sample(name: str, channel: int) -> Samples:
    samples = decode(SAMPLES / f"{name}.flac").channels[channel]
    return level(samples, loudness(samples))


class TestRecordings:
    @pytest.mark.parametrize("name", ["en-01-late-parcel", "hr-01-paket-kasni"])
    @pytest.mark.parametrize("size", [SECOND // 3, 7 * SECOND + 5])
    def test_one_side_in_blocks_is_the_same_side(
        self, name: str, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listening, "loudness", lambda channel: 0.7)  # or it grows by block
        for channel in (0, 1):
            sound = _sample(name, channel)
            whole, expected = _heard([(sound,)])
            clips, outline = _heard(_blocks([sound], size))
            assert len(outline.channels[0]) > 3
            assert outline == expected
            assert [clip.window for clip in clips] == [clip.window for clip in whole]

    @pytest.mark.parametrize("name", ["en-01-late-parcel", "hr-01-paket-kasni"])
    @pytest.mark.parametrize("block_s", [7, 11])
    def test_a_call_in_blocks_is_the_call(self, name: str, block_s: int) -> None:
        path = SAMPLES / f"{name}.flac"
        _, whole = _heard(decode_blocks(path))
        clips, parts = _heard(decode_blocks(path, block_s=block_s))
        assert parts.duration_ms == whole.duration_ms
        for clip in clips:
            assert clip.samples.size == clip.window.length_ms * PER_MS
        for channel in (0, 1):
            times = _times_heard(clips, channel, whole.duration_ms)
            expected, found = _speech(whole, channel), _speech(parts, channel)
            assert times.max() == 1
            assert (times[expected | found] == 1).all()
            # Levels differ by block, and what leaks is told from a block alone: some edges move by
            # a step or two of 32 ms, and a pause of 200 ms may fall otherwise.
            assert (expected ^ found).sum() < 0.03 * expected.sum()

    def test_a_voice_without_pauses_goes_on_over_every_blocks_end(self) -> None:
        # what two agents say, without what lies between: every block's end cuts through speech
        calls = [_sample(name, 0) for name in ("en-01-late-parcel", "hr-01-paket-kasni")]
        said = np.concatenate(
            [call[start:end] for call in calls for start, end in find_speech(call)]
        )
        for block_s in (7, 15):
            clips, outline = _heard(_blocks([said], block_s * SECOND))
            times = _times_heard(clips, 0, outline.duration_ms)[: outline.duration_ms]
            assert times.max() == 1
            assert (times == 1).mean() > 0.97  # the pause that is 200 ms long is no speech
            for before, after in pairwise(outline.channels[0]):
                assert after.start_ms >= before.end_ms
            for end_ms in range(block_s * 1_000, outline.duration_ms, block_s * 1_000):
                near = times[max(0, end_ms - 100) : end_ms + 100]
                assert (near == 1).all(), end_ms

    def test_speech_is_found_where_a_sample_call_has_it(self) -> None:
        truth = json.loads((SAMPLES / "hr-01-paket-kasni.truth.json").read_text("utf-8"))
        _, outline = _heard(decode_blocks(SAMPLES / "hr-01-paket-kasni.flac"))
        for channel, role in enumerate(("agent", "customer")):
            said = np.zeros(outline.duration_ms + 1, bool)
            for turn in truth["turns"]:
                if turn["role"] == role:
                    said[turn["start_ms"] : turn["end_ms"]] = True
            found = _speech(outline, channel)
            # pauses inside a turn are no speech, so `found` is less than `said`, but lies in it
            assert (found & said).sum() > 0.8 * said.sum()
            assert (found & ~said).sum() < 0.03 * said.sum()
