"""The manifest: a table of calls (`calls.csv`), read whole and checked before any work starts."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from qa.intake.rows import COLUMNS, REQUIRED, Place, Row
from qa.nouns import LANGUAGES
from qa.problems import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qa.nouns import Call, Language

_MAX_BYTES = 256_000_000  # some two million calls; more do not belong in one night
_SHOWN = 200  # problems listed; one wrong column makes as many as there are calls


def read_manifest(
    path: Path,
    recordings_root: Path | None = None,
    languages: tuple[Language, ...] = LANGUAGES,
) -> tuple[Call, ...]:
    """Return one `Call` per row, in the order of the file; a header alone gives none.

    UTF-8 with or without a byte order mark, comma or semicolon (which sheets write where the
    comma is the decimal sign). Blank rows and unknown columns are ignored, values stripped,
    column names compared without case. `recording` is relative to the manifest's folder and,
    after links are followed, must lie in `recordings_root` (default: that folder); whether the
    file is there is only found out when its turn comes. A `started_at` without a zone is UTC.

    Raises ConfigError with all problems, each as "calls.csv:7: what is wrong: what to do".
    """
    text = _text(path)
    folder = path.resolve().parent
    root = folder if recordings_root is None else recordings_root.resolve()
    if not root.is_dir():
        raise ConfigError([f"{root}: the recordings folder does not exist"])
    table = _Table(path.name, text)
    seen: dict[str, int] = {}
    calls = []
    for line, cells in table.rows():
        row = Row(cells)
        call = row.call(Place(folder, root), languages)
        call_id = cells["call_id"]
        if call_id and call_id in seen:
            row.problems.append(
                f"call_id {call_id!r} appears already on line {seen[call_id]}: "
                "give each call its own id"
            )
        seen.setdefault(call_id, line)
        table.problems.extend(f"{path.name}:{line}: {problem}" for problem in row.problems)
        if call is not None:
            calls.append(call)
    if table.problems:
        raise ConfigError(_shown(table.problems))
    return tuple(calls)


class _Table:
    """The rows of a CSV text by column name, and what is wrong with its form."""

    def __init__(self, name: str, text: str) -> None:
        self.problems: list[str] = []
        self._name = name
        self._records = self._numbered(text)
        line, header = next(self._records, (1, []))
        self._header = [cell.strip().casefold() for cell in header]
        if not self.problems:
            self.problems = [f"{name}:{line}: {problem}" for problem in _faults(self._header)]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield line number and cells of every row that has as many cells as the header."""
        if self.problems:
            return  # without its columns every row would be wrong
        expected = len(self._header)
        for line, record in self._records:
            if len(record) != expected:
                self.problems.append(
                    f"{self._name}:{line}: {len(record)} cells where the header has {expected}: "
                    'put values that hold a separator in "quotes"'
                )
                continue
            cells = dict(zip(self._header, (cell.strip() for cell in record), strict=True))
            yield line, {column: cells.get(column, "") for column in COLUMNS}

    def _numbered(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield each record that is not blank with the line it starts on."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        line = 1
        try:
            for record in reader:
                if any(cell.strip() for cell in record):
                    yield line, record
                line = reader.line_num + 1
        except csv.Error as error:
            self.problems.append(f"{self._name}:{line}: not valid CSV ({error}): check its quotes")


def _delimiter(text: str) -> str:
    """Return the separator of which the first line that is not blank has more."""
    first = text.lstrip().split("\n", 1)[0]
    return ";" if first.count(";") > first.count(",") else ","


def _faults(header: list[str]) -> list[str]:
    if not header:
        return ["nothing in it: the first line names the columns, " + ", ".join(COLUMNS)]
    missing = [
        f"column {name} is missing: the first line names the columns"
        for name in REQUIRED
        if name not in header
    ]
    double = [
        f"column {name} appears twice: keep one" for name in COLUMNS if header.count(name) > 1
    ]
    return missing + double


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise ConfigError([f"{path}: {size:,} bytes, over {_MAX_BYTES:,}: split the manifest"])
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise ConfigError(
            [f"{path.name}:{line}: not UTF-8 (byte 0x{byte:02X}): save the sheet as 'CSV UTF-8'"]
        ) from error


def _shown(problems: list[str]) -> list[str]:
    more = len(problems) - _SHOWN
    return problems if more <= 0 else [*problems[:_SHOWN], f"... and {more:,} more problems"]
