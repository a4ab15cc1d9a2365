"""What recognition and hasty typing do to a sentence, so that classifiers are taught to expect it.

Recognisers of small size glue words together, split them, drop endings and take one sound for
another ("izvijavam se vom nebri atnosti"); people type without diacritics. Which of it happens to
a sentence hangs on its letters alone: the same bank always gives the same examples.
"""

from __future__ import annotations

import random
import zlib
from typing import Final

from qa.text import fold_diacritics

# Sounds that Whisper base took for each other in the sample calls' Croatian and Serbian, and that
# are close in English; both ways. Letters after folding.
_CLOSE: Final = dict(
    zip("bpdtgkvfzsmnaeiouoyi", "pbtdkgfvsznmeaeuouiy", strict=True)  # voiced or not, open or not
)
_PER_WORD: Final = 0.25  # chance that something happens to a word


def misheard(text: str) -> str:
    """Return a sentence as it may come back from recognition or from a hasty hand.

    Diacritics are dropped, and about a quarter of the words are split, glued to the next, cut
    short or changed by one letter; at least one of them.
    """
    words = fold_diacritics(text).split()
    if not words:
        return text
    chance = random.Random(zlib.crc32(text.encode("utf-8", "replace")))
    hit = {at for at in range(len(words)) if chance.random() < _PER_WORD}
    hit = hit or {chance.randrange(len(words))}
    out = ""
    for at, word in enumerate(words):
        glued = False
        if at in hit:
            word, glued = _changed(word, chance)
        out += word if glued else word + " "
    out, plain = out.strip(), " ".join(words)
    if out != plain:
        return out
    # nothing of it could happen here, such as gluing the last word to the next
    return plain.replace(" ", "", 1) if " " in plain else plain[:-1] or plain * 2


def _changed(word: str, chance: random.Random) -> tuple[str, bool]:
    """Return a word with something wrong, and whether the next is glued to it."""
    kind = chance.choice(("split", "glue", "cut", "letter"))
    place = chance.randrange(1, len(word)) if len(word) > 1 else 0
    if kind == "split" and len(word) > 3:
        return f"{word[:place]} {word[place:]}", False
    if kind == "cut" and len(word) > 4:
        return word[:-1], False
    if kind == "letter":
        letter = word[place]
        return word[:place] + _CLOSE.get(letter, letter) + word[place + 1 :], False
    return word, True
