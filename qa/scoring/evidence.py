"""Evidence: which words of the transcript a judgement is shown with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qa.nouns import Event, Evidence, Fact, Moment, Transcript, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_QUOTES: Final = 3  # enough to show; the rest is on the call page
_QUOTE_WORDS = 14


def quotes(moments: Sequence[Moment]) -> tuple[Evidence, ...]:
    """Return the first few sentences as evidence; one that does several things is quoted once."""
    said = (Evidence(m.turn, m.quote, m.start_ms, m.end_ms) for m in moments)
    return first_few(tuple(said))


def first_few(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence))[:MOST_QUOTES]


def events_quoted(
    fact: Fact, facts: Sequence[Fact], transcript: Transcript
) -> tuple[Evidence, ...]:
    """Return what was said at the first few events that a fact counted, where words are known."""
    said = (said_at(event, transcript) for event in _events(fact, facts))
    return first_few([quote for quote in said if quote is not None])


def _events(fact: Fact, facts: Sequence[Fact]) -> tuple[Event, ...]:
    """Return what a fact counted; a rate (..._per_min) counts what its count does."""
    if fact.events:
        return fact.events
    counted = fact.name.removesuffix("_per_min")
    return next((other.events for other in facts if other.name == counted), ())


def said_at(event: Event, transcript: Transcript) -> Evidence | None:
    """Return what the event's speaker said at that time, verbatim; None if no words are known."""
    turns = [
        turn
        for turn in transcript.turns
        if turn.speaker == event.speaker
        and turn.start_ms <= event.end_ms
        and turn.end_ms >= event.start_ms
    ]
    if not turns:
        return None
    turn = max(turns, key=lambda turn: (_shared_ms(event, turn), -turn.start_ms))
    tokens = turn.text.split()
    first = 0
    if len(turn.words) == len(tokens):
        later = (i for i, word in enumerate(turn.words) if word.end_ms > event.start_ms)
        first = next(later, 0)
    said = " ".join(tokens[first : first + _QUOTE_WORDS])
    quote = said if said in turn.text else turn.text
    return Evidence(turn.index, quote, event.start_ms, event.end_ms)


def _shared_ms(event: Event, turn: Turn) -> int:
    return min(event.end_ms, turn.end_ms) - max(event.start_ms, turn.start_ms)
