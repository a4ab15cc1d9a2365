"""What each source of a transcript can be trusted with; which facts a channel has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa.facts import measure
from qa.nouns import CAVEATS, Fact, Transcript
from tests.calls import call_of, row_of
from tests.facts.measured import facts_of

LINES = (
    "0-3 agent: good morning how can I help",
    "3.5-9 customer: my parcel still has not arrived",
    "8-12 agent: what is your number",
)
CAME_IN = {
    "agent_interruptions",
    "customer_interruptions",
    "agent_interruptions_per_min",
    "customer_interruptions_per_min",
    "agent_backchannels",
    "customer_backchannels",
    "agent_turns_begun_as_interruption",
    "customer_turns_begun_as_interruption",
    "opening_heard_out",
}
OVERLAP_FACTS = CAME_IN | {"overlap_ms", "overlap_share"}
HOLDS = {"holds", "hold_ms", "unexplained_holds"}
PACE = {"agent_words_per_min", "agent_letters_per_s"}
SHARES = {"talk_share_agent", "longest_agent_monologue_ms", "agent_reply_gap_ms"}
ANSWERED = (*LINES, "12.5-13 customer: yes", "13.5-14 agent: thanks")
# in the words and order of the published contract
VOICE_FACTS = (
    "agent_interruptions customer_interruptions agent_interruptions_per_min "
    "customer_interruptions_per_min agent_backchannels customer_backchannels "
    "overlap_ms overlap_share agent_turns_begun_as_interruption "
    "customer_turns_begun_as_interruption opening_heard_out silences "
    "dead_air unexplained_silences holds hold_ms unexplained_holds talk_share_agent "
    "longest_agent_monologue_ms agent_reply_gap_ms agent_words_per_min agent_letters_per_s "
    "time_to_greeting_ms duration_ms"
)


def _untrusted(facts: dict[str, Fact]) -> set[str]:
    return {name for name, fact in facts.items() if not fact.trusted}


def test_voice_facts_are_the_published_ones() -> None:
    assert " ".join(facts_of(call_of(*LINES))) == VOICE_FACTS


def test_stereo_is_trusted_throughout() -> None:
    transcript = call_of(*LINES, "12.5-13 customer: yes", "13.5-14 agent: thanks")
    assert _untrusted(facts_of(transcript)) == set()


def test_one_channel_recording_is_not_trusted_with_overlap() -> None:
    facts = facts_of(call_of(*LINES, "12.5-13 customer: yes", "14-15 agent: ok", basis="diarised"))
    assert _untrusted(facts) == OVERLAP_FACTS
    assert facts["agent_interruptions"].value == 1  # measured all the same
    assert facts["agent_interruptions"].reason.startswith("one-channel recording:")


def test_turn_times_stand_in_for_spans_and_are_not_trusted_with_overlap() -> None:
    lines = (*LINES, "12.5-13 customer: yes", "14-15 agent: ok")
    facts = facts_of(call_of(*lines, basis="ready", detail="turns"))
    assert _untrusted(facts) == OVERLAP_FACTS
    assert "turn times stand in" in facts["overlap_ms"].reason
    assert facts["overlap_ms"].value == 1000
    assert facts["dead_air"].value == 0
    # agent 3 + 4 + 1 s, customer 5.5 + 0.5 s
    assert facts["talk_share_agent"].value == pytest.approx(8 / 14)


def test_ready_transcript_with_spans_is_as_good_as_a_recording() -> None:
    transcript = call_of(*LINES, "12.5-13 customer: yes", "14-15 agent: ok", basis="ready")
    assert _untrusted(facts_of(transcript)) == set()


def test_a_recording_kept_without_word_times_is_not_trusted_with_what_was_said_when() -> None:
    lines = (*LINES, "12.5-13 customer: yes", "14-15 agent: ok")
    facts = facts_of(call_of(*lines, detail="spans+turns"))
    assert _untrusted(facts) == CAME_IN | HOLDS | {"unexplained_silences"}
    assert facts["overlap_ms"].value == 1000
    assert "without word times" in facts["holds"].reason
    # a ready transcript is taken as it came
    assert _untrusted(facts_of(call_of(*lines, detail="spans+turns", basis="ready"))) == set()


@pytest.mark.parametrize(
    ("caveat", "untrusted", "reason"),
    [
        ("crosstalk", OVERLAP_FACTS, "strong crosstalk: each side is heard on the other's channel"),
        ("same_channels", OVERLAP_FACTS, "both channels hold the same sound"),
        (
            "one_voice",  # the other is there and was not told apart, or is not there: all open
            OVERLAP_FACTS
            | HOLDS
            | PACE
            | SHARES
            | {"silences", "dead_air", "unexplained_silences", "time_to_greeting_ms"},
            "only one voice could be told",
        ),
        (
            # silence is silence, whoever else speaks, and either side's notice explains it
            "more_voices",
            OVERLAP_FACTS | HOLDS | PACE | SHARES | {"time_to_greeting_ms"},
            "more than two voices",
        ),
        (
            "voices_unsure",
            OVERLAP_FACTS | HOLDS | PACE | SHARES | {"time_to_greeting_ms"},
            "the voices sound too much alike",
        ),
        (
            # that both spoke at once does not hang on which of the two is the agent
            "roles_unsure",
            CAME_IN | HOLDS | PACE | SHARES | {"time_to_greeting_ms"},
            "who is the agent is not known",
        ),
        ("of_a_later_version", set(), ""),
    ],
)
def test_a_recordings_caveat_makes_what_hangs_on_it_untrusted(
    caveat: str, untrusted: set[str], reason: str
) -> None:
    plain = facts_of(call_of(*ANSWERED))
    facts = facts_of(replace(call_of(*ANSWERED), caveats=(caveat,)))
    assert _untrusted(facts) == untrusted
    for name, fact in facts.items():
        assert fact.value == plain[name].value  # measured all the same
        assert reason in fact.reason if name in untrusted else not fact.reason


def test_every_caveat_makes_some_fact_untrusted() -> None:
    for caveat in CAVEATS:
        assert _untrusted(facts_of(replace(call_of(*ANSWERED), caveats=(caveat,)))), caveat


def test_several_doubts_are_all_said_and_none_twice() -> None:
    transcript = replace(
        call_of(*ANSWERED, basis="diarised"), caveats=("same_channels", "more_voices")
    )
    facts = facts_of(transcript)
    assert facts["overlap_ms"].reason == (
        "both channels hold the same sound: overlapping speech cannot be told apart reliably; "
        "more than two voices: who spoke when is not known for certain"
    )
    one = facts_of(replace(call_of("0-3 agent: hello there"), caveats=("one_voice",)))
    assert one["talk_share_agent"].reason == (
        "only one voice could be told: who spoke when is not known"
    )


@pytest.mark.parametrize(("coverage", "trusted"), [(None, True), (0.8, True), (0.799, False)])
def test_facts_on_words_need_words_for_four_fifths_of_the_speech(
    coverage: float | None, trusted: bool
) -> None:
    facts = facts_of(replace(call_of(*ANSWERED), coverage=coverage))
    on_words = CAME_IN | HOLDS | PACE | {"unexplained_silences"}
    assert _untrusted(facts) == (set() if trusted else on_words)
    if not trusted:
        reason = "words were recognised in only 79% of the speech"
        assert {facts[name].reason for name in on_words} == {reason}


def test_transcript_without_times_measures_nothing() -> None:
    facts = facts_of(call_of("0 agent: hello", "0 customer: hi", basis="ready", detail="turns"))
    assert {fact.value for fact in facts.values()} == {None}
    assert _untrusted(facts) == set(facts)
    assert "has no times" in facts["silences"].reason
    assert facts["duration_ms"].reason == "the call's length is not known"


def test_recording_without_speech_has_a_length_and_nothing_else() -> None:
    facts = facts_of(call_of(duration=30))
    assert facts.pop("duration_ms").value == 30000
    assert {fact.value for fact in facts.values()} == {None}
    assert {fact.reason for fact in facts.values()} == {"no speech was found in the recording"}


def test_call_on_which_the_customer_is_not_heard() -> None:
    # nothing that depends on the other side can be trusted: a dead channel is never interrupted
    facts = facts_of(call_of("0-3 agent: hello is anybody there", "8-9 agent: hello"))
    assert facts.keys() - _untrusted(facts) == {
        "agent_words_per_min",
        "agent_letters_per_s",
        "time_to_greeting_ms",
        "duration_ms",
    }
    assert facts["talk_share_agent"].value == 1
    assert facts["talk_share_agent"].reason == "the customer is not heard at all"


def test_call_on_which_the_agent_is_not_heard() -> None:
    facts = facts_of(call_of("0-3 customer: hello is anybody there"))
    assert facts.keys() - _untrusted(facts) == {"duration_ms"}
    assert facts["time_to_greeting_ms"].value is None
    assert facts["time_to_greeting_ms"].reason == "the agent is not heard at all"
    assert facts["agent_turns_begun_as_interruption"].value is None


def test_every_fact_that_is_not_trusted_says_why() -> None:
    for transcript in (
        call_of(*LINES, basis="diarised"),
        call_of(*LINES[:1]),
        call_of("0 agent: hello"),
        call_of("0 agent: hello", channel="chat"),
    ):
        for fact in facts_of(transcript).values():
            assert fact.trusted == (fact.reason == ""), fact


def test_manifest_decides_the_channel() -> None:
    chat = call_of("0 customer: hello", "60 agent: hi", channel="chat")
    names = [fact.name for fact in measure(chat, row_of(chat, channel="email"))]
    assert names == [
        *("first_response_ms", "longest_wait_ms", "agent_updates", "unasked_updates"),
        *("first_answer_ms", "receipt_confirmed", "personal_address", "generic_reply_share"),
    ]
    voice = call_of(*LINES)
    assert " ".join(fact.name for fact in measure(voice, row_of(voice))) == VOICE_FACTS


def test_length_is_the_last_speech_where_the_recordings_is_not_known() -> None:
    # duration 0 means "not known"; the last speech ends at 12 s -> one interruption in 0.2 min
    facts = facts_of(call_of(*LINES, duration=0))
    assert facts["duration_ms"].value == 12000
    assert facts["agent_interruptions_per_min"].value == pytest.approx(5)


def test_empty_transcript_of_a_chat_has_reasons() -> None:
    facts = facts_of(
        Transcript("c1", turns=(), spans=(), language="en", basis="ready", channel="chat")
    )
    assert {fact.value for fact in facts.values()} == {None}
