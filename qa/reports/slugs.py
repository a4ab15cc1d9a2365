"""File names for pages: readable where the id allows it, safe and distinct always.

Ids come from a manifest and may be anything: `../x`, 200 letters, Cyrillic, `CON`, or two names
that differ only by case. A file name must survive Windows, macOS and a USB stick.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from qa.text import fold_diacritics, to_latin

if TYPE_CHECKING:
    from collections.abc import Iterable

# 48 + "-" + 64 (the longest hash) + ".html" stays far below the 255 bytes of common file systems
_LONGEST = 48
_SHORT_HASH, _WHOLE_HASH = 12, 64
_KEPT_AS_IS = re.compile(rf"[a-z0-9](?:[a-z0-9_-]{{0,{_LONGEST - 2}}}[a-z0-9])?")
_LOOKS_HASHED = re.compile(r"-[0-9a-f]{12}(?:[0-9a-f]{52})?$")
_OTHER = re.compile(r"[^a-z0-9_]+")
# learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)


def slug(text: str, hash_length: int = _SHORT_HASH) -> str:
    """Return a file name (without suffix) for `text`: `[a-z0-9_-]`, at most 113 characters.

    A text that is already such a name is kept; any other gets the first `hash_length` hex digits
    of its SHA-256, so that `Ana` and `ana` differ on a file system that ignores case. A text that
    ends as if it had been hashed is hashed too: nobody can pick an id that lands on another's page.
    """
    if _is_plain(text):
        return text
    # an id from JSON may hold half a surrogate pair, which has no UTF-8
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:hash_length]
    plain = _OTHER.sub("-", fold_diacritics(to_latin(text)).lower())
    base = plain[:_LONGEST].strip("-_") or "unnamed"
    return f"{base}-{digest}"


def slugs_of(texts: Iterable[str], hash_length: int = _SHORT_HASH) -> dict[str, str]:
    """Return one file name per distinct text, no two alike.

    Where two short hashes meet, all texts of that name get the whole hash.
    """
    names: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        names.setdefault(slug(text, hash_length), []).append(text)
    return {
        text: name if len(sharing) == 1 else slug(text, _WHOLE_HASH)
        for name, sharing in names.items()
        for text in sharing
    }


def _is_plain(text: str) -> bool:
    return (
        _KEPT_AS_IS.fullmatch(text) is not None
        and text not in _RESERVED
        and _LOOKS_HASHED.search(text) is None
    )
