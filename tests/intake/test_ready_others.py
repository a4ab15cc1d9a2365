from pathlib import Path
from typing import Any

from qa.nouns import Span, Word
from tests.intake.transcripts import complaint, read, said


class TestWhisperX:
    SEGMENTS = (
        {"start": 0.5, "end": 1.25, "text": " Dobar dan.", "speaker": "SPEAKER_01"},
        {"start": 1.5, "end": 2.0, "text": " Izvolite?", "speaker": "SPEAKER_01"},
        {"start": 2.5, "end": 3.0, "text": " Halo", "speaker": "SPEAKER_00"},
        {"start": 3.5, "end": 4.0, "text": " Tu sam.", "speaker": "SPEAKER_02"},
    )

    def test_the_first_who_speaks_is_the_agent_and_segments_are_joined(
        self, tmp_path: Path
    ) -> None:
        content = {"segments": self.SEGMENTS, "language": "hr"}
        transcript = read(tmp_path, "a.json", content, language=None)
        assert said(transcript) == [
            ("agent", 500, 2000, "Dobar dan. Izvolite?"),
            ("customer", 2500, 4000, "Halo Tu sam."),
        ]
        assert transcript.spans == (
            Span(500, 1250, "agent"),
            Span(1500, 2000, "agent"),
            Span(2500, 3000, "customer"),
            Span(3500, 4000, "customer"),
        )
        assert (transcript.language, transcript.basis) == ("hr", "ready")

    def test_the_first_who_speaks_is_the_first_in_time(self, tmp_path: Path) -> None:
        transcript = read(tmp_path, "a.json", {"segments": self.SEGMENTS[::-1]})
        assert [turn.speaker for turn in transcript.turns] == ["agent", "customer"]

    def test_the_manifest_may_say_which_speaker_is_the_agent(self, tmp_path: Path) -> None:
        transcript = read(tmp_path, "a.json", {"segments": self.SEGMENTS}, agent_channel=0)
        assert [turn.speaker for turn in transcript.turns] == ["customer", "agent", "customer"]

    def test_the_manifest_may_say_who_is_heard_first(self, tmp_path: Path) -> None:
        content = {"segments": self.SEGMENTS[:3]}
        transcript = read(tmp_path, "a.json", content, first_speaker="customer")
        assert [turn.speaker for turn in transcript.turns] == ["customer", "agent"]
        transcript = read(tmp_path, "a.json", content, first_speaker="agent")
        assert [turn.speaker for turn in transcript.turns] == ["agent", "customer"]
        # which voice is the agent says more than who is heard first
        transcript = read(tmp_path, "a.json", content, agent_channel=1, first_speaker="customer")
        assert [turn.speaker for turn in transcript.turns] == ["agent", "customer"]

    def test_more_than_two_voices_are_said_so(self, tmp_path: Path) -> None:
        transcript = read(tmp_path, "a.json", {"segments": self.SEGMENTS})
        assert transcript.caveats == ("more_voices",)
        transcript = read(tmp_path, "a.json", {"segments": self.SEGMENTS[:3]})
        assert transcript.caveats == ()
        named = [{**one, "speaker": name} for one, name in zip(
            self.SEGMENTS, ("Agent", "Agent 2", "Customer", "Customer 2"), strict=True
        )]  # fmt: skip
        assert read(tmp_path, "a.json", {"segments": named}).caveats == ()

    def test_words_without_times_stand_where_the_word_before_ended(self, tmp_path: Path) -> None:
        words = [
            {"word": "Da", "start": 0.0, "end": 0.3, "score": 0.875, "speaker": "SPEAKER_00"},
            {"word": "112", "speaker": "SPEAKER_00"},
        ]
        segment = {"start": 0.0, "end": 1.0, "text": "Da 112", "words": words}  # speaker from words
        (only,) = read(tmp_path, "a.json", {"segments": [segment]}).turns
        assert only.words == (Word("Da", 0, 300, 0.875), Word("112", 300, 300, 0.0))

    def test_a_segment_of_nobody(self, tmp_path: Path) -> None:
        segments = [*self.SEGMENTS, {"start": 5, "end": 6, "text": "?"}]
        message = complaint(tmp_path, "a.json", {"segments": segments})
        assert "segment 5: no speaker: run WhisperX with --diarize" in message

    def test_a_segment_without_an_end(self, tmp_path: Path) -> None:
        segments = [{"start": 5, "end": None, "text": "?", "speaker": "SPEAKER_00"}]
        assert "segment 1: end: " in complaint(tmp_path, "a.json", {"segments": segments})


class TestAmazon:
    def content(self) -> dict[str, Any]:
        items = [
            {
                "Type": "pronunciation",
                "Content": "Hello",
                "Confidence": "0.75",
                "BeginOffsetMillis": 440,
                "EndOffsetMillis": 900,
            },
            {"Type": "punctuation", "Content": ".", "Confidence": "0.0"},
        ]
        return {
            "JobStatus": "COMPLETED",
            "LanguageCode": "en-US",
            "Transcript": [
                {
                    "Id": "1",
                    "ParticipantRole": "AGENT",
                    "BeginOffsetMillis": 440,
                    "EndOffsetMillis": 960,
                    "Content": "Hello.",
                    "Sentiment": "NEUTRAL",
                    "Items": items,
                },
                {
                    "Id": "2",
                    "ParticipantRole": "CUSTOMER",
                    "BeginOffsetMillis": 1200,
                    "EndOffsetMillis": 1800,
                    "Content": "Hi.",
                },
            ],
            "ConversationCharacteristics": {"TotalConversationDurationMillis": 5000},
        }

    def test_is_read(self, tmp_path: Path) -> None:
        transcript = read(tmp_path, "a.json", self.content(), language=None)
        assert said(transcript) == [("agent", 440, 960, "Hello."), ("customer", 1200, 1800, "Hi.")]
        assert transcript.turns[0].words == (Word("Hello", 440, 900, 0.75),)
        assert transcript.spans == (Span(440, 960, "agent"), Span(1200, 1800, "customer"))
        assert (transcript.language, transcript.duration_ms) == ("en", 5000)

    def test_what_is_wrong_is_named(self, tmp_path: Path) -> None:
        content = self.content()
        content["Transcript"][1]["ParticipantRole"] = "BOT"
        assert "turn 2: speaker 'BOT' is unknown" in complaint(tmp_path, "a.json", content)
        content["Transcript"][0]["Items"][0]["Confidence"] = "nan"
        assert "turn 1: Items: 0: Confidence" in complaint(tmp_path, "a.json", content)
        del content["Transcript"][1]["EndOffsetMillis"]
        del content["Transcript"][0]["Items"]
        assert "turn 2: EndOffsetMillis: " in complaint(tmp_path, "a.json", content)
