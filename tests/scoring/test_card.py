"""The sum: totals, coverage, critical criteria, and evidence that must be verbatim."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qa.nouns import Because, Evidence, Fact
from qa.scoring import card as card_module
from qa.scoring.card import score
from qa.scoring.judgement import Findings, Judgement
from qa.scoring.rubric import Rubric
from tests.calls import call_of
from tests.scoring.dialogues import (
    MET,
    NA,
    NOT_MET,
    UNSCORED,
    criterion_of,
    moment,
    outcomes,
    rubric_of,
    spoken,
)

CALL = spoken(
    "0-4 customer: It is late. [complaint]",
    "5-9 agent: I am sorry. [apology] The depot lost it. [blame] By five today. [promise]",
    "10-14 agent: Is that clear? [empathy?]",
)


def has(name: str, weight: float, moment_name: str, **fields: object) -> dict[str, Any]:
    check = {"kind": "present", "moments": [moment_name]}
    return criterion_of(name, weight, check=check, **fields)


def met(weight: float, name: str = "met", **fields: object) -> dict[str, Any]:
    return has(name, weight, "apology", **fields)


def not_met(weight: float, name: str = "not_met", **fields: object) -> dict[str, Any]:
    return has(name, weight, "solution", **fields)


def partly(weight: float, name: str = "partly", **fields: object) -> dict[str, Any]:
    graded = {
        "kind": "graded",
        "met": {"moment": "solution"},
        "partly_met": {"moment": "promise"},
    }
    return criterion_of(name, weight, check=graded, **fields)


def unscored(weight: float, name: str = "unscored", **fields: object) -> dict[str, Any]:
    return has(name, weight, "empathy", **fields)


def not_asked(weight: float, name: str = "not_asked", **fields: object) -> dict[str, Any]:
    return has(name, weight, "solution", when={"moment": "refusal"}, **fields)


def test_the_criteria_of_these_tests_have_their_outcomes() -> None:
    card = score(CALL, rubric_of(met(20), not_met(20), partly(20), unscored(20), not_asked(20)))
    assert outcomes(card) == {
        "met": "MET",
        "not_met": "NOT_MET",
        "partly": "PARTLY_MET",
        "unscored": "UNSCORED",
        "not_asked": "NOT_APPLICABLE",
    }
    assert [s.points for s in card.scores] == [1.0, 0.0, 0.5, None, None]
    assert [s.weight for s in card.scores] == [20.0] * 5


@pytest.mark.parametrize(
    ("criteria", "total", "coverage"),
    [
        # 30 x 1 + 50 x 0 + 20 x 0.5 = 40 of 100
        ([met(30), not_met(50), partly(20)], 40.0, 1.0),
        # not applicable leaves the denominator: (30 x 1 + 30 x 0) / 60, all that applies is scored
        ([met(30), not_met(30), not_asked(40)], 50.0, 1.0),
        # unscored leaves the total, not the coverage: (45 + 15 x 0.5) / 60 = 52.5 / 60 = .875
        ([met(45), partly(15), unscored(40)], 87.5, 0.6),
        # both: (20 x 1 + 20 x 0) / 40 = .5; scored 40 of the applicable 50
        ([met(20), not_met(20), unscored(10), not_asked(50)], 50.0, 0.8),
        ([met(100)], 100.0, 1.0),
        ([not_met(100)], 0.0, 1.0),
        # a criterion of no weight is shown and changes nothing
        ([met(100), not_met(0)], 100.0, 1.0),
    ],
)
def test_total_and_coverage(criteria: list[dict[str, Any]], total: float, coverage: float) -> None:
    card = score(CALL, rubric_of(*criteria))
    assert card.total == pytest.approx(total, abs=1e-12)
    assert card.coverage == pytest.approx(coverage, abs=1e-12)


@pytest.mark.parametrize(
    ("minimum", "total"), [(0.0, 100.0), (0.59, 100.0), (0.6, 100.0), (0.61, None), (1.0, None)]
)
def test_below_the_minimum_coverage_there_is_no_total(minimum: float, total: float | None) -> None:
    # 60 of 100 scored; at the minimum itself there is a total
    card = score(CALL, rubric_of(met(60), unscored(40), minimum_coverage=minimum))
    assert (card.total, card.coverage) == (total, 0.6)
    assert [s.outcome for s in card.scores] == [MET, UNSCORED]  # the scores stay


@pytest.mark.parametrize(
    "criteria", [[unscored(100)], [not_asked(100)], [unscored(50), not_asked(50)]]
)
def test_where_nothing_is_scored_the_total_is_not_known(criteria: list[dict[str, Any]]) -> None:
    card = score(CALL, rubric_of(*criteria, minimum_coverage=0))
    assert (card.total, card.coverage) == (None, 0.0)


def test_only_weightless_scores_make_no_total() -> None:
    card = score(CALL, rubric_of(met(0), not_asked(100), minimum_coverage=0))
    assert (card.total, card.coverage) == (None, 0.0)


def test_many_thirds_make_exactly_a_hundred() -> None:
    # 3 x 33.3 + 0.1: summed as floats the parts need not make the whole
    criteria = [met(33.3, f"c{i}") for i in range(3)] + [met(0.1, "rest")]
    assert score(CALL, rubric_of(*criteria)).total == 100.0


def test_critical_failures_are_those_not_met() -> None:
    card = score(
        CALL,
        rubric_of(
            met(10, critical=True),
            not_met(10, "first", critical=True),
            not_met(10, "harmless"),
            partly(10, critical=True),
            unscored(10, critical=True),
            not_asked(10, critical=True),
            not_met(40, "second", critical=True),
        ),
    )
    assert card.critical_failed == ("first", "second")


def test_the_card_names_its_call_and_rubric() -> None:
    card = score(CALL, rubric_of(met(100), name="mine", version="7"))
    assert (card.call_id, card.rubric, card.version) == ("c1", "mine", "7")


def test_scores_stand_in_the_order_of_the_rubric() -> None:
    card = score(CALL, rubric_of(unscored(20), met(20), not_asked(60)))
    assert [s.criterion for s in card.scores] == ["unscored", "met", "not_asked"]


# --- evidence


FORGED = [
    ("another word", 1, "I am very sorry"),
    ("another turn", 0, "I am sorry."),
    ("no such turn", 9, "I am sorry."),
    ("another case", 1, "i am sorry."),
    ("nothing", 1, ""),
]


@pytest.mark.parametrize(("turn", "quote"), [f[1:] for f in FORGED], ids=[f[0] for f in FORGED])
def test_a_quote_that_is_not_in_its_turn_is_refused(turn: int, quote: str) -> None:
    forged = replace(moment("apology", turn), quote=quote)
    findings = Findings(CALL.transcript, (), (forged,))
    with pytest.raises(ValueError, match=f"is not in turn {turn}"):
        score(findings, rubric_of(met(100)))


def test_a_forged_quote_is_refused_where_nothing_is_scored_too() -> None:
    forged = replace(moment("apology?", 1), quote="made up")
    with pytest.raises(ValueError, match="made up"):
        score(Findings(CALL.transcript, (), (forged,)), rubric_of(met(100)))


def test_a_check_that_makes_up_evidence_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = Judgement(NOT_MET, Because("heard"), (Evidence(0, "It is my fault", 0, 1),), 0.0)
    monkeypatch.setattr(card_module, "judge", lambda *_: made_up)
    with pytest.raises(ValueError, match="c1: 'It is my fault' is not in turn 0"):
        score(CALL, rubric_of(met(100)))


def test_evidence_keeps_the_sentence_and_its_time() -> None:
    transcript = call_of("0-4 customer: Late.", "5-9 agent: I am sorry. Number?")
    apology = replace(moment("apology", 1), quote="I am sorry.", start_ms=5000, end_ms=7000)
    card = score(Findings(transcript, (), (apology,)), rubric_of(met(100)))
    assert card.scores[0].evidence == (Evidence(1, "I am sorry.", 5000, 7000),)


def test_without_the_customer_nobody_can_tell_whether_a_reason_was_given() -> None:
    one_sided = spoken("0-4 agent: I am sorry. [apology]")
    asked = score(one_sided, rubric_of(met(60), not_asked(40))).scores
    assert [s.outcome for s in asked] == [MET, UNSCORED]
    assert asked[1].reason == "the customer is not heard on this recording"


# --- what fails with a critical criterion


def sections_of(*sections: tuple[str, list[dict[str, Any]]]) -> Rubric:
    return Rubric.model_validate(
        {
            "name": "trial",
            "version": "1",
            "title": {"en": "Trial"},
            "sections": [
                {"name": name, "title": {"en": name}, "criteria": criteria}
                for name, criteria in sections
            ],
        }
    )


@pytest.mark.parametrize(
    ("critical", "sections_failed", "card_failed"),
    [("section", ("matter",), False), ("card", (), True), (True, (), True), (False, (), False)],
)
def test_a_critical_failure_is_told_beside_the_uncapped_total(
    critical: object, sections_failed: tuple[str, ...], card_failed: bool
) -> None:
    rubric = sections_of(
        ("opening", [met(60, critical="section")]),
        ("matter", [not_met(30, critical=critical), met(10, "other")]),
    )
    card = score(CALL, rubric)
    assert card.total == pytest.approx(70.0)  # what was met still counts
    assert (card.sections_failed, card.card_failed) == (sections_failed, card_failed)
    assert card.critical_failed == (("not_met",) if critical else ())


def test_a_section_fails_once_and_in_the_order_of_the_rubric() -> None:
    rubric = sections_of(
        ("one", [not_met(20, "a", critical="section"), not_met(20, "b", critical="section")]),
        ("two", [unscored(20, critical="section"), not_asked(20, critical="card")]),
        ("three", [partly(10, critical="section"), not_met(10, "c", critical="section")]),
    )
    card = score(CALL, rubric)
    assert card.critical_failed == ("a", "b", "c")
    assert card.sections_failed == ("one", "three")
    assert not card.card_failed


# --- languages and how much there is to judge by


def test_a_criterion_is_asked_only_in_its_languages() -> None:
    rubric = rubric_of(met(100, languages=["hr", "sr"]))
    (one,) = score(CALL, rubric).scores
    assert (one.outcome, one.points, one.scored_by) == (NA, None, "language")
    assert one.reason == "not asked of calls in en"
    croatian = replace(CALL, transcript=replace(CALL.transcript, language="hr"))
    assert score(croatian, rubric).scores[0].outcome is MET


# CALL has two turns of the agent (13 words), one of the customer, four sure moments
@pytest.mark.parametrize(
    ("name", "has", "reason"),
    [
        ("agent_turns", 2, "2 of at least 3 turns of the agent"),
        ("customer_turns", 1, "1 of at least 2 turns of the customer"),
        ("agent_words", 13, "13 of at least 14 words of the agent"),
        ("moments", 4, "4 of at least 5 moments heard"),
        ("facts", 2, "2 of at least 3 trusted facts"),
    ],
)
def test_with_less_than_the_minimum_evidence_nothing_is_judged(
    name: str, has: int, reason: str
) -> None:
    facts = (
        Fact("holds", 1, "count"),
        Fact("dead_air", 0, "count"),
        Fact("silences", 3, "count", trusted=False),
        Fact("hold_ms", None, "ms"),
    )
    call = replace(CALL, facts=facts)
    enough = score(call, rubric_of(met(100, minimum_evidence={name: has}))).scores[0]
    assert enough.outcome is MET
    too_little = score(call, rubric_of(met(100, minimum_evidence={name: has + 1}))).scores[0]
    assert (too_little.outcome, too_little.points) == (UNSCORED, None)
    assert too_little.scored_by == "evidence"
    assert too_little.reason == f"too little to judge by: {reason}"


def test_an_absence_on_a_call_of_two_words_is_not_called_good() -> None:
    short = spoken("0-1 agent: Yes hello?", "2-3 customer: Wrong number.")
    clean = criterion_of(check={"kind": "absent", "moments": ["blame"]})
    assert score(short, rubric_of(clean)).scores[0].outcome is MET
    careful = clean | {"minimum_evidence": {"agent_words": 20}}
    assert score(short, rubric_of(careful)).scores[0].outcome is UNSCORED


def test_what_does_not_apply_needs_no_evidence() -> None:
    card = score(CALL, rubric_of(not_asked(100, minimum_evidence={"agent_turns": 99})))
    assert card.scores[0].outcome is NA


def test_a_fact_may_say_whether_a_criterion_applies() -> None:
    held = met(100, when={"fact": "holds", "above": 0})
    for fact, outcome, reason in (
        (Fact("holds", 1, "count"), MET, "apology was heard"),
        (Fact("holds", 0, "count"), NA, "nothing in the call asked for it"),
        (Fact("holds", 0, "count", False, "crosstalk"), UNSCORED, "crosstalk"),
        (Fact("holds", None, "count"), UNSCORED, "holds was not measured"),
    ):
        (one,) = score(replace(CALL, facts=(fact,)), rubric_of(held)).scores
        assert (one.outcome, one.reason) == (outcome, reason)


@pytest.mark.parametrize(
    "weights",
    [
        # 8.4 of 14 and 2.1 of 3.5 are three fifths; as binary fractions their quotients are less
        (2.3, 6.1, 5.6, 86.0),
        (0.7, 1.4, 1.4, 96.5),
    ],
)
def test_coverage_of_just_the_minimum_is_enough(weights: tuple[float, ...]) -> None:
    first, second, open_, elsewhere = weights
    rubric = rubric_of(
        met(first), met(second, "too"), unscored(open_), met(elsewhere, "chat", channels=["chat"])
    )
    card = score(CALL, rubric)
    assert card.coverage == 0.6
    assert card.total == 100


def test_a_reply_that_nothing_asked_for_needs_no_evidence() -> None:
    reply = {"kind": "reply", "trigger": ["refusal"], "answer": ["solution"], "within_turns": 1}
    asked = criterion_of(check=reply, minimum_evidence={"agent_words": 5000})
    assert outcomes(score(CALL, rubric_of(asked))) == {"asked": "NOT_APPLICABLE"}


def test_a_message_that_nobody_answered_says_so() -> None:
    card = score(spoken("0 customer: Hello?", channel="email"), rubric_of(met(100)))
    assert (card.scores[0].outcome, card.scores[0].reason) == (
        UNSCORED,
        "the agent has written nothing",
    )


def test_a_fact_needs_no_customer_to_apply() -> None:
    lines = spoken("0 agent: I am sorry. [apology]", "9 agent: Bye.", channel="email")
    facts = {"fact": "personal_address", "at_most": 0}
    assert outcomes(score(lines, rubric_of(met(100, when=facts)))) == {"met": "MET"}
    said = {"moment": "complaint"}
    assert outcomes(score(lines, rubric_of(met(100, when=said)))) == {"met": "UNSCORED"}
