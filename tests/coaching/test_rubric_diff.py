"""What another rubric would change: counted by hand on a few calls."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.coaching.rubric_diff import NOT_IN, AgentShift, diff_rubrics, diff_stored
from qa.coaching.views import Review
from qa.nouns import Call
from qa.reports.diff_text import diff_json, diff_text
from qa.reports.site import site_of
from tests.runner.night import BLAME, SORRY, Night, rubric
from tests.scoring.dialogues import criterion_of, rubric_of, spoken

if TYPE_CHECKING:
    from qa.nouns import Language
    from qa.scoring.judgement import Findings
    from qa.scoring.rubric import Rubric

SAID = {
    # apology, no blame: 100 before (60 + 40); with 20/80 100 too
    "sorry": spoken("0-4 customer: It is late. [complaint]", "5-8 agent: I am sorry. [apology]"),
    # blame, no apology: 0 and 0
    "blame": spoken("0-4 customer: It is late. [complaint]", "5-8 agent: Your fault. [blame]"),
    # neither: 40 before, 80 after
    "plain": spoken("0-4 customer: It is late. [complaint]", "5-8 agent: All right."),
    # both: 60 before, 20 after
    "both": spoken("0-4 customer: No. [complaint]", "5-8 agent: Sorry. [apology] You! [blame]"),
}
AGENTS = {"sorry": "A1", "blame": "A1", "plain": "A2", "both": "A3"}


def weighed(apology: float, blame: float, version: str = "1") -> Rubric:
    return rubric_of(
        criterion_of("apology", apology, check={"kind": "present", "moments": ["apology"]}),
        criterion_of("blame", blame),
        version=version,
    )


def calls(*names: str) -> list[tuple[Call, Findings]]:
    found = []
    for name in names:
        findings = SAID[name]
        transcript = replace(findings.transcript, call_id=name)
        call = Call(name, Path(f"{name}.wav"), AGENTS[name], agent_name=AGENTS[name].lower())
        found.append((call, replace(findings, transcript=transcript)))
    return found


OLD, NEW = weighed(60, 40), weighed(20, 80, "2")


def test_means_moves_and_counts_by_hand() -> None:
    diff = diff_rubrics(calls(*SAID), OLD, NEW)
    assert (diff.old, diff.new) == (("trial", "1"), ("trial", "2"))
    assert (diff.calls, diff.changed, diff.lost, diff.gained) == (4, 4, 0, 0)  # weights: all differ
    assert diff.agents == (
        AgentShift("A2", "a2", "", 1, 40, 80),
        AgentShift("A3", "a3", "", 1, 60, 20),
        AgentShift("A1", "a1", "", 2, 50, 50),
    )
    assert [(one.call_id, one.before, one.after) for one in diff.moved] == [
        ("both", 60, 20),
        ("plain", 40, 80),
    ]
    assert all(one.changed == 0 for one in diff.criteria)  # other weights, the same outcomes


def test_outcomes_by_criterion_and_what_one_rubric_lacks() -> None:
    new = rubric_of(
        criterion_of("blame", 50, check={"kind": "absent", "moments": ["blame"], "tolerate": 1}),
        criterion_of("sorry", 50, check={"kind": "present", "moments": ["apology"]}),
    )
    diff = diff_rubrics(calls(*SAID), OLD, new)
    assert {one.criterion: one.outcomes for one in diff.criteria} == {
        "blame": (("MET", "MET", 2), ("NOT_MET", "MET", 2)),
        "sorry": ((NOT_IN, "MET", 2), (NOT_IN, "NOT_MET", 2)),
        "apology": (("MET", NOT_IN, 2), ("NOT_MET", NOT_IN, 2)),
    }
    assert [one.changed for one in diff.criteria] == [2, 4, 4]
    (blamed,) = (one for one in diff.moved if one.call_id == "blame")
    (change,) = (one for one in blamed.changes if one.criterion == "blame")
    assert change.before is not None
    assert [evidence.quote for evidence in change.before.evidence] == ["Your fault."]


def test_a_total_that_comes_or_goes_moves_no_mean() -> None:
    # `unsure` leaves 60 of 100 unscored: at least 60 % is wanted, so there is no total
    unsure = spoken("0-4 customer: Late. [complaint]", "5-8 agent: Sorry. [apology?]")
    call = Call("c", Path("c.wav"), "A1")
    there = diff_rubrics([(call, unsure)], weighed(30, 70), weighed(60, 40))
    assert (there.lost, there.gained, there.agents, there.moved) == (1, 0, (), ())
    back = diff_rubrics([(call, unsure)], weighed(60, 40), weighed(30, 70))
    assert (back.lost, back.gained, back.changed) == (0, 1, 1)


def test_the_order_of_calls_changes_nothing_and_ten_are_shown() -> None:
    many = [
        (replace(call, id=f"{call.id}{n:02}"), findings)
        for n in range(12)
        for call, findings in calls(*SAID)
    ]
    diff = diff_rubrics(many, OLD, NEW)
    assert [one.call_id for one in diff.moved] == [f"both{n:02}" for n in range(10)]
    for seed in range(5):
        shuffled = many[:]
        random.Random(seed).shuffle(shuffled)
        assert diff_rubrics(shuffled, OLD, NEW) == diff


def test_the_same_rubric_changes_nothing() -> None:
    diff = diff_rubrics(calls(*SAID), OLD, OLD)
    assert (diff.calls, diff.changed, diff.moved) == (4, 0, ())


def test_stored_calls_are_compared_and_nothing_is_written(tmp_path: Path) -> None:
    night = Night(tmp_path, "c1", "c2", "c3")
    night.ears.script = {"c1": SORRY, "c2": BLAME}
    night.run()
    before = night.versions()
    diff = diff_stored(night.store, rubric(), rubric("2", (20, 80)))
    # c1 100 -> 100, c2 0 -> 0, c3 (neither) 40 -> 80; means 140/3 and 180/3
    assert [(one.call_id, one.before, one.after) for one in diff.moved] == [("c3", 40, 80)]
    (agent,) = diff.agents
    assert (agent.calls, agent.after) == (3, 60)
    assert agent.before == pytest.approx(140 / 3)
    assert night.versions() == before


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["trial 1 → trial 2", "4 calls; scored differently: 4", "  apology: –"]),
        ("hr", ["4 poziva; drukčije ocijenjeno: 4", "  1. both, a3: 60 → 20 (−40)"]),
        ("sr", ["4 razgovora; drugačije ocenjeno: 4", "     apology: Ispunjeno (1 × 60) → "]),
    ],
)
def test_it_is_said_in_the_reader_s_language(language: Language, lines: list[str]) -> None:
    site = site_of(Review(language, (), (), ()))
    titles = {"apology": "apology", "blame": "blame"}
    said = diff_text(diff_rubrics(calls(*SAID), OLD, NEW), titles, site)
    for line in lines:
        assert line in said


def test_programs_get_everything() -> None:
    diff = json.loads(diff_json(diff_rubrics(calls(*SAID), OLD, NEW)))
    assert diff["moved"][0]["changes"][1]["before"]["evidence"][0]["quote"] == "You!"
    assert diff["criteria"][0]["outcomes"] == [["MET", "MET", 2], ["NOT_MET", "NOT_MET", 2]]
