"""Telling two voices apart: laws with a fake encoder, and the real one on the mono sample call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.cache import package_data
from qa.nouns import Span, Word
from qa.problems import NothingToRunError
from qa.speech import speaker_embedding
from qa.speech.voices import tell_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def by_sign(clips: Sequence[Samples]) -> Samples:
    """Encode as one of two voices: which, is the sign of the clip's middle sample."""
    voices = {True: (1.0, 0.0), False: (0.6, 0.8)}
    return np.array([voices[bool(clip[clip.size // 2] > 0)] for clip in clips], np.float32)


def sound(*parts: tuple[float, int]) -> Samples:
    """Return (seconds, sign) after one another."""
    return np.concatenate([np.full(round(s * 16_000), sign, np.float32) for s, sign in parts])


def told(spans: Sequence[Span]) -> list[tuple[int, int, str]]:
    return [(span.start_ms, span.end_ms, span.speaker) for span in spans]


def test_a_span_is_cut_where_the_voice_changes_inside_it() -> None:
    apart = tell_apart(sound((8, 1), (8, -1)), [Span(0, 16_000, "agent")], (), encode=by_sign)
    assert told(apart.spans) == [(0, 8_000, "agent"), (8_000, 16_000, "customer")]
    assert apart.voices == 2


def test_the_cut_moves_into_the_widest_gap_between_words_nearby() -> None:
    words = [
        Word("so", 7_000, 7_700, 1.0),  # then 20 ms: narrower
        Word("bye", 7_720, 7_850, 1.0),  # then 250 ms: its middle is 7,975
        Word("well", 8_100, 9_000, 1.0),  # then 2 s, but out of reach
        Word("no", 11_000, 11_500, 1.0),
    ]
    span = Span(0, 16_000, "agent")
    apart = tell_apart(sound((8, 1), (8, -1)), [span], words, encode=by_sign)
    assert told(apart.spans) == [(0, 7_975, "agent"), (7_975, 16_000, "customer")]
    assert apart.words == (("agent", tuple(words[:2])), ("customer", tuple(words[2:])))


def test_an_island_inside_speech_is_an_error_and_between_pauses_a_reply() -> None:
    # agent 0-6 s with a slip at 3.00-3.25; customer 6.5-10.5; agent's "da" 10.8-11.05; customer
    parts = ((3, 1), (0.25, -1), (2.75, 1), (0.5, 0), (4, -1), (0.3, 0), (0.25, 1), (0.3, 0))
    spans = [Span(*edges, "agent") for edges in ((0, 6_000), (6_500, 10_500), (10_800, 11_050))]
    spans.append(Span(11_350, 15_350, "agent"))
    apart = tell_apart(sound(*parts, (4, -1)), spans, (), encode=by_sign)
    assert told(apart.spans) == [
        (0, 6_000, "agent"),
        (6_500, 10_500, "customer"),
        (10_800, 11_050, "agent"),
        (11_350, 15_350, "customer"),
    ]


turns = st.lists(st.integers(800, 4_000), min_size=8, max_size=12)  # 0.8 s is more than smoothing
word_times = st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 900)), max_size=40)


def conversation(lengths: Sequence[int], pauses: Sequence[int]) -> tuple[Samples, list[Span]]:
    """Return voices taking turns; a pause of 0 ms makes two turns one span."""
    parts: list[tuple[float, int]] = []
    spans: list[Span] = []
    at = 0
    for turn, (length, pause) in enumerate(zip(lengths, pauses, strict=True)):
        parts += [(length / 1000, 1 if turn % 2 == 0 else -1), (pause / 1000, 0)]
        if spans and spans[-1].end_ms == at:
            spans[-1] = Span(spans[-1].start_ms, at + length, "agent")
        else:
            spans.append(Span(at, at + length, "agent"))
        at += length + pause
    return sound(*parts), spans


@settings(deadline=None, derandomize=True, max_examples=60)
@given(turns, st.data(), word_times)
def test_no_word_and_no_speech_is_lost(
    lengths: list[int], data: st.DataObject, times: list[tuple[int, int]]
) -> None:
    size = len(lengths)
    pauses = data.draw(st.lists(st.sampled_from([0, 300]), min_size=size, max_size=size))
    samples, spans = conversation(lengths, pauses)
    words = [
        Word(str(i), start, start + length, 1.0) for i, (start, length) in enumerate(sorted(times))
    ]
    apart = tell_apart(samples, spans, words, encode=by_sign)

    given_out = [word for _, said in apart.words for word in said]
    assert sorted(given_out, key=lambda w: int(w.text)) == words
    for _, said in apart.words:
        assert [int(word.text) for word in said] == sorted(int(word.text) for word in said)
    assert all(span.length_ms > 0 for span in apart.spans)
    heard = [ms for span in spans for ms in range(span.start_ms, span.end_ms)]
    assert [ms for span in apart.spans for ms in range(span.start_ms, span.end_ms)] == heard


@settings(deadline=None, derandomize=True, max_examples=20)
@given(turns)
def test_which_voice_is_which_does_not_matter_only_which_is_first(lengths: list[int]) -> None:
    samples, spans = conversation(lengths, [300] * len(lengths))
    apart = tell_apart(samples, spans, (), encode=by_sign)
    assert tell_apart(-samples, spans, (), encode=by_sign) == apart
    # 300 ms apart, so every turn is a span of its own and the speakers alternate
    speakers = [("agent", "customer")[turn % 2] for turn in range(len(lengths))]
    if sum(lengths) >= 10_000:
        assert [span.speaker for span in apart.spans] == speakers
    else:
        assert apart.voices == 1


@pytest.mark.parametrize(
    ("seconds", "why"), [(30, "one voice"), (9, "too little speech to tell"), (0, "no speech")]
)
def test_one_voice_is_the_agents(seconds: int, why: str) -> None:
    def one_cloud(clips: Sequence[Samples]) -> Samples:
        assert why == "one voice"
        cloud = np.random.default_rng(0).normal(size=(len(clips), 256)) + 2.0
        return np.asarray(cloud / np.linalg.norm(cloud, axis=1, keepdims=True), np.float32)

    spans = [Span(0, seconds * 1000, "customer")] if seconds else []
    words = (Word("hello", 100, 400, 1.0),)
    apart = tell_apart(sound((seconds, 1)), spans, words, encode=one_cloud)
    assert apart.voices == 1
    assert apart.words == (("agent", words),)
    assert told(apart.spans) == [(0, seconds * 1000, "agent")] * len(spans)


def test_weights_that_are_not_the_pinned_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(speaker_embedding, "package_data", lambda _: tmp_path)
    with pytest.raises(NothingToRunError, match="pip install"):
        speaker_embedding._weights()
    (tmp_path / "pretrained.pt").write_bytes(b"something else")
    with pytest.raises(NothingToRunError, match="not the pinned"):
        speaker_embedding._weights()


@pytest.mark.skipif(package_data("resemblyzer") is None, reason="speaker weights not installed")
def test_the_mono_sample_call_is_told_apart() -> None:
    from qa.intake.decode import decode
    from qa.speech.spans import find_speech, level, loudness

    (channel,) = decode(SAMPLES / "en-06-damaged-kettle.flac").channels
    samples = level(channel, loudness(channel))
    truth = json.loads((SAMPLES / "en-06-damaged-kettle.truth.json").read_text())["turns"]
    words: list[Word] = []
    roles: list[str] = []
    for turn in truth:  # its words, spread evenly over the turn
        texts = turn["text"].split()
        step = (turn["end_ms"] - turn["start_ms"]) // len(texts)
        starts = (turn["start_ms"] + step * i for i in range(len(texts)))
        words += [Word(str(len(words) + i), at, at + step, 1.0) for i, at in enumerate(starts)]
        roles += [turn["role"]] * len(texts)

    spans = [Span(start // 16, end // 16, "agent") for start, end in find_speech(samples)]
    apart = tell_apart(samples, spans, words)

    assert apart.voices == 2
    pairs = [
        (min(span.end_ms, t["end_ms"]) - max(span.start_ms, t["start_ms"]), span.speaker, t["role"])
        for span in apart.spans
        for t in truth
    ]
    right = sum(ms for ms, speaker, role in pairs if ms > 0 and speaker == role)
    wrong = sum(ms for ms, speaker, role in pairs if ms > 0 and speaker != role)
    assert wrong < 0.15 * (right + wrong)
    misplaced = [w for speaker, said in apart.words for w in said if roles[int(w.text)] != speaker]
    assert len(misplaced) < 0.15 * len(words)
