"""Turns cut into sentences with times, as far as the words give them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qa.nouns import Speaker, Turn, Word

_SENTENCE: Final = re.compile(r"[^.!?…]+[.!?…]*")
_ENDS: Final = re.compile(r"[.!?…][\"'”»)]*$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and when it was said; the whole turn's time where words have none."""

    speaker: Speaker
    text: str
    start_ms: int
    end_ms: int


def cut_sentences(turns: Sequence[Turn]) -> tuple[Sentence, ...]:
    """Return the sentences of `turns`, in order of time; no turns, no sentences."""
    cut = [sentence for turn in turns for sentence in _of_turn(turn)]
    return tuple(sorted(cut, key=lambda sentence: sentence.start_ms))


def _of_turn(turn: Turn) -> Iterator[Sentence]:
    if not turn.words:
        for text in _SENTENCE.findall(turn.text):
            if text.strip():
                yield Sentence(turn.speaker, text.strip(), turn.start_ms, turn.end_ms)
        return
    for words in _word_groups(turn.words):
        text = " ".join(word.text.strip() for word in words)
        yield Sentence(turn.speaker, text, words[0].start_ms, words[-1].end_ms)


def _word_groups(words: Sequence[Word]) -> Iterator[list[Word]]:
    group: list[Word] = []
    for word in words:
        group.append(word)
        if _ENDS.search(word.text.strip()):
            yield group
            group = []
    if group:
        yield group
