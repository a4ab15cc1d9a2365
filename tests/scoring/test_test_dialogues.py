"""The written dialogues of rubric tests: who says what, when, and which facts that allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.facts import measure
from qa.nouns import Call, Channel, Span, Transcript
from qa.scoring.cases import RubricTest
from qa.scoring.dialogues import DialogueError, transcript_of


def read(*lines: str, channel: Channel = "voice", language: str = "en") -> Transcript:
    return transcript_of(
        RubricTest.model_validate(
            {
                "name": "trial",
                "language": language,
                "channel": channel,
                "dialogue": "\n".join(lines),
                "expect": {"any": "MET"},
            }
        )
    )


def facts_of(transcript: Transcript) -> dict[str, float | None]:
    call = Call("trial", Path(), "", channel=transcript.channel)
    return {fact.name: fact.value if fact.trusted else None for fact in measure(transcript, call)}


def said(transcript: Transcript) -> list[tuple[str, int, int, str]]:
    return [(t.speaker, t.start_ms, t.end_ms, t.text) for t in transcript.turns]


def test_without_times():
    transcript = read("Agent: Good day.", "Customer: My lamp", "  is late.", "", "Agent: Oh.")
    assert said(transcript) == [
        ("agent", 0, 0, "Good day."),
        ("customer", 0, 0, "My lamp is late."),
        ("agent", 0, 0, "Oh."),
    ]
    assert (transcript.basis, transcript.spans, transcript.language) == ("ready", (), "en")
    # nothing that hangs on who spoke when is made up
    assert facts_of(transcript)["agent_interruptions"] is None


def test_with_times_a_call_has_speech_and_facts():
    transcript = read(
        "0-4 Agent: Good day how can I help you",
        "0:05-0:15 Customer: My lamp came in pieces and nobody has called me about it since",
        "0:08.5-12 Agent: What is the number of your order please",
    )
    assert said(transcript)[1][:3] == ("customer", 5000, 15_000)
    assert transcript.spans[2] == Span(8500, 12_000, "agent")
    assert transcript.basis == "stereo"
    # the agent starts 6.5 s before the customer ends and they overlap for 3.5 s
    assert facts_of(transcript)["agent_interruptions"] == 1
    assert [word.text for word in transcript.turns[2].words][:2] == ["What", "is"]


def test_a_start_alone_is_speech_at_fifteen_letters_a_second():
    # 30 letters and signs: two seconds
    transcript = read("10 Agent: " + "a" * 30)
    assert said(transcript)[0][1:3] == (10_000, 12_000)


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("0", 0),
        ("90", 90_000),
        ("1:05", 65_000),
        ("1:02:05", 3_725_000),
        ("90m", 5_400_000),
        ("2h", 7_200_000),
        ("1d4h", 100_800_000),
        ("1h30m", 5_400_000),
        ("20s", 20_000),
    ],
)
def test_times_as_people_write_them(written: str, ms: int):
    transcript = read(f"{written} Customer: Hello.", channel="email")
    assert said(transcript) == [("customer", ms, ms, "Hello.")]


def test_messages_have_a_time_and_no_speech():
    transcript = read("0 Customer: Where is it?", "2h Agent: On its way.", channel="email")
    assert transcript.spans == ()
    assert facts_of(transcript)["first_response_ms"] == 7_200_000
    no_times = read("Customer: Where is it?", "Agent: On its way.", channel="email")
    assert facts_of(no_times)["first_response_ms"] is None


def test_roles_in_croatian_and_serbian_and_both_scripts():
    transcript = read(
        "Operater: Dobar dan.", "Stranka: Kasni.", "Оператер: Добар дан.", "Корисник: Касни."
    )
    assert [turn.speaker for turn in transcript.turns] == ["agent", "customer"] * 2
    assert transcript.turns[3].text == "Касни."


def test_numbers_in_the_text_are_no_times():
    transcript = read("Customer: At 5 pm", "12 boxes came", "Agent: 12 of them?")
    assert said(transcript)[0][3] == "At 5 pm 12 boxes came"


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["Good day."], "line 1: begin it with `Agent:` or `Customer:`"),
        (["", ""], "nobody says anything"),
        (["0-4 Agent: One.", "Customer: Two."], "line 2: give its time too, or none at all"),
        (["Agent: One.", "5 Customer: Two."], "line 1: give its time too, or none at all"),
        (["5-4 Agent: One."], "line 1: it must end after it starts"),
        (["5-5 Agent: One."], "line 1: it must end after it starts"),
        (["9 Agent: One.", "8 Agent: Two."], "line 2: it starts before the line above"),
    ],
)
def test_what_cannot_be_read_says_where(lines: list[str], fault: str):
    with pytest.raises(DialogueError) as caught:
        read(*lines)
    assert fault in str(caught.value)
