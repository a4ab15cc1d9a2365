"""Turns from words: who held the floor, in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.nouns import Speaker, Turn, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PAUSE_MS = 700  # a longer pause between two words ends an utterance
_SAME_TURN_MS = 1_500  # utterances this close stay one turn if the other said only a little
_ASIDE_MS = 1_500  # the longest backchannel (design, section 5)


@dataclass(frozen=True, slots=True)
class _Utterance:
    speaker: Speaker
    words: tuple[Word, ...]

    @property
    def start_ms(self) -> int:
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        return max(word.end_ms for word in self.words)


def build_turns(words: Iterable[tuple[Speaker, Sequence[Word]]]) -> tuple[Turn, ...]:
    """Return turns in order of their start; every word is in exactly one of them.

    Words of one speaker are cut into utterances at pauses over 700 ms. Utterances that follow
    each other without the other speaker in between are one turn, and so are two that are
    parted by less than 1.5 s in which the other said no more than a short aside ("mhm"): a
    listener's sign does not take the floor. Ties go to the speaker given first. A turn's text is
    its words joined by single spaces.
    """
    utterances = sorted(
        (u for speaker, said in words for u in _utterances(speaker, said)),
        key=lambda u: u.start_ms,
    )
    runs: list[list[_Utterance]] = []
    floor: list[_Utterance] = []  # the run that has the floor, and the one that had it before
    before: list[_Utterance] = []
    for utterance in utterances:
        if floor and floor[0].speaker == utterance.speaker:
            floor.append(utterance)
        elif before and _is_aside(floor, before, utterance):
            before.append(utterance)
            floor, before = before, floor
        else:
            floor, before = [utterance], floor
            runs.append(floor)
    return tuple(_turn(index, run) for index, run in enumerate(runs))


def wordless(words: Iterable[tuple[Speaker, Sequence[Word]]]) -> tuple[Turn, ...]:
    """Return the turns without the words in them, whose times are not good enough to be kept."""
    return tuple(replace(turn, words=()) for turn in build_turns(words))


def _is_aside(aside: list[_Utterance], held: list[_Utterance], next_: _Utterance) -> bool:
    """Return whether a run only put in a word while the floor was held and is held on."""
    return (
        held[0].speaker == next_.speaker
        and len(aside) == 1
        and aside[0].end_ms - aside[0].start_ms <= _ASIDE_MS
        and next_.start_ms - held[-1].end_ms <= _SAME_TURN_MS
        and aside[0].end_ms <= next_.end_ms
    )


def _utterances(speaker: Speaker, words: Sequence[Word]) -> list[_Utterance]:
    parts: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.start_ms):
        if parts and word.start_ms - parts[-1][-1].end_ms <= _PAUSE_MS:
            parts[-1].append(word)
        else:
            parts.append([word])
    return [_Utterance(speaker, tuple(part)) for part in parts]


def _turn(index: int, run: list[_Utterance]) -> Turn:
    words = tuple(word for utterance in run for word in utterance.words)
    return Turn(
        index=index,
        speaker=run[0].speaker,
        start_ms=run[0].start_ms,
        end_ms=max(utterance.end_ms for utterance in run),
        text=" ".join(word.text for word in words),
        words=words,
    )
