"""Every kind of check on calls small enough to judge by eye."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qa.nouns import Event, Evidence, Fact, Outcome, Score
from qa.scoring.card import score
from qa.scoring.evidence import said_at
from tests.calls import call_of
from tests.scoring.dialogues import (
    MET,
    NA,
    NOT_MET,
    PARTLY,
    UNSCORED,
    criterion_of,
    rubric_of,
    spoken,
)

if TYPE_CHECKING:
    from qa.scoring.judgement import Findings

BANDS = [
    {"up_to": 1, "outcome": "MET"},
    {"up_to": 3, "outcome": "PARTLY_MET"},
    {"outcome": "NOT_MET"},
]
TALK = ("0-4 agent: Hello, how can I help?", "5-9 customer: I have a question.")


def judged(findings: Findings, **fields: object) -> Score:
    """Return the score of a rubric's only criterion."""
    return score(findings, rubric_of(criterion_of() | fields)).scores[0]


def quotes(of: Score) -> list[str]:
    return [evidence.quote for evidence in of.evidence]


# --- fact


def measured(value: float | None, reason: str = "", *, trusted: bool = True) -> Fact:
    return Fact("dead_air", value, "count", trusted, reason)


def by_fact(*facts: Fact, **fields: object) -> Score:
    check = {"kind": "fact", "fact": "dead_air", "bands": BANDS} | fields
    return judged(spoken(*TALK, facts=facts), check=check)


@pytest.mark.parametrize(
    ("value", "outcome", "points"),
    [
        (0, MET, 1.0),
        (1, MET, 1.0),  # up to and including
        (1.000001, PARTLY, 0.5),
        (3, PARTLY, 0.5),
        (3.000001, NOT_MET, 0.0),
        (1e9, NOT_MET, 0.0),
        (-1, MET, 1.0),
    ],
)
def test_a_band_holds_its_upper_edge(value: float, outcome: Outcome, points: float) -> None:
    scored = by_fact(measured(value))
    assert (scored.outcome, scored.points, scored.scored_by) == (outcome, points, "fact")


def test_a_band_may_give_its_own_points() -> None:
    bands = [{"up_to": 1, "outcome": "MET"}, {"outcome": "PARTLY_MET", "points": 0.25}]
    assert by_fact(measured(2), bands=bands).points == 0.25
    assert by_fact(measured(1), bands=bands).points == 1.0


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0.334, "dead_air is 0.33 (at most 1)"),
        (2, "dead_air is 2 (at most 3)"),
        (1234567, "dead_air is 1234567 (more than 3)"),  # not 1.23e+06
    ],
)
def test_the_reason_gives_value_and_limit(value: float, reason: str) -> None:
    assert by_fact(measured(value)).reason == reason


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ([], "dead_air was not measured"),
        ([measured(None)], "dead_air was not measured"),
        ([measured(None, reason="no speech")], "no speech"),
        # not trusted: even a value that would be met, or not met, is no score
        ([measured(0, trusted=False, reason="one microphone for both")], "one microphone for both"),
        ([measured(9, trusted=False)], "dead_air is not trusted on this recording"),
    ],
)
def test_what_is_not_known_is_unscored_with_the_facts_reason(
    facts: list[Fact], reason: str
) -> None:
    scored = by_fact(*facts)
    assert (scored.outcome, scored.points, scored.reason) == (UNSCORED, None, reason)
    assert scored.evidence == ()


def interrupting(*starts: int) -> tuple[Event, ...]:
    return tuple(Event("interruption", "agent", s * 1000, s * 1000 + 900) for s in starts)


CUT_IN = (
    "0-10 customer: So I ordered a lamp and it came in pieces and I would like",
    "8-12 agent: What is the order number?",
    "13-20 customer: As I was saying it came in pieces and now",
    "18-22 agent: Yes but the number please",
)


def test_a_rate_quotes_the_events_of_its_count() -> None:
    facts = [
        Fact("agent_interruptions_per_min", 5.5, "per_min"),
        Fact("agent_interruptions", 2, "count", events=interrupting(8, 18)),
        Fact("customer_interruptions", 1, "count", events=interrupting(0)),
    ]
    check = {"kind": "fact", "fact": "agent_interruptions_per_min", "bands": BANDS}
    scored = judged(spoken(*CUT_IN, facts=facts), check=check)
    assert scored.outcome is NOT_MET
    assert scored.evidence == (
        Evidence(1, "What is the order number?", 8000, 8900),
        Evidence(3, "Yes but the number please", 18000, 18900),
    )


