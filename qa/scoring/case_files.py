"""Tests of rubrics from files: in the rubric itself, or beside it in `tests/`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from qa.problems import ConfigError
from qa.scoring.cases import CasesFile, RubricTest
from qa.scoring.dialogues import DialogueError, marked_moments, transcript_of
from qa.scoring.faults import listed, unknown
from qa.settings import read_yaml
from qa.yaml_lines import Fault, Loc, at_lines, explained, lines_of, repeated_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from qa.scoring.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Case:
    """A test and where it is written."""

    test: RubricTest
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Known:
    """The names that tests may use."""

    criteria: frozenset[str]
    facts: frozenset[str]
    moments: frozenset[str]


def files_beside(rubric_file: Path) -> tuple[Path, ...]:
    """Return the files of tests of a rubric: `tests/NAME.yaml` and `tests/NAME.*.yaml`."""
    folder, name = rubric_file.parent / "tests", rubric_file.stem
    return tuple(
        path
        for path in sorted(folder.glob("*.yaml"))
        if path.stem == name or path.name.startswith(f"{name}.")
    )


def read_cases(rubric_file: Path, rubric: Rubric, known: Known) -> tuple[Case, ...]:
    """Return all tests of a rubric, its own first.

    Raises ConfigError with every fault of every file beside it: those of the rubric's own tests
    were told when it was read.
    """
    lines = lines_of(rubric_file, [("tests", at) for at in range(len(rubric.tests))])
    found = [Case(test, rubric_file, line) for test, line in zip(rubric.tests, lines, strict=True)]
    problems: list[str] = []
    for path in files_beside(rubric_file):
        try:
            found += _read_file(path, known)
        except ConfigError as error:
            problems.extend(error.problems)
    names: Counter[str] = Counter()
    for case in found:
        names[case.test.name] += 1
        if names[case.test.name] == 2:
            problem = f"another test is named '{case.test.name}': rename one"
            problems.append(f"{case.file}:{case.line}: {problem}")
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def _read_file(path: Path, known: Known) -> list[Case]:
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
    lines = lines_of(path, [("tests", at) for at in range(len(tests))])
    return [Case(test, path, line) for test, line in zip(tests, lines, strict=True)]


def case_faults(data: Mapping[Any, Any], known: Known) -> Iterator[Fault]:
    """Yield what no field of a test shows by itself: names that do not exist, its dialogue."""
    for at, raw in enumerate(listed(data, "tests")):
        try:
            test = RubricTest.model_validate(raw)
        except ValidationError:
            continue  # has faults of its own
        loc: Loc = ("tests", at)
        yield from _unknown_names(test, known, loc)
        try:
            transcript_of(test)
        except DialogueError as error:
            yield Fault((*loc, "dialogue"), str(error))
            continue
        try:
            marked_moments(test)
        except DialogueError as error:
            yield Fault((*loc, "moments"), str(error))


def _unknown_names(test: RubricTest, known: Known, loc: Loc) -> Iterator[Fault]:
    named = [("criterion", known.criteria, ("expect", name), name) for name in test.expect]
    named += [("fact", known.facts, ("facts", name), name) for name in test.facts]
    named += [
        ("moment", known.moments, ("moments", part), name)
        for part, names in (test.moments or {}).items()
        for name in names
    ]
    for what, names, place, name in named:
        if name not in names:
            yield Fault((*loc, *place), unknown(what, name, names))
