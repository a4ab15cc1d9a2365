"""Facts of chat and e-mail: waits and updates, times in seconds from the first message."""

from __future__ import annotations

from tests.calls import call_of
from tests.facts.measured import facts_of

TIMES = ("first_response_ms", "longest_wait_ms", "agent_updates")


def _facts(*lines: str) -> dict[str, float | None]:
    """Return the three facts about times; the others have their own tests."""
    measured = facts_of(call_of(*lines, channel="chat"))
    return {name: measured[name].value for name in TIMES}


def test_first_response_counts_from_the_customers_first_message() -> None:
    # asked at 10 and again at 40, answered at 130 -> 120 s; asked at 200, answered at 290 -> 90 s
    facts = _facts(
        "10 customer: my parcel is late",
        "40 customer: hello?",
        "130 agent: I am looking",
        "200 customer: and?",
        "290 agent: it arrives tomorrow",
    )
    assert facts == {"first_response_ms": 120_000, "longest_wait_ms": 120_000, "agent_updates": 0}


def test_longest_wait_may_come_later_and_welcome_is_no_answer() -> None:
    # the automatic welcome at 0 is no answer. First answer 5 -> 35 (30 s); later 100 -> 700 (600 s)
    facts = _facts(
        "0 agent: welcome to our chat",
        "5 customer: my parcel is late",
        "35 agent: which order",
        "100 customer: 4419",
        "700 agent: it arrives tomorrow",
    )
    assert facts["first_response_ms"] == 30_000
    assert facts["longest_wait_ms"] == 600_000


def test_updates_are_the_agents_messages_between_the_first_answer_and_the_last() -> None:
    # answer at 60, updates at 3600 and 7200, closed at 9000; the customer's thanks needs no answer
    facts = _facts(
        "0 customer: my parcel is late",
        "60 agent: we have your message",
        "3600 agent: the courier is asked",
        "7200 agent: still waiting for the courier",
        "9000 agent: it arrives tomorrow",
        "9100 customer: thanks",
    )
    assert facts == {"first_response_ms": 60_000, "longest_wait_ms": 60_000, "agent_updates": 2}


def test_single_answer_has_no_updates() -> None:
    facts = _facts("0 customer: opening hours?", "20 agent: from nine to five")
    assert facts["agent_updates"] == 0


def test_unanswered_message_has_no_value_and_says_so() -> None:
    facts = facts_of(call_of("0 customer: hello", "60 customer: anybody", channel="email"))
    assert {fact.value for fact in facts.values()} == {None}
    assert {name: fact.reason for name, fact in facts.items()} == dict.fromkeys(
        (*TIMES, "first_answer_ms", "receipt_confirmed"),
        "the customer wrote nothing that the agent answered",
    ) | {
        "personal_address": "the agent wrote nothing",
        "generic_reply_share": "not compared with other contacts yet",
    }


def test_messages_without_times_still_count_updates() -> None:
    facts = facts_of(
        call_of(
            "0 customer: hello",
            "0 agent: on it",
            "0 agent: nearly there",
            "0 agent: done",
            channel="chat",
        )
    )
    assert facts["first_response_ms"].value is None
    assert facts["first_response_ms"].reason == "the messages have no times"
    assert facts["longest_wait_ms"].value is None
    assert facts["agent_updates"].value == 1


def test_voice_facts_are_not_measured_on_a_chat() -> None:
    measured = facts_of(call_of("0 customer: a", "9 agent: b", channel="chat"))
    assert set(measured) == {
        *TIMES,
        "first_answer_ms",
        "receipt_confirmed",
        "personal_address",
        "generic_reply_share",
    }