def test_a_count_quotes_its_own_events_and_skips_those_without_words() -> None:
    # at 30, 40, 50 s nothing was recognised; the two with words must not be crowded out
    events = interrupting(30, 40, 50, 8, 18)
    facts = [Fact("dead_air", 5, "count", events=events)]
    check = {"kind": "fact", "fact": "dead_air", "bands": BANDS}
    scored = judged(spoken(*CUT_IN, facts=facts), check=check)
    assert quotes(scored) == ["What is the order number?", "Yes but the number please"]


def test_at_most_three_events_are_quoted() -> None:
    facts = [Fact("dead_air", 4, "count", events=interrupting(8, 9, 10, 18))]
    check = {"kind": "fact", "fact": "dead_air", "bands": BANDS}
    scored = judged(spoken(*CUT_IN, facts=facts), check=check)
    assert [evidence.start_ms for evidence in scored.evidence] == [8000, 9000, 10000]


def test_an_event_of_both_is_not_quoted() -> None:
    facts = [Fact("dead_air", 1, "count", events=(Event("dead_air", None, 2000, 12000),))]
    check = {"kind": "fact", "fact": "dead_air", "bands": BANDS}
    assert judged(spoken(*TALK, facts=facts), check=check).evidence == ()


# --- said_at


def test_the_quote_begins_with_the_word_spoken_at_the_time() -> None:
    # ten words in 10 s, one a second; at 3.5 s the fourth is being spoken
    transcript = call_of("0-10 agent: zero one two three four five six seven eight nine")
    evidence = said_at(Event("x", "agent", 3500, 5000), transcript)
    assert evidence == Evidence(0, "three four five six seven eight nine", 3500, 5000)


def test_a_long_turn_is_cut_to_fourteen_words() -> None:
    words = [f"w{i}" for i in range(30)]
    transcript = call_of(f"0-30 agent: {' '.join(words)}")
    evidence = said_at(Event("x", "agent", 2000, 9000), transcript)
    assert evidence is not None
    assert evidence.quote == " ".join(words[2:16])


def test_the_turn_that_shares_most_time_is_quoted_not_the_one_that_starts_nearest() -> None:
    # the event lasts 8-11.5 s: it shares 2 s with the first turn and 0.5 s with the second, though
    # the second starts 3 s from it and the first 8 s
    transcript = call_of("0-10 agent: I hear you but", "11-15 agent: second turn", detail="turns")
    evidence = said_at(Event("x", "agent", 8000, 11500), transcript)
    assert evidence is not None
    assert evidence.turn == 0


def test_nothing_is_quoted_of_the_other_speaker_or_another_time() -> None:
    transcript = call_of("0-4 agent: Hello", "5-9 customer: Good day")
    assert said_at(Event("x", "agent", 5000, 6000), transcript) is None
    assert said_at(Event("x", "customer", 0, 4000), transcript) is None


# --- present


EMPATHY = {"kind": "present", "moments": ["empathy"]}


def test_present_is_met_and_quotes_the_sentence() -> None:
    # the second sentence of a turn: only it is quoted
    scored = judged(
        spoken("0-4 agent: Good day. [greeting] That must be hard. [empathy]"), check=EMPATHY
    )
    assert (scored.outcome, scored.points, scored.scored_by) == (MET, 1.0, "present")
    assert quotes(scored) == ["That must be hard."]
    assert scored.reason == "empathy was heard"


def test_present_not_heard_quotes_what_asked_for_it() -> None:
    findings = spoken(
        "0-4 customer: My lamp is broken. [complaint] I am fed up. [frustration]",
        "5-9 agent: Your number?",
    )
    when = {"any": [{"moment": "frustration"}, {"moment": "complaint"}]}
    scored = judged(findings, check=EMPATHY, when=when)
    assert (scored.outcome, scored.points) == (NOT_MET, 0.0)
    assert quotes(scored) == ["My lamp is broken.", "I am fed up."]
    assert (
        scored.reason
        == "no empathy was heard in answer to the customer's complaint and frustration"
    )


def test_present_names_whoever_asked_for_it() -> None:
    findings = spoken("0-4 agent: No, that is not possible. [refusal]", "5-9 customer: Oh.")
    check = {"kind": "present", "moments": ["alternative", "solution"]}
    scored = judged(findings, check=check, when={"moment": "refusal"})
    assert scored.reason == "no alternative or solution was heard in answer to the agent's refusal"


