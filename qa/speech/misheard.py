"""Phrases found in recognised text although some of their letters were misheard.

Recognisers split and glue words ("po mo gnem") and mistake letters, so longer phrases are looked
for without regard to spaces and with a letter wrong, missing or too many in every seven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EXACT = 8  # letters; a shorter phrase with an error is another word
_LETTERS_PER_ERROR = 7
_MOST_ERRORS = 3


class MisheardPhrases:
    """Finds which of many phrases stand in a text; each phrase belongs to one cue or to several."""

    def __init__(self, cues: Mapping[str, Iterable[str]]) -> None:
        self._exact: list[tuple[str, str]] = []  # cue, phrase between spaces
        longer: dict[int, list[tuple[str, str]]] = {}  # by how many errors are allowed
        for cue, phrases in cues.items():
            for phrase in map(normalise, phrases):
                letters = phrase.replace(" ", "")
                if len(letters) <= _EXACT:
                    self._exact.append((cue, f" {phrase} "))
                else:
                    errors = min(_MOST_ERRORS, len(letters) // _LETTERS_PER_ERROR)
                    longer.setdefault(errors, []).append((cue, letters))
        self._packs = [_Pack(phrases, errors) for errors, phrases in sorted(longer.items())]

    def found(self, text: str) -> frozenset[str]:
        """Return the cues of which any phrase stands in `text`."""
        plain = normalise(text)
        padded = f" {plain} "
        cues = {cue for cue, phrase in self._exact if phrase in padded}
        for pack in self._packs:
            cues |= pack.found(plain.replace(" ", ""))
        return frozenset(cues)


class _Pack:
    """Phrases searched all at once, one bit per letter (Wu and Manber 1992, "bitap").

    Row j has the bit of a letter set if the phrase up to that letter ends here with at most j
    errors. The phrases lie side by side in one number. A shift carries the end of one into the
    start of the next, where it does no harm: a phrase may start anywhere, so that in row 0 the
    first bit is set before it is compared, and in the others one error explains it.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]], errors: int) -> None:
        self._errors = errors
        self._letters: dict[str, int] = {}
        self._starts = 0
        self._ends: list[tuple[int, str]] = []
        at = 0
        for cue, letters in phrases:
            self._starts |= 1 << at
            for letter in letters:
                self._letters[letter] = self._letters.get(letter, 0) | 1 << at
                at += 1
            self._ends.append((1 << at - 1, cue))
        self._any_end = sum({bit for bit, _ in self._ends})

    def found(self, letters: str) -> set[str]:
        # before any letter the first j letters of a phrase may be missing
        rows = [0]
        for _ in range(self._errors):
            rows.append(rows[-1] << 1 | self._starts)
        seen = 0
        for letter in letters:
            matches = self._letters.get(letter, 0)
            was, now = rows[0], (rows[0] << 1 | self._starts) & matches
            rows[0] = now
            for j in range(1, self._errors + 1):
                same = (rows[j] << 1 | self._starts) & matches
                # a letter too many, a wrong one, a missing one
                same |= was | was << 1 | now << 1 | self._starts
                was, now = rows[j], same
                rows[j] = now
            seen |= rows[self._errors] & self._any_end
        return {cue for bit, cue in self._ends if seen & bit}
