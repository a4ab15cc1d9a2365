"""Small faults of ready transcripts are put right and counted; all else is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.facts import measure
from qa.intake.draft import MalformedError
from qa.intake.mend import Repairs, apart, mended_times, note_order
from qa.nouns import Call, Repair, Span, Transcript, Word
from tests.intake.transcripts import complaint, own, read, said, turn


def repairs(transcript: Transcript) -> list[tuple[str, int, str]]:
    return [(repair.code, repair.count, repair.where) for repair in transcript.repairs]


def heard(transcript: Transcript) -> list[tuple[str, int, int]]:
    return [(span.speaker, span.start_ms, span.end_ms) for span in transcript.spans]


def span(speaker: str, start_ms: int, end_ms: int) -> dict[str, Any]:
    return {"speaker": speaker, "start_ms": start_ms, "end_ms": end_ms}


class TestOfOurFormat:
    def test_nothing_to_put_right(self, tmp_path: Path) -> None:
        transcript = read(tmp_path, "a.json", own(turn("agent", 0, 9), turn("customer", 5, 12)))
        assert transcript.repairs == ()

    def test_turns_out_of_order_are_sorted_and_counted(self, tmp_path: Path) -> None:
        turns = [turn("agent", 0, 400, "a"), turn("agent", 900, 950, "d"),
                 turn("customer", 500, 800, "c"), turn("customer", 450, 490, "b")]  # fmt: skip
        transcript = read(tmp_path, "a.json", own(*turns))
        assert [t.text for t in transcript.turns] == ["a", "b", "c", "d"]
        assert repairs(transcript) == [("out_of_order", 2, "turn 3")]  # 500 < 900, 450 < 500

    def test_turns_that_start_together_are_in_order(self, tmp_path: Path) -> None:
        content = own(turn("agent", 5, 9, "b"), turn("customer", 5, 7, "a"))
        transcript = read(tmp_path, "a.json", content)
        assert [t.text for t in transcript.turns] == ["b", "a"]
        assert transcript.repairs == ()

    def test_a_time_right_before_the_recording_is_its_start(self, tmp_path: Path) -> None:
        word = {"text": "Da.", "start_ms": -200, "end_ms": 300}
        first = {**turn("agent", -1000, 400), "words": [word]}
        transcript = read(tmp_path, "a.json", own(first, turn("customer", -2, -1), language="sr"))
        assert said(transcript) == [("agent", 0, 400, "Da."), ("customer", 0, 0, "Da.")]
        assert transcript.turns[0].words == (Word("Da.", 0, 300, 1.0),)
        # turn 1, its word, both ends of turn 2; which has then no length
        assert repairs(transcript) == [("before_start", 4, "turn 1: word 1"), (
            "no_length", 1, "turn 2")]  # fmt: skip

    def test_an_end_a_rounding_before_its_start_is_its_start(self, tmp_path: Path) -> None:
        content = own(turn("agent", 500, 400), turn("customer", 600, 900))
        transcript = read(tmp_path, "a.json", content)
        assert said(transcript) == [("agent", 500, 500, "Da."), ("customer", 600, 900, "Da.")]
        assert repairs(transcript) == [("ends_early", 1, "turn 1"), ("no_length", 1, "turn 1")]
        message = complaint(tmp_path, "a.json", own(turn("agent", 501, 400)))
        assert message == "a.json: turn 1: ends at 400 ms, before it starts at 501: mend the export"

    def test_speech_without_length_keeps_its_words_and_is_no_span(self, tmp_path: Path) -> None:
        content = own(turn("agent", 0, 1000, "a"), turn("customer", 900, 900, "b"))
        transcript = read(tmp_path, "a.json", content)
        assert [t.text for t in transcript.turns] == ["a", "b"]
        assert heard(transcript) == [("agent", 0, 1000)]
        assert repairs(transcript) == [("no_length", 1, "turn 2")]

    def test_a_turn_of_which_no_end_is_given_has_nothing_wrong_with_it(
        self, tmp_path: Path
    ) -> None:
        content = own(turn("agent", 0, 1000), {"speaker": "customer", "start_ms": 5, "text": "b"})
        transcript = read(tmp_path, "a.json", content)
        assert heard(transcript) == [("agent", 0, 1000)]
        assert transcript.repairs == ()

    def test_one_speakers_overlapping_spans_are_made_one(self, tmp_path: Path) -> None:
        spans = [span("agent", 500, 900), span("agent", 0, 600), span("agent", 100, 200),
                 span("customer", 100, 700), span("agent", 900, 950), span("customer", 5, 5),
                 span("customer", 100, 700)]  # fmt: skip
        transcript = read(tmp_path, "a.json", own(turn("agent", 0, 950), spans=spans))
        # agent 0-600, 100-200 and 500-900 are 0-900, what touches stays two; the customer's
        # 100-700 stands there twice, and over the agent's: that is what happened
        assert heard(transcript) == [
            ("agent", 0, 900), ("customer", 100, 700), ("agent", 900, 950),
        ]  # fmt: skip
        assert sorted(repairs(transcript)) == [
            ("no_length", 1, "span 6"), ("overlapping", 3, "span 3"),
        ]  # fmt: skip

    def test_spans_may_come_speaker_by_speaker(self, tmp_path: Path) -> None:
        spans = [span("agent", 0, 5), span("agent", 9, 12), span("customer", 6, 8)]
        transcript = read(tmp_path, "a.json", own(turn("agent", 0, 12), spans=spans))
        assert [start for _, start, _ in heard(transcript)] == [0, 6, 9]
        assert transcript.repairs == ()

    def test_a_chat_has_no_speech_that_could_lack_length(self, tmp_path: Path) -> None:
        content = own(turn("agent", 5, 5), turn("customer", 0, 0))
        transcript = read(tmp_path, "a.json", content, channel="chat")
        assert repairs(transcript) == [("out_of_order", 1, "turn 2")]


class TestOfOtherFormats:
    def test_segments_of_whisperx(self, tmp_path: Path) -> None:
        one = {"text": "a", "speaker": "SPEAKER_00"}
        segments = [
            {**one, "start": -0.25, "end": 1.0}, {**one, "start": 0.9, "end": 2.0},
            {**one, "start": 0.5, "end": 0.5}, {"start": 2, "end": 3, "text": "b",
                                                "speaker": "SPEAKER_01"},
        ]  # fmt: skip
        transcript = read(tmp_path, "a.json", {"segments": segments})
        assert said(transcript) == [("agent", 0, 2000, "a a a"), ("customer", 2000, 3000, "b")]
        assert heard(transcript) == [("agent", 0, 2000), ("customer", 2000, 3000)]
        assert sorted(repairs(transcript)) == [
            ("before_start", 1, "segment 1"), ("no_length", 1, "segment 3"),
            ("out_of_order", 1, "segment 3"), ("overlapping", 1, "segment 2"),
        ]  # fmt: skip

    def test_cues_of_webvtt(self, tmp_path: Path) -> None:
        text = (
            "WEBVTT\n\n00:05.000 --> 00:04.950\n<v Agent>a\n\n"
            "00:03.000 --> 00:04.000\n<v Customer>b\n"
        )
        transcript = read(tmp_path, "a.vtt", text)
        assert said(transcript) == [("customer", 3000, 4000, "b"), ("agent", 5000, 5000, "a")]
        assert repairs(transcript) == [
            ("ends_early", 1, "line 3"), ("out_of_order", 1, "line 6"), ("no_length", 1, "line 3"),
        ]  # fmt: skip

    def test_plain_lines_have_no_times_to_put_right(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a.txt", "Agent: a\nCustomer: b\n").repairs == ()

    @pytest.mark.parametrize("time", ["NaN", "Infinity", "1e999", "-1e300", "1e300", "-1.001"])
    def test_times_that_are_none(self, tmp_path: Path, time: str) -> None:
        text = f'{{"segments": [{{"start": {time}, "end": 1, "text": "a", "speaker": "Agent"}}]}}'
        assert "a.json: " in complaint(tmp_path, "a.json", text)


def test_mended_or_not_the_facts_are_the_same(tmp_path: Path) -> None:
    clean = own(
        turn("agent", 0, 3000, "Good morning, how can I help?"),
        turn("customer", 3500, 9000, "My parcel still has not arrived."),
        turn("agent", 8000, 12000, "What is your number?"),
    )
    agent, customer, late = clean["turns"]
    twice = [span("agent", 0, 2000), span("agent", 1000, 3000), span("customer", 3500, 9000),
             span("customer", 4000, 4000), span("agent", 8000, 12000)]  # fmt: skip
    broken = own({**agent, "start_ms": -40}, late, customer, spans=twice)
    one, other = (read(tmp_path, "a.json", each, language="en") for each in (clean, broken))
    call = Call("c1", tmp_path / "a.json", "a7")
    assert measure(one, call) == measure(other, call)
    assert one.repairs == ()
    assert {repair.code for repair in other.repairs} == {
        "before_start", "out_of_order", "overlapping", "no_length",
    }  # fmt: skip


_spans = st.lists(
    st.builds(
        lambda speaker, start, length: Span(start, start + length, speaker),
        st.sampled_from(["agent", "customer"]),
        st.integers(0, 60),
        st.integers(0, 20),
    ),
    max_size=12,
)


@settings(deadline=None, derandomize=True)
@given(_spans)
def test_spans_set_apart_cover_the_same_time(spans: list[Span]) -> None:
    kept = apart([(f"span {n}", one) for n, one in enumerate(spans)], Repairs())
    for speaker in ("agent", "customer"):
        own_spans = [one for one in kept if one.speaker == speaker]
        assert all(one.length_ms > 0 for one in own_spans)
        edges = [edge for one in own_spans for edge in (one.start_ms, one.end_ms)]
        assert edges == sorted(edges)
        before = {ms for s in spans if s.speaker == speaker for ms in range(s.start_ms, s.end_ms)}
        assert before == {ms for one in own_spans for ms in range(one.start_ms, one.end_ms)}
    assert [one.start_ms for one in kept] == sorted(one.start_ms for one in kept)


@settings(deadline=None, derandomize=True)
@given(st.integers(-1200, 1200), st.integers(-1200, 1200))
def test_times_come_out_possible_or_not_at_all(start: int, end: int) -> None:
    counted = Repairs()
    try:
        first, last = mended_times("turn 1", start, end, counted)
    except MalformedError:
        assert min(start, end) < -1000 or max(start, 0) - max(end, 0) > 100
    else:
        assert 0 <= first <= last
        # never moved by more than what is harmless
        assert first - start <= 1000
        assert last - end <= 1000
        assert bool(counted.all()) == ((first, last) != (start, end))


def test_places_are_those_of_the_first() -> None:
    counted = Repairs()
    note_order([("turn 1", 5), ("turn 2", 4), ("turn 3", 3), ("turn 4", 3)], counted)
    assert counted.all() == (Repair("out_of_order", 2, "turn 2"),)
