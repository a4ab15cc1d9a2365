"""Tests of rubrics from files: in the rubric itself, or beside it in `tests/`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from qa.problems import ConfigError
from qa.scoring.cases import CasesFile, RubricTest
from qa.scoring.dialogues import DialogueError, transcript_of
from qa.scoring.faults import listed, unknown
from qa.scoring.marks import mark_faults, marked_moments
from qa.settings import read_yaml
from qa.yaml_lines import Fault, Loc, at_lines, explained, lines_of, repeated_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from qa.nouns import Channel, Moment, Speaker
    from qa.scoring.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Case:
    """A test and where it is written; `marked` are the moments of its dialogue, if it says."""

    test: RubricTest
    file: Path
    line: int
    marked: tuple[Moment, ...] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The names that tests may use."""

    criteria: frozenset[str]
    facts: Mapping[str, frozenset[Channel]]  # and the channels on which each is measured


def files_beside(rubric_file: Path) -> tuple[Path, ...]:
    """Return the files of tests of a rubric: `tests/NAME.yaml` and `tests/NAME.*.yaml`."""
    folder, name = rubric_file.parent / "tests", rubric_file.stem
    return tuple(
        path
        for path in sorted(folder.glob("*.yaml"))
        if path.stem == name or path.name.startswith(f"{name}.")
    )


def read_cases(
    rubric_file: Path,
    files: Sequence[Path],
    rubric: Rubric,
    facts: Mapping[str, frozenset[Channel]],
    speakers: Mapping[str, Speaker],
) -> tuple[Case, ...]:
    """Return a rubric's tests, its own first; `speakers` are those of the moments that exist.

    With `files`, those of these files instead. Raises ConfigError with every fault of every file
    beside it, and of the marks in its own tests: what else is wrong with those was told when it
    was read.
    """
    known = Known(frozenset(criterion.name for criterion in rubric.criteria), facts)
    tests = {} if files else {rubric_file: rubric.tests}
    problems: list[str] = []
    for path in files or files_beside(rubric_file):
        try:
            tests[path] = _read_file(path, known)
        except ConfigError as error:
            problems.extend(error.problems)
    found: list[Case] = []
    names: Counter[str] = Counter()
    for path, own in tests.items():
        lines = lines_of(path, [("tests", at) for at in range(len(own))])
        problems += at_lines(path, mark_faults(own, speakers))
        found += [
            Case(test, path, line, marked_moments(test, speakers))
            for test, line in zip(own, lines, strict=True)
        ]
    for case in found:
        names[case.test.name] += 1
        if names[case.test.name] == 2:
            problem = f"another test is named '{case.test.name}': rename one"
            problems.append(f"{case.file}:{case.line}: {problem}")
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def _read_file(path: Path, known: Known) -> tuple[RubricTest, ...]:
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError([f"{path}:1: write `tests:` and the tests below it"])
    across = [*case_faults(data, known), *repeated_keys(path)]
    try:
        tests = CasesFile.model_validate(data).tests
    except ValidationError as error:
        raise ConfigError(at_lines(path, [*explained(error), *across])) from error
    if across:
        raise ConfigError(at_lines(path, across))
    return tests


def case_faults(data: Mapping[Any, Any], known: Known) -> Iterator[Fault]:
    """Yield what no field of a test shows by itself: names that do not exist, its dialogue."""
    for at, raw in enumerate(listed(data, "tests")):
        loc: Loc = ("tests", at)
        try:
            test = RubricTest.model_validate(raw)
        except ValidationError:
            continue  # has faults of its own
        for criterion in test.expect:
            if criterion not in known.criteria:
                message = unknown("criterion", criterion, known.criteria)
                yield Fault((*loc, "expect", criterion), message)
        yield from _fact_faults(test, known, loc)
        try:
            transcript_of(test)
        except DialogueError as error:
            yield Fault((*loc, "dialogue"), str(error))


def _fact_faults(test: RubricTest, known: Known, loc: Loc) -> Iterator[Fault]:
    for fact in test.facts:
        if fact not in known.facts:
            yield Fault((*loc, "facts", fact), unknown("fact", fact, known.facts))
        elif test.channel not in known.facts[fact]:
            message = f"is not measured on {test.channel}: remove it"
            yield Fault((*loc, "facts", fact), message)
