"""Serbian in Cyrillic, for people to read; what is stored to match on stays `qa.text.normalise`.

Latin to Cyrillic is not letter by letter: lj, nj and dž are mostly one letter (`konj` -> коњ), but
two where a prefix ends between them (`kon|junktura`, `nad|živeti`: Pravopis srpskoga jezika), and
what is not Serbian stays as it is written. A word is only as good as its letters: without
diacritics ("kazes") it stays without them, because nobody can know which were meant.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.nouns import Transcript, Turn

_LETTERS = dict(zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш", strict=True))
# also as Unicode's single letters for them
_DIGRAPHS = {"lj": "љ", "nj": "њ", "dž": "џ", "ǉ": "љ", "ǌ": "њ", "ǆ": "џ"}
_CYRILLIC = {
    **_LETTERS,
    **{latin.upper(): letter.upper() for latin, letter in (_LETTERS | _DIGRAPHS).items()},
    **{latin.title(): letter.upper() for latin, letter in _DIGRAPHS.items()},
    **_DIGRAPHS,
    "Ð": "Ђ",  # the Icelandic letter looks the same and is typed for it
    "ð": "ђ",
}
_SOUND = re.compile("|".join(sorted(_CYRILLIC, key=len, reverse=True)))
_SERBIAN = frozenset("".join(_CYRILLIC)) | frozenset("".join(_CYRILLIC.values()))

# Where a word has a prefix, or the root of a loan word, that ends between the two letters. Not in
# the list, because they have the one letter: odžak, nadžak, kanjon, konjušar.
_PARTED = {
    "an": "jon",
    "in": "jekc jekt jicir junk jurij",
    "kon": "jekt jug junk",
    "pan": "jelin jugosl",
    "tan": "jug",
    "van": "jezi jadran jugosl",
    "izvan": "jezi jadran jugosl",
    "nad": "žanj ždr žet živ žnj žup",
    "od": "žal ždr žel žet živ žubor žvak žvać",
    "pod": "žanj žanr žargon žar ždr žel žet žig žil živ žnj žup",
    "pred": "žel žen žet živ žetv",
    "feld": "žandar",
}
_SEAM = re.compile(
    "(?:naj)?(?:ne|re|pre|po|auto|sub)?(?:"
    + "|".join(f"{head}(?={tails.replace(' ', '|')})" for head, tails in _PARTED.items())
    + ")",
    re.IGNORECASE,
)
# Everyday words of calls that are written as in English, though every letter is a Serbian one.
_FOREIGN = re.compile(
    "e-?mail|gmail|mail|online|offline|roaming|router|google|facebook|viber|iphone|ipad|apple|"
    "microsoft|office|outlook|linkedin|mastercard|bluetooth|hotspot|backup|upload|update|chat|"
    "call|check|cloud|feedback|stream|smartphone|touch|service|free",
    re.IGNORECASE,
)
# Latin also in Cyrillic text; VI is left out, because in capitals it is mostly the pronoun
_ROMAN = frozenset(("II", "III", "IV", "VII", "VIII"))
_ADDRESS = re.compile(
    r"@|://|www\.|\.(?:rs|com|hr|org|net|eu|info|edu|gov|ba)(?!\w)", re.IGNORECASE
)
# a label of redaction such as [kartica], or letters that belong together (with loose accents)
_PIECE = re.compile(r"\[[^\[\]]*\]|[\w\u0300-\u036f]+(?:-[\w\u0300-\u036f]+)*")


def to_cyrillic(text: str) -> str:
    """Return `text` with its Serbian words in Cyrillic, composed (NFC); all else as it was.

    Words with letters that Serbian lacks (q, w, x, y, ü), with digits inside ("A4b"), addresses of
    the web and of mail, Roman numerals and labels in square brackets stay Latin. Cyrillic stays.
    Spaces stay, and no word depends on its neighbours: words done one by one and joined are the
    same text. Idempotent. Empty in, empty out.
    """
    composed = unicodedata.normalize("NFC", text)
    written = re.sub(r"\S+", lambda token: _token(token[0]), composed)
    return unicodedata.normalize("NFC", written)


def in_script(transcript: Transcript, script: str) -> Transcript:
    """Return the transcript in `script`: Cyrillic for Serbian if it is "cyrillic", else unchanged.

    A turn whose words make up its text keeps that: quotes are found in it verbatim.
    """
    if script != "cyrillic" or transcript.language != "sr":
        return transcript
    return replace(transcript, turns=tuple(_turn(turn) for turn in transcript.turns))


def _turn(turn: Turn) -> Turn:
    words = tuple(replace(word, text=to_cyrillic(word.text)) for word in turn.words)
    return replace(turn, text=to_cyrillic(turn.text), words=words)


def _token(token: str) -> str:
    if _ADDRESS.search(token):
        return token
    return _PIECE.sub(lambda piece: _piece(piece[0]), token)


def _piece(piece: str) -> str:
    parts = piece.split("-")
    if piece.startswith("[") or any(map(_FOREIGN.match, (piece, *parts))):
        return piece  # a label, or a compound of an English word: "online-prodaja"
    if not _ROMAN.isdisjoint(parts):
        return piece
    return "-".join(map(_word, parts)) if all(map(_fits, parts)) else piece


def _fits(part: str) -> bool:
    """Return whether a compound with this part can be Cyrillic: "24-časovni", but not "Wi-Fi"."""
    return part.isdecimal() or _SERBIAN.issuperset(part)


def _word(word: str) -> str:
    seam = _SEAM.match(word)
    cut = seam.end() if seam else 0
    return "".join(
        _SOUND.sub(lambda sound: _CYRILLIC[sound[0]], part) for part in (word[:cut], word[cut:])
    )
