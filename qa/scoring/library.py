"""Rubrics from files: shipped by name, own ones by path; every fault named with its place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from qa.problems import ConfigError
from qa.scoring.rubric import Rubric, moments_named, rubric_path
from qa.settings import faults, read_yaml, shipped


def shipped_rubrics() -> tuple[Path, ...]:
    """Return the rubric files that ship with callqa, in order of name."""
    return tuple(
        path for path in sorted(shipped("rubrics").glob("*.yaml")) if path.stem != "everyday"
    )


def read_rubric(name: str, moments: Iterable[str]) -> Rubric:
    """Return a rubric by shipped name or file; `moments` are the names that exist.

    Raises ConfigError with every fault: unreadable YAML with its line, wrong or missing
    fields, weights that do not sum to 100, criteria named twice, moments that do not exist.
    """
    path = rubric_path(name, shipped("rubrics"))
    if not path.is_file():
        known = ", ".join(rubric.stem for rubric in shipped_rubrics())
        raise ConfigError([f"rubric '{name}' not found: name a file, or one of: {known}"])
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError([f"{path}: a rubric is a list of `name: value` lines"])
    try:
        rubric = Rubric.model_validate(data)
    except ValidationError as error:
        raise ConfigError(faults(path, error)) from error
    known_moments = set(moments)
    unknown = [
        f"{path}: criterion '{criterion}' names the moment '{moment}', which does not exist"
        for criterion, moment in moments_named(rubric)
        if moment not in known_moments
    ]
    if unknown:
        raise ConfigError(unknown)
    return rubric


def read_rubrics(names: Sequence[str], moments: Iterable[str]) -> tuple[Rubric, ...]:
    """Return several rubrics; ConfigError carries the faults of all of them."""
    known = tuple(moments)
    found, problems = [], []
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
