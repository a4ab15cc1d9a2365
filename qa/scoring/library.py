"""Rubrics from files: shipped by name, own ones by path; every fault named with its line."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from qa.facts import measure
from qa.nouns import Call, Channel, Transcript
from qa.problems import ConfigError
from qa.scoring.references import Reference, in_condition, in_criterion
from qa.scoring.rubric import Criterion, Rubric, rubric_path
from qa.scoring.terms import Condition
from qa.settings import read_yaml, shipped
from qa.yaml_lines import Fault, Loc, at_lines, explained, repeated_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
_WHOLE = 100  # what the weights of a rubric sum to


def shipped_rubrics() -> tuple[Path, ...]:
    """Return the rubric files that ship with callqa, in order of name."""
    return tuple(
        path for path in sorted(shipped("rubrics").glob("*.yaml")) if path.stem != "everyday"
    )


def read_rubric(name: str, moments: Iterable[str]) -> Rubric:
    """Return a rubric by shipped name or file; `moments` are the names that exist.

    Raises ConfigError with every fault and its line: unreadable YAML, wrong or missing fields,
    names given twice, weights that do not sum to 100, moments and facts that do not exist.
    """
    path = rubric_path(name, shipped("rubrics"))
    if not path.is_file() or (path.parent == shipped("rubrics") and path.stem == "everyday"):
        known = ", ".join(rubric.stem for rubric in shipped_rubrics())
        raise ConfigError([f"rubric '{name}' not found: name a file, or one of: {known}"])
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError([f"{path}:1: a rubric is a list of `name: value` lines"])
    across = [*_across(data, frozenset(moments)), *repeated_keys(path)]
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


def fact_names() -> frozenset[str]:
    """Return the facts that a rubric may ask for: those measured of any channel."""
    channels: tuple[Channel, ...] = ("voice", "chat", "email")
    nothing = Transcript("", (), (), "en", "ready")
    return frozenset(
        fact.name
        for channel in channels
        for fact in measure(nothing, Call("", Path(), "", channel=channel))
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A criterion as written; `read` is None if it is not valid by itself."""

    loc: Loc
    raw: dict[Any, Any]
    read: Criterion | None


def _across(data: dict[Any, Any], moments: frozenset[str]) -> Iterator[Fault]:
    """Yield the faults that no field shows by itself.

    Reads what is valid of the data, so that these faults stand in the same list as the others.
    """
    entries = list(_entries(data))
    yield from _named_twice(entries)
    yield from _weights(entries)
    named = data.get("conditions")
    known = {
        "moment": moments,
        "fact": fact_names(),
        "condition": frozenset(map(str, named)) if isinstance(named, dict) else frozenset(),
    }
    for loc, reference in _references(data, entries):
        if reference.name not in known[reference.what]:
            message = _unknown(reference.what, reference.name, known[reference.what])
            yield Fault((*loc, *reference.place), message)


def _references(data: dict[Any, Any], entries: Sequence[_Entry]) -> Iterator[tuple[Loc, Reference]]:
    """Yield what criteria and named conditions refer to, as far as they are valid."""
    named = data.get("conditions")
    for name, condition in _conditions(named if isinstance(named, dict) else {}).items():
        yield from ((("conditions", name), r) for r in in_condition(condition, ()))
    for entry in entries:
        if entry.read is not None:
            yield from ((entry.loc, r) for r in in_criterion(entry.read))


def _conditions(raw: dict[Any, Any]) -> dict[str, Condition]:
    """Return the named conditions that are valid by themselves."""
    found: dict[str, Condition] = {}
    for name, value in raw.items():
        with suppress(ValidationError):
            found[str(name)] = _CONDITION.validate_python(value)
    return found


def _entries(data: dict[Any, Any]) -> Iterator[_Entry]:
    for at, section in enumerate(_listed(data, "sections")):
        for place, raw in enumerate(_listed(section, "criteria")):
            if isinstance(raw, dict):
                yield _Entry(("sections", at, "criteria", place), raw, _read(raw))


def _listed(data: object, field: str) -> list[Any]:
    found = data.get(field) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []


def _read(raw: dict[Any, Any]) -> Criterion | None:
    try:
        return Criterion.model_validate(raw)
    except ValidationError:
        return None


def _named_twice(entries: Sequence[_Entry]) -> Iterator[Fault]:
    seen: Counter[object] = Counter()
    for entry in entries:
        name = str(entry.raw.get("name"))
        seen[name] += 1
        if "name" in entry.raw and seen[name] == 2:
            yield Fault((*entry.loc, "name"), f"criterion '{name}' is named twice: rename one")


def _weights(entries: Sequence[_Entry]) -> Iterator[Fault]:
    weights = [entry.read.weight if entry.read else entry.raw.get("weight") for entry in entries]
    numbers = [float(w) for w in weights if isinstance(w, int | float) and not isinstance(w, bool)]
    if not numbers or len(numbers) < len(weights):
        return  # a weight that is no number has its own fault, and the sum is not known
    total = fsum(numbers)
    if abs(total - _WHOLE) > 1e-6:
        yield Fault(("sections",), f"the weights sum to {total:g}, not to {_WHOLE}: change them")


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"write one of: {', '.join(sorted(known))}"
    return f"there is no {what} '{name}': {hint}"
