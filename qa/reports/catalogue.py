"""The words of the pages in one language, read from `text/<language>.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qa.nouns import Language

Kind = Literal[
    "bases", "cautions", "channels", "doubts", "events", "facts", "languages", "moments", "months",
    "outcomes", "places", "repairs", "speakers", "statuses", "units",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences (`say`), counted nouns (`count`) and names of things (`label`)."""

    language: Language
    html_lang: str  # for the lang attribute: the Serbian pages are in Latin script
    sentences: Mapping[str, str]
    counted: Mapping[str, Mapping[str, str]]  # noun -> plural form (one, few, other) -> text
    labels: Mapping[str, Mapping[str, str]]  # kind -> name -> text

    def say(self, key: str, /, **values: object) -> str:
        """Return the sentence `key` with `values` filled in; a key that is missing is a bug."""
        return self.sentences[key].format_map(values)

    def count(self, key: str, n: int) -> str:
        """Return "3 calls" in the right plural: `key` is the noun, `n` at least 0."""
        forms = self.counted[key]
        return forms[plural_form(self.language, n)].format_map({"n": n})

    def label(self, kind: Kind, name: str) -> str:
        """Return the human name; one that nobody has translated yet is shown as words."""
        return self.labels[kind].get(name) or name.replace("_", " ")


def plural_form(language: Language, n: int) -> str:
    """Return the CLDR plural category of a whole number: one | few | other.

    Source: Unicode CLDR 46, cardinal rules of en, hr and sr (integers only).
    """
    if language == "en":
        return "one" if n == 1 else "other"
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14):
        return "few"
    return "other"


@cache
def words_in(language: Language) -> Words:
    """Return the catalogue of one language."""
    source = resources.files("qa.reports") / "text" / f"{language}.yaml"
    entries: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return Words(
        language=language,
        html_lang=entries.pop("html_lang"),
        sentences=entries.pop("sentences"),
        counted=entries.pop("counted"),
        labels=entries,
    )
