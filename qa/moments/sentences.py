"""Sentences: the pieces of a turn that do something, with their times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.nouns import Speaker, Transcript, Turn, Word

_END_MARKS = (".", "!", "?", "…")
_PAUSE_MS = 900  # without punctuation, a pause this long ends a sentence
_LONGEST = 30  # words; recognisers sometimes write minutes without a single mark
_ABBREVIATIONS = {"mr.", "mrs.", "ms.", "dr.", "st.", "br.", "npr.", "tj.", "gosp.", "g.", "ul."}
_NUMBER = re.compile(r"^\d+\.$")  # "3. studenoga", "5. november": an ordinal, not an end


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a turn; `text` is verbatim in the turn's text."""

    turn: int
    speaker: Speaker
    text: str
    start_ms: int
    end_ms: int


def cut(transcript: Transcript) -> tuple[Sentence, ...]:
    """Return the sentences of all turns in order; every token is in exactly one of them.

    A sentence ends at an end mark, at a pause of 0.9 s where words have times, and after 30
    words. Without word times a sentence's times are its share of the turn's letters.
    """
    return tuple(sentence for turn in transcript.turns for sentence in _cut_turn(turn))


def _cut_turn(turn: Turn) -> Iterator[Sentence]:
    tokens = turn.text.split()
    words = turn.words if len(turn.words) == len(tokens) else ()
    first = 0
    for index in range(len(tokens)):
        if index + 1 == len(tokens) or _ends(tokens, words, first, index):
            text = _verbatim(turn.text, tokens, first, index)
            start, end = _times(turn, tokens, words, first, index)
            yield Sentence(turn.index, turn.speaker, text, start, end)
            first = index + 1


def _ends(tokens: list[str], words: tuple[Word, ...], first: int, index: int) -> bool:
    token = tokens[index]
    if index - first + 1 >= _LONGEST:
        return True
    if words and words[index + 1].start_ms - words[index].end_ms >= _PAUSE_MS:
        return True
    marked = token.rstrip("\"'»)”").endswith(_END_MARKS)
    return marked and token.lower() not in _ABBREVIATIONS and not _NUMBER.match(token)


def _verbatim(text: str, tokens: list[str], first: int, last: int) -> str:
    """Return the stretch of text from one token to another, with its own white space."""
    if text == " ".join(tokens):
        return " ".join(tokens[first : last + 1])
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    return text[spans[first][0] : spans[last][1]]


def _times(
    turn: Turn, tokens: list[str], words: tuple[Word, ...], first: int, last: int
) -> tuple[int, int]:
    if words:
        return words[first].start_ms, max(word.end_ms for word in words[first : last + 1])
    letters = [len(token) for token in tokens]
    total, length = sum(letters), turn.end_ms - turn.start_ms
    before, through = sum(letters[:first]), sum(letters[: last + 1])
    return turn.start_ms + length * before // total, turn.start_ms + length * through // total
