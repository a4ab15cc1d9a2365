"""The shipped rubrics: every standard of the articles has its criterion, every one its texts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from qa.moments.bank import read_bank
from qa.nouns import LANGUAGES
from qa.scoring.dialogues import transcript_of
from qa.scoring.library import read_rubric, rubric_cases, shipped_rubrics, warnings_of
from qa.sentences import cut
from qa.text import normalise

if TYPE_CHECKING:
    from qa.nouns import Speaker
    from qa.scoring.case_files import Case
    from qa.scoring.rubric import Rubric

PAGE: Final = Path(__file__).parents[2] / "docs" / "rubrics.md"
ROW: Final = re.compile(r"^\| (00[0-4]) \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
CRITERION: Final = re.compile(r"`([a-z-]+)\.([a-z_]+)`")
# how many standards each of the five articles sets
STANDARDS: Final = {"000": 6, "001": 3, "002": 2, "003": 4, "004": 4}
FEWEST_TESTS: Final = 8


@pytest.fixture(scope="module")
def speakers() -> dict[str, Speaker]:
    return read_bank().speakers


@pytest.fixture(scope="module")
def rubrics(speakers: dict[str, Speaker]) -> dict[str, Rubric]:
    return {path.stem: read_rubric(path.stem, speakers) for path in shipped_rubrics()}


@pytest.fixture(scope="module")
def cases(rubrics: dict[str, Rubric], speakers: dict[str, Speaker]) -> dict[str, tuple[Case, ...]]:
    return {name: rubric_cases(name, rubric, speakers) for name, rubric in rubrics.items()}


def standards() -> list[tuple[str, str, set[tuple[str, str]]]]:
    """Return article, standard and criteria (rubric, name) of each row of the table."""
    rows = ROW.findall(PAGE.read_text("utf-8"))
    return [(article, standard, set(CRITERION.findall(cell))) for article, standard, cell in rows]


def test_the_four_rubrics_are_shipped_without_warnings(rubrics: dict[str, Rubric]) -> None:
    assert list(rubrics) == ["core", "heard", "service-standards", "written-support"]
    assert [warning for name, one in rubrics.items() for warning in warnings_of(name, one)] == []


def test_names_that_outside_tools_rely_on(rubrics: dict[str, Rubric]) -> None:
    assert [c.name for c in rubrics["core"].criteria] == [
        "interruptions", "empathy", "apology", "resolution", "blame",
    ]  # fmt: skip
    assert [c.name for c in rubrics["heard"].criteria] == [
        "hear", "empathise", "apologise", "resolve", "diagnose", "order",
    ]  # fmt: skip


def test_every_standard_has_criteria_that_exist(rubrics: dict[str, Rubric]) -> None:
    existing = {(name, c.name) for name, one in rubrics.items() for c in one.criteria}
    assert Counter(article for article, _, _ in standards()) == STANDARDS
    for article, standard, criteria in standards():
        assert criteria, f"{article} {standard}: no criterion"
        assert criteria <= existing, f"{article} {standard}: {criteria - existing}"


def test_every_criterion_comes_from_a_standard(rubrics: dict[str, Rubric]) -> None:
    sourced = {one for _, _, criteria in standards() for one in criteria}
    assert {(name, c.name) for name, one in rubrics.items() for c in one.criteria} == sourced


def test_every_criterion_is_explained_in_every_language(rubrics: dict[str, Rubric]) -> None:
    for rubric in rubrics.values():
        for criterion in rubric.criteria:
            for language in LANGUAGES:
                assert criterion.title[language]
                assert criterion.why[language]
                assert criterion.say_instead[language]


def test_no_text_of_a_criterion_is_used_twice_in_a_rubric(rubrics: dict[str, Rubric]) -> None:
    for rubric in rubrics.values():
        whys = Counter(c.why[language] for c in rubric.criteria for language in LANGUAGES)
        assert [why for why, times in whys.items() if times > 1] == []


def test_each_criterion_has_enough_tests_in_every_language(
    rubrics: dict[str, Rubric], cases: dict[str, tuple[Case, ...]]
) -> None:
    for name, rubric in rubrics.items():
        asked: dict[str, Counter[str]] = defaultdict(Counter)
        expected: dict[str, set[str]] = defaultdict(set)
        for case in cases[name]:
            for asked_for, outcome in case.test.expect.items():
                asked[asked_for][case.test.language] += 1
                expected[asked_for].add(outcome)
        for criterion in rubric.criteria:
            times = asked[criterion.name]
            assert set(times) == set(LANGUAGES), f"{name}.{criterion.name}: {times}"
            assert times.total() >= FEWEST_TESTS, f"{name}.{criterion.name}: {times}"
            # tests that can only pass or only fail would say little
            assert {"MET", "NOT_MET"} <= expected[criterion.name], f"{name}.{criterion.name}"


def test_each_rubric_has_hard_cases(cases: dict[str, tuple[Case, ...]]) -> None:
    for name, own in cases.items():
        assert sum(bool(case.test.hard) for case in own) >= FEWEST_TESTS, name


def test_the_tests_are_not_what_the_classifier_learns_from(
    cases: dict[str, tuple[Case, ...]],
) -> None:
    """Greetings and other set phrases apart: of the sentences, at most one in twenty."""
    learnt = {
        normalise(line)
        for moment in read_bank().moments
        for lines in (*moment.examples.values(), *moment.near_misses.values())
        for line in lines
    }
    said = [
        normalise(sentence.text)
        for own in cases.values()
        for case in own
        for sentence in cut(transcript_of(case.test))
    ]
    known = [text for text in said if len(text.split()) > 2 and text in learnt]
    assert len(said) > 400
    assert len(known) <= len(said) / 20, known
