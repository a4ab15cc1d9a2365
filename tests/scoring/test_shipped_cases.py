"""The shipped rubrics' own tests, with moments marked by hand: here the rubrics are tested.

`qa rubric test` runs the same dialogues with the classifier. What disagrees there and not here is
the classifier's mistake.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from qa.facts import measure
from qa.nouns import Call, Fact
from qa.scoring.card import score
from qa.scoring.dialogues import transcript_of
from qa.scoring.judgement import Findings
from qa.scoring.library import read_rubric, rubric_cases, shipped_rubrics
from qa.scoring.marks import marked_moments
from qa.settings import shipped

if TYPE_CHECKING:
    from qa.scoring.cases import RubricTest

MOMENTS: Final = {
    path.stem: yaml.safe_load(path.read_text("utf-8").split("\ntitle:")[0])["speaker"]
    for path in (shipped("rubrics") / "moments").glob("*.yaml")
}


def findings_of(test: RubricTest) -> Findings:
    transcript = transcript_of(test)
    call = Call(test.name, Path(), "", language=test.language, channel=test.channel)
    facts = [fact for fact in measure(transcript, call) if fact.name not in test.facts]
    facts += [
        Fact(name, value, "", trusted=value is not None) for name, value in test.facts.items()
    ]
    return Findings(transcript, tuple(facts), marked_moments(test, MOMENTS))


@pytest.mark.parametrize("name", [path.stem for path in shipped_rubrics()])
def test_what_is_heard_rightly_is_scored_as_expected(name: str) -> None:
    rubric = read_rubric(name, MOMENTS)
    differ = []
    for case in rubric_cases(name, rubric, MOMENTS):
        scores = {one.criterion: one for one in score(findings_of(case.test), rubric).scores}
        differ += [
            f"{case.test.name}: {criterion} should be {wanted}, is {scores[criterion].outcome}"
            for criterion, wanted in case.test.expect.items()
            if scores[criterion].outcome is not wanted
        ]
    assert differ == []


@pytest.mark.parametrize("name", [path.stem for path in shipped_rubrics()])
def test_every_shipped_test_is_marked(name: str) -> None:
    for case in rubric_cases(name, read_rubric(name, MOMENTS), MOMENTS):
        assert case.test.moments is not None, case.test.name
