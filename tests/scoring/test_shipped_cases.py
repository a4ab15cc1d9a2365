"""The shipped rubrics' own tests, with moments marked by hand: here the rubrics are tested.

`qa rubric test` runs the same dialogues with the classifier. What disagrees there and not here is
the classifier's mistake.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
import yaml

from qa.runner.rubric_cases import run_cases
from qa.scoring.library import read_rubric, rubric_cases, shipped_rubrics
from qa.settings import shipped
from tests.runner.night import WordFinder

CONTACTS: Final = Path(__file__).parents[2] / "data" / "labelled" / "contacts"
MOMENTS: Final = {
    path.stem: yaml.safe_load(path.read_text("utf-8").split("\ntitle:")[0])["speaker"]
    for path in (shipped("rubrics") / "moments").glob("*.yaml")
}


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("name", [path.stem for path in shipped_rubrics()])
def test_what_is_heard_rightly_is_scored_as_expected(name: str, *, apart: bool) -> None:
    # apart: dialogues and expectations of writers who had read the rubrics alone
    files = sorted(CONTACTS.glob(f"{name}.*.yaml")) if apart else []
    assert len(files) == (3 if apart else 0)
    rubric = read_rubric(name, MOMENTS)
    compared = list(run_cases(rubric, rubric_cases(name, rubric, MOMENTS, files), WordFinder()))
    differ = [
        f"{one.case.test.name}: {one.criterion} should be {one.expected}, is {one.as_marked}"
        for one in compared
        if one.as_marked is not one.expected
    ]
    assert compared
    assert differ == []


@pytest.mark.parametrize("name", [path.stem for path in shipped_rubrics()])
def test_every_shipped_test_is_marked(name: str) -> None:
    for case in rubric_cases(name, read_rubric(name, MOMENTS), MOMENTS):
        assert case.marked is not None, case.test.name
