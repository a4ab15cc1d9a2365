from pathlib import Path
from typing import Any

import pytest

from qa.nouns import Span, Transcript, Turn, Word
from tests.intake.transcripts import complaint, own, read, said, turn


class TestOwnFormat:
    def test_everything_is_read(self, tmp_path: Path) -> None:
        word = {"text": "Da.", "start_ms": 2000, "end_ms": 2400, "confidence": 0.5}
        spans = [{"speaker": "agent", "start_ms": 100, "end_ms": 900}]
        content = own(
            turn("agent", 0, 1000, "Dobar dan!"),
            {**turn("customer", 2000, 2500), "words": [word]},
            language="sr",
            spans=spans,
        )
        assert read(tmp_path, "a.json", content, language=None) == Transcript(
            call_id="c1",
            turns=(
                Turn(0, "agent", 0, 1000, "Dobar dan!"),
                Turn(1, "customer", 2000, 2500, "Da.", (Word("Da.", 2000, 2400, 0.5),)),
            ),
            spans=(Span(100, 900, "agent"),),
            language="sr",
            basis="ready",
            duration_ms=2500,
        )

    def test_spans_come_from_turns_where_the_file_has_none(self, tmp_path: Path) -> None:
        content = own(turn("agent", 0, 1000), turn("customer", 900, 900), turn("agent", 1500, 2000))
        transcript = read(tmp_path, "a.json", content)
        assert transcript.spans == (Span(0, 1000, "agent"), Span(1500, 2000, "agent"))

    def test_turns_out_of_order_are_sorted_and_counted_anew(self, tmp_path: Path) -> None:
        content = own(turn("customer", 500, 900, "b"), turn("agent", 0, 400, "a"))
        transcript = read(tmp_path, "a.json", content)
        assert [(t.index, t.text) for t in transcript.turns] == [(0, "a"), (1, "b")]

    def test_two_turns_of_one_speaker_stay_two(self, tmp_path: Path) -> None:
        transcript = read(tmp_path, "a.json", own(turn("agent", 0, 1), turn("agent", 2, 3)))
        assert len(transcript.turns) == 2

    def test_without_times_the_order_of_the_file_holds(self, tmp_path: Path) -> None:
        content = own({"speaker": "agent", "text": "b"}, {"speaker": "customer", "text": "a"})
        transcript = read(tmp_path, "a.json", content)
        assert said(transcript) == [("agent", 0, 0, "b"), ("customer", 0, 0, "a")]
        assert (transcript.spans, transcript.duration_ms) == ((), 0)

    def test_a_chat_counts_from_its_first_message(self, tmp_path: Path) -> None:
        content = own(
            # 09:00:01.500 in Zagreb's winter is 08:00:01.500 UTC, 1.5 s after the first message
            {"speaker": "agent", "text": "b", "at": "2026-01-31T09:00:01.500+01:00"},
            {"speaker": "customer", "text": " a \n\n\tc ", "at": "2026-01-31T08:00:00"},
        )
        transcript = read(tmp_path, "a.json", content, channel="chat")
        assert said(transcript) == [("customer", 0, 0, "a\n\nc"), ("agent", 1500, 1500, "b")]
        assert transcript.spans == ()
        assert transcript.channel == "chat"
        assert transcript.duration_ms == 1500

    def test_a_chat_has_no_spans_even_with_times(self, tmp_path: Path) -> None:
        transcript = read(tmp_path, "a.json", own(turn("agent", 0, 100)), channel="chat")
        assert transcript.spans == ()

    def test_what_is_not_seen_is_taken_out(self, tmp_path: Path) -> None:
        content = own(turn("agent", 0, 1, "a\x00b\x1b[31m\nc"), turn("customer", 2, 3, " \n "))
        assert said(read(tmp_path, "a.json", content)) == [("agent", 0, 1, "a b [31m c")]

    def test_no_turns_are_an_empty_transcript(self, tmp_path: Path) -> None:
        assert read(tmp_path, "a.json", own()).turns == ()

    @pytest.mark.parametrize(
        ("turns", "expected"),
        [
            ([turn("agent", 0, 1), turn("agent", -1001, 1)], "turn 2: a time of -1001 ms, before"),
            ([turn("agent", -9000, -8000)], "turn 1: a time of -9000 ms, before the call"),
            ([turn("agent", 900, 500)], "turn 1: ends at 500 ms, before it starts at 900"),
            ([turn("agent", 0, 10**14)], "turn 1: ends after more than a year"),
            ([turn("agent", "0", 1)], "turn 1: start_ms: Input should be a valid integer"),
            ([turn("agent", 0.5, 1)], "turn 1: start_ms: Input should be a valid integer"),
            ([turn("agent", True, 1)], "turn 1: start_ms: Input should be a valid integer"),
            ([turn("robot", 0, 1)], "turn 1: speaker: Input should be 'agent' or 'customer'"),
            ([turn("agent", 0, 1), {"speaker": "agent"}], "turn 2: text: Field required"),
            (
                [turn("agent", 0, 1), {"speaker": "agent", "text": "a"}],
                "turn 2: has no time while others have",
            ),
            (
                [{**turn("agent", 0, 1), "words": [{"text": "a", "start_ms": 500, "end_ms": 399}]}],
                "turn 1: word 1: ends at 399 ms",
            ),
            (
                # words are checked even where the turn itself has no time
                [
                    {
                        "speaker": "agent",
                        "text": "a",
                        "words": [{"text": "a", "start_ms": -5000, "end_ms": 4}],
                    }
                ],
                "turn 1: word 1: a time of -5000 ms",
            ),
        ],
    )
    def test_what_is_wrong_is_named_with_its_turn(
        self, tmp_path: Path, turns: list[dict[str, Any]], expected: str
    ) -> None:
        assert f"a.json: {expected}" in complaint(tmp_path, "a.json", own(*turns))

    def test_a_span_that_ends_before_it_starts(self, tmp_path: Path) -> None:
        span = {"speaker": "agent", "start_ms": 2000, "end_ms": 1000}
        content = own(turn("agent", 0, 1), spans=[span])
        assert "span 1: ends at 1000 ms" in complaint(tmp_path, "a.json", content)

    @pytest.mark.parametrize(
        ("ats", "expected"),
        [
            (["31.1.2026."], "turn 1: at '31.1.2026.' is not ISO 8601"),
            (["2026-01-31", None], "turn 2: has no `at` while others have"),
            (["1990-01-01", "2026-01-31"], "turn 2: ends after more than a year"),
        ],
    )
    def test_dates_of_messages(self, tmp_path: Path, ats: list[str | None], expected: str) -> None:
        content = own(*({"speaker": "agent", "text": "a", "at": at} for at in ats))
        assert expected in complaint(tmp_path, "a.json", content, channel="email")

    def test_dates_are_not_for_voice(self, tmp_path: Path) -> None:
        content = own({"speaker": "agent", "text": "a", "at": "2026-01-31"})
        assert "turn 1: `at` is for chat" in complaint(tmp_path, "a.json", content)
