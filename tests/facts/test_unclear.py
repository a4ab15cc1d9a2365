"""Short overlaps whose words the recogniser itself doubts: neither listening nor interrupting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.facts.floor import read_floor
from tests.calls import call_of
from tests.facts.measured import facts_of

if TYPE_CHECKING:
    from qa.nouns import Transcript


def overlapped(confidence: float, *, end: str = "3.0") -> Transcript:
    """Return a call in which the agent says two odd words inside the customer's speech."""
    transcript = call_of("0-8 customer: it is late and I am waiting", f"2-{end} agent: ja hel")
    turns = [
        replace(turn, words=tuple(replace(w, confidence=confidence) for w in turn.words))
        if turn.speaker == "agent"
        else turn
        for turn in transcript.turns
    ]
    return replace(transcript, turns=tuple(turns))


def test_words_not_understood_are_held_against_nobody_and_the_fact_is_not_trusted():
    floor = read_floor(overlapped(0.64))
    assert floor.agent.interruptions == ()
    assert floor.agent.backchannels == ()
    facts = facts_of(overlapped(0.64))
    assert "short overlaps not understood: 1" in facts["agent_interruptions"].reason
    assert facts["overlap_ms"].trusted  # that both spoke is known, whatever was said


@pytest.mark.parametrize(("confidence", "end"), [(0.65, "3.0"), (0.64, "3.6")])
def test_what_is_understood_or_longer_than_a_listening_word_counts(confidence: float, end: str):
    floor = read_floor(overlapped(confidence, end=end))  # 2 to 3.6 s: over the 1.5 s
    assert [event.name for event in floor.agent.interruptions] == ["attempted_interruption"]
    assert "not understood" not in facts_of(overlapped(confidence, end=end))["overlap_ms"].reason


@pytest.mark.parametrize(
    ("text", "confidence", "counts"),
    [
        ("ja hel to", 0.64, False),
        ("ja hel to je", 0.64, True),  # four words are more than a listener says at once
        ("ja hel to je", 0.5, True),
        ("ja hel to je", 0.49, False),
    ],
)
def test_a_sentence_needs_less_to_be_understood(text: str, confidence: float, *, counts: bool):
    transcript = call_of("0-8 customer: it is late and I am waiting", f"2-3 agent: {text}")
    turns = [
        replace(turn, words=tuple(replace(w, confidence=confidence) for w in turn.words))
        if turn.speaker == "agent"
        else turn
        for turn in transcript.turns
    ]
    floor = read_floor(replace(transcript, turns=tuple(turns)))
    assert len(floor.agent.interruptions) == counts


@pytest.mark.parametrize(("end", "listens"), [("2.5", True), ("2.51", False)])
def test_what_is_not_understood_and_too_short_to_interrupt_is_listening(end: str, *, listens: bool):
    transcript = overlapped(0.3, end=end)
    floor = read_floor(transcript)
    assert len(floor.agent.backchannels) == listens
    assert floor.agent.interruptions == ()
    assert facts_of(transcript)["agent_interruptions"].trusted == listens
