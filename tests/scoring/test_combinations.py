"""`all` and `any` of several checks."""

from __future__ import annotations

from typing import Any

import pytest

from qa.nouns import Fact, Outcome, Score
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

CALL = spoken(
    "0-4 customer: It is late. [complaint]",
    "5-9 agent: I am sorry. [apology] Is that clear? [empathy?] By five. [promise]",
    "10-14 agent: We cannot. [refusal]",
    facts=[Fact("dead_air", 2, "count")],
)
PARTS: dict[Outcome, dict[str, Any]] = {
    MET: {"kind": "present", "moments": ["apology"]},
    NOT_MET: {"kind": "present", "moments": ["solution"]},
    UNSCORED: {"kind": "present", "moments": ["empathy"]},
    PARTLY: {
        "kind": "graded",
        "met": {"moment": "solution"},
        "partly_met": {"moment": "promise"},
    },
    NA: {"kind": "reply", "trigger": ["frustration"], "answer": ["empathy"], "within_turns": 1},
}


def combined(kind: str, *checks: dict[str, Any]) -> Score:
    check = {"kind": kind, "checks": list(checks)}
    return score(CALL, rubric_of(criterion_of(check=check))).scores[0]


@pytest.mark.parametrize(("outcome", "part"), PARTS.items())
def test_the_parts_of_these_tests_have_their_outcomes(outcome: Outcome, part: dict[str, Any]):
    assert score(CALL, rubric_of(criterion_of(check=part))).scores[0].outcome is outcome


@pytest.mark.parametrize(
    ("one", "two", "worst", "best"),
    [
        (MET, MET, MET, MET),
        (MET, PARTLY, PARTLY, MET),
        (MET, NOT_MET, NOT_MET, MET),
        (PARTLY, NOT_MET, NOT_MET, PARTLY),
        (NOT_MET, NOT_MET, NOT_MET, NOT_MET),
        # not known: it could be worse than what is known, or better
        (UNSCORED, MET, UNSCORED, MET),
        (UNSCORED, PARTLY, UNSCORED, UNSCORED),
        (UNSCORED, NOT_MET, NOT_MET, UNSCORED),
        (UNSCORED, UNSCORED, UNSCORED, UNSCORED),
        # what does not apply is left out
        (NA, MET, MET, MET),
        (NA, NOT_MET, NOT_MET, NOT_MET),
        (NA, UNSCORED, UNSCORED, UNSCORED),
        (NA, NA, NA, NA),
    ],
)
def test_the_worst_of_all_and_the_best_of_any(
    one: Outcome, two: Outcome, worst: Outcome, best: Outcome
):
    for first, second in ((one, two), (two, one)):
        assert combined("all", PARTS[first], PARTS[second]).outcome is worst
        assert combined("any", PARTS[first], PARTS[second]).outcome is best


def test_the_reason_and_the_quote_are_those_of_the_part_that_decided():
    scored = combined("all", PARTS[MET], PARTS[PARTLY])
    assert (scored.points, scored.reason, scored.scored_by) == (
        0.5,
        "only promise was heard",
        "all",
    )
    assert [e.quote for e in scored.evidence] == ["By five."]


def test_if_all_had_to_decide_all_are_quoted():
    two = {"kind": "present", "moments": ["refusal"]}
    scored = combined("all", PARTS[MET], two)
    assert scored.reason == "each of 2 things asked was met"
    assert [e.quote for e in scored.evidence] == ["I am sorry.", "We cannot."]
    none = combined("any", PARTS[NOT_MET], {"kind": "absent", "moments": ["refusal"]})
    assert (none.outcome, none.reason) == (NOT_MET, "none of 2 things asked was met")
    assert [e.quote for e in none.evidence] == ["We cannot."]


def test_a_single_part_that_applies_speaks_for_itself():
    assert combined("all", PARTS[NA], PARTS[MET]).reason == "apology was heard"


def test_points_of_bands_are_compared_too():
    def band(points: float) -> dict[str, Any]:
        bands = [
            {"up_to": 1, "outcome": "MET"},
            {"up_to": 9, "outcome": "PARTLY_MET", "points": points},
            {"outcome": "NOT_MET"},
        ]
        return {"kind": "fact", "fact": "dead_air", "bands": bands}

    assert combined("all", band(0.25), PARTS[PARTLY]).points == 0.25
    assert combined("any", band(0.25), PARTS[PARTLY]).points == 0.5


def test_combinations_may_hold_combinations():
    inner = {"kind": "any", "checks": [PARTS[NOT_MET], PARTS[MET]]}
    assert combined("all", inner, PARTS[MET]).outcome is MET
    assert combined("all", inner, PARTS[NOT_MET]).outcome is NOT_MET
