"""Listening words: what people say to show that they listen, without taking the floor.

Plain data and one test on it. Croatian and Serbian share one list: ekavian and ijekavian are both
right, and a caller and an agent need not speak the same one. Entries are written as people write
them and normalised once; a repeated word ("da da da") needs no entry of its own.
"""

from __future__ import annotations

from typing import Final

from qa.nouns import Language
from qa.text import normalise

_SOUNDS: Final = (
    *("mhm", "mhmm", "mm", "mmm", "mm-hm", "mm-hmm", "m-hm", "hm", "hmm", "hmmm"),
    *("uh-huh", "uhuh", "a-ha", "aha", "ah", "aa", "oh", "ooh", "ok", "okay", "okey", "okej", "oke"),
)
_ENGLISH: Final = (
    *("right", "all right", "alright", "yes", "yeah", "yep", "yup", "ya", "sure", "fine", "good"),
    *("great", "true", "exactly", "absolutely", "of course", "got it", "gotcha", "go on", "really"),
    *("I see", "I know", "I understand", "understood", "I hear you", "that's right", "oh dear"),
    *("oh no", "oh yes", "oh right", "indeed", "certainly", "makes sense"),
)
_CROATIAN_SERBIAN: Final = (
    *("da", "dobro", "u redu", "uredu", "tako", "tako je", "točno", "tačno", "jasno", "jasno mi je"),
    *("razumijem", "razumem", "razumijem vas", "razumem vas", "razumijemo", "razumemo", "razumljivo"),
    *("shvaćam", "shvatam", "shvaćam vas", "shvatam vas", "kužim", "kapiram", "znam", "čujem"),
    *("je", "jest", "jeste", "e", "e da", "a da", "pa da", "ma da", "naravno", "svakako"),
    *("važi", "može", "super", "odlično", "slušam", "slušam vas", "sigurno", "stvarno", "ajoj", "joj"),
)
LISTENING_WORDS: Final[dict[Language, tuple[str, ...]]] = {
    "en": _SOUNDS + _ENGLISH,
    "hr": _SOUNDS + _CROATIAN_SERBIAN,
    "sr": _SOUNDS + _CROATIAN_SERBIAN,
}

_PHRASES: Final[dict[Language, frozenset[tuple[str, ...]]]] = {
    language: frozenset(tuple(normalise(phrase).split()) for phrase in phrases)
    for language, phrases in LISTENING_WORDS.items()
}
_LONGEST: Final = max(len(phrase) for phrases in _PHRASES.values() for phrase in phrases)


def is_listening(text: str, language: Language) -> bool:
    """Return whether `text` is nothing but listening words of `language`.

    Text without any word is not: silence says nothing. The text is laid out with phrases from the
    left, keeping every position a phrase can end at, so the cost is linear in its length.
    """
    tokens = normalise(text).split()
    phrases = _PHRASES[language]
    ends = {0}
    for end in range(1, len(tokens) + 1):
        starts = range(max(0, end - _LONGEST), end)
        if any(start in ends and tuple(tokens[start:end]) in phrases for start in starts):
            ends.add(end)
    return bool(tokens) and len(tokens) in ends
