"""Faults of YAML files, each with the line it stands on and what to write instead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic import ValidationError

Loc = tuple[str | int, ...]

# the same data and the same lines as the loader in Python, in a tenth of the time
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SHOWN = 60  # letters of a wrong value; a pasted page is not repeated
_MOST = 100  # faults told of one file: nobody reads more before mending these


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place of the data, e.g. ("sections", 0, "criteria", 2, "weight")."""

    loc: Loc  # may hold names of union members, which are no part of the file
    message: str
    missing: bool = False  # the last part of `loc` is not there and should be


@dataclass(frozen=True, slots=True)
class _Trail:
    """A way into the document: the node it leads to, its line and the names that led there."""

    node: yaml.Node
    line: int
    names: Loc


def at_lines(path: Path, found: Iterable[Fault]) -> list[str]:
    """Return one line per fault, `file:line: field: what is wrong`, in order of the file.

    Of more than a hundred the first ones, and how many more there are.
    """
    faults = list(found)
    document = _Document(path) if faults else None  # reading a long file again takes its time
    placed = sorted((document.place(fault), fault.message) for fault in faults if document)
    told = [f"{path}:{line}: {field}: {message}" for (line, field), message in placed[:_MOST]]
    left = len(placed) - len(told)
    return [*told, f"{path}: and {left} more: mend these first"] if left else told


def lines_of(path: Path, places: Iterable[Loc]) -> list[int]:
    """Return the line of each place of a file's data."""
    document = _Document(path)
    return [document.place(Fault(place, ""))[0] for place in places]


def explained(error: ValidationError) -> list[Fault]:
    """Return the faults of a validation, worded for the person who writes the file."""
    found = [dict(details) for details in error.errors()]
    return [_explained(details) for details in found if not _follows(details)]


def repeated_keys(path: Path) -> list[Fault]:
    """Return a fault per name that a mapping gives twice; YAML would keep the last, silently."""
    root = _compose(path)
    waiting: list[tuple[yaml.Node, Loc]] = [(root, ())] if root else []
    found: list[Fault] = []
    while waiting:
        node, loc = waiting.pop()
        times = Counter(name for name, _, _ in _children(node))
        twice = [name for name, count in times.items() if count > 1]
        found += [Fault((*loc, name), "given more than once: keep one") for name in twice]
        waiting += [(child, (*loc, name)) for name, _, child in _children(node)]
    return found


def _follows(details: dict[str, Any]) -> bool:
    """Return whether a list is only short of its items because those have faults themselves."""
    if details["type"] != "too_short":
        return False
    return len(details["input"]) >= int(details["ctx"]["min_length"])


def _explained(details: dict[str, Any]) -> Fault:  # noqa: C901 - a closed set, one case each
    loc, message, given = details["loc"], details["msg"], details["input"]
    match details["type"]:
        case "missing":
            return Fault(loc, f"{message}: write `{loc[-1]}: ...`", missing=True)
        case "extra_forbidden":
            return Fault(loc, f"{message}: remove it or check its spelling")
        case "union_tag_not_found":
            name = details["ctx"]["discriminator"].strip("'")
            return Fault((*loc, name), f"Field required: write `{name}: ...`", missing=True)
        case "union_tag_invalid":
            context = details["ctx"]
            name, known = context["discriminator"].strip("'"), context["expected_tags"]
            return Fault((*loc, name), f"'{context['tag']}' is not known: write one of {known}")
        case "too_short":
            return Fault(loc, f"write at least {details['ctx']['min_length']}")
        case "at_item":  # raised by a validator of a list, about one of its items
            return Fault((*loc, details["ctx"]["item"]), details["ctx"]["message"])
        case "value_error":
            return Fault(loc, message.removeprefix("Value error, "))
        case "string_type" if isinstance(given, bool | int | float):
            return Fault(loc, f"{message}: put it in quotes")
        case _:
            return Fault(loc, message + _given(given))


def _given(value: object) -> str:
    if not isinstance(value, str | bool | int | float | None):
        return ""
    shown = repr(value)
    return f" (given: {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '...'})"


def _compose(path: Path) -> yaml.Node | None:
    """Return the document's nodes; None if there are none, or the file cannot be read again."""
    try:
        return yaml.compose(path.read_text("utf-8-sig"), Loader=LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return None


class _Document:
    """The nodes of a file, with what each holds by name: found once, however many faults."""

    def __init__(self, path: Path) -> None:
        self._root = _compose(path)
        self._held: dict[int, dict[str, tuple[int, yaml.Node]]] = {}

    def place(self, fault: Fault) -> tuple[int, str]:
        """Return the line and the name of the field that a fault is about.

        A part of `loc` may be the name of a union member, which the file does not have, though it
        may have a field of that very name. So all ways of leaving parts out are followed at once;
        best is one that ends with the last part, then the longest.
        """
        root = self._root
        if root is None:
            return 1, ".".join(map(str, fault.loc)) or "file"
        trails = {id(root): _Trail(root, _line(root), ())}
        ended: list[_Trail] = []
        for part in fault.loc:
            ended = [step for trail in trails.values() if (step := self._step(trail, part))]
            trails |= {id(step.node): step for step in ended}
        if fault.missing:
            mappings = (t for t in trails.values() if isinstance(t.node, yaml.MappingNode))
            best = max(mappings, key=_length, default=trails[id(root)])
            return best.line, ".".join(map(str, (*best.names, fault.loc[-1])))
        best = max(ended or trails.values(), key=_length)
        return best.line, ".".join(map(str, best.names)) or "file"

    def _step(self, trail: _Trail, part: str | int) -> _Trail | None:
        node = trail.node
        if id(node) not in self._held:  # of two of one name, YAML takes the last
            self._held[id(node)] = {
                str(name): (line, child) for name, line, child in _children(node)
            }
        found = self._held[id(node)].get(str(part))
        return _Trail(found[1], found[0], (*trail.names, part)) if found else None


def _children(node: yaml.Node) -> Iterator[tuple[str | int, int, yaml.Node]]:
    """Yield (name or index, line, node) of what a mapping or a list holds."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, _line(key), value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield index, _line(item), item


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _length(trail: _Trail) -> int:
    return len(trail.names)
