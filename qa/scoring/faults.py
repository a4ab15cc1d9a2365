"""Faults of a rubric that no field shows by itself: names, sums, and references that lead nowhere.

Reads what is valid of the data, so that these faults stand in one list with those of the fields.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from math import fsum
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from qa.scoring.named import condition_faults
from qa.scoring.references import Reference, in_condition, in_criterion
from qa.scoring.rubric import Criterion
from qa.scoring.terms import Condition
from qa.yaml_lines import Fault, Loc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
_WHOLE = 100  # what the weights of a rubric sum to
_EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class _Entry:
    """A criterion as written; `read` is None if it is not valid by itself."""

    loc: Loc
    raw: dict[Any, Any]
    read: Criterion | None


def faults_across(
    data: Mapping[Any, Any], moments: frozenset[str], facts: frozenset[str]
) -> Iterator[Fault]:
    """Yield what is wrong between the fields of a rubric; `moments` and `facts` exist."""
    entries = list(_entries(data))
    yield from _named_twice(entries)
    yield from _sections_named_twice(data)
    yield from _weights(entries)
    yield from _section_weights(data, entries)
    raw = data.get("conditions")
    named = _conditions(raw if isinstance(raw, dict) else {})
    for name, fault in condition_faults(named):
        yield Fault(("conditions", name), fault)
    written = frozenset(map(str, raw)) if isinstance(raw, dict) else frozenset[str]()
    known = {"moment": moments, "fact": facts, "condition": written}
    for loc, reference in _references(named, entries):
        if reference.name not in known[reference.what]:
            message = unknown(reference.what, reference.name, known[reference.what])
            yield Fault((*loc, *reference.place), message)


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return that a name does not exist, and which does."""
    near = get_close_matches(name, sorted(known), n=1)
    names = ", ".join(sorted(known))
    hint = f"did you mean '{near[0]}'?" if near else f"write one of: {names or '(there are none)'}"
    return f"there is no {what} '{name}': {hint}"


def criteria_written(data: Mapping[Any, Any]) -> frozenset[str]:
    """Return the names of the criteria in a file, valid or not."""
    return frozenset(str(entry.raw.get("name")) for entry in _entries(data))


def conditions_used(data: object) -> frozenset[str]:
    """Return the names of the conditions that a valid file uses."""
    rubric = data if isinstance(data, dict) else {}
    named = _conditions(rubric.get("conditions") or {})
    found = _references(named, list(_entries(rubric)))
    return frozenset(reference.name for _, reference in found if reference.what == "condition")


def _references(
    named: Mapping[str, Condition], entries: Sequence[_Entry]
) -> Iterator[tuple[Loc, Reference]]:
    """Yield what named conditions and criteria refer to, as far as they are valid."""
    for name, condition in named.items():
        yield from ((("conditions", name), r) for r in in_condition(condition, ()))
    for entry in entries:
        if entry.read is not None:
            yield from ((entry.loc, r) for r in in_criterion(entry.read.when, entry.read.check))


def _conditions(raw: Mapping[Any, Any]) -> dict[str, Condition]:
    """Return the named conditions that are valid by themselves."""
    found: dict[str, Condition] = {}
    for name, value in raw.items():
        with suppress(ValidationError):
            found[str(name)] = _CONDITION.validate_python(value)
    return found


def _entries(data: Mapping[Any, Any]) -> Iterator[_Entry]:
    for at, section in enumerate(listed(data, "sections")):
        for place, raw in enumerate(listed(section, "criteria")):
            if isinstance(raw, dict):
                yield _Entry(("sections", at, "criteria", place), raw, _read(raw))


def listed(data: object, field: str) -> list[Any]:
    """Return the list that a mapping holds under a name; empty if it is none."""
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


def _sections_named_twice(data: Mapping[Any, Any]) -> Iterator[Fault]:
    seen: Counter[str] = Counter()
    for at, section in enumerate(listed(data, "sections")):
        name = section.get("name") if isinstance(section, dict) else None
        if isinstance(name, str):
            seen[name] += 1
            if seen[name] == 2:
                message = f"section '{name}' is named twice: rename one"
                yield Fault(("sections", at, "name"), message)


def _weights(entries: Sequence[_Entry]) -> Iterator[Fault]:
    total = _sum(entries)
    if total is not None and abs(total - _WHOLE) > _EXACT:
        yield Fault(("sections",), f"the weights sum to {total:g}, not to {_WHOLE}: change them")


def _section_weights(data: Mapping[Any, Any], entries: Sequence[_Entry]) -> Iterator[Fault]:
    for at, section in enumerate(listed(data, "sections")):
        given = _number(section.get("weight")) if isinstance(section, dict) else None
        total = _sum([entry for entry in entries if entry.loc[1] == at])
        if given is not None and total is not None and abs(total - given) > _EXACT:
            message = f"its criteria's weights sum to {total:g}, not to {given:g}: change one"
            yield Fault(("sections", at, "weight"), message)


def _sum(entries: Sequence[_Entry]) -> float | None:
    """Return the sum of weights; None without any, or with one that is no number."""
    weights = [entry.read.weight if entry.read else entry.raw.get("weight") for entry in entries]
    numbers = [number for w in weights if (number := _number(w)) is not None]
    return fsum(numbers) if numbers and len(numbers) == len(weights) else None


def _number(value: object) -> float | None:
    """Return a weight that can be summed; None if it is none: its own fault says why."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _WHOLE else None
