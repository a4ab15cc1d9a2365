"""Sequences: steps in order, steps missing, steps out of order."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Fact, Outcome
from qa.scoring.card import score
from qa.scoring.kinds import SequenceCheck
from qa.scoring.sequences import find_steps
from tests.scoring.dialogues import (
    MET,
    NOT_MET,
    PARTLY,
    UNSCORED,
    at,
    criterion_of,
    rubric_of,
    spoken,
)

if TYPE_CHECKING:
    from qa.nouns import Score

CARE: dict[str, Any] = {
    "kind": "sequence",
    "steps": [
        {"moments": ["empathy"]},
        {"moments": ["apology"]},
        {"moments": ["solution", "promise_with_term"]},
    ],
}
SAID = {
    "empathy": "That is hard.",
    "apology": "I am sorry.",
    "solution": "It is done.",
    "promise_with_term": "By five.",
    "greeting": "Hello.",
    "complaint": "It is late.",
}


def taken(*marks: str, facts: tuple[Fact, ...] = (), **fields: object) -> Score:
    """Return the score of a call with one turn of the agent per mark."""
    lines = [
        f"{i * 5}-{i * 5 + 4} agent: {i} {SAID[mark.rstrip('?')]} [{mark}]"
        for i, mark in enumerate(marks)
    ]
    findings = spoken(*lines, "90-95 customer: Bye.", facts=facts)
    return score(findings, rubric_of(criterion_of(check=CARE | fields))).scores[0]


def test_all_steps_in_order():
    scored = taken("greeting", "empathy", "apology", "promise_with_term")
    assert (scored.outcome, scored.points, scored.scored_by) == (MET, 1.0, "sequence")
    assert scored.reason == "all 3 steps were taken, in order"
    assert [e.quote for e in scored.evidence] == ["1 That is hard.", "2 I am sorry.", "3 By five."]


@pytest.mark.parametrize(
    ("marks", "outcome", "points", "reason"),
    [
        (
            ("empathy", "solution"),
            PARTLY,
            2 / 3,
            "2 of 3 steps were taken in order; missing: apology",
        ),
        (
            ("apology",),
            PARTLY,
            1 / 3,
            "1 of 3 steps were taken in order; missing: empathy and solution or promise with term",
        ),
        (
            ("greeting",),
            NOT_MET,
            0.0,
            "0 of 3 steps were taken in order; missing: empathy, apology and solution or promise "
            "with term",
        ),
        (
            # empathy - solution and apology - solution are as long; the apology came too soon
            ("apology", "empathy", "solution"),
            PARTLY,
            2 / 3,
            "2 of 3 steps were taken in order; out of order: empathy",
        ),
        (
            ("solution", "empathy"),
            PARTLY,
            1 / 3,
            "1 of 3 steps were taken in order; missing: apology; out of order: empathy",
        ),
        # what comes again later counts where it stands in order
        (
            ("apology", "empathy", "apology", "solution"),
            MET,
            1.0,
            "all 3 steps were taken, in order",
        ),
    ],
)
def test_partial_credit_names_what_is_missing_or_out_of_order(
    marks: tuple[str, ...], outcome: Outcome, points: float, reason: str
):
    scored = taken(*marks)
    assert scored.outcome is outcome
    assert scored.points == pytest.approx(points)
    assert scored.reason == reason


def test_one_sentence_may_take_two_steps():
    findings = spoken("0-4 agent: So sorry, how awful. [empathy, apology] It is done. [solution]")
    assert score(findings, rubric_of(criterion_of(check=CARE))).scores[0].outcome is MET


def test_a_step_out_of_order_is_quoted_beside_those_in_order():
    scored = taken("solution", "empathy", "apology")
    assert scored.points == pytest.approx(2 / 3)
    assert [e.quote for e in scored.evidence] == [
        "0 It is done.", "1 That is hard.", "2 I am sorry.",
    ]  # fmt: skip


def test_in_any_order():
    scored = taken("solution", "empathy", ordered=False)
    assert scored.outcome is PARTLY
    assert scored.points == pytest.approx(2 / 3)
    assert scored.reason == "2 of 3 asked for were heard; missing: apology"
    assert taken("solution", "apology", "empathy", ordered=False).reason == (
        "all 3 asked for were heard"
    )


def test_the_share_from_which_it_is_met():
    assert taken("empathy", "solution", met_from=0.6).outcome is MET
    assert taken("empathy", "solution", met_from=0.7).outcome is PARTLY


def test_only_what_comes_after_counts():
    marks = ("empathy", "complaint", "apology", "solution")
    assert taken(*marks).points == 1.0
    assert taken(*marks, after_first=["complaint"]).points == pytest.approx(2 / 3)


# --- steps by facts


HEARD_OUT = [{"fact": "opening_heard_out", "at_least": 1}, {"moments": ["empathy"]}]


@pytest.mark.parametrize(
    ("value", "trusted", "outcome", "points"),
    [(1, True, MET, 1.0), (0, True, PARTLY, 0.5), (1, False, UNSCORED, None)],
)
def test_a_step_by_a_fact(value: float, trusted: bool, outcome: Outcome, points: float | None):
    fact = Fact("opening_heard_out", value, "yes_no", trusted, "" if trusted else "crosstalk")
    scored = taken("empathy", facts=(fact,), steps=HEARD_OUT)
    assert (scored.outcome, scored.points) == (outcome, points)
    if not trusted:
        assert scored.reason == "crosstalk"


def test_a_missing_fact_is_named_as_a_step():
    fact = Fact("opening_heard_out", 0, "yes_no")
    assert taken("empathy", facts=(fact,), steps=HEARD_OUT).reason == (
        "1 of 2 steps were taken in order; missing: opening heard out"
    )


def test_a_fact_that_was_not_measured_leaves_it_unscored():
    scored = taken("empathy", steps=HEARD_OUT)
    assert (scored.outcome, scored.reason) == (UNSCORED, "opening_heard_out was not measured")


# --- uncertain


@pytest.mark.parametrize(
    ("marks", "outcome"),
    [
        (("empathy", "apology?", "solution"), UNSCORED),
        (("empathy", "apology", "apology?", "solution"), MET),
        (("solution", "empathy?", "apology?"), UNSCORED),
        (("apology", "solution", "empathy?"), PARTLY),  # too late to be a step in order
    ],
)
def test_what_is_uncertain_decides_nothing(marks: tuple[str, ...], outcome: Outcome):
    scored = taken(*marks)
    assert scored.outcome is outcome
    if outcome is UNSCORED:
        assert "is uncertain, a person should decide" in scored.reason
        assert scored.evidence


# --- the longest part in order, beside a slow and obvious way


STEPS = ("a", "b", "c", "d")


def _longest(order: list[str]) -> int:
    """Try every choice of steps, largest first: can each be found at or after the one before?"""
    for size in range(len(STEPS), 0, -1):
        for chosen in combinations(STEPS, size):
            place = -1
            for step in chosen:
                later = (i for i, name in enumerate(order) if name == step and i > place)
                place = next(later, len(order))
            if place < len(order):
                return size
    return 0


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(st.sampled_from([*STEPS, "x"]), max_size=9))
def test_the_longest_part_in_order_is_found(order: list[str]):
    check = SequenceCheck.model_validate(
        {"kind": "sequence", "steps": [{"moments": [name]} for name in STEPS]}
    )
    steps = find_steps(check, at(*order), ()).surely
    assert len(steps.in_order) == _longest(order)
    sorted_out = [*steps.in_order, *steps.out_of_order, *steps.missing]
    assert sorted(step.moments[0] for step in sorted_out) == list(STEPS)  # type: ignore[union-attr]
    assert {s.moments[0] for s in steps.missing} == set(STEPS) - set(order)  # type: ignore[union-attr]
