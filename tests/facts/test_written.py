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
    facts = facts_of(call_of("0 customer: hello", channel="email"))
    assert {fact.value for fact in facts.values()} == {None}
    assert {name: fact.reason for name, fact in facts.items()} == dict.fromkeys(
        (*TIMES, "unasked_updates", "first_answer_ms", "receipt_confirmed"),
        "nobody has answered the customer yet",
    ) | {
        "personal_address": "the agent wrote nothing",
        "generic_reply_share": "not compared with other contacts yet",
    }


def test_who_writes_again_without_an_answer_has_waited_until_then() -> None:
    # answered after 60 s; asked at 100 and again at 4000, never answered: 3900 s
    lines = ("0 customer: it is broken", "60 agent: on it", "100 customer: still broken")
    assert _facts(*lines)["longest_wait_ms"] == 60_000
    assert _facts(*lines, "4000 customer: hello?")["longest_wait_ms"] == 3_900_000
    # thanks need no answer, however much later something else is asked: 20 s
    later = ("100 customer: ok, thank you!", "9000 customer: and the lid?", "9020 agent: soon")
    assert _facts(*lines[:2], *later)["longest_wait_ms"] == 60_000
    # a complaint that ends with thanks is no thanks
    polite = "My router has been broken since Monday and nobody came. Thanks, Ann"
    again = f"86400 customer: {polite}"
    assert _facts(f"0 customer: {polite}", again)["longest_wait_ms"] == 86_400_000
    thanks = ("100 customer: great, thanks", "9000 customer: thank you again, it works")
    assert _facts(*lines[:2], *thanks)["longest_wait_ms"] == 60_000
    assert _facts("5 customer: hello", "905 customer: anybody?")["longest_wait_ms"] == 900_000


def test_an_update_is_unasked_if_the_customer_did_not_write_before_it() -> None:
    # 3600: an hour after the agent's own; 3700: the same message goes on; 8000: asked for
    facts = facts_of(
        call_of(
            "0 customer: my parcel is late",
            "10 agent: we have received your message",
            "60 agent: the courier has it in Osijek",
            "3600 agent: the courier is asked again",
            "3700 agent: his name is Marko",
            "7000 customer: and now?",
            "8000 agent: it arrives tomorrow",
            channel="email",
        )
    )
    # with thanks between them too; not where nothing but receipts was written
    thanked = call_of(
        "0 customer: my parcel is late",
        "60 agent: the courier has it in Osijek",
        "90 customer: ok thanks",
        "90000 agent: he is on his way",
        channel="chat",
    )
    assert facts_of(thanked)["unasked_updates"].value == 1
    receipt = call_of(
        "0 customer: hello?", "9 agent: We have received your message.", channel="chat"
    )
    assert facts_of(receipt)["unasked_updates"].value is None
    assert facts["unasked_updates"].value == 1
    assert [event.start_ms for event in facts["unasked_updates"].events] == [3_600_000]
    assert facts["agent_updates"].value == 3


def test_facts_of_messages_show_the_message_they_rest_on() -> None:
    facts = facts_of(
        call_of(
            "5 customer: my parcel is late",
            "65 agent: Dear Ann, we have received your message",
            "905 agent: it arrives tomorrow",
            channel="email",
        )
    )
    assert {
        event.name: (event.speaker, event.start_ms, event.end_ms)
        for fact in facts.values()
        for event in fact.events
    } == {
        "first_response": ("agent", 65_000, 65_000),
        "longest_wait": ("customer", 5_000, 65_000),
        "first_answer": ("agent", 905_000, 905_000),
        "receipt": ("agent", 65_000, 65_000),
        "personal_address": ("agent", 65_000, 65_000),
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
        "unasked_updates",
        "first_answer_ms",
        "receipt_confirmed",
        "personal_address",
        "generic_reply_share",
    }
