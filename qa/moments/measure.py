"""How well moments are recognised: precision, recall and F1 per moment and language."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from qa.nouns import LANGUAGES, Speaker
from qa.problems import ConfigError
from qa.sentences import Sentence

if TYPE_CHECKING:
    from pathlib import Path

    from qa.moments.classifier import HeldOut
    from qa.moments.finder import MomentFinder

_COLUMNS = ("language", "role", "text", "labels")


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts-based quality of one moment in one language; `support` is how many do it."""

    precision: float
    recall: float
    f1: float
    support: int


ByMoment = Mapping[str, Quality]
LabelledRow = tuple[str, Speaker, str, frozenset[str]]  # language, role, text, moments it does


def of_held_out(held_out: Iterable[HeldOut]) -> dict[str, dict[str, Quality]]:
    """Return quality per language and moment over cross-validated decisions ("present")."""
    out: dict[str, dict[str, Quality]] = {language: {} for language in LANGUAGES}
    for held in held_out:
        for language in LANGUAGES:
            decided = [
                (bool(p >= held.thresholds.present), sentence.does)
                for p, sentence in zip(held.probabilities, held.sentences, strict=True)
                if sentence.language == language
            ]
            out[language][held.moment] = quality(decided)
    return out


def of_labelled(
    rows: Sequence[LabelledRow], finder: MomentFinder, moments: Sequence[str]
) -> dict[str, dict[str, Quality]]:
    """Return quality per language and moment on labelled sentences from outside."""
    found = [
        {
            moment.name
            for moment in finder.find([Sentence(0, role, text, 0, 0)])
            if moment.decision == "present"
        }
        for _, role, text, _ in rows
    ]
    out: dict[str, dict[str, Quality]] = {}
    for language in dict.fromkeys(row[0] for row in rows):
        out[language] = {
            moment: quality(
                [
                    (moment in said, moment in labels)
                    for (own, _, _, labels), said in zip(rows, found, strict=True)
                    if own == language
                ]
            )
            for moment in moments
        }
    return out


def quality(decided: Sequence[tuple[bool, bool]]) -> Quality:
    """Return the quality of (decision, truth) pairs; 0 where nothing can be divided by."""
    right = sum(1 for decision, truth in decided if decision and truth)
    said = sum(1 for decision, _ in decided if decision)
    support = sum(1 for _, truth in decided if truth)
    precision = right / said if said else 0.0
    recall = right / support if support else 0.0
    f1 = 2 * right / (said + support) if said + support else 0.0
    return Quality(round(precision, 4), round(recall, 4), round(f1, 4), support)


def macro_f1(moments: ByMoment) -> float:
    """Return the mean F1 over the moments that occur at all."""
    found = [q.f1 for q in moments.values() if q.support]
    return round(sum(found) / len(found), 4) if found else 0.0


def as_json(measured: Mapping[str, ByMoment]) -> str:
    languages = {
        language: {
            "macro_f1": macro_f1(moments),
            "moments": {name: asdict(q) for name, q in moments.items()},
        }
        for language, moments in measured.items()
    }
    return json.dumps({"languages": languages}, indent=2)


def as_text(measured: Mapping[str, ByMoment]) -> str:
    """Return one table per language for a terminal."""
    lines = []
    for language, moments in measured.items():
        lines.append(f"{language}: macro F1 {macro_f1(moments):.3f}")
        lines.append(f"  {'moment':<20}{'precision':>10}{'recall':>8}{'F1':>7}{'support':>9}")
        lines += [
            f"  {name:<20}{q.precision:>10.2f}{q.recall:>8.2f}{q.f1:>7.2f}{q.support:>9}"
            for name, q in moments.items()
        ]
    return "\n".join(lines)


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
    problems, rows = [], []
    for number, row in lines:
        labels = {label.strip() for label in (row["labels"] or "").split(",")} - {"", "none"}
        fault = _fault(row, labels - set(moments))
        if fault:
            problems.append(f"{path}:{number}: {fault}")
        else:
            role: Speaker = "agent" if row["role"] == "agent" else "customer"
            rows.append((row["language"], role, row["text"], frozenset(labels)))
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
    return "" if row["text"] else "text is empty"
