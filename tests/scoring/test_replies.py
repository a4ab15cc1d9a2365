"""Replies: what asks for an answer, what answers it, and how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qa.scoring.card import score
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
    from qa.nouns import Channel, Outcome, Score

UPSET: dict[str, Any] = {
    "kind": "reply",
    "trigger": ["complaint", "frustration"],
    "answer": ["empathy", "apology"],
    "within_turns": 2,
}
REFUSED: dict[str, Any] = {
    "kind": "reply",
    "trigger": ["refusal"],
    "answer": ["alternative", "solution"],
    "within_turns": 1,
}


def replied(*lines: str, check: dict[str, Any] = UPSET, channel: Channel = "voice") -> Score:
    findings = spoken(*lines, channel=channel)
    return score(findings, rubric_of(criterion_of(check=check))).scores[0]


def quotes(of: Score) -> list[str]:
    return [evidence.quote for evidence in of.evidence]


def test_an_answer_in_the_next_turn_meets_it_and_is_quoted():
    scored = replied(
        "0-4 customer: It is late. [complaint]", "5-9 agent: Oh dear. [] I am sorry. [apology]"
    )
    assert (scored.outcome, scored.points, scored.scored_by) == (MET, 1.0, "reply")
    assert quotes(scored) == ["I am sorry."]
    assert scored.reason == "apology was heard in answer to complaint"


def test_without_an_answer_the_trigger_is_quoted():
    scored = replied("0-4 customer: It is late. [complaint]", "5-9 agent: Your number?")
    assert (scored.outcome, scored.points) == (NOT_MET, 0.0)
    assert quotes(scored) == ["It is late."]
    assert scored.reason == "no empathy or apology was heard in answer to the customer's complaint"


def test_without_a_trigger_it_does_not_apply():
    scored = replied("0-4 customer: A question.", "5-9 agent: I am sorry. [apology]")
    assert (scored.outcome, scored.points) == (NA, None)
    assert scored.reason == "nothing in the call asked for it"


def test_each_trigger_counts_and_those_unanswered_are_quoted():
    # three times asked; answered the first time only
    scored = replied(
        "0-4 customer: It is late. [complaint]",
        "5-9 agent: I am sorry. [apology]",
        "10-14 customer: And broken. [complaint]",
        "15-19 agent: Your number?",
        "20-24 customer: This is a joke. [frustration]",
        "25-29 agent: The number please.",
        check=UPSET | {"within_turns": 1},
    )
    assert scored.outcome is PARTLY
    assert scored.points == pytest.approx(1 / 3)
    assert quotes(scored) == ["And broken.", "This is a joke."]
    assert scored.reason == "1 of 3 were answered, by apology; complaint and frustration was not"


def test_one_answer_answers_all_that_were_asked_before_it():
    scored = replied(
        "0-4 customer: It is late. [complaint]",
        "5-9 agent: Your number?",
        "10-14 customer: And broken. [complaint]",
        "15-19 agent: I am sorry. [apology]",
    )
    assert (scored.outcome, scored.points) == (MET, 1.0)


def test_the_triggers_of_one_turn_ask_once():
    # four sentences of complaint in one turn, one in another: half is answered, not four fifths
    scored = replied(
        "0-4 customer: Late. [complaint] Broken. [complaint] Dirty. [complaint] Sad. [complaint]",
        "5-9 agent: I am sorry. [apology]",
        "10-14 customer: And wrong. [complaint]",
        "15-19 agent: Your number?",
    )
    assert (scored.outcome, scored.points) == (PARTLY, 0.5)


@pytest.mark.parametrize(("turns", "outcome"), [(1, NOT_MET), (2, MET), (3, MET)])
def test_only_so_many_turns_of_whoever_answers_count(turns: int, outcome: Outcome):
    # the apology stands in the agent's second turn after the complaint
    scored = replied(
        "0-4 customer: It is late. [complaint]",
        "5-9 agent: Your number?",
        "10-14 customer: Twelve.",
        "15-19 agent: I am sorry. [apology]",
        check=UPSET | {"within_turns": turns},
    )
    assert scored.outcome is outcome


@pytest.mark.parametrize(("ms", "outcome"), [(10_999, NOT_MET), (11_000, MET)])
def test_only_so_much_time_counts_from_the_end_of_the_trigger(ms: int, outcome: Outcome):
    # asked until 4 s, answered from 15 s
    check = {key: value for key, value in UPSET.items() if key != "within_turns"}
    scored = replied(
        "0-4 customer: It is late. [complaint]",
        "15-19 agent: I am sorry. [apology]",
        check=check | {"within_ms": ms},
    )
    assert scored.outcome is outcome


def test_turns_and_time_must_both_be_kept():
    lines = ("0-4 customer: It is late. [complaint]", "15-19 agent: I am sorry. [apology]")
    assert replied(*lines, check=UPSET | {"within_ms": 5000}).outcome is NOT_MET
    assert replied(*lines, check=UPSET | {"within_ms": 15_000}).outcome is MET


def test_what_was_said_before_is_no_answer():
    scored = replied(
        "0-4 agent: I am sorry. [apology]",
        "5-9 customer: It is late. [complaint]",
        "10-14 agent: Your number?",
    )
    assert scored.outcome is NOT_MET


def test_an_agents_own_words_may_be_answered_in_the_same_turn_or_the_next():
    same = replied("0-9 agent: We cannot. [refusal] But take this. [alternative]", check=REFUSED)
    after = replied(
        "0-4 agent: We cannot. [refusal]",
        "5-9 customer: Oh.",
        "10-14 agent: Take this. [alternative]",
        check=REFUSED,
    )
    before = replied("0-9 agent: Take this. [alternative] No more. [refusal]", check=REFUSED)
    assert (same.outcome, after.outcome, before.outcome) == (MET, MET, NOT_MET)
    assert before.reason.endswith("in answer to the agent's refusal")


def test_a_bare_no_at_the_end_of_a_call_stays_bare():
    # the agent had the floor and could have gone on
    scored = replied("0-4 customer: Please?", "5-9 agent: We cannot. [refusal]", check=REFUSED)
    assert scored.outcome is NOT_MET


def test_a_caller_who_complains_and_hangs_up_asked_for_nothing_that_could_be_given():
    lines = ("0-4 agent: Goodbye.", "5-9 customer: It was awful! [frustration]")
    scored = replied(*lines)
    assert (scored.outcome, scored.points) == (NA, None)
    assert scored.reason == "frustration came last: nobody had a turn to answer it"
    # a message that nobody answered is another matter
    assert replied(
        "0 agent: Bye.", "60 customer: Awful! [frustration]", channel="chat"
    ).outcome is (NOT_MET)


def test_the_share_from_which_it_is_met():
    lines = (
        "0-4 customer: It is late. [complaint]",
        "5-9 agent: I am sorry. [apology]",
        "10-14 customer: And broken. [complaint]",
        "15-19 agent: Your number?",
    )
    half = replied(*lines, check=UPSET | {"met_from": 0.5})
    assert (half.outcome, half.points) == (MET, 1.0)
    assert quotes(half) == ["I am sorry."]
    assert half.reason == "1 of 2 were answered, by apology; complaint was not"
    assert replied(*lines, check=UPSET | {"met_from": 0.51}).outcome is PARTLY


@pytest.mark.parametrize(
    ("asks", "answers", "outcome"),
    [
        ("complaint", "apology?", UNSCORED),
        ("complaint?", "apology", UNSCORED),  # did it apply?
        ("complaint?", "apology?", UNSCORED),
        ("complaint?", "greeting", UNSCORED),
        ("complaint, frustration?", "apology", MET),
        ("complaint, frustration?", "greeting", NOT_MET),
    ],
)
def test_what_is_uncertain_decides_nothing(asks: str, answers: str, outcome: Outcome):
    scored = replied(f"0-4 customer: It is late. [{asks}]", f"5-9 agent: Well, yes. [{answers}]")
    assert scored.outcome is outcome


def test_an_uncertain_trigger_beside_sure_ones_matters_only_if_it_changes_the_share():
    sure = ("0-4 customer: It is late. [complaint]", "5-9 agent: I am sorry. [apology]")
    answered = replied(
        *sure, "10-14 customer: Well. [frustration?]", "15-19 agent: That is hard. [empathy]"
    )
    assert answered.outcome is MET  # all of one, or all of two
    unanswered = replied(*sure, "10-14 customer: Well. [frustration?]", "15-19 agent: Number?")
    assert unanswered.outcome is UNSCORED  # all of one, or half of two
    assert quotes(unanswered) == ["Well."]
    assert unanswered.reason.startswith("not sure whether it was answered: frustration is")


def test_without_times_nobody_knows_how_soon():
    check = {key: value for key, value in UPSET.items() if key != "within_turns"}
    lines = ("0 customer: It is late. [complaint]", "0 agent: I am sorry. [apology]")
    scored = replied(*lines, check=check | {"within_ms": 60_000}, channel="chat")
    assert (scored.outcome, scored.points) == (UNSCORED, None)
    assert scored.reason == "the transcript has no times: how soon it was answered is not known"
    assert replied(*lines, channel="chat").outcome is MET  # turns are known
