"""Labelled sentences from outside: the file that `qa moments test FILE.csv` reads."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from qa.nouns import LANGUAGES, Language, Speaker
from qa.problems import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_COLUMNS = ("language", "role", "text", "labels")
LabelledRow = tuple[Language, Speaker, str, frozenset[str]]  # the last: the moments it does


def read_labelled(path: Path, moments: Sequence[str]) -> list[LabelledRow]:
    """Return the rows of a file with the columns language,role,text,labels.

    `labels` are moments parted by commas, or "none". Raises ConfigError with every bad line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [c for c in _COLUMNS if c not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError([f"{path}:1: columns missing: {', '.join(missing)}"])
            lines = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    if not lines:
        raise ConfigError([f"{path}: no sentences in it: write one a line below the names"])
    problems: list[str] = []
    rows: list[LabelledRow] = []
    for number, row in lines:
        labels = {label.strip() for label in (row["labels"] or "").split(",")} - {"", "none"}
        fault = _fault(row, labels - set(moments))
        if fault:
            problems.append(f"{path}:{number}: {fault}")
        else:
            role: Speaker = "agent" if row["role"] == "agent" else "customer"
            language = LANGUAGES[LANGUAGES.index(row["language"])]
            rows.append((language, role, row["text"], frozenset(labels)))
    if problems:
        raise ConfigError(problems)
    return rows


def _fault(row: Mapping[str, str], unknown: set[str]) -> str:
    if row["language"] not in LANGUAGES:
        return f"language '{row['language']}': use one of {', '.join(LANGUAGES)}"
    if row["role"] not in ("agent", "customer"):
        return f"role '{row['role']}': use agent or customer"
    if unknown:
        return f"unknown moments: {', '.join(sorted(unknown))}"
    return "" if (row["text"] or "").strip() else "text is empty"
