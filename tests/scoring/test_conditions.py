"""Conditions in three values: truth tables, counting, and what comes after what."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from qa.nouns import Fact
from qa.scoring.conditions import Answer, Verdict, holds
from qa.scoring.terms import Condition
from tests.scoring.dialogues import at, moment

NO, UNCERTAIN, YES = Answer.NO, Answer.UNCERTAIN, Answer.YES
# which moments a call needs for "apology" (a) and "empathy" (b) to have each answer
A = {YES: "apology", UNCERTAIN: "apology?", NO: "greeting"}
B = {YES: "empathy", UNCERTAIN: "empathy?", NO: "greeting"}
BOTH = [{"moment": "apology"}, {"moment": "empathy"}]


def asked(condition: object, *names: str) -> Verdict:
    return holds(TypeAdapter(Condition).validate_python(condition), at(*names))


@pytest.mark.parametrize(
    ("a", "b", "either", "both"),
    [
        (NO, NO, NO, NO),
        (NO, UNCERTAIN, UNCERTAIN, NO),
        (NO, YES, YES, NO),
        (UNCERTAIN, NO, UNCERTAIN, NO),
        (UNCERTAIN, UNCERTAIN, UNCERTAIN, UNCERTAIN),
        (UNCERTAIN, YES, YES, UNCERTAIN),
        (YES, NO, YES, NO),
        (YES, UNCERTAIN, YES, UNCERTAIN),
        (YES, YES, YES, YES),
    ],
)
def test_any_and_all_follow_kleenes_tables(
    a: Answer, b: Answer, either: Answer, both: Answer
) -> None:
    assert asked({"any": BOTH}, A[a], B[b]).answer is either
    assert asked({"all": BOTH}, A[a], B[b]).answer is both


@pytest.mark.parametrize(("a", "opposite"), [(NO, YES), (UNCERTAIN, UNCERTAIN), (YES, NO)])
def test_not_swaps_yes_and_no_and_leaves_uncertain(a: Answer, opposite: Answer) -> None:
    assert asked({"not": {"moment": "apology"}}, A[a]).answer is opposite
    assert asked({"not": {"not": {"moment": "apology"}}}, A[a]).answer is a


def test_conditions_nest() -> None:
    # apology, and not (blame or refusal)
    condition = {
        "all": [
            {"moment": "apology"},
            {"not": {"any": [{"moment": "blame"}, {"moment": "refusal"}]}},
        ]
    }
    assert asked(condition, "apology").answer is YES
    assert asked(condition, "apology", "refusal").answer is NO
    assert asked(condition, "apology", "blame?").answer is UNCERTAIN
    assert asked(condition, "apology", "blame?", "refusal").answer is NO
    assert asked(condition, "blame?").answer is NO  # without an apology the blame is no matter
    assert asked(condition).answer is NO


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        ([], NO),
        (["apology"], NO),
        (["apology", "apology"], YES),
        (["apology", "apology?"], UNCERTAIN),
        (["apology?", "apology?"], UNCERTAIN),
        (["apology", "apology?", "apology"], YES),
    ],
)
def test_at_least_counts_sentences(heard: list[str], answer: Answer) -> None:
    assert asked({"moment": "apology", "at_least": 2}, *heard).answer is answer


@pytest.mark.parametrize(
    ("heard", "first", "last"),
    [
        (["complaint", "empathy"], YES, YES),
        (["empathy", "complaint"], NO, NO),
        (["complaint", "empathy", "complaint"], YES, NO),
        (["empathy"], YES, YES),  # nothing to come after: all count
        (["complaint", "empathy?"], UNCERTAIN, UNCERTAIN),
        (["empathy?", "complaint"], NO, NO),
        # whether the complaint that it would have to follow was one, nobody knows
        (["empathy", "complaint?"], UNCERTAIN, UNCERTAIN),
        (["complaint?", "empathy", "complaint"], UNCERTAIN, NO),
        (["complaint", "empathy", "complaint?"], YES, UNCERTAIN),
        # an uncertain complaint that changes nothing leaves no doubt
        (["complaint?", "empathy"], YES, YES),
        (["complaint", "complaint?", "empathy"], YES, YES),
        (["empathy", "complaint?", "complaint"], NO, NO),
        (["complaint?"], NO, NO),
    ],
)
def test_after_first_and_after_last(heard: list[str], first: Answer, last: Answer) -> None:
    assert asked({"moment": "empathy", "after_first": ["complaint"]}, *heard).answer is first
    assert asked({"moment": "empathy", "after_last": ["complaint"]}, *heard).answer is last


def test_after_first_of_several_counts_from_the_earliest() -> None:
    condition = {"moment": "empathy", "after_first": ["complaint", "frustration"]}
    assert asked(condition, "frustration", "empathy", "complaint").answer is YES
    assert asked(condition, "empathy", "frustration", "complaint").answer is NO


def test_after_first_and_after_last_together() -> None:
    condition = {
        "moment": "solution",
        "after_first": ["complaint"],
        "after_last": ["unresolved"],
    }
    assert asked(condition, "unresolved", "complaint", "solution").answer is YES
    assert asked(condition, "complaint", "solution", "unresolved").answer is NO
    assert asked(condition, "unresolved", "solution", "complaint").answer is NO


def test_later_in_the_same_turn_is_later() -> None:
    condition = TypeAdapter(Condition).validate_python(
        {"moment": "empathy", "after_first": ["complaint"]}
    )
    complaint = moment("complaint", 3, start_ms=5000)
    assert holds(condition, [complaint, moment("empathy", 3, start_ms=6000)]).answer is YES
    assert holds(condition, [complaint, moment("empathy", 3, start_ms=5000)]).answer is NO
    assert holds(condition, [complaint, moment("empathy", 2, start_ms=6000)]).answer is NO


def names_of(verdict: Verdict) -> list[str]:
    return [m.name for m in verdict.moments]


def test_the_moments_are_those_that_decided() -> None:
    assert names_of(asked({"any": BOTH}, "apology", "empathy?", "blame")) == ["apology"]
    assert names_of(asked({"any": BOTH}, "apology?", "blame", "empathy?")) == ["apology", "empathy"]
    assert names_of(asked({"all": BOTH}, "empathy", "apology")) == ["empathy", "apology"]
    # of "all", what makes it fail or doubtful: not the part that holds
    assert names_of(asked({"all": BOTH}, "apology", "empathy?")) == ["empathy"]
    assert names_of(asked({"all": [{"not": {"moment": "blame"}}, *BOTH]}, "blame", "apology")) == [
        "blame"
    ]


def test_what_rests_on_absence_shows_no_moments() -> None:
    # one apology is not the two that were asked, so it is no evidence that two were not heard
    twice = {"moment": "apology", "at_least": 2}
    assert asked({"not": twice}, "apology") == Verdict(YES, unheard=("apology",))
    assert asked({"moment": "blame"}, "apology") == Verdict(NO, unheard=("blame",))


def test_where_the_beginning_is_in_doubt_the_doubtful_moment_is_shown() -> None:
    verdict = asked({"moment": "empathy", "after_first": ["complaint"]}, "empathy", "complaint?")
    assert names_of(verdict) == ["empathy", "complaint"]


def test_moments_come_in_order_of_time_each_once() -> None:
    again = {"any": [{"moment": "apology"}, {"any": BOTH}]}
    late, early = moment("apology", 7), moment("empathy", 2)
    condition = TypeAdapter(Condition).validate_python(again)
    assert holds(condition, [late, early]).moments == (early, late)


# --- facts


def limited(fact: Fact | None, **limits: float) -> Answer:
    condition = TypeAdapter(Condition).validate_python({"fact": "holds", **limits})
    return holds(condition, (), () if fact is None else (fact,)).answer


@pytest.mark.parametrize(
    ("limits", "no", "yes"),
    [
        ({"above": 2}, 2, 2.001),
        ({"at_least": 2}, 1.999, 2),
        ({"below": 2}, 2, 1.999),
        ({"at_most": 2}, 2.001, 2),
        ({"above": 1, "at_most": 2}, 1, 2),
        ({"above": 1, "at_most": 2}, 2.5, 1.5),
    ],
)
def test_a_fact_lies_within_its_limits(limits: dict[str, float], no: float, yes: float) -> None:
    assert limited(Fact("holds", no, "count"), **limits) is NO
    assert limited(Fact("holds", yes, "count"), **limits) is YES


@pytest.mark.parametrize(
    "fact",
    [None, Fact("holds", None, "count"), Fact("holds", 3, "count", trusted=False)],
    ids=["not among the facts", "not measured", "not trusted"],
)
def test_a_fact_that_is_not_known_decides_nothing(fact: Fact | None) -> None:
    assert limited(fact, above=0) is UNCERTAIN
    assert limited(fact, below=100) is UNCERTAIN


def test_a_fact_that_is_not_known_does_not_matter_where_the_rest_settles_it() -> None:
    either = {"any": [{"fact": "holds", "above": 0}, {"moment": "apology"}]}
    both = {"all": [{"fact": "holds", "above": 0}, {"moment": "apology"}]}
    assert asked(either, "apology").answer is YES
    assert asked(either, "greeting").answer is UNCERTAIN
    assert asked(both, "greeting").answer is NO
    assert asked({"not": both}, "apology").answer is UNCERTAIN


def test_the_facts_are_those_that_decided() -> None:
    condition = TypeAdapter(Condition).validate_python(
        {"any": [{"fact": "holds", "above": 0}, {"fact": "silences", "above": 5}]}
    )
    known = (Fact("holds", 2, "count"), Fact("silences", 1, "count"))
    assert holds(condition, (), known).facts == known[:1]


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        ({}, "give a limit"),
        ({"above": 1, "at_least": 2}, "two limits on one side"),
        ({"below": 1, "at_most": 2}, "two limits on one side"),
        ({"above": 2, "below": 1}, "no value lies within"),
        ({"above": 2, "at_most": 2}, "no value lies within"),
        ({"at_least": 2, "below": 2}, "no value lies within"),
    ],
)
def test_limits_that_make_no_sense_are_refused(limits: dict[str, float], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        TypeAdapter(Condition).validate_python({"fact": "holds", **limits})


def test_a_single_value_may_be_asked_for() -> None:
    assert limited(Fact("holds", 2, "count"), at_least=2, at_most=2) is YES
