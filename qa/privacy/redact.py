"""Personal data out of a transcript, before anything is stored.

Card numbers, IBANs, OIB, JMBG, telephone numbers and e-mail addresses become labels such as
`[phone]`, also when they are said digit by digit. Times stay: a label takes the time of what it
replaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.nouns import Transcript, Turn, Word
from qa.privacy.identifiers import is_card, is_iban, is_jmbg, is_oib
from qa.text import normalise

_DIGIT_WORDS = {
    word: str(value)
    for words in (
        "zero one two three four five six seven eight nine",
        "nula jedan dva tri cetiri pet sest sedam osam devet",
        "o jedna dvije tri cetiri pet sest sedam osam devet",
        "oh one dve three four five six seven eight nine",
    )
    for value, word in enumerate(words.split())
    if word != "o"
}
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SHORTEST_PHONE, _LONGEST_PHONE = 8, 15  # ITU-T E.164 allows 15; shorter runs are order numbers
_MAX_IBAN_PIECES = 12  # an IBAN is written in groups of four


def redact(transcript: Transcript) -> Transcript:
    """Return the transcript with personal data replaced; redacting twice changes nothing."""
    return replace(transcript, turns=tuple(_redact_turn(turn) for turn in transcript.turns))


def redact_text(text: str) -> str:
    """Return one text with personal data replaced; white space becomes single spaces."""
    return " ".join(token for token, _, _ in _labelled(text.split()))


def _redact_turn(turn: Turn) -> Turn:
    tokens = turn.text.split()
    labelled = _labelled(tokens)
    if len(labelled) == len(tokens) and all(
        a == b for a, (b, _, _) in zip(tokens, labelled, strict=True)
    ):
        return turn
    words = turn.words
    if len(words) == len(tokens):
        words = tuple(_word(token, words[first : last + 1]) for token, first, last in labelled)
    else:
        words = ()
    return replace(turn, text=" ".join(token for token, _, _ in labelled), words=words)


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
        label, last = _label_at(tokens, at)
        out.append((label or tokens[at], at, last))
        at = last + 1
    return out


def _label_at(tokens: Sequence[str], at: int) -> tuple[str | None, int]:
    """Return the label that starts at a token and the last token it covers."""
    if _EMAIL.search(tokens[at]):
        return _EMAIL.sub("[e-mail]", tokens[at]), at
    if last := _iban_end(tokens, at):
        return f"[IBAN]{_closing_mark(tokens[last])}", last
    digits, last = _digit_run(tokens, at)
    label = _kind(digits, tokens[at])
    return (f"[{label}]{_closing_mark(tokens[last])}", last) if label else (None, at)


def _closing_mark(token: str) -> str:
    """Return the mark that ends a token: it also ends the sentence, so a label keeps it."""
    return token[-1] if token[-1] in ".!?," else ""


def _kind(digits: str, first: str) -> str | None:
    """Return what a run of digits is; None if it is nothing personal."""
    for label, holds in (("card", is_card), ("OIB", is_oib), ("JMBG", is_jmbg)):
        if holds(digits):
            return label
    in_range = _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE
    starts = digits.startswith("0") or first.lstrip("(").startswith("+")
    return "phone" if in_range and starts else None


def _digit_run(tokens: Sequence[str], at: int) -> tuple[str, int]:
    """Return the digits said or written from a token on, and the last token of the run."""
    digits, last = "", at
    for index in range(at, len(tokens)):
        piece = _digits_of(tokens[index])
        if piece is None:
            break
        digits, last = digits + piece, index
    return digits, last


def _digits_of(token: str) -> str | None:
    plain = normalise(token).replace(" ", "")
    if plain.isdecimal():
        return plain
    return _DIGIT_WORDS.get(plain)


def _iban_end(tokens: Sequence[str], at: int) -> int | None:
    """Return the last token of an IBAN that starts here; None if none does."""
    joined = ""
    for index in range(at, min(len(tokens), at + _MAX_IBAN_PIECES)):
        joined += tokens[index].strip(".,;:!?").upper()
        if is_iban(joined):
            return index
    return None
