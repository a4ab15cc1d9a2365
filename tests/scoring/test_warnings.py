"""What `qa rubric check` warns of, with its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from qa.scoring.library import read_rubric, shipped_rubrics, warnings_of
from qa.scoring.possible import can_hold, value_between
from qa.scoring.terms import Condition
from tests.scoring.dialogues import criterion_of, data_of

if TYPE_CHECKING:
    from pathlib import Path

MOMENTS = ("apology", "blame", "complaint", "empathy", "frustration", "refusal", "solution")
COMPLAINT, EMPATHY = {"moment": "complaint"}, {"moment": "empathy"}
UNITS = {"holds": "count", "overlap_share": "share", "opening_heard_out": "yes_no", "hold_ms": "ms"}


def warned(path: Path, *criteria: dict[str, Any], **fields: object) -> list[str]:
    """Return the warnings of a rubric without file and line."""
    path.write_text(json.dumps(data_of(*criteria, **fields)), "utf-8")  # JSON is YAML
    found = warnings_of(str(path), read_rubric(str(path), MOMENTS))
    assert all(warning.startswith(f"{path}:") for warning in found)
    return [warning.removeprefix(f"{path}:").split(": ", 1)[1] for warning in found]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


@pytest.mark.parametrize("path", shipped_rubrics(), ids=lambda path: path.stem)
def test_shipped_rubrics_have_nothing_strange(path: Path):
    from qa.moments.bank import read_bank

    names = [moment.name for moment in read_bank().moments]
    assert warnings_of(path.stem, read_rubric(path.stem, names)) == []


def test_a_weight_of_zero_with_its_line(mine: Path):
    mine.write_text(
        "name: mine\nversion: '1'\ntitle: {en: M}\nsections:\n- name: s\n  title: {en: S}\n"
        "  criteria:\n"
        "  - name: one\n    weight: 100\n    title: {en: O}\n    why: {en: W}\n"
        "    check: {kind: absent, moments: [blame]}\n"
        "  - name: two\n    weight: 0\n    title: {en: O}\n    why: {en: W}\n"
        "    check: {kind: absent, moments: [blame]}\n"
    )
    assert warnings_of(str(mine), read_rubric(str(mine), MOMENTS)) == [
        f"{mine}:14: sections.0.criteria.1.weight: is 0: it is shown, but counts in no total"
    ]


@pytest.mark.parametrize(
    "when",
    [
        {"all": [COMPLAINT, {"not": COMPLAINT}]},
        {"all": [COMPLAINT | {"at_least": 2}, {"not": COMPLAINT}]},
        {"all": [COMPLAINT | {"after_first": ["empathy"]}, {"not": COMPLAINT}]},
        {"not": {"any": [COMPLAINT, {"not": COMPLAINT}]}},
        {"fact": "holds", "below": 0},
        {"all": [{"fact": "holds", "above": 1}, {"fact": "holds", "below": 2}]},  # a count
        {"fact": "overlap_share", "above": 1},
        {"fact": "opening_heard_out", "at_least": 2},
    ],
)
def test_a_criterion_that_can_never_apply(mine: Path, when: dict[str, Any]):
    found = warned(mine, criterion_of(when=when, channels=["voice"]))
    assert found == ["sections.0.criteria.0.when: can never hold: the criterion never applies"]


@pytest.mark.parametrize(
    "when",
    [
        {"all": [COMPLAINT, {"not": COMPLAINT | {"at_least": 2}}]},  # exactly one
        {"all": [COMPLAINT, {"not": COMPLAINT | {"after_first": ["empathy"]}}]},
        {"any": [COMPLAINT, {"not": COMPLAINT}]},
        {"fact": "holds", "at_most": 0},
        {"all": [{"fact": "hold_ms", "above": 1}, {"fact": "hold_ms", "below": 2}]},
        {"fact": "overlap_share", "at_least": 1},
    ],
)
def test_a_criterion_that_can_apply_is_not_warned_of(mine: Path, when: dict[str, Any]):
    assert warned(mine, criterion_of(when=when, channels=["voice"])) == []


def test_a_check_that_can_never_be_met_where_it_applies(mine: Path):
    present = {"kind": "present", "moments": ["empathy"]}
    without = {"not": EMPATHY}
    found = warned(mine, criterion_of(when=without, check=present))
    assert found[0].endswith("check.moments: can never hold where the criterion applies")
    graded = {"kind": "graded", "met": {"all": [EMPATHY, COMPLAINT]}, "partly_met": COMPLAINT}
    found = warned(mine, criterion_of(when=without, check=graded))
    assert [line.split(":")[0].rsplit(".", 1)[1] for line in found] == ["met"]
    reply = {"kind": "reply", "trigger": ["empathy"], "answer": ["solution"], "within_turns": 1}
    found = warned(mine, criterion_of(when=without, check=reply))
    assert found[0].endswith("check.trigger: never happens where `when` holds")


def bands(fact: str, *limits: float) -> dict[str, Any]:
    made = [{"up_to": limit, "outcome": "MET"} for limit in limits]
    return {"kind": "fact", "fact": fact, "bands": [*made, {"outcome": "NOT_MET"}]}


@pytest.mark.parametrize(
    ("check", "unreached"),
    [
        (bands("holds", 0.3, 0.7), [1]),  # a count has no value between
        (bands("holds", -1, 2), [0]),
        (bands("holds", 0, 1), []),
        (bands("overlap_share", 0.5, 1), [2]),
        (bands("overlap_share", 0.5, 0.9), []),
        (bands("opening_heard_out", 0, 1), [2]),
        (bands("opening_heard_out", 0), []),
        (bands("hold_ms", 0, 0.5), []),
    ],
)
def test_bands_that_are_never_reached(mine: Path, check: dict[str, Any], unreached: list[int]):
    nested = {"kind": "all", "checks": [check, {"kind": "absent", "moments": ["blame"]}]}
    for asked in (check, nested):
        found = warned(mine, criterion_of(check=asked, channels=["voice"]))
        assert len(found) == len(unreached)
        for warning, at in zip(found, unreached, strict=True):
            assert f"bands.{at}: is never reached: {check['fact']} has no value there" in warning


def test_facts_that_are_not_measured_on_the_channels_asked(mine: Path):
    check = bands("agent_interruptions_per_min", 1)
    assert warned(mine, criterion_of(check=check, channels=["voice"])) == []
    (some,) = warned(mine, criterion_of(check=check))
    assert some.endswith(
        "check.fact: agent_interruptions_per_min is not measured on chat, email: "
        "write `channels: [voice]`"
    )
    (none,) = warned(mine, criterion_of(check=check, channels=["chat"]))
    assert none.endswith("is not measured on chat: it can never be scored")
    when = {"any": [{"fact": "longest_wait_ms", "above": 5}, COMPLAINT]}
    (in_condition,) = warned(mine, criterion_of(when=when, channels=["voice", "email"]))
    assert "longest_wait_ms is not measured on voice: write `channels: [email]`" in in_condition


def test_a_named_condition_that_nobody_uses(mine: Path):
    named = {"upset": COMPLAINT, "sad": {"use": "upset"}, "calm": {"not": COMPLAINT}}
    found = warned(mine, criterion_of(when={"use": "sad"}), conditions=named)
    assert found == ["conditions.calm: is used nowhere: remove it"]


# --- what is possible


@pytest.mark.parametrize(
    ("above", "up_to", "unit", "possible"),
    [
        (0, 1, "count", True),
        (0, 0.9, "count", False),
        (-10, -1, "count", False),
        (-10, 0, "count", True),
        (1, 5, "share", False),
        (0.99, 5, "share", True),
        (-1, 0, "ms", True),
        (-2, -1, "ms", False),
        (1, 9, "yes_no", False),
    ],
)
def test_values_between(above: float, up_to: float, unit: str, possible: bool):
    assert value_between(above, up_to, unit) is possible


def test_a_condition_of_very_many_names_is_taken_to_be_possible():
    many = [{"moment": f"m{i}"} for i in range(40)]
    condition = TypeAdapter(Condition).validate_python({"all": [*many, {"not": many[0]}]})
    assert can_hold(condition, UNITS)  # not found out, and soon


SEQUENCE = {"kind": "sequence", "steps": [{"moments": ["empathy"]}, {"moments": ["apology"]}]}


@pytest.mark.parametrize(
    ("when", "check", "field"),
    [
        ({"moment": "blame"}, {"kind": "absent", "moments": ["blame"]}, "moments"),
        ({"not": EMPATHY}, SEQUENCE, "steps"),
        (
            {"not": EMPATHY},
            {"kind": "all", "checks": [SEQUENCE, {"kind": "absent", "moments": ["blame"]}]},
            "checks",
        ),
        (
            {"all": [{"not": EMPATHY}, {"not": {"moment": "apology"}}]},
            {"kind": "any", "checks": [SEQUENCE, {"kind": "present", "moments": ["empathy"]}]},
            "checks",
        ),
    ],
)
def test_whatever_the_check_it_is_told_if_it_can_never_be_met(
    mine: Path, when: dict[str, Any], check: dict[str, Any], field: str
):
    found = warned(mine, criterion_of(when=when, check=check))
    assert [line.split(":")[0] for line in found] == [f"sections.0.criteria.0.check.{field}"]
    assert warned(mine, criterion_of(check=check)) == []


def test_more_facts_than_there_are(mine: Path):
    asked = criterion_of(minimum_evidence={"facts": 500})
    assert "it can never be scored" in warned(mine, asked)[0]
    assert warned(mine, criterion_of(minimum_evidence={"facts": 3})) == []


def test_a_trigger_that_answers_itself(mine: Path):
    reply = {"kind": "reply", "trigger": ["refusal"], "answer": ["refusal"], "within_turns": 1}
    assert "what asks would answer" in warned(mine, criterion_of(check=reply))[0]
    nested = {"kind": "any", "checks": [{"kind": "absent", "moments": ["blame"]}, reply]}
    assert (
        "check.checks.1.answer: refusal is a trigger too"
        in warned(mine, criterion_of(check=nested))[0]
    )
