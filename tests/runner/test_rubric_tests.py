"""Tests of rubrics: found in the rubric and beside it, run, compared, and their faults told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from qa.problems import ConfigError
from qa.runner.rubric_commands import check_with_warnings, try_rubrics
from qa.runner.tools import Tools
from qa.scoring.library import read_rubric, rubric_cases
from tests.runner.night import WordFinder

if TYPE_CHECKING:
    from pathlib import Path

    from qa.nouns import Speaker

MOMENTS: Final[dict[str, Speaker]] = {
    "apology": "agent",
    "blame": "agent",
    "complaint": "customer",
}
RUBRIC = """\
name: mine
version: '1'
title: {en: Mine}
sections:
- name: only
  title: {en: Only}
  criteria:
  - name: sorry
    weight: 60
    title: {en: S}
    why: {en: W}
    check: {kind: present, moments: [apology]}
  - name: calm
    weight: 40
    title: {en: C}
    why: {en: W}
    channels: [voice]
    check:
      kind: fact
      fact: agent_interruptions_per_min
      bands: [{up_to: 1, outcome: MET}, {outcome: NOT_MET}]
"""
IN_RUBRIC = """\
tests:
- name: said sorry
  language: en
  dialogue: |
    Customer: It is late.
    Agent: I am sorry.
  expect: {sorry: MET, calm: UNSCORED}
"""
BESIDE = """\
tests:
- name: kazala isprika
  language: hr
  hard: the word is English
  facts: {agent_interruptions_per_min: 2.5}
  dialogue: |
    Stranka: Kasni.
    Agent: Sorry, gospođo.
  expect:
    sorry: NOT_MET
    calm: NOT_MET
- name: nije mereno
  language: sr
  facts: {agent_interruptions_per_min: null}
  dialogue: |
    0-4 Корисник: Касни.
    5-9 Агент: Добро.
  expect: {sorry: NOT_MET, calm: UNSCORED}
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rubric without tests; the finder knows the words "sorry" and "fault"."""
    monkeypatch.setattr(Tools, "finder", WordFinder())
    path = tmp_path / "mine.yaml"
    path.write_text(RUBRIC, "utf-8")
    (tmp_path / "tests").mkdir()
    return path


def beside(mine: Path, name: str, text: str) -> Path:
    path = mine.parent / "tests" / name
    path.write_text(text, "utf-8")
    return path


def tried(mine: Path) -> tuple[bool, list[str]]:
    said: list[str] = []
    agree = try_rubrics([str(mine)], (), None, said.append)
    return agree, [line.replace(f"{mine.parent}/", "") for line in said]


def test_tests_that_agree(mine: Path):
    mine.write_text(RUBRIC + IN_RUBRIC, "utf-8")
    assert tried(mine) == (
        True,
        ["mine 1: 2 of 2 outcomes agree, in 1 tests", "  sorry: en 1/1", "  calm: en 1/1"],
    )


def test_a_disagreement_says_where_what_and_why(mine: Path):
    beside(mine, "mine.yaml", BESIDE)
    agree, said = tried(mine)
    assert not agree
    assert said == [
        "tests/mine.yaml:2: kazala isprika (hr, hard: the word is English): sorry should be "
        'NOT_MET, is MET: apology was heard "Sorry, gospođo."',
        "mine 1: 3 of 4 outcomes agree, in 2 tests",
        "  sorry: hr 0/1, sr 1/1",
        "  calm: hr 1/1, sr 1/1",
    ]


def test_moments_as_marked_tell_the_recognisers_mistakes_from_the_rubrics(mine: Path):
    """One apology is only a word of the finder's, and one outcome is expected wrongly."""
    marked = BESIDE.replace("  expect:\n", "  moments: {Kasni: [complaint]}\n  expect:\n").replace(
        "expect: {sorry: NOT_MET", "moments: {}\n  expect: {sorry: MET"
    )
    beside(mine, "mine.yaml", marked)
    agree, said = tried(mine)
    assert not agree
    assert said[:3] == [
        "tests/mine.yaml:2: kazala isprika (hr, hard: the word is English): sorry should be "
        'NOT_MET, is MET: apology was heard "Sorry, gospođo."; with moments as marked NOT_MET',
        "tests/mine.yaml:13: nije mereno (sr): sorry should be MET, is NOT_MET: no apology was "
        "heard; with moments as marked NOT_MET",
        "mine 1: 2 of 4 outcomes agree, in 2 tests; 3 of 4 with moments as marked",
    ]


