"""The sentences of a call, cut and searched where a fact asks for them: in few of its turns."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from qa.facts.phrases import has_phrase
from qa.sentences import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa.facts.phrases import PhraseList
    from qa.nouns import Speaker, Transcript, Turn
    from qa.sentences import Sentence


class Sentences:
    """What each speaker said, by time."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._sides = {
            speaker: _Side([turn for turn in transcript.turns if turn.speaker == speaker])
            for speaker in ("agent", "customer")
        }
        self._cut: dict[int, tuple[Sentence, ...]] = {}
        self._has: dict[tuple[Sentence, PhraseList], bool] = {}

    def between(self, speaker: Speaker, start_ms: int, end_ms: int) -> Iterator[Sentence]:
        """Yield a speaker's sentences of the turns that touch a stretch of time."""
        for turn in self._sides[speaker].touching(start_ms, end_ms):
            if id(turn) not in self._cut:
                self._cut[id(turn)] = cut(replace(self._transcript, turns=(turn,)))
            yield from self._cut[id(turn)]

    def has(self, sentence: Sentence, name: PhraseList) -> bool:
        """Return whether a phrase of the list stands in a sentence."""
        key = (sentence, name)
        if key not in self._has:
            self._has[key] = has_phrase(sentence.text, name, self._transcript.language)
        return self._has[key]


class _Side:
    """One speaker's turns, found by time."""

    def __init__(self, turns: list[Turn]) -> None:
        reaching = sorted(((*_reach(turn), turn) for turn in turns), key=lambda one: one[:2])
        self._turns = [turn for _, _, turn in reaching]
        self._firsts = [first for first, _, _ in reaching]
        self._lasts = [last for _, last, _ in reaching]
        self._latest = list(accumulate(self._lasts, max))  # of a turn and all before it

    def touching(self, start_ms: int, end_ms: int) -> Iterator[Turn]:
        """Yield the turns that begin by `end_ms` and end from `start_ms` on."""
        place = bisect_right(self._firsts, end_ms) - 1
        while place >= 0 and self._latest[place] >= start_ms:
            if self._lasts[place] >= start_ms:
                yield self._turns[place]
            place -= 1


def _reach(turn: Turn) -> tuple[int, int]:
    """Return from when to when a turn has words; its own times may be narrower."""
    if not turn.words:
        return turn.start_ms, turn.end_ms
    first, last = turn.words[0], turn.words[-1]
    return min(turn.start_ms, first.start_ms), max(turn.end_ms, last.end_ms)
