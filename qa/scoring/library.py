"""Rubrics from files: shipped by name, own ones by path; every fault named with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from pydantic import ValidationError

from qa.facts import measure
from qa.nouns import Call, Channel, Fact, Transcript
from qa.problems import ConfigError
from qa.scoring.case_files import Case, Known, case_faults, read_cases
from qa.scoring.faults import conditions_used, criteria_written, faults_across
from qa.scoring.rubric import Rubric, rubric_path
from qa.scoring.warnings import warnings_in
from qa.settings import read_yaml, shipped
from qa.yaml_lines import at_lines, explained, repeated_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qa.nouns import Speaker


_CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)


def shipped_rubrics() -> tuple[Path, ...]:
    """Return the rubric files that ship with callqa, in order of name."""
    return tuple(
        path for path in sorted(shipped("rubrics").glob("*.yaml")) if path.stem != "everyday"
    )


def rubric_file(name: str) -> Path:
    """Return the file of a rubric given by shipped name or path; ConfigError if there is none."""
    path = rubric_path(name, shipped("rubrics"))
    if not path.is_file() or (path.parent == shipped("rubrics") and path.stem == "everyday"):
        known = ", ".join(rubric.stem for rubric in shipped_rubrics())
        raise ConfigError([f"rubric '{name}' not found: name a file, or one of: {known}"])
    return path


def rubric_cases(
    name: str, rubric: Rubric, speakers: Mapping[str, Speaker], files: Sequence[Path] = ()
) -> tuple[Case, ...]:
    """Return the tests of a rubric that was read; `speakers` are those of the moments that exist.

    With `files`, those of these files instead of its own. Raises ConfigError with every fault of
    their files.
    """
    return read_cases(rubric_file(name), files, rubric, facts_measured(), speakers)


def read_rubric(name: str, moments: Iterable[str]) -> Rubric:
    """Return a rubric by shipped name or file; `moments` are the names that exist.

    Raises ConfigError with every fault and its line: unreadable YAML, wrong or missing fields,
    names given twice, weights that do not sum to 100, moments and facts that do not exist.
    """
    path = rubric_file(name)
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError([f"{path}:1: a rubric is a list of `name: value` lines"])
    facts = facts_measured()
    across = [
        *faults_across(data, frozenset(moments), frozenset(facts)),
        *case_faults(data, Known(criteria_written(data), facts)),
        *repeated_keys(path),
    ]
    try:
        rubric = Rubric.model_validate(data)
    except ValidationError as error:
        # what the model says of the rubric as a whole, `across` says with its place
        single = [fault for fault in explained(error) if fault.loc or not across]
        raise ConfigError(at_lines(path, [*single, *across])) from error
    if across:
        raise ConfigError(at_lines(path, across))
    return rubric


def read_rubrics(names: Sequence[str], moments: Iterable[str]) -> tuple[Rubric, ...]:
    """Return several rubrics; ConfigError carries the faults of all of them."""
    known = tuple(moments)
    found: list[Rubric] = []
    problems: list[str] = []
    for name in dict.fromkeys(names):
        try:
            found.append(read_rubric(name, known))
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def json_schema() -> str:
    """Return the JSON Schema of a rubric file, for editors."""
    return json.dumps(Rubric.model_json_schema(by_alias=True), indent=2, ensure_ascii=False)


def warnings_of(name: str, rubric: Rubric) -> list[str]:
    """Return what is strange about a rubric that was read, one line each, with its place."""
    path = rubric_file(name)
    units = {fact.name: fact.unit for channel in _CHANNELS for fact in _measured_on(channel)}
    used = conditions_used(read_yaml(path))
    return at_lines(path, warnings_in(rubric, used, facts_measured(), units))


def facts_measured() -> dict[str, frozenset[Channel]]:
    """Return the facts that a rubric may ask for, and the channels on which each is measured."""
    found: dict[str, set[Channel]] = {}
    for channel in _CHANNELS:
        for fact in _measured_on(channel):
            found.setdefault(fact.name, set()).add(channel)
    return {name: frozenset(channels) for name, channels in found.items()}


def _measured_on(channel: Channel) -> tuple[Fact, ...]:
    """Return the facts of a channel, measured on nothing."""
    nothing = Transcript("", (), (), "en", "ready")
    return measure(nothing, Call("", Path(), "", channel=channel))
