"""Interruptions, backchannels and overlap on constructed calls; numbers derived beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.nouns import Word
from tests.calls import call_of
from tests.facts.measured import facts_of, happened

if TYPE_CHECKING:
    from qa.nouns import Language


STORY = "my parcel still has not arrived and nobody calls me back"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        # customer 0-6. The agent comes in at 5.2, 800 ms before the customer falls silent (cut
        # off), and goes on to 8: 800 > 500 overlap, silent within 1 s -> successful
        ("5.2-8", [("interruption", 5200, 6000)]),
        # 1000 ms after the agent's start is still "within 1 s"
        ("5-8", [("interruption", 5000, 6000)]),
        # 1010 ms is not: the customer kept the floor
        ("4.99-8", [("attempted_interruption", 4990, 6000)]),
        # inside, 1 s of overlap, customer goes on 2 s more
        ("3-4", [("attempted_interruption", 3000, 4000)]),
        # overlap 500 is not more than 500, and the start is in the last 500 ms
        ("5.5-8", []),
        # 501 ms before the end, 501 ms of overlap: just an interruption
        ("5.499-8", [("interruption", 5499, 6000)]),
        # ordinary turn-end overlap of 300 ms
        ("5.7-8", []),
        # ordinary exchange
        ("6.4-8", []),
        # inside, but only 500 ms of overlap and not listening words: nothing to report
        ("3-3.5", []),
        # 510 ms inside
        ("3-3.51", [("attempted_interruption", 3000, 3510)]),
        # both end at 6: the agent did not go on
        ("5.2-6", [("attempted_interruption", 5200, 6000)]),
        # both start at 0: nobody was speaking yet, so nobody came in on anybody
        ("0-3", []),
        # 10 ms after the customer's start the customer *is* speaking
        ("0.01-3", [("attempted_interruption", 10, 3000)]),
        # two tries with 240 ms between are one run 2-4.24, overlap 2240
        ("2-3 3.24-4.24", [("attempted_interruption", 2000, 4240)]),
        # with 250 ms between they are two tries of 1 s
        (
            "2-3 3.25-4.25",
            [("attempted_interruption", 2000, 3000), ("attempted_interruption", 3250, 4250)],
        ),
    ],
)
def test_agent_comes_in_on_a_customer_who_speaks_from_0_to_6(
    agent: str, expected: list[tuple[str, int, int]]
) -> None:
    transcript = call_of(f"0-6 customer: {STORY}", f"{agent} agent: what is your order number")
    fact = facts_of(transcript)["agent_interruptions"]
    assert happened(fact) == expected
    assert fact.value == len(expected)
    assert all(event.speaker == "agent" for event in fact.events)


def test_customer_who_pauses_under_250_ms_is_still_speaking() -> None:
    # customer 0-3 and 3.2-6 are one run; the agent starts in the 200 ms pause at 3.1 and stays to
    # 4.1: 1 s of overlap. With the pause at 250 ms or more the agent would have begun in silence,
    # and the customer, starting at 3.3, would have come in on the agent (0.8 s, agent goes silent)
    bridged = call_of(f"0-3 3.2-6 customer: {STORY}", "3.1-4.1 agent: what is your number")
    assert happened(facts_of(bridged)["agent_interruptions"]) == [
        ("attempted_interruption", 3100, 4100)
    ]
    apart = call_of(f"0-3 3.3-6 customer: {STORY}", "3.1-4.1 agent: what is your number")
    assert happened(facts_of(apart)["agent_interruptions"]) == []
    assert happened(facts_of(apart)["customer_interruptions"]) == [("interruption", 3300, 4100)]


def test_both_directions_are_counted_apart() -> None:
    # customer comes in on the agent's 0-5 at 4.3 (0.7 s, goes on); the agent comes in on the
    # customer's 4.3-9 at 8 (1 s, goes on to 12)
    facts = facts_of(
        call_of(
            "0-5 agent: good morning this is the parcel service",
            f"4.3-9 customer: {STORY}",
            "8-12 agent: what is your order number",
        )
    )
    assert happened(facts["customer_interruptions"]) == [("interruption", 4300, 5000)]
    assert facts["customer_interruptions"].events[0].speaker == "customer"
    assert happened(facts["agent_interruptions"]) == [("interruption", 8000, 9000)]
    assert facts["overlap_ms"].value == 1700  # 0.7 + 1.0
    assert facts["overlap_share"].value == pytest.approx(1.7 / 12)
    assert facts["agent_interruptions_per_min"].value == pytest.approx(5)  # one in 12 s
    assert facts["agent_turns_begun_as_interruption"].value == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("language", "line", "counts"),
    [
        ("en", "2-2.4 agent: Mhm.", True),
        ("en", "2-3.5 agent: I see, right.", True),  # exactly 1.5 s
        ("en", "2-3.51 agent: I see, right.", False),  # longer than 1.5 s
        ("en", "2-3 agent: I see your order", False),  # not listening words only
        ("en", "2-2.5 agent:", True),  # nothing recognised, 500 ms
        ("en", "2-2.51 agent:", False),
        ("en", "5.5-6.1 agent: okay", True),  # sticks out 100 ms
        ("en", "5.5-6.11 agent: okay", False),
        ("en", "6.02-6.08 agent: okay", False),  # right after the customer: not inside
        ("hr", "2-3 agent: Razumijem, dobro.", True),
        ("hr", "2-3 agent: razumem", True),
        ("sr", "2-3 agent: Разумем, да, да.", True),
        ("sr", "2-3 agent: Dobro, a broj?", False),
        ("hr", "2-3 agent: tocno", True),
        ("en", "2-3 agent: razumijem", False),  # not a listening word of an English call
    ],
)
def test_backchannel_inside_a_customer_who_speaks_from_0_to_6(
    language: Language, line: str, counts: bool
) -> None:
    fact = facts_of(call_of(f"0-6 customer: {STORY}", line, language=language))
    backchannels = fact["agent_backchannels"]
    assert backchannels.value == (1 if counts else 0)
    assert [event.name for event in backchannels.events] == ["backchannel"] * counts
    if counts:
        assert fact["agent_interruptions"].value == 0


def test_listening_words_that_reach_beyond_the_customers_end_take_the_floor() -> None:
    # "okay" 5.2-6.4 lies outside by 400 ms: 0.8 s overlap, customer silent, agent goes on
    fact = facts_of(call_of(f"0-6 customer: {STORY}", "5.2-6.4 agent: okay okay"))
    assert happened(fact["agent_interruptions"]) == [("interruption", 5200, 6000)]


def test_backchannel_is_not_interrupted_by_the_speech_it_lies_in() -> None:
    # "mhm" starts 50 ms before the customer, lasts 0.9 s: a backchannel (100 ms tolerated), and the
    # customer, who starts during it and goes on, has interrupted nobody
    facts = facts_of(call_of(f"1.05-6 customer: {STORY}", "1-1.9 agent: mhm mhm"))
    assert facts["agent_backchannels"].value == 1
    assert facts["customer_interruptions"].value == 0
    facts = facts_of(call_of(f"1.05-6 agent: {STORY}", "1-1.9 customer: mhm mhm"))
    assert facts["customer_backchannels"].value == 1
    assert [event.speaker for event in facts["customer_backchannels"].events] == ["customer"]
    assert facts["agent_interruptions"].value == 0


def test_words_of_a_run_are_those_whose_middle_lies_in_it() -> None:
    # one agent turn of two spans: "okay" inside the customer's speech, the answer after it. The
    # five words take 0.6 s each of 3 s spoken: only the first has its middle (2.3) in 2-2.6
    facts = facts_of(
        call_of(f"0-6 customer: {STORY}", "2-2.6 7-9.4 agent: okay so tell me everything")
    )
    assert happened(facts["agent_backchannels"]) == [("backchannel", 2000, 2600)]


def test_word_timed_where_nobody_speaks_belongs_to_no_run() -> None:
    # the span is 2-2.6; the second word is timed after it, at 3-3.4
    transcript = call_of(f"0-6 customer: {STORY}", "2-2.6 agent: okay parcel")
    late = Word("parcel", 3000, 3400, 1.0)
    turns = tuple(
        replace(turn, words=(replace(turn.words[0], end_ms=2600), late))
        if turn.speaker == "agent"
        else turn
        for turn in transcript.turns
    )
    facts = facts_of(replace(transcript, turns=turns))
    assert happened(facts["agent_backchannels"]) == [("backchannel", 2000, 2600)]


@pytest.mark.parametrize("indices", [(1, 2), (2, 1)])
def test_words_of_a_run_are_in_order_of_time_however_its_turns_are_numbered(
    indices: tuple[int, int],
) -> None:
    # "I" and "see" are listening only together, in this order
    transcript = call_of(f"0-6 customer: {STORY}", "2-2.4 agent: I", "2.4-2.8 agent: see")
    customer, *agent = transcript.turns
    turns = tuple(replace(turn, index=index) for turn, index in zip(agent, indices, strict=True))
    facts = facts_of(replace(transcript, turns=(*turns[::-1], customer)))
    assert happened(facts["agent_backchannels"]) == [("backchannel", 2000, 2800)]


def test_turn_without_word_times_lends_its_text_to_the_run_it_lies_in() -> None:
    lines = (f"0-6 customer: {STORY}", "2-2.9 agent: aha", "7-9 agent: what is the number")
    facts = facts_of(call_of(*lines, detail="spans+turns"))
    assert happened(facts["agent_backchannels"]) == [("backchannel", 2000, 2900)]
    # a turn that spreads over two runs lends its text to neither: 0.9 s without words is no
    # backchannel, however the turn begins, and no interruption either: it was not understood
    spread = (f"0-6 customer: {STORY}", "2-2.9 4-4.4 agent: aha mhm")
    facts = facts_of(call_of(*spread, detail="spans+turns"))
    assert happened(facts["agent_backchannels"]) == [("backchannel", 4000, 4400)]
    assert happened(facts["agent_interruptions"]) == []
    assert "not understood: 1" in facts["agent_interruptions"].reason


def test_interruption_late_in_a_turn_does_not_begin_it() -> None:
    # agent turns: 0-2; 5-6 with 8-12 (comes in at 8 on the customer's 6.3-9) -> the turn began at 5
    facts = facts_of(
        call_of(
            "0-2 agent: good morning",
            "2.3-4.7 customer: hello there good morning",
            "5-6 8-12 agent: tell me please what is your order number",
            f"6.3-9 customer: {STORY}",
        )
    )
    assert facts["agent_interruptions"].value == 1
    assert facts["agent_turns_begun_as_interruption"].value == 0


def test_interruption_begins_the_turn_whose_words_start_a_little_later() -> None:
    # the turn's first word is timed 300 ms after the speech: still the turn that interrupted
    transcript = call_of(
        f"0-6 customer: {STORY}", "5.5-9 agent: what is your number", "5.2-9 agent:"
    )
    facts = facts_of(transcript)
    assert happened(facts["agent_interruptions"]) == [("interruption", 5200, 6000)]
    assert facts["agent_turns_begun_as_interruption"].value == 1


def test_who_is_talked_into_and_goes_on_has_not_come_in() -> None:
    # the customer comes in at 4 on 0-5; the agent goes on at 5.5, after 500 ms through which the
    # customer speaks: one run 0-8, into which the customer says 4-7 and gives up
    goes_on = call_of(f"0-5 5.5-8 agent: {STORY}", "4-7 customer: but that is not what I asked")
    facts = facts_of(goes_on)
    assert happened(facts["agent_interruptions"]) == []
    assert happened(facts["customer_interruptions"]) == [("attempted_interruption", 4000, 7000)]
    # after 510 ms the agent had fallen silent, and comes in on the customer (5.51-7)
    stops = call_of(f"0-5 5.51-8 agent: {STORY}", "4-7 customer: but that is not what I asked")
    facts = facts_of(stops)
    assert happened(facts["customer_interruptions"]) == [("interruption", 4000, 5000)]
    assert happened(facts["agent_interruptions"]) == [("attempted_interruption", 5510, 7000)]


def test_who_is_not_spoken_over_through_the_pause_comes_in_anew() -> None:
    # the customer begins in the agent's pause (5.1) or ends in it (5.3): no run joins the two
    begins = call_of(f"0-5 5.4-8 agent: {STORY}", "5.1-7 customer: but that is not what I asked")
    assert happened(facts_of(begins)["agent_interruptions"]) == [
        ("attempted_interruption", 5400, 7000)
    ]
    ends = call_of(f"0-5 5.4-8 agent: {STORY}", "4-5.3 customer: but that is not what I asked")
    assert happened(facts_of(ends)["customer_interruptions"]) == [("interruption", 4000, 5000)]


@pytest.mark.parametrize(
    ("text", "listens"),
    [
        ("Uredus.", True),  # a letter too many
        ("Razumjem", True),  # one missing
        ("Rasumijem", True),  # a wrong one
        ("u re du", True),  # split
        ("Uredost", False),  # two changes
        ("dan", False),  # too short to be "da"
        ("Dobro jutro", False),
    ],
)
def test_a_long_listening_word_may_be_misheard_by_a_letter(text: str, listens: bool) -> None:
    call = call_of("0-6 customer: Paket je trebao doći", f"2-3.2 agent: {text}", language="hr")
    assert len(facts_of(call)["agent_backchannels"].events) == listens
