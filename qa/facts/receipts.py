"""Whether a message only confirms that the customer's has arrived, or answers it.

It does if it says that something has arrived or was passed on, and beside that nothing but what
such messages consist of (`receipts.yaml`): that an answer will come, small talk, a signature. A
question, a request, a sum of money, or a clause that is none of these deals with the matter.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from qa.facts.phrases import lists_of
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
    "feelings",
    "requests",
    "answers",
    "wishes",
    "no_reply",
    "departments",
]
_SENTENCE: Final = re.compile(r"[.!?…]+(?=\s|$)|\n")
_CLAUSE: Final = re.compile(r"[,;:()]|\s[-–—]\s")
_MONEY: Final = re.compile(
    r"[€$£]\s?\d|\d\s?(?:[€$£]|(?:kn|kuna|eur\w*|din\w*|rsd|km|usd|gbp|pounds?|dollars?)\b)",
    re.IGNORECASE,
)
_SIGNATURE_WORDS: Final = 7
_FEW_WORDS: Final = 3
_SMALL_WORDS: Final = frozenset("of the at for and & - za i u iz od sa s".split())  # noqa: SIM905


def only_confirms(body: str, language: Language) -> bool:
    """Return whether a message's body confirms receipt and does not answer; linear in its text."""
    if "?" in body or _MONEY.search(body):
        return False
    confirmed = False
    for sentence in _SENTENCE.split(body):
        whole = normalise(sentence)
        if _has("no_reply", whole, language):
            continue
        felt = _has("feelings", whole, language)
        for clause in _CLAUSE.split(sentence):
            text = normalise(clause)
            if _has("requests", text, language) or _has("answers", text, language):
                return False
            arrived = _has_arrived(text, language)
            confirmed |= arrived
            if text and not arrived and not felt and not _is_small(clause, text, language):
                return False
    return confirmed


def _has_arrived(text: str, language: Language) -> bool:
    """Return whether a clause says that the customer's message has arrived or was passed on."""
    if _has("receipts", text, language):
        return True
    if _has("things", text, language):
        return _has("arrivals", text, language) or _has("passed", text, language)
    return _has("meant", text, language) and _has("passed", text, language)


def _is_small(clause: str, text: str, language: Language) -> bool:
    """Return whether a clause that confirms nothing answers nothing either."""
    if _has("wishes", text, language):
        return False
    if _has("to_come", text, language) or _has("courtesy", text, language):
        return True
    return _is_signature(clause, text, language)


def _is_signature(clause: str, text: str, language: Language) -> bool:
    """Return whether a clause is a name, a number or a department: "Tim za korisnike, 0117".

    Anything so short is taken for one that is not among the answers.
    """
    words = clause.split()
    if len(words) <= _FEW_WORDS:
        return True
    named = all(not w[0].isalpha() or w[0].isupper() or w.lower() in _SMALL_WORDS for w in words)
    return len(words) <= _SIGNATURE_WORDS and (named or _has("departments", text, language))


def _has(kind: Kind, text: str, language: Language) -> bool:
    return bool(_expression(kind, language).search(text))


@cache
def _expression(kind: Kind, language: Language) -> re.Pattern[str]:
    text: str = lists_of("receipts.yaml")[kind]["en" if language == "en" else "hr_sr"]
    written = [one for one in re.split(r",?\s*\n|, ", text.strip()) if one]
    return re.compile(rf"(?<![\w'])(?:{'|'.join(written)})(?![\w'])")
