"""Sentences: the pieces of a turn that do something, with their times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from qa.text import to_latin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qa.nouns import Speaker, Transcript, Turn, Word

_END_MARKS = (".", "!", "?", "…")
_OPENING, _CLOSING = "\"'„“«»(‘", "\"'»)”“’]"
_PAUSE_MS = 900  # without punctuation, a pause this long ends a sentence
_LONGEST = 30  # words; recognisers sometimes write minutes without a single mark
_SHORT_EN = "mr. mrs. ms. dr. prof. st. e.g. i.e. approx."
_SHORT_HR_SR = "br. npr. tj. tzv. odn. gosp. g. ul. tel. sv. dipl. inž. čl. str."
_ABBREVIATIONS = frozenset([*_SHORT_EN.split(), *_SHORT_HR_SR.split()])
_ORDINAL = re.compile(r"\d+\.")  # "3. studenoga", "5. november": no end before a small letter


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a turn; `text` is verbatim in the turn's text."""

    turn: int
    speaker: Speaker
    text: str
    start_ms: int
    end_ms: int
    number: int = 0  # which of its turn's sentences, from 0


def cut(transcript: Transcript) -> tuple[Sentence, ...]:
    """Return the sentences of all turns in order; every token is in exactly one of them.

    A sentence ends at an end mark, at a pause of 0.9 s where words have times, and after 30
    words. A full stop after an abbreviation, or after a number that goes on in a small letter or
    in digits, is no end. Without word times a sentence's times are its share of the turn's
    letters.
    """
    return tuple(sentence for turn in transcript.turns for sentence in _cut_turn(turn))


def _cut_turn(turn: Turn) -> Iterator[Sentence]:
    places = [match.span() for match in re.finditer(r"\S+", turn.text)]
    tokens = [turn.text[start:end] for start, end in places]
    times = _times(turn, tokens)
    words = turn.words if len(turn.words) == len(tokens) else ()
    first = number = 0
    for index in range(len(tokens)):
        if index + 1 == len(tokens) or _ends(tokens, words, first, index):
            text = turn.text[places[first][0] : places[index][1]]
            start, end = times[first][0], max(end for _, end in times[first : index + 1])
            yield Sentence(turn.index, turn.speaker, text, start, end, number)
            first, number = index + 1, number + 1


def _ends(tokens: Sequence[str], words: tuple[Word, ...], first: int, index: int) -> bool:
    if index - first + 1 >= _LONGEST:
        return True
    if words and words[index + 1].start_ms - words[index].end_ms >= _PAUSE_MS:
        return True
    token = tokens[index].rstrip(_CLOSING)
    if not token.endswith(_END_MARKS):
        return False
    if to_latin(token).lstrip(_OPENING).lower() in _ABBREVIATIONS:
        return False
    follows = tokens[index + 1].lstrip(_OPENING)[:1]
    return not (_ORDINAL.fullmatch(token) and (follows.islower() or follows.isdigit()))


def _times(turn: Turn, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Return start and end of each token: its word's, or its share of the turn's letters."""
    if len(turn.words) == len(tokens):
        return [(word.start_ms, word.end_ms) for word in turn.words]
    through = [0, *accumulate(len(token) for token in tokens)]
    length = turn.end_ms - turn.start_ms
    edges = [turn.start_ms + length * letters // max(1, through[-1]) for letters in through]
    return list(pairwise(edges))
