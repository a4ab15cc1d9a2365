"""Personal data out of a transcript, before anything is stored.

Card numbers, IBANs, OIB, JMBG, telephone numbers and e-mail addresses become labels such as
`[phone]`, also when they are said digit by digit. Times stay: a label takes the time of what it
replaces.

Not found: numbers said in tens and hundreds ("devedeset jedan"), "double five", e-mail addresses
that are spelled out, and a number whose parts lie in different turns. A telephone number is known
by its beginning (0, + or the country's own prefix) or by North American grouping; any other row of
digits is kept, because it may as well be an order number.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.nouns import Transcript, Turn, Word
from qa.privacy.identifiers import is_card, is_iban, is_jmbg, is_oib
from qa.text import normalise, to_latin

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGIT_WORDS = {
    word: str(value)
    for value, words in enumerate(
        (
            "zero oh nula nulu",
            "one jedan jedna jedno",
            "two dva dvije dve",
            "three tri",
            "four cetiri",
            "five pet",
            "six sest",
            "seven sedam",
            "eight osam",
            "nine devet",
        )
    )
    for word in words.split()
}
# a local part is only looked for where one can begin: linear in the length of the token
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INSIDE = re.compile(r"\+?\d[\d()/.-]{6,}\d")  # a number glued to letters: "tel.091/234-567"
_DATE_OR_CLOCK = re.compile(r"\d{1,2}([./-])\d{1,2}\1(\d{4}|\d{2})[.,]?|\d{1,2}:\d{2}[.,]?")
_IBAN_SO_FAR = re.compile(r"[A-Z]{1,2}|[A-Z]{2}[0-9]{1,2}|[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}")
_MAX_IBAN_PIECES = 34  # at most so many characters, each of which may be said apart
_MOST_DIGITS = 19  # the longest card number
_SHORTEST_PHONE, _LONGEST_PHONE = 8, 15  # ITU-T E.164 allows 15; shorter runs are order numbers
_COUNTRIES = ("385", "381", "387", "382")  # recognisers drop the plus before them
_ABROAD = range(11, 14)  # digits of a number that begins with such a prefix
_NORTH_AMERICAN = (3, 3, 4)


def redact(transcript: Transcript) -> Transcript:
    """Return the transcript with personal data replaced; redacting twice changes nothing."""
    return replace(transcript, turns=tuple(_redact_turn(turn) for turn in transcript.turns))


def redact_text(text: str) -> str:
    """Return one text with personal data replaced; white space becomes single spaces."""
    return " ".join(token for token, _, _ in _labelled(text.split()))


def _redact_turn(turn: Turn) -> Turn:
    tokens = turn.text.split()
    spoken = [word.text for word in turn.words]
    labelled = _labelled(tokens)
    if spoken != tokens:  # words that are not the text's own cannot follow it, and may tell more
        kept = turn.words if not (_changed(tokens, labelled) or _changed(spoken)) else ()
    else:
        kept = tuple(_word(token, turn.words[first : last + 1]) for token, first, last in labelled)
    if not _changed(tokens, labelled):
        return replace(turn, words=kept)
    return replace(turn, text=" ".join(token for token, _, _ in labelled), words=kept)


def _changed(tokens: Sequence[str], labelled: Sequence[tuple[str, int, int]] = ()) -> bool:
    return [token for token, _, _ in labelled or _labelled(tokens)] != list(tokens)


def _word(token: str, replaced: Sequence[Word]) -> Word:
    if len(replaced) == 1 and replaced[0].text == token:
        return replaced[0]
    confidence = min(word.confidence for word in replaced)
    return Word(token, replaced[0].start_ms, replaced[-1].end_ms, confidence)


def _labelled(tokens: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return tokens with personal data as labels, each with the first and last it stands for."""
    out: list[tuple[str, int, int]] = []
    at = 0
    while at < len(tokens):
        before = out[-1][0] if out else ""
        label, last = _label_at(tokens, at, before)
        out.append((label, at, last))
        at = last + 1
    return out


def _label_at(tokens: Sequence[str], at: int, before: str) -> tuple[str, int]:
    """Return the label that starts at a token, or the token, and the last token it covers."""
    found = _iban_at(tokens, at) or _number_at(tokens, at, before)
    if found:
        label, last = found
        return f"[{label}]{_closing_mark(tokens[last])}", last
    return _INSIDE.sub(_label_inside, _EMAIL.sub("[e-mail]", tokens[at])), at


def _label_inside(match: re.Match[str]) -> str:
    found = _number_at([match[0]], 0, "")
    return f"[{found[0]}]" if found else match[0]


def _closing_mark(token: str) -> str:
    """Return the mark that ends a token: it also ends the sentence, so a label keeps it."""
    return token[-1] if token[-1] in ".!?…,;:" else ""


def _number_at(tokens: Sequence[str], at: int, before: str) -> tuple[str, int] | None:
    """Return what the longest personal number from a token on is, and its last token.

    Numbers with a check digit are found anywhere in a row of digits, telephone numbers only where
    a row or a written group of it begins: inside an order number a zero means nothing.
    """
    plus = tokens[at].lstrip("(").startswith("+") or normalise(tokens[at]) == "plus"
    own = _groups(tokens[at]) or ()
    begins = plus or _groups(before) is None or (own[:1] >= ("0",) and len(own[0]) > 1)
    found: tuple[str, int] | None = None
    groups: tuple[str, ...] = ()
    for index in range(at, len(tokens)):
        said = () if index == at and plus and not own else _groups(tokens[index])
        groups += said or ()
        digits = "".join(groups)
        if said is None or len(digits) > _MOST_DIGITS:
            break
        if kind := _checked_kind(digits):
            found = kind, index
        elif begins and _is_phone(groups, "+" if plus else ""):
            found = "phone", index
    return found


def _checked_kind(digits: str) -> str | None:
    """Return which number with a check digit the digits are; None if they are none."""
    for label, holds in (("card", is_card), ("OIB", is_oib), ("JMBG", is_jmbg)):
        if holds(digits):
            return label
    return None


def _is_phone(groups: Sequence[str], sign: str) -> bool:
    digits = "".join(groups)
    if not _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE:
        return False
    return (
        sign == "+"
        or digits.startswith("0")
        or (digits.startswith(_COUNTRIES) and len(digits) in _ABROAD)
        or tuple(len(group) for group in groups) == _NORTH_AMERICAN
    )


def _groups(token: str) -> tuple[str, ...] | None:
    """Return the groups of digits that a token says or writes; None if it holds anything else."""
    if _DATE_OR_CLOCK.fullmatch(token):
        return None
    groups = tuple(_DIGIT_WORDS.get(part, part) for part in normalise(token).split())
    return groups if groups and all(group.isdecimal() for group in groups) else None


def _iban_at(tokens: Sequence[str], at: int) -> tuple[str, int] | None:
    """Return the label and the last token of the longest IBAN that starts here, if one does."""
    joined, found = "", None
    for index in range(at, min(len(tokens), at + _MAX_IBAN_PIECES)):
        digits = _groups(tokens[index])
        written = re.sub(r"[\s.,;:!?-]", "", to_latin(tokens[index])).upper()
        joined += "".join(digits) if digits else written
        if not _IBAN_SO_FAR.fullmatch(joined):
            break
        if is_iban(joined):
            found = "IBAN", index
    return found
