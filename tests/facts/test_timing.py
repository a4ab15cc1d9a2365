"""Silences, holds, talk share, replies and pace on constructed calls."""

from __future__ import annotations

import pytest

from tests.calls import call_of
from tests.facts.measured import facts_of, happened


def test_silences_lie_between_first_and_last_speech_and_are_longer_than_3_s() -> None:
    # gaps: 2-5 (3.0 s: no), 6-9.01 (3.01 s: yes), 10-20 (10 s: yes, and dead air); 1 s before the
    # first speech and 39 s after the last do not count
    facts = facts_of(
        call_of(
            "1-2 agent: good morning",
            "5-6 customer: hello there",
            "9.01-10 agent: yes please",
            "20-21 customer: are you there",
            duration=60,
        )
    )
    assert happened(facts["silences"]) == [("silence", 6000, 9010), ("silence", 10000, 20000)]
    assert happened(facts["dead_air"]) == [("dead_air", 10000, 20000)]
    assert facts["silences"].value == 2
    assert facts["dead_air"].value == 1
    assert facts["unexplained_silences"].value == 2
    assert facts["holds"].value == 0
    assert facts["hold_ms"].value == 0
    assert facts["time_to_greeting_ms"].value == 1000
    assert facts["duration_ms"].value == 60000


def test_silence_of_9_99_s_is_not_dead_air() -> None:
    facts = facts_of(call_of("0-1 agent: hello", "10.99-12 customer: hello"))
    assert facts["silences"].value == 1
    assert facts["dead_air"].value == 0


def test_talk_share_is_own_speech_over_both_speakers_speech() -> None:
    # agent 0-3 and 2-4 (union 4 s); customer 3.5-9.5 (6 s): 4 / 10, overlap counts for both
    facts = facts_of(
        call_of("0-3 agent: good morning", "2-4 agent: there", "3.5-9.5 customer: hello there")
    )
    assert facts["talk_share_agent"].value == pytest.approx(0.4)


def test_longest_monologue_spans_pauses_and_listening_but_not_the_customers_speech() -> None:
    # agent 0-4, 5-9 (pause of 1 s, "mhm" inside 5-9): 9 s. After the customer, 12-18: 6 s
    facts = facts_of(
        call_of(
            "0-4 5-9 agent: the line was measured yesterday and we found",
            "6-6.5 customer: mhm",
            "9.5-11 customer: so what now",
            "12-18 agent: we will send a technician",
        )
    )
    assert facts["longest_agent_monologue_ms"].value == 9000


def test_silence_of_more_than_3_s_ends_a_monologue() -> None:
    # 0-4, then 3.1 s of silence, 7.1-9: the longer part is 4 s; 3.0 s would have made it 8.9
    parts = call_of("0-4 7.1-9 agent: one two", "10-11 customer: yes please do")
    assert facts_of(parts)["longest_agent_monologue_ms"].value == 4000
    whole = call_of("0-4 7-9 agent: one two", "10-11 customer: yes please do")
    assert facts_of(whole)["longest_agent_monologue_ms"].value == 9000


def test_reply_gap_is_the_median_pause_from_customer_to_agent() -> None:
    # replies after 0.5 s (2-2.5), 2 s (5-7), 1 s (10-11); at 14.8 the agent overlaps the customer's
    # end (no pause); agent -> customer pauses do not count. Median of 0.5, 1, 2 = 1 s
    facts = facts_of(
        call_of(
            "0-2 customer: hello",
            "2.5-4 agent: good morning",
            "4.5-5 customer: well",
            "7-8 agent: yes",
            "9-10 customer: and then",
            "11-12 agent: right",
            "13-15 customer: so I called",
            "14.8-16 agent: yes",
        )
    )
    assert facts["agent_reply_gap_ms"].value == 1000


def test_pauses_of_one_speaker_are_no_replies() -> None:
    # customer -> customer 1 s and agent -> agent 2 s are left out; replies after 0.5 and 3 s
    facts = facts_of(
        call_of(
            "0-2 3-4 customer: hello there",
            "4.5-6 8-9 agent: good morning",
            "9.5-10 customer: well",
            "13-14 agent: yes",
        )
    )
    assert facts["agent_reply_gap_ms"].value == 1750


def test_no_reply_after_a_pause_has_no_value() -> None:
    fact = facts_of(call_of("0-2 agent: hello", "3-4 customer: hi"))["agent_reply_gap_ms"]
    assert fact.value is None
    assert fact.reason == "the agent never replied after a pause"


@pytest.mark.parametrize("text", ["njega čeka đak, ok", "њега чека ђак, ок"])
def test_pace_is_measured_over_the_agents_own_speech_in_either_script(text: str) -> None:
    # 4 words in 2 s of speech (the pause 1-3 is not speech): 120 words/min.
    # Letters as Latin: njega 5, čeka 4, đak 3, ok 2 = 14 in 2 s -> 7 letters/s
    facts = facts_of(
        call_of(f"0-1 3-4 agent: {text}", "5-9 customer: ne znam ja to", language="sr")
    )
    assert facts["agent_words_per_min"].value == pytest.approx(120)
    assert facts["agent_letters_per_s"].value == pytest.approx(7)


def test_pace_without_words_has_no_value() -> None:
    fact = facts_of(call_of("0-4 agent:", "5-6 customer: hello"))["agent_words_per_min"]
    assert fact.value is None
    assert not fact.trusted
    assert "no words of the agent" in fact.reason
