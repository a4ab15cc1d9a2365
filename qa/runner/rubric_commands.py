"""What the `qa rubric` commands do: a rubric's faults and warnings, and its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.moments.bank import read_bank
from qa.problems import ConfigError
from qa.runner.rubric_cases import Compared, disagreement, run_cases, summary
from qa.runner.tools import Tools
from qa.scoring.library import read_rubric, rubric_cases, shipped_rubrics, warnings_of
from qa.settings import read_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from qa.moments.bank import Bank
    from qa.scoring.case_files import Case
    from qa.scoring.rubric import Rubric


def check_rubric(name: str, pipeline_file: Path | None) -> Rubric:
    """Return a rubric that is fine; ConfigError with every fault of one that is not."""
    return read_rubric(name, _bank(pipeline_file).speakers)


def check_with_warnings(name: str, pipeline_file: Path | None) -> tuple[Rubric, list[str]]:
    """Return a rubric and what is strange about it, though not wrong; its tests are read too."""
    speakers = _bank(pipeline_file).speakers
    rubric = read_rubric(name, speakers)
    rubric_cases(name, rubric, speakers)
    return rubric, warnings_of(name, rubric)


def _bank(pipeline_file: Path | None) -> Bank:
    return read_bank(read_pipeline(pipeline_file).moments.folders)


def try_rubrics(
    names: Sequence[str],
    files: Sequence[Path],
    pipeline_file: Path | None,
    say: Callable[[str], None],
) -> bool:
    """Run the tests of rubrics, of all shipped ones if none is named; say if all outcomes agree.

    With `files`, the tests in these files instead of its own, of one rubric that is named.

    Those with moments as marked have to agree too. Each disagreement is told as soon as it is
    found. What is wrong with any file is told at once, before any test; a rubric that is named and
    has no tests is a fault as well.
    """
    wanted = tuple(dict.fromkeys(names)) or tuple(path.stem for path in shipped_rubrics())
    if files and len(wanted) != 1:
        raise ConfigError(["--tests: name the one rubric that the tests are of"])
    pipeline = read_pipeline(pipeline_file)
    bank = read_bank(pipeline.moments.folders)
    found: list[tuple[Rubric, tuple[Case, ...]]] = []
    problems: list[str] = []
    for name in wanted:
        try:
            rubric = read_rubric(name, bank.speakers)
            cases = rubric_cases(name, rubric, bank.speakers, files)
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        if names and not cases:
            problems.append(f"{name}: no tests: write `tests:` into the rubric, or {_beside(name)}")
        found.append((rubric, cases))
    if problems:
        raise ConfigError(problems)
    with Tools(pipeline, workers=1, bank=bank) as tools:
        fine = [_try(rubric, cases, tools, say) for rubric, cases in found]
    return all(fine)


def _try(rubric: Rubric, cases: Sequence[Case], tools: Tools, say: Callable[[str], None]) -> bool:
    if not cases:
        say(f"{rubric.name} {rubric.version}: no tests")
        return True
    compared: list[Compared] = []
    for one in run_cases(rubric, cases, tools.finder):
        compared.append(one)
        if not one.fine:
            say(disagreement(one))
    for line in summary(rubric, compared):
        say(line)
    return all(one.fine for one in compared)


def _beside(name: str) -> str:
    return f"a file tests/{name.rsplit('/', 1)[-1].rsplit('.', 1)[0]}.yaml beside it"