def test_an_outcome_that_agrees_by_a_mistake_is_told(mine: Path):
    """The finder hears an apology, which is expected, but none is marked."""
    beside(mine, "mine.yaml", IN_RUBRIC.replace("  expect", "  moments: {}\n  expect"))
    agree, said = tried(mine)
    assert not agree
    assert said[:2] == [
        'tests/mine.yaml:2: said sorry (en): sorry should be MET, is MET: apology was heard "I am '
        'sorry."; with moments as marked NOT_MET',
        "mine 1: 2 of 2 outcomes agree, in 1 tests; 1 of 2 with moments as marked",
    ]


def test_a_mark_means_the_first_sentence_of_its_moments_speaker_that_has_the_words(mine: Path):
    late = IN_RUBRIC.replace(
        "It is late.\n", "I am sorry, it is late.\n    Agent: Which one?\n"
    ).replace("  expect", "  moments: {sorry: [apology, complaint]}\n  expect")
    beside(mine, "mine.yaml", late)
    (case,) = rubric_cases(str(mine), read_rubric(str(mine), MOMENTS), MOMENTS)
    marked = [(one.name, one.turn, one.quote) for one in case.marked or ()]
    assert marked == [("complaint", 0, "I am sorry, it is late."), ("apology", 2, "I am sorry.")]


def test_marks_of_a_rubrics_own_tests_do_not_keep_it_from_being_used(mine: Path):
    """A moment may be known to another pipeline alone; `qa rubric test` tells of it."""
    own = IN_RUBRIC.replace("  expect", "  moments: {late: [late]}\n  expect")
    mine.write_text(RUBRIC + own, "utf-8")
    assert read_rubric(str(mine), MOMENTS).tests
    with pytest.raises(ConfigError, match=r"mine.yaml:28: tests.0.moments.late: there is no mom"):
        check_with_warnings(str(mine), None)


def test_a_test_without_marks_does_not_count_as_marked(mine: Path):
    beside(mine, "mine.yaml", BESIDE.replace("  expect:\n", "  moments: {}\n  expect:\n"))
    assert tried(mine)[1][1] == (
        "mine 1: 3 of 4 outcomes agree, in 2 tests; 2 of 2 with moments as marked"
    )


def test_all_files_beside_a_rubric_are_its_tests_and_no_others(mine: Path):
    mine.write_text(RUBRIC + IN_RUBRIC, "utf-8")
    beside(mine, "mine.hr.yaml", BESIDE)
    beside(mine, "mine.more.yaml", BESIDE.replace("name: ", "name: another "))
    beside(mine, "mines.yaml", "no: tests\n")
    beside(mine, "yours.yaml", "no: tests\n")
    cases = rubric_cases(str(mine), read_rubric(str(mine), MOMENTS), MOMENTS)
    assert [(case.file.name, case.line) for case in cases] == [
        ("mine.yaml", 23),
        ("mine.hr.yaml", 2),
        ("mine.hr.yaml", 12),
        ("mine.more.yaml", 2),
        ("mine.more.yaml", 12),
    ]


