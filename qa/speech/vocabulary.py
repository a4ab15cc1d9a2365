"""Which tokens of a recogniser's vocabulary could write anything but Latin script.

Whisper's vocabularies are byte-level (GPT-2's): a token is some bytes of UTF-8, and may begin or
end in the middle of a letter, so that a letter can come together from two tokens of which neither
has it. What is looked at is therefore bytes, and nothing is known of any vocabulary beforehand.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# UTF-8's first bytes from U+0180 on: Greek, Cyrillic, Hebrew, Arabic, ... and Vietnamese, which
# none of our languages needs. What E2 begins (U+2000 to U+2FFF) is mostly punctuation, currency
# and signs, so there single letters are looked at.
_FOREIGN = frozenset(range(0xC6, 0x100)) - {0xE2}
_SIGNS_END = 0x2800  # Braille, Glagolitic, Coptic, Georgian, ... to U+2FFF


def not_latin(vocabulary: Mapping[str, int]) -> tuple[int, ...]:
    """Return the ids of the tokens with which another script could be written, in order.

    Those that hold a letter of one, and those that end in what could be the beginning of one. No
    row of the other tokens, whatever they are, spells a letter of another script: the first byte
    of a letter says that it is one, so each letter lies in the token it begins in, or goes on
    over that token's end.
    """
    return tuple(sorted(at for token, at in vocabulary.items() if _writes_foreign(_bytes(token))))


def _writes_foreign(token: bytes) -> bool:
    if not _FOREIGN.isdisjoint(token):
        return True
    return any(token[at : at + 3] in _BEGINNINGS for at, byte in enumerate(token) if byte == 0xE2)


def _bytes(token: str) -> bytes:
    """Return what a token stands for; a letter that is not in GPT-2's table stands for itself."""
    return b"".join(_BYTE_OF.get(letter) or letter.encode() for letter in token)


def _byte_letters() -> dict[str, bytes]:
    """Return GPT-2's table: bytes that print stand for themselves, the others from U+0100 on."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(byte): bytes([byte]) for byte in printed} | {
        chr(256 + at): bytes([byte]) for at, byte in enumerate(others)
    }


def _beginnings() -> Iterator[bytes]:
    """Yield every letter between U+2000 and U+2FFF that is not Latin, and its first bytes."""
    for point in range(0x2000, 0x3000):
        letter = chr(point)
        # the ohm sign is Greek, the alef sign Hebrew, and superscripts are Latin letters
        is_letter = unicodedata.category(letter)[0] == "L"
        if point >= _SIGNS_END or (is_letter and "LATIN" not in unicodedata.name(letter)):
            written = letter.encode()
            yield from (written[:1], written[:2], written)


_BYTE_OF = _byte_letters()
_BEGINNINGS = frozenset(_beginnings())