def test_a_sentence_that_does_two_things_is_quoted_once() -> None:
    findings = spoken("0-4 customer: Late again! [complaint, frustration]", "5-9 agent: Number?")
    when = {"any": [{"moment": "frustration"}, {"moment": "complaint"}]}
    assert quotes(judged(findings, check=EMPATHY, when=when)) == ["Late again!"]


def test_present_names_only_what_was_heard() -> None:
    check = {"kind": "present", "moments": ["empathy", "apology"]}
    scored = judged(spoken("0-4 agent: I am sorry. [apology]"), check=check)
    assert (scored.outcome, scored.reason) == (MET, "apology was heard")


def test_present_uncertain_is_for_a_person() -> None:
    findings = spoken("0-4 agent: Well, I see. [empathy?] Your number? [question]")
    scored = judged(findings, check=EMPATHY)
    assert (scored.outcome, scored.points) == (UNSCORED, None)
    assert quotes(scored) == ["Well, I see."]
    assert "empathy is uncertain, a person should decide" in scored.reason


def test_present_in_doubt_quotes_what_is_doubtful_not_what_is_clear() -> None:
    findings = spoken(
        "0-4 agent: That is hard. [empathy]", "5-9 customer: Late as ever. [complaint?]"
    )
    scored = judged(findings, check=EMPATHY | {"after_first": ["complaint"]})
    assert scored.outcome is UNSCORED
    assert quotes(scored) == ["Late as ever."]


def test_present_counts_only_after_what_it_answers() -> None:
    check = EMPATHY | {"after_first": ["complaint"]}
    before = spoken("0-4 agent: That is hard. [empathy]", "5-9 customer: It is late. [complaint]")
    after = spoken("0-4 customer: It is late. [complaint]", "5-9 agent: That is hard. [empathy]")
    assert judged(before, check=check).outcome is NOT_MET
    assert judged(after, check=check).outcome is MET


def test_at_most_three_sentences_are_quoted() -> None:
    findings = spoken("0-9 agent: A. [empathy] B. [empathy] C. [empathy] D. [empathy]")
    assert quotes(judged(findings, check=EMPATHY)) == ["A.", "B.", "C."]


# --- absent


def blamed(*decisions: str, tolerate: int = 0) -> Score:
    """Return the score of a call with a sentence of blame per decision."""
    said = " ".join(f"It was them {i}. [blame{mark}]" for i, mark in enumerate(decisions))
    findings = spoken(f"0-9 agent: Right. [] {said}")
    return judged(findings, check={"kind": "absent", "moments": ["blame"], "tolerate": tolerate})


@pytest.mark.parametrize(
    ("decisions", "tolerate", "outcome"),
    [
        ((), 0, MET),
        (("",), 0, NOT_MET),
        (("?",), 0, UNSCORED),
        (("", "?"), 0, NOT_MET),  # the certain one is enough
        (("",), 1, MET),
        (("?", "?"), 1, UNSCORED),
        (("", "?"), 1, UNSCORED),
        (("", ""), 1, NOT_MET),
        (("?",), 1, MET),  # were it one, one is tolerated
        (("", "?"), 2, MET),
    ],
)
def test_absent(decisions: tuple[str, ...], tolerate: int, outcome: Outcome) -> None:
    scored = blamed(*decisions, tolerate=tolerate)
    points = {MET: 1.0, NOT_MET: 0.0}.get(outcome)
    assert (scored.outcome, scored.points) == (outcome, points)


def test_absent_quotes_what_was_heard_and_nothing_where_nothing_was() -> None:
    assert quotes(blamed("", "")) == ["It was them 0.", "It was them 1."]
    assert blamed("", "").reason == "blame was heard 2 times"
    assert blamed("").reason == "blame was heard 1 time"
    assert quotes(blamed()) == []
    assert blamed().reason == "no blame was heard"


def test_absent_doubt_quotes_only_the_doubtful() -> None:
    assert quotes(blamed("", "?", tolerate=1)) == ["It was them 1."]


def test_what_is_tolerated_is_not_said_to_be_absent() -> None:
    assert blamed("", tolerate=2).reason == "no blame was heard more than 2 times"
    assert blamed("", tolerate=1).reason == "no blame was heard more than once"


# --- graded


GRADED: dict[str, Any] = {
    "kind": "graded",
    "met": {"all": [{"moment": "solution"}, {"not": {"moment": "unresolved"}}]},
    "partly_met": {"any": [{"moment": "promise"}, {"moment": "solution"}]},
    "failed_by": ["refusal", "unresolved"],
}
SAID = {
    "solution": "agent: I have sent it.",
    "promise": "agent: By five today.",
    "refusal": "agent: We cannot.",
    "unresolved": "customer: It still fails.",
    "greeting": "agent: Good day.",
}


