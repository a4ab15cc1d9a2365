"""Named conditions: written once, used by name; circles and bombs are refused with their line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from qa.problems import ConfigError
from qa.scoring.card import score
from qa.scoring.library import read_rubric
from qa.scoring.named import MOST_PARTS
from qa.scoring.rubric import Rubric
from tests.scoring.dialogues import MET, NA, criterion_of, data_of, rubric_of, spoken

if TYPE_CHECKING:
    from pathlib import Path

MOMENTS = ("apology", "complaint", "empathy", "frustration", "solution")
UPSET = {"any": [{"moment": "complaint"}, {"moment": "frustration"}]}
EMPATHY = {"kind": "present", "moments": ["empathy"]}


def using(named: dict[str, Any], **fields: object) -> Rubric:
    return rubric_of(criterion_of(check=EMPATHY) | fields, conditions=named)


def test_a_name_stands_for_its_condition_wherever_conditions_stand():
    graded = {"kind": "graded", "met": {"use": "upset"}, "partly_met": {"not": {"use": "upset"}}}
    check = {"kind": "all", "checks": [graded, EMPATHY]}
    by_name = using({"upset": UPSET}, when={"all": [{"use": "upset"}]}, check=check)
    written = using(
        {},
        when={"all": [UPSET]},
        check={
            "kind": "all",
            "checks": [graded | {"met": UPSET, "partly_met": {"not": UPSET}}, EMPATHY],
        },
    )
    assert by_name.criteria == written.criteria
    assert by_name.digest() == written.digest()


def test_names_may_use_names_in_any_order():
    named = {"cared": {"all": [{"use": "upset"}, {"moment": "empathy"}]}, "upset": UPSET}
    rubric = using(named, when={"use": "cared"})
    sad = spoken("0-4 customer: Late. [complaint]", "5-9 agent: That is hard. [empathy]")
    assert score(sad, rubric).scores[0].outcome is MET
    calm = spoken("0-4 customer: Hello.", "5-9 agent: That is hard. [empathy]")
    assert score(calm, rubric).scores[0].outcome is NA


def test_what_is_not_used_changes_no_digest():
    assert using({"upset": UPSET}).digest() == using({}).digest()
    one, other = (
        using({"x": UPSET}, when={"use": "x"}),
        using({"x": EMPATHY_SAID}, when={"use": "x"}),
    )
    assert one.digest() != other.digest()


EMPATHY_SAID = {"moment": "empathy"}


def test_a_rubric_made_in_code_is_checked_too():
    with pytest.raises(ValidationError, match="there is no condition 'upst'"):
        using({"upset": UPSET}, when={"use": "upst"})
    with pytest.raises(ValidationError, match="condition 'a' leads back to itself: a -> a"):
        using({"a": {"use": "a"}})


# --- in files

FILE = """\
name: mine
version: '1'
title: {en: Mine}
conditions:
CONDITIONS
sections:
- name: only
  title: {en: Only}
  criteria:
  - name: empathy
    weight: 100
    title: {en: Empathy}
    why: {en: Because}
    when: {use: upset}
    check: {kind: present, moments: [empathy]}
"""


def faults_of(path: Path, *conditions: str) -> list[str]:
    path.write_text(FILE.replace("CONDITIONS", "\n".join(f"  {line}" for line in conditions)))
    with pytest.raises(ConfigError) as caught:
        read_rubric(str(path), MOMENTS)
    return [problem.replace(f"{path.parent}/", "") for problem in caught.value.problems]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


def test_a_name_that_is_not_there_is_told_where_it_is_used(mine: Path):
    assert faults_of(mine, "upst: {moment: complaint}") == [
        "mine.yaml:14: sections.0.criteria.0.when.use: there is no condition 'upset': did you mean "
        "'upst'?"
    ]
    assert faults_of(mine, "upset: {any: [{use: sad}, {moment: complaint}]}") == [
        "mine.yaml:5: conditions.upset.any.0.use: there is no condition 'sad': write one of: upset"
    ]


def test_moments_and_facts_in_named_conditions_are_looked_up(mine: Path):
    assert faults_of(mine, "upset: {any: [{moment: complain}, {fact: hold, above: 0}]}") == [
        "mine.yaml:5: conditions.upset.any.0.moment: there is no moment 'complain': did you mean "
        "'complaint'?",
        "mine.yaml:5: conditions.upset.any.1.fact: there is no fact 'hold': did you mean 'holds'?",
    ]


def test_a_circle_is_told_with_its_way(mine: Path):
    (fault,) = faults_of(
        mine, "upset: {not: {use: b}}", "b: {any: [{use: c}]}", "c: {all: [{use: upset}]}"
    )
    assert fault in {
        "mine.yaml:5: conditions.upset: leads back to itself: upset -> b -> c -> upset: write one "
        "of them out",
        "mine.yaml:6: conditions.b: leads back to itself: b -> c -> upset -> b: write one of them "
        "out",
        "mine.yaml:7: conditions.c: leads back to itself: c -> upset -> b -> c: write one of them "
        "out",
    }


def test_a_condition_that_uses_itself(mine: Path):
    assert faults_of(mine, "upset: {use: upset}") == [
        "mine.yaml:5: conditions.upset: leads back to itself: upset -> upset: write one of them out"
    ]


def test_names_cannot_make_a_bomb(mine: Path):
    # each line uses the one before ten times: written out, ten to the power of sixty parts
    lines = ["upset: {moment: complaint}", "a0: {use: upset}"]
    for i in range(1, 60):
        uses = ", ".join([f"{{use: a{i - 1}}}"] * 10)
        lines.append(f"a{i}: {{any: [{uses}]}}")
    (fault,) = faults_of(mine, *lines)
    # a0 stands for 3 parts, a1 for 11 + 30, a2 for 11 + 410
    assert fault == (
        f"mine.yaml:8: conditions.a2: stands for more than {MOST_PARTS} parts: make it smaller"
    )


def test_a_long_chain_of_names_is_no_way_around(mine: Path):
    lines = ["a0: {moment: complaint}"]
    lines += [f"a{i}: {{use: a{i - 1}}}" for i in range(1, 5000)]
    faults = faults_of(mine, "upset: {use: a4999}", *lines)
    assert len(faults) == 1
    assert "parts: make it smaller" in faults[0]


def test_a_condition_with_a_fault_of_its_own_is_told_once(mine: Path):
    (fault,) = faults_of(mine, "upset: {moment: complaint, at_least: 0}")
    assert fault.startswith("mine.yaml:5: conditions.upset.at_least: Input should be greater")


def test_data_with_conditions_of_any_kind_ends_in_faults(mine: Path):
    for conditions in ("5", "[1]", "{1: 2}", "{Upset: {moment: complaint}}", "{upset: 5}"):
        mine.write_text(FILE.replace("conditions:\nCONDITIONS", f"conditions: {conditions}"))
        with pytest.raises(ConfigError) as caught:
            read_rubric(str(mine), MOMENTS)
        assert all(problem.startswith(f"{mine}:") for problem in caught.value.problems)


def test_the_model_alone_refuses_what_the_file_check_refuses():
    named = {"a0": {"moment": "complaint"}}
    for i in range(1, 20):
        named[f"a{i}"] = {"any": [{"use": f"a{i - 1}"}] * 10}  # type: ignore[dict-item]
    with pytest.raises(ValidationError, match="stands for more than"):
        Rubric.model_validate(data_of(criterion_of(), conditions=named))
