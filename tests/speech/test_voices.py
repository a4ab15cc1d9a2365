"""Telling two voices apart: made voices with exact times, and the one-channel sample call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.cache import package_data
from qa.nouns import Span
from qa.speech.voices import tell_apart
from tests.speech.made_voices import RATE, by_band, sound, spans, turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qa.speech.voices import Apart

    Samples = NDArray[np.float32]

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
NEAR_MS = 80  # a voice is learned from frames of 20 ms with a change over 80 ms

_laws = settings(deadline=None, derandomize=True, max_examples=5)
lengths = st.lists(st.integers(1_500, 3_000), min_size=8, max_size=10)


def told(apart: Apart) -> list[tuple[int, int, str]]:
    return [(span.start_ms, span.end_ms, span.speaker) for span in apart.alone]


def near(found: Sequence[tuple[int, int, str]], expected: Sequence[tuple[int, int, str]]) -> bool:
    return len(found) == len(expected) and all(
        abs(a[0] - b[0]) <= NEAR_MS and abs(a[1] - b[1]) <= NEAR_MS and a[2] == b[2]
        for a, b in zip(found, expected, strict=True)
    )


def test_a_span_is_cut_where_the_voice_changes_inside_it() -> None:
    samples = sound((4, "a"), (4, "b"), (4, "a"), (4, "b"))
    apart = tell_apart(samples, spans((0, 16_000)), encode=by_band)
    changes = [(0, 4_000), (4_000, 8_000), (8_000, 12_000), (12_000, 16_000)]
    speakers = ["agent", "customer", "agent", "customer"]
    assert near(told(apart), [(*edges, who) for edges, who in zip(changes, speakers, strict=True)])
    assert apart.voices == 2
    assert apart.both == ()


def test_turns_between_pauses_are_told_apart_for_certain() -> None:
    lengths = [3_000, 2_000, 2_500, 600, 3_000, 2_000, 2_500, 3_000]
    samples, speech, own = turns(lengths, [400] * len(lengths))
    apart = tell_apart(samples, speech, encode=by_band)
    speakers = ["agent", "customer"] * 4
    assert told(apart) == [(*edges, who) for edges, who in zip(own, speakers, strict=True)]
    assert apart.caveats == ()


def test_where_both_speak_both_are_heard() -> None:
    # a speaks 0-5, b from 3.5; then each once more alone, and b over the middle of a
    parts = ((3.5, "a"), (1.5, "ab"), (3, "b"), (0.5, ""), (4, "a"), (0.5, ""), (3, "b"))
    samples = sound(*parts, (0.5, ""), (2, "a"), (1.2, "ab"), (2, "a"))
    speech = spans((0, 8_000), (8_500, 12_500), (13_000, 16_000), (16_500, 21_700))
    apart = tell_apart(samples, speech, encode=by_band)
    assert len(apart.both) == 2
    for (start, end), (true_start, true_end) in zip(
        apart.both, ((3_500, 5_000), (18_500, 19_700)), strict=True
    ):
        # found by an average over 0.8 s
        assert abs(start - true_start) <= 400
        assert abs(end - true_end) <= 400


def test_a_single_voice_is_said_to_be_one() -> None:
    lengths = [3_000, 2_000, 2_500, 1_600, 3_000, 2_000]
    samples, speech, own = turns(lengths, [400] * len(lengths), who="a")
    apart = tell_apart(samples, speech, encode=by_band)
    assert (apart.voices, apart.caveats, apart.both) == (1, ("one_voice",), ())
    assert told(apart) == [(*edges, "agent") for edges in own]


def test_three_voices_are_said_to_be_more_than_two() -> None:
    samples, speech, _ = turns([2_500] * 12, [400] * 12, who="abc")
    apart = tell_apart(samples, speech, encode=by_band)
    assert apart.caveats == ("more_voices",)


def test_an_encoder_that_hears_two_where_the_sound_is_one_is_not_believed() -> None:
    turn = iter(range(10_000))

    def by_turns(clips: Sequence[Samples]) -> Samples:
        two = ((1.0, 0.0), (0.9, 0.436))  # no more unlike than the halves of one voice may be
        return np.array([two[next(turn) // 5 % 2] for _ in clips], np.float32)

    samples, speech, _ = turns([2_500] * 8, [400] * 8, who="a")
    apart = tell_apart(samples, speech, encode=by_turns)
    assert apart.caveats != ()


@pytest.mark.parametrize(
    ("length_ms", "caveats"),
    [(1_000, ("one_voice",)), (2_000, ("voices_unsure",)), (3_000, ())],  # of four turns
)
def test_in_little_speech_nothing_is_sure(length_ms: int, caveats: tuple[str, ...]) -> None:
    # 4 s: a cluster of two steps each says nothing; 8 s: told apart, not for certain; 12 s: enough
    pauses = [400] * 4
    samples, speech, _ = turns([length_ms] * 4, pauses)
    if length_ms == 1_000:
        samples, speech = samples[: 2 * RATE], speech[:2]  # 2 s of speech
    assert tell_apart(samples, speech, encode=by_band).caveats == caveats


@pytest.mark.parametrize("speech", [[], [Span(500, 500, "agent")]])
def test_no_speech_is_one_voice_that_says_nothing(speech: list[Span]) -> None:
    apart = tell_apart(sound((1, "")), speech, encode=by_band)
    assert (apart.alone, apart.voices) == ((), 1)


@_laws
@given(lengths, st.data())
def test_no_speech_is_lost_or_made(lengths: list[int], data: st.DataObject) -> None:
    size = len(lengths)
    pauses = data.draw(st.lists(st.sampled_from([0, 300]), min_size=size, max_size=size))
    samples, speech, _ = turns(lengths, pauses)
    apart = tell_apart(samples, speech, encode=by_band)
    heard = [ms for span in speech for ms in range(span.start_ms, span.end_ms)]
    assert [ms for span in apart.alone for ms in range(span.start_ms, span.end_ms)] == heard
    assert all(span.length_ms > 0 for span in apart.alone)
    assert all(
        any(s.start_ms <= start < end <= s.end_ms for s in speech) for start, end in apart.both
    )


@_laws
@given(lengths)
def test_the_voice_heard_first_is_called_the_agent(lengths: list[int]) -> None:
    pauses = [300] * len(lengths)
    samples, speech, _ = turns(lengths, pauses, who="ab")
    changed, _, _ = turns(lengths, pauses, who="ba")
    speakers = [("agent", "customer")[turn % 2] for turn in range(len(lengths))]
    for each in (samples, changed):
        assert [s.speaker for s in tell_apart(each, speech, encode=by_band).alone] == speakers


@settings(deadline=None, derandomize=True, max_examples=3)
@given(lengths)
def test_the_same_sound_gives_the_same_answer(lengths: list[int]) -> None:
    samples, speech, _ = turns(lengths, [300] * len(lengths))
    first = tell_apart(samples, speech, encode=by_band)
    assert tell_apart(samples.copy(), speech, encode=by_band) == first


@settings(deadline=None, derandomize=True, max_examples=3)
@given(lengths, st.integers(1, 20))
def test_what_comes_later_is_told_later(lengths: list[int], late: int) -> None:
    samples, speech, _ = turns(lengths, [300] * len(lengths))
    by = late * 1_000
    later = np.concatenate((np.zeros(by * RATE // 1000, np.float32), samples))
    moved = [Span(span.start_ms + by, span.end_ms + by, "agent") for span in speech]
    found = tell_apart(later, moved, encode=by_band)
    assert [(a - by, b - by, who) for a, b, who in told(found)] == told(
        tell_apart(samples, speech, encode=by_band)
    )


@pytest.mark.skipif(package_data("resemblyzer") is None, reason="speaker weights not installed")
def test_the_mono_sample_call_is_told_apart() -> None:
    from qa.intake.decode import decode
    from qa.speech.spans import find_speech, level, loudness

    (channel,) = decode(SAMPLES / "en-06-damaged-kettle.flac").channels
    samples = level(channel, loudness(channel))
    truth = json.loads((SAMPLES / "en-06-damaged-kettle.truth.json").read_text("utf-8"))["turns"]
    speech = spans(*((start // 16, end // 16) for start, end in find_speech(samples)))
    apart = tell_apart(samples, speech)

    assert (apart.voices, apart.caveats) == (2, ())
    pairs = [
        (min(span.end_ms, t["end_ms"]) - max(span.start_ms, t["start_ms"]), span.speaker, t["role"])
        for span in apart.alone
        for t in truth
    ]
    right = sum(ms for ms, speaker, role in pairs if ms > 0 and speaker == role)
    wrong = sum(ms for ms, speaker, role in pairs if ms > 0 and speaker != role)
    assert wrong < 0.05 * (right + wrong)  # much of it where both speak


def _mixed(recording: Path) -> Samples:
    from qa.intake.decode import decode

    first, second = decode(recording).channels
    return np.asarray((first + second) / 2, np.float32)


def _error(apart: Apart, truth: list[tuple[int, int, str]], duration_ms: int) -> float:
    """Return the share of speech that is missed, made up or another's, 10 ms at a time.

    Every speaker counts; 125 ms around the edges of a true turn do not (pyannote's collar of 0.25).
    """
    size = duration_ms // 10 + 1

    def laid(spans: Sequence[tuple[int, int, str]]) -> NDArray[np.bool_]:
        on = np.zeros((2, size), bool)
        for start, end, who in spans:
            on[int(who == "customer"), start // 10 : end // 10] = True
        return on

    counted = np.ones(size, bool)
    for start, end, _ in truth:
        for edge in (start, end):
            counted[max(0, edge - 125) // 10 : (edge + 125) // 10] = False
    twice = [(start, end, who) for start, end in apart.both for who in ("agent", "customer")]
    true = laid(truth)[:, counted]
    errors = []
    for found in (laid([*told(apart), *twice]), laid([*told(apart), *twice])[::-1]):
        own = found[:, counted]
        right = (own & true).sum()
        errors.append(np.maximum(own.sum(axis=0), true.sum(axis=0)).sum() - right)
    return float(min(errors) / true.sum())


@pytest.mark.slow
@pytest.mark.skipif(package_data("resemblyzer") is None, reason="speaker weights not installed")
def test_the_two_channel_samples_mixed_down_are_told_apart() -> None:
    from qa.speech.spans import find_speech, level, loudness

    errors = []
    for file in sorted(SAMPLES.glob("*.truth.json")):
        truth = json.loads(file.read_text("utf-8"))
        if truth.get("recording_kind") != "stereo":
            continue
        mixed = _mixed(file.with_name(file.name.replace(".truth.json", ".flac")))
        samples = level(mixed, loudness(mixed))
        speech = spans(*((start // 16, end // 16) for start, end in find_speech(samples)))
        turns_ = [(turn["start_ms"], turn["end_ms"], turn["role"]) for turn in truth["turns"]]
        errors.append(_error(tell_apart(samples, speech), turns_, truth["duration_ms"]))
    assert len(errors) == 15
    assert np.median(errors) <= 0.08
    assert np.mean(errors) <= 0.15