def graded(*marks: str, **fields: object) -> Score:
    """Return the score of a call in which each mark is one turn: graded("solution?", "refusal")."""
    lines = []
    for i, mark in enumerate(marks):
        who, text = SAID[mark.rstrip("?")].split(": ")
        lines.append(f"{i * 5}-{i * 5 + 4} {who}: {text[:-1]} {i}. [{mark}]")
    return judged(spoken("90-95 agent: Bye.", *lines), check=GRADED | fields)


@pytest.mark.parametrize(
    ("marks", "outcome"),
    [
        (("solution",), MET),
        (("promise",), PARTLY),
        (("solution", "unresolved"), PARTLY),
        (("refusal",), NOT_MET),
        (("greeting",), NOT_MET),
        (("solution?",), UNSCORED),
        (("solution", "unresolved?"), UNSCORED),
        (("solution?", "promise"), UNSCORED),  # MET or PARTLY_MET: nobody knows
        (("promise?",), UNSCORED),
        (("promise?", "refusal"), UNSCORED),
        (("promise?", "promise"), PARTLY),
        (("refusal?",), NOT_MET),  # it failed with or without the refusal
    ],
)
def test_graded(marks: tuple[str, ...], outcome: Outcome) -> None:
    scored = graded(*marks)
    points = {MET: 1.0, PARTLY: 0.5, NOT_MET: 0.0}.get(outcome)
    assert (scored.outcome, scored.points, scored.scored_by) == (outcome, points, "graded")


def test_graded_quotes_what_decided() -> None:
    assert quotes(graded("greeting", "solution")) == ["I have sent it 1."]
    assert quotes(graded("promise", "greeting")) == ["By five today 0."]
    assert quotes(graded("refusal", "greeting")) == ["We cannot 0."]
    assert quotes(graded("greeting")) == []


def test_partly_met_shows_what_kept_it_from_being_met() -> None:
    scored = graded("solution", "unresolved")
    assert quotes(scored) == ["I have sent it 0.", "It still fails 1."]
    assert scored.reason == "solution was heard, but unresolved was heard too"
    assert graded("promise").reason == "only promise was heard"
    # also where three promises would fill the quotes
    many = graded("promise", "promise", "promise", "solution", "unresolved")
    assert quotes(many) == ["By five today 0.", "By five today 1.", "It still fails 4."]


def test_a_failure_quotes_the_last_of_what_failed_it() -> None:
    scored = graded("refusal", "refusal", "refusal", "refusal")
    assert quotes(scored) == ["We cannot 1.", "We cannot 2.", "We cannot 3."]


def test_an_uncertain_refusal_is_not_said_to_have_been_heard() -> None:
    scored = graded("refusal?")
    assert scored.reason == "nothing that would meet it was heard"
    assert quotes(scored) == []


def test_graded_without_a_part_has_two_outcomes() -> None:
    assert graded("promise", partly_met=None).outcome is NOT_MET
    assert graded("promise?", partly_met=None).outcome is NOT_MET
    assert graded("solution", partly_met=None).outcome is MET


def test_graded_by_absence_reads_as_a_sentence() -> None:
    absent = {"not": {"moment": "refusal"}}
    scored = graded("greeting", met=absent)
    assert (scored.outcome, scored.reason) == (MET, "no refusal was heard")


def test_absence_of_so_many_does_not_say_that_there_was_none() -> None:
    findings = spoken("0-4 agent: I am sorry. [apology]", "5-9 customer: Fine. []")
    twice = {"kind": "graded", "met": {"not": {"moment": "apology", "at_least": 2}}}
    scored = judged(findings, check=twice)
    assert (scored.outcome, scored.reason) == (
        MET,
        "no apology was heard so often, or where it counts",
    )


def test_what_should_not_have_been_heard_is_quoted() -> None:
    findings = spoken("0-4 agent: I won't. [refusal]", "5-9 customer: Fine. []")
    scored = judged(findings, check={"kind": "graded", "met": {"not": {"moment": "refusal"}}})
    assert (scored.outcome, scored.reason) == (NOT_MET, "refusal was heard")
    assert quotes(scored) == ["I won't."]


def test_a_graded_failure_without_words_shows_why_it_was_asked() -> None:
    findings = spoken("0-4 customer: It is late. [complaint]", "5-9 agent: Number?")
    scored = judged(findings, check=GRADED, when={"moment": "complaint"})
    assert (scored.outcome, quotes(scored)) == (NOT_MET, ["It is late."])


