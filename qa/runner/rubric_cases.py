"""Rubric tests as they run: real moments, real facts, and each outcome beside the expected one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.nouns import LANGUAGES, Call, Fact, Outcome
from qa.pipeline import study
from qa.scoring.card import score
from qa.scoring.dialogues import transcript_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qa.moments.finder import MomentFinder
    from qa.nouns import Score
    from qa.scoring.case_files import Case
    from qa.scoring.judgement import Findings
    from qa.scoring.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Compared:
    """One outcome that a test expects, and the score that came out.

    `as_marked` is what comes out of the moments that the test marks, if it does: what disagrees and
    agrees there is the recogniser's mistake, not the rubric's.
    """

    case: Case
    criterion: str
    expected: Outcome
    score: Score
    as_marked: Outcome | None = None

    @property
    def agrees(self) -> bool:
        return self.score.outcome is self.expected

    @property
    def fine(self) -> bool:
        """Say whether it agrees, and not by a mistake that makes good another."""
        return self.agrees and self.as_marked in (None, self.expected)


def run_cases(rubric: Rubric, cases: Iterable[Case], finder: MomentFinder) -> Iterator[Compared]:
    """Yield every outcome that the tests expect of a rubric, beside what it says."""
    for case in cases:
        findings = _findings(case, finder)
        scores = _scores(findings, rubric)
        marked = {}
        if case.marked is not None:
            marked = _scores(replace(findings, moments=case.marked), rubric)
        for criterion, expected in case.test.expect.items():
            as_marked = marked[criterion].outcome if marked else None
            yield Compared(case, criterion, expected, scores[criterion], as_marked)


def _scores(findings: Findings, rubric: Rubric) -> dict[str, Score]:
    return {one.criterion: one for one in score(findings, rubric).scores}


def _findings(case: Case, finder: MomentFinder) -> Findings:
    test = case.test
    call = Call(test.name, Path(), "", language=test.language, channel=test.channel)
    found = study(transcript_of(test), call, finder)
    measured = [fact for fact in found.facts if fact.name not in test.facts]
    given = [Fact(name, value, "", trusted=value is not None) for name, value in test.facts.items()]
    return replace(found, facts=(*measured, *given))


def disagreement(one: Compared) -> str:
    """Return one line: where, which test, what was expected, what came out and why."""
    test, case = one.case.test, one.case
    hard = f", hard: {test.hard}" if test.hard else ""
    quoted = "".join(f' "{evidence.quote}"' for evidence in one.score.evidence)
    marked = f"; with moments as marked {one.as_marked}" if one.as_marked else ""
    return (
        f"{case.file}:{case.line}: {test.name} ({test.language}{hard}): {one.criterion} "
        f"should be {one.expected}, is {one.score.outcome}: {one.score.reason}{quoted}{marked}"
    )


def summary(rubric: Rubric, compared: Sequence[Compared]) -> list[str]:
    """Return a line for the rubric and one per criterion: how many outcomes agree, by language."""
    agree = sum(one.agrees for one in compared)
    tests = len({id(one.case) for one in compared})
    marked = [one.as_marked is one.expected for one in compared if one.as_marked]
    with_marks = f"; {sum(marked)} of {len(marked)} with moments as marked" if marked else ""
    lines = [
        f"{rubric.name} {rubric.version}: {agree} of {len(compared)} outcomes agree, "
        f"in {tests} tests{with_marks}"
    ]
    for criterion in rubric.criteria:
        own = [one for one in compared if one.criterion == criterion.name]
        lines.append(f"  {criterion.name}: {_by_language(own) or 'no tests'}")
    return lines


def _by_language(compared: Sequence[Compared]) -> str:
    asked = Counter(one.case.test.language for one in compared)
    agree = Counter(one.case.test.language for one in compared if one.agrees)
    known = [language for language in LANGUAGES if asked[language]]
    return ", ".join(f"{language} {agree[language]}/{asked[language]}" for language in known)
