"""A card explained in the terminal: every number in it can be followed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.coaching.reviews import review
from qa.coaching.views import ReviewedCall
from qa.nouns import Call, Language
from qa.reports.explained import explained
from qa.reports.site import site_of
from qa.scoring.card import score
from tests.scoring.dialogues import criterion_of, rubric_of, spoken

if TYPE_CHECKING:
    from qa.scoring.rubric import Rubric

SAID = spoken(
    "0-4 customer: It is late again. [complaint]",
    "5-8 agent: I am sorry. [apology] That is your fault. [blame]",
    "65-70 agent: It may come tomorrow. [solution?]",
)


def asked(*, unsure: float) -> Rubric:
    """Return a rubric with one criterion of each outcome; `unsure` weighs what is unscored."""
    met = {"moment": "closing"}
    return rubric_of(
        criterion_of("apology", 50 - unsure, check={"kind": "present", "moments": ["apology"]}),
        criterion_of("blame", 20),
        criterion_of(
            "resolution",
            20,
            check={"kind": "graded", "met": met, "partly_met": {"moment": "apology"}},
        ),
        criterion_of("empathy", 10, when={"moment": "frustration"}),
        criterion_of("solution", unsure, check={"kind": "present", "moments": ["solution"]}),
    )


def text(language: Language = "en", *, unsure: float = 20, minimum: float | None = 0.6) -> str:
    card = score(SAID, asked(unsure=unsure))
    call = Call("c1", Path("c1.wav"), "A1", agent_name="Ana Horvat", team="Zagreb")
    reviewed = ReviewedCall(call, SAID.transcript, SAID.facts, SAID.moments, (card,))
    known = {} if minimum is None else {("trial", "1"): minimum}
    return explained(reviewed, site_of(review([reviewed], (), (), language)), known)


def test_the_whole_card() -> None:
    # 30 x 1 + 20 x 0 + 20 x 0.5 = 40 of 70 -> 57.14; 70 of 90 judged -> 78 %
    assert text() == (
        "Call c1 · Ana Horvat · Zagreb · English\n"
        "\n"
        "Trial, version 1\n"
        "Total: 57.1 of 100 · 78% of what applies could be judged\n"
        "\n"
        "1. Apology: Met\n"
        "   Applies: yes\n"
        "   Why: Heard: apology.\n"
        "   “I am sorry.” agent, 00:05\n"
        "   Points: 1 × 30 = 30\n"
        "\n"
        "2. Blame: Not this time\n"
        "   Applies: yes\n"
        "   Why: Heard once: blame.\n"
        "   “That is your fault.” agent, 00:06\n"
        "   Points: 0 × 20 = 0\n"
        "\n"
        "3. Resolution: Partly met\n"
        "   Applies: yes\n"
        "   Why: Heard only: apology.\n"
        "   “I am sorry.” agent, 00:05\n"
        "   Points: 0.5 × 20 = 10\n"
        "\n"
        "4. Empathy: Did not apply\n"
        "   Applies: no\n"
        "   Why: Nothing in the call called for it.\n"
        "   Points: none; did not apply, so its weight of 10 is left out\n"
        "\n"
        "5. Solution: Could not be judged\n"
        "   Applies: yes\n"
        "   Why: Not sure whether it was heard (solution); please listen and decide.\n"
        "   “It may come tomorrow.” agent, 01:05\n"
        "   Points: none; not judged, so its weight of 20 only lowers what could be judged\n"
        "\n"
        "How the total comes about\n"
        "   Points × weight, added: 30 + 0 + 10 = 40\n"
        "   Weights that were judged: 30 + 20 + 20 = 70\n"
        "   Total: 100 × 40 / 70 = 57.14\n"
        "   Judged of what applied: 70 / 90 = 78%\n"
    )


def test_without_a_total_it_says_how_much_is_needed() -> None:
    # 50 of 90 could be judged, 56 %
    assert "no total: at least 60% of what applied has to be judged" in text(unsure=40)
    assert "Total: 100 ×" not in text(unsure=40)
    assert "at least" not in text(unsure=40, minimum=None)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("hr", ["Primjenjivo: da", "Bodovi: 0,5 × 20 = 10", "Kako je ocjena izračunata"]),
        ("sr", ["Primenljivo: ne", "Bodovi × težina, sabrano: 30 + 0 + 10 = 40"]),
    ],
)
def test_in_the_reader_s_language(language: Language, lines: list[str]) -> None:
    said = text(language)
    for line in lines:
        assert line in said


def test_where_it_is_not_known_whether_it_applies() -> None:
    rubric = rubric_of(criterion_of("empathy", 100, when={"moment": "solution"}))
    reviewed = ReviewedCall(
        Call("c1", Path("c1.wav"), "A1"), SAID.transcript, (), (), (score(SAID, rubric),)
    )
    site = site_of(review([reviewed], (), (), "en"))
    assert "   Applies: not known\n" in explained(reviewed, site, {})
    bare = replace(reviewed, cards=())
    assert "This call has no scorecard." in explained(bare, site, {})


@pytest.mark.parametrize(
    ("critical", "told"),
    [
        ("card", "Needs attention first (critical): Empathy. The whole card has failed with it."),
        ("section", "Needs attention first (critical): Empathy. What has failed with it: Only."),
    ],
)
def test_it_says_what_failed_with_a_critical_criterion(critical: str, told: str) -> None:
    check = {"kind": "present", "moments": ["greeting"]}
    rubric = rubric_of(criterion_of("empathy", 100, check=check, critical=critical))
    assert told in shown(rubric)


def test_a_rubric_that_does_not_apply_has_no_sums() -> None:
    said = shown(rubric_of(criterion_of("empathy", 100, channels=["chat"])))
    assert "Total: no total · nothing it asks for applied to this contact\n" in said
    assert "%" not in said


def shown(rubric: Rubric) -> str:
    """Return a rubric's card of the call, explained."""
    card = score(SAID, rubric)
    call = Call("c1", Path("c1.wav"), "A1")
    reviewed = ReviewedCall(call, SAID.transcript, SAID.facts, SAID.moments, (card,))
    return explained(reviewed, site_of(review([reviewed], (), (), "en")), {})
