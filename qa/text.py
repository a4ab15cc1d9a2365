"""One normalised form of text to match on; the text itself is stored as written.

Recognisers and chats drop diacritics, and Serbian comes in two scripts, so a phrase is compared
as Latin, lower case and without diacritics. The Cyrillic table is the Serbian alphabet of
Pravopis srpskoga jezika (30 letters, one to one with Gaj's Latin).
"""

from __future__ import annotations

import re
import unicodedata

_LATIN = "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š"
_CYRILLIC = dict(zip("абвгдђежзијклљмнњопрстћуфхцчџш", _LATIN.split(), strict=True))
_TO_LATIN = str.maketrans(
    _CYRILLIC | {upper.upper(): latin.capitalize() for upper, latin in _CYRILLIC.items()}
)
# đ has no decomposition in Unicode; people without the key write dj
_STROKE = str.maketrans({"đ": "dj", "Đ": "Dj", "ð": "dj", "Ð": "Dj"})
# typographic apostrophes; and what is not seen, but would part a word: soft hyphens, joiners
_UNSEEN = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")}
)
_NOT_WORD = re.compile(r"[^\w']+|_+", re.UNICODE)


def to_latin(text: str) -> str:
    """Return `text` with Serbian Cyrillic letters as Gaj's Latin; all else as it was, composed.

    A capital digraph is title-cased (`Љ` -> `Lj`), as in ordinary writing.
    """
    return unicodedata.normalize("NFC", text).translate(_TO_LATIN)


def fold_diacritics(text: str) -> str:
    """Return `text` with č, ć, š, ž, đ (and every other accented letter) as plain letters."""
    decomposed = unicodedata.normalize("NFD", text.translate(_STROKE))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def normalise(text: str) -> str:
    """Return the form to match on: Latin, lower case, folded, single spaces, no punctuation.

    Apostrophes inside words stay ("don't"), at their edges they go. Ligatures and full-width
    forms count as the letters they stand for. Empty in, empty out. Idempotent.
    """
    composed = unicodedata.normalize("NFKC", text).casefold().translate(_UNSEEN)
    # folded twice: й is и with a breve before it is any Latin letter, and ж is ž after
    plain = fold_diacritics(to_latin(fold_diacritics(composed)))
    words = (word.strip("'") for word in _NOT_WORD.sub(" ", plain).split())
    return " ".join(word for word in words if word)