def test_tests_change_no_digest(mine: Path):
    bare = read_rubric(str(mine), MOMENTS)
    mine.write_text(RUBRIC + IN_RUBRIC, "utf-8")
    tested = read_rubric(str(mine), MOMENTS)
    assert tested.tests
    assert tested.digest() == bare.digest()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("sorry: NOT_MET\n", "sory: NOT_MET\n", "10: tests.0.expect.sory: there is no criterion"),
        (
            "sorry: NOT_MET\n",
            "sorry: FAILED\n",
            "10: tests.0.expect.sorry: Input should be 'MET', 'PARTLY_MET'",
        ),
        ("per_min: 2.5", "per_mins: 2.5", "5: tests.0.facts.agent_interruptions_per_mins: there"),
        ("    Stranka: Kasni.\n", "    Kasni.\n", "6: tests.0.dialogue: line 1: begin it with"),
        ("language: hr", "language: de", "3: tests.0.language: Input should be 'en', 'hr' or"),
        (
            "language: hr\n",
            "language: hr\n  moments: {Kasni: [complaint, late]}\n",
            "4: tests.0.moments.Kasni: there is no moment 'late'",
        ),
        (
            "language: hr\n",
            "language: hr\n  moments: {Kasni: [complaint], kasni: [complaint]}\n",
            "4: tests.0.moments.kasni: no sentence of the customer has these words: write some as",
        ),
        (
            "language: hr\n",
            "language: hr\n  moments: {Sorry: [apology], Kasni: [complaint, apology]}\n",
            "4: tests.0.moments.Kasni: no sentence of the agent has these words: write some as "
            "they stand, apology is the agent's",
        ),
        ("- name: nije mereno", "- nam: x", "12: tests.1.nam: Extra inputs are not permitted"),
        ("nije mereno", "kazala isprika", "12: another test is named 'kazala isprika': rename"),
        ("tests:\n", "test:\n", "1: test: Extra inputs are not permitted"),
        ("tests:\n", "tests: &t\n- *t\n", "2: YAML aliases (*name) are not allowed"),
    ],
)
def test_faults_of_tests_have_their_line(mine: Path, old: str, new: str, fault: str):
    assert old in BESIDE
    path = beside(mine, "mine.yaml", BESIDE.replace(old, new, 1))
    for command in (lambda: tried(mine), lambda: check_with_warnings(str(mine), None)):
        with pytest.raises(ConfigError) as caught:
            command()
        assert any(problem.startswith(f"{path}:{fault}") for problem in caught.value.problems)


def test_faults_of_tests_in_the_rubric_are_told_with_the_others(mine: Path):
    wrong = IN_RUBRIC.replace("sorry: MET", "sory: MET").replace("Customer: It", "It")
    mine.write_text((RUBRIC + wrong).replace("weight: 60", "weight: 50"), "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_rubric(str(mine), MOMENTS)
    places = [problem.removeprefix(f"{mine}:").split(": ")[:2] for problem in caught.value.problems]
    assert places == [
        ["4", "sections"],
        ["25", "tests.0.dialogue"],
        ["28", "tests.0.expect.sory"],
    ]


def test_a_named_rubric_without_tests_is_a_fault(mine: Path):
    with pytest.raises(ConfigError, match=r"no tests: .* a file tests/mine.yaml beside it"):
        tried(mine)


def test_a_rubric_that_is_not_there(mine: Path):
    with pytest.raises(ConfigError, match="rubric 'nowhere' not found"):
        try_rubrics([str(mine), "nowhere"], (), None, print)


def test_tests_of_another_file_take_the_place_of_its_own(mine: Path, tmp_path: Path):
    mine.write_text(RUBRIC + IN_RUBRIC, "utf-8")
    elsewhere = tmp_path / "unseen.yaml"
    elsewhere.write_text(BESIDE, "utf-8")
    said: list[str] = []
    assert not try_rubrics([str(mine)], [elsewhere], None, said.append)
    assert said[0].startswith(f"{elsewhere}:2: kazala isprika (hr, hard: the word is English)")
    assert said[1] == "mine 1: 3 of 4 outcomes agree, in 2 tests"
    with pytest.raises(ConfigError, match="name the one rubric that the tests are of"):
        try_rubrics([], [elsewhere], None, said.append)
