"""Where the recogniser doubts its own words, as places in the text of a turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.sentences import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.nouns import Doubt, Transcript
    from qa.reports.catalogue import Words
    from qa.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Doubted:
    """Letters `start` to `end` of a turn's text; `why` in the words of the page."""

    start: int
    end: int
    why: str


def doubted_places(transcript: Transcript, words: Words) -> dict[int, tuple[Doubted, ...]]:
    """Return the doubted places by index of turn, in order and apart; none for most turns.

    Whole sentences, as it is sentences whose moments then decide nothing alone. Sentences that
    follow each other and are doubted for the same reasons are one place.
    """
    if not transcript.doubts:
        return {}
    texts = {turn.index: turn.text for turn in transcript.turns}
    sentences: dict[int, list[Sentence]] = {}
    for sentence in cut(transcript):
        sentences.setdefault(sentence.turn, []).append(sentence)
    return {
        turn: places
        for turn, own in sentences.items()
        if (places := _places(texts[turn], own, transcript.doubts, words))
    }


def _places(
    text: str, sentences: Iterable[Sentence], doubts: Sequence[Doubt], words: Words
) -> tuple[Doubted, ...]:
    places: list[Doubted] = []
    end, goes_on = 0, False  # whether the sentence before this one was doubted
    for sentence in sentences:
        start = text.index(sentence.text, end)
        end = start + len(sentence.text)
        why = _why(sentence, doubts, words)
        if why and goes_on and places[-1].why == why:
            places[-1] = Doubted(places[-1].start, end, why)
        elif why:
            places.append(Doubted(start, end, why))
        goes_on = bool(why)
    return tuple(places)


def _why(sentence: Sentence, doubts: Sequence[Doubt], words: Words) -> str:
    names = [
        words.label("doubts", doubt.reason)
        for doubt in doubts
        if doubt.covers(sentence.speaker, sentence.start_ms, sentence.end_ms)
    ]
    reasons = ", ".join(dict.fromkeys(names))
    return words.say("misheard", reasons=reasons) if reasons else ""
