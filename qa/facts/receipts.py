"""Whether a message only confirms that the customer's has arrived, or answers it.

It does if it says that something has arrived or was passed on, and beside that nothing but what
such messages consist of (`receipts.yaml`): that an answer will come, and small talk. A question, a
request, a sum of money, or a piece that is none of these, deals with the matter.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

from qa.text import normalise

if TYPE_CHECKING:
    from qa.nouns import Language

Kind = Literal[
    "things",
    "meant",
    "arrivals",
    "passed",
    "receipts",
    "to_come",
    "courtesy",
    "requests",
    "answers",
    "wishes",
    "no_reply",
]
_PIECE: Final = re.compile(r"[^.!?…\n]+[.!?…]*")
_MONEY: Final = re.compile(r"[€$£]\s?\d|\d\s?[€$£]")
_SIGNATURE_WORDS: Final = 7
_FEW_WORDS: Final = 4  # a piece so short is a name, a number, a signature


def only_confirms(body: str, language: Language) -> bool:
    """Return whether a message's body confirms receipt and does not answer; linear in its text."""
    confirmed = False
    for piece in _PIECE.findall(_unsigned(body)):
        text = normalise(piece)
        if "?" in piece or _MONEY.search(piece) or _has("requests", text, language):
            return False
        if _has("no_reply", text, language):
            continue
        if _has("answers", text, language):
            return False
        arrived = _has_arrived(text, language)
        confirmed |= arrived
        if not arrived and not _is_small(text, language):
            return False
    return confirmed


def _has_arrived(text: str, language: Language) -> bool:
    """Return whether a piece says that the customer's message has arrived or was passed on."""
    if _has("receipts", text, language):
        return True
    if _has("things", text, language):
        return _has("arrivals", text, language) or _has("passed", text, language)
    return _has("meant", text, language) and _has("passed", text, language)


def _is_small(text: str, language: Language) -> bool:
    """Return whether a piece that confirms nothing answers nothing either."""
    if _has("wishes", text, language):
        return False
    few = len(text.split()) <= _FEW_WORDS
    return few or _has("to_come", text, language) or _has("courtesy", text, language)


def _unsigned(body: str) -> str:
    """Return the body without a last line that is no sentence: "Odjel za reklamacije"."""
    *before, last = body.rstrip().splitlines() or [""]
    signed = len(last.split()) <= _SIGNATURE_WORDS and not last.endswith((".", "!", "?", "…"))
    return "\n".join(before) if before and signed else body


def _has(kind: Kind, text: str, language: Language) -> bool:
    return bool(_expression(kind, language).search(text))


@cache
def _expression(kind: Kind, language: Language) -> re.Pattern[str]:
    import yaml

    lists: dict[str, dict[str, str]] = yaml.safe_load(
        files("qa.facts").joinpath("receipts.yaml").read_text(encoding="utf-8")
    )
    text = lists[kind]["en" if language == "en" else "hr_sr"].strip()
    written = re.split(r",?\s*\n|, ", text)
    return re.compile(rf"(?<![\w'])(?:{'|'.join(written)})(?![\w'])")