# --- applicability


def test_what_nothing_asked_for_is_not_applicable_and_its_check_is_not_made() -> None:
    findings = spoken("0-4 agent: That is hard. [empathy]", "5-9 customer: A question.")
    scored = judged(findings, check=EMPATHY, when={"moment": "complaint"})
    assert (scored.outcome, scored.points, scored.evidence) == (NA, None, ())
    assert (scored.scored_by, scored.reason) == ("when", "nothing in the call asked for it")


def test_an_uncertain_cause_is_unscored_even_if_the_check_would_be_met() -> None:
    findings = spoken("0-4 customer: Late, I think. [complaint?]", "5-9 agent: Hard. [empathy]")
    scored = judged(findings, check=EMPATHY, when={"moment": "complaint"})
    assert (scored.outcome, scored.points, scored.scored_by) == (UNSCORED, None, "when")
    assert quotes(scored) == ["Late, I think."]


def test_a_criterion_is_asked_only_of_its_channels() -> None:
    lines = ("0 customer: It is late. [complaint]", "60 agent: Your fault. [blame]")
    chat = spoken(*lines, channel="chat")
    voice_only = judged(chat, channels=["voice"])
    assert (voice_only.outcome, voice_only.points, voice_only.scored_by) == (NA, None, "channel")
    assert voice_only.reason == "not asked of chat contacts"
    assert judged(chat, channels=["voice", "chat"]).outcome is NOT_MET
    assert judged(chat).outcome is NOT_MET  # by default all channels


def test_where_no_agent_is_heard_nothing_is_scored() -> None:
    # blame is absent only because nobody could be heard
    alone = spoken("0-4 customer: Hello? Is anybody there?")
    scored = judged(alone)
    assert (scored.outcome, scored.points, scored.evidence) == (UNSCORED, None, ())
    assert scored.reason == "the agent is not heard on this recording"
    assert judged(spoken()).outcome is UNSCORED  # nothing at all
    assert judged(alone, channels=["chat"]).outcome is NA  # what does not apply stays so


# --- present: how often, how early


def test_present_so_many_times() -> None:
    once = spoken("0-9 agent: That is hard. [empathy] Really. [empathy?]")
    twice = spoken("0-9 agent: That is hard. [empathy] How awful. [empathy]")
    check = EMPATHY | {"at_least": 2}
    assert judged(twice, check=check).outcome is MET
    assert judged(once, check=check).outcome is UNSCORED
    scored = judged(spoken("0-9 agent: That is hard. [empathy]"), check=check)
    assert (scored.outcome, scored.points) == (NOT_MET, 0.0)
    assert scored.reason == "empathy was heard too rarely: 1 of 2 times"
    assert quotes(scored) == ["That is hard."]
    assert judged(spoken("0-9 agent: Hello."), check=check).reason == "no empathy was heard"


def test_present_only_in_the_first_turns_of_whoever_says_it() -> None:
    late = (
        "0-4 customer: Hello?",
        "5-9 agent: Yes?",
        "10-14 customer: Is it you?",
        "15-19 agent: Good day. [greeting]",
    )
    check = {"kind": "present", "moments": ["greeting"]}
    assert judged(spoken(*late), check=check | {"within_turns": 2}).outcome is MET
    scored = judged(spoken(*late), check=check | {"within_turns": 1})
    assert (scored.outcome, scored.reason) == (
        NOT_MET,
        "no greeting was heard early enough (turns that count: 1)",
    )


# --- graded by facts


def test_graded_by_a_fact_says_its_value() -> None:
    check = {
        "kind": "graded",
        "met": {"fact": "longest_wait_ms", "at_most": 1000},
        "partly_met": {"fact": "longest_wait_ms", "at_most": 5000},
    }
    for value, outcome, told in (
        (1000, MET, "1 s"),
        (5000, PARTLY, "5 s"),
        (90_000, NOT_MET, "1 min 30 s"),
    ):
        scored = judged(spoken(*TALK, facts=[Fact("longest_wait_ms", value, "ms")]), check=check)
        assert (scored.outcome, scored.reason) == (outcome, f"longest_wait_ms is {told}")
    untrusted = Fact("longest_wait_ms", 9, "ms", False, "the messages have no times")
    scored = judged(spoken(*TALK, facts=[untrusted]), check=check)
    assert (scored.outcome, scored.reason) == (UNSCORED, "the messages have no times")
