"""Facts about time: silences, holds, shares of talk, replies, pace."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from qa.facts.floor import SILENCE_MS, Floor, Needs, Pause
from qa.facts.phrases import has_phrase
from qa.nouns import Event, Fact, Turn
from qa.text import to_latin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.facts.runs import Run

DEAD_AIR_MS: Final = 10_000
NOTICE_MS: Final = 10_000  # a hold notice ends at most this long before the silence it explains
RETURN_MS: Final = 3000  # a return from hold opens the agent's next speech: it begins within this


def silences(floor: Floor) -> Fact:
    """Count the times both were silent for more than 3 s between first and last speech."""
    return _counted(floor, "silences", _as_events("silence", _silences(floor)))


def dead_air(floor: Floor) -> Fact:
    """Count the times both were silent for 10 s or more."""
    long = [pause for pause in floor.pauses if pause.length_ms >= DEAD_AIR_MS]
    return _counted(floor, "dead_air", _as_events("dead_air", long))


def unexplained_silences(floor: Floor) -> Fact:
    """Count the silences that no hold notice precedes within 10 s.

    Either side may have given notice: a customer who says "one moment, I'll get the invoice" has
    explained the silence too.
    """
    unexplained = [pause for pause in _silences(floor) if not _announced(floor, pause)]
    events = _as_events("unexplained_silence", unexplained)
    return _counted(floor, "unexplained_silences", events, "both+words")


def holds(floor: Floor) -> Fact:
    """Count the times the customer was put on hold; see `find_holds`."""
    return _counted(floor, "holds", find_holds(floor), "both+words")


def hold_ms(floor: Floor) -> Fact:
    """Return for how long the customer was on hold in all."""
    total = sum(event.end_ms - event.start_ms for event in find_holds(floor))
    return floor.judge("both+words", Fact("hold_ms", total, "ms"))


def talk_share_agent(floor: Floor) -> Fact:
    """Return the agent's speech over the sum of both speakers' speech."""
    agent_ms, customer_ms = _speech_ms(floor.agent), _speech_ms(floor.customer)
    both_ms = agent_ms + customer_ms
    value = agent_ms / both_ms if both_ms else None
    return floor.judge("both", Fact("talk_share_agent", value, "share"))


def longest_agent_monologue_ms(floor: Floor) -> Fact:
    """Return the length of the agent's longest stretch.

    Pauses up to 3 s and the customer's backchannels are part of it; it ends where the customer
    takes up speech. 0 where the agent is not heard.
    """
    lengths = [run.length_ms for run in floor.stretches if run.speaker == "agent"]
    fact = Fact("longest_agent_monologue_ms", max(lengths, default=0), "ms")
    return floor.judge("both", fact)


def agent_reply_gap_ms(floor: Floor) -> Fact:
    """Return the median pause between the customer's last sound and the agent's next.

    A reply that overlaps the customer's end has no pause and is left out, as is a pause after which
    the same speaker goes on. No value where there was no such pause.
    """
    ends = {run.end_ms for run in floor.customer}
    starts = {run.start_ms for run in floor.agent}
    gaps = [
        pause.length_ms
        for pause in floor.pauses
        if pause.start_ms in ends and pause.end_ms in starts
    ]
    reason = "" if gaps else "the agent never replied after a pause"
    value = float(median(gaps)) if gaps else None
    return floor.judge("both", Fact("agent_reply_gap_ms", value, "ms", reason=reason))


def agent_words_per_min(floor: Floor) -> Fact:
    """Return the agent's words per minute of the agent's own speech."""
    words = sum(len(turn.words) or len(turn.text.split()) for turn in _agent_turns(floor))
    return _pace(floor, Fact("agent_words_per_min", words * 60_000, "words_per_min"))


def agent_letters_per_s(floor: Floor) -> Fact:
    """Return the agent's letters (in Latin) per second of the agent's own speech."""
    letters = sum(
        letter.isalpha() for turn in _agent_turns(floor) for letter in to_latin(turn.text)
    )
    return _pace(floor, Fact("agent_letters_per_s", letters * 1000, "letters_per_s"))


def time_to_greeting_ms(floor: Floor) -> Fact:
    """Return when the agent is first heard, from the start of the recording.

    Whatever is said first is taken for the greeting: what a greeting is, a moment decides.
    """
    value = floor.agent[0].start_ms if floor.agent else None
    fact = Fact("time_to_greeting_ms", value, "ms", reason="" if floor.agent else floor.silent_side)
    return floor.judge("speech", fact)


def duration_ms(floor: Floor) -> Fact:
    """Return the call's length; known even where nobody speaks."""
    if floor.duration_ms:
        return Fact("duration_ms", floor.duration_ms, "ms")
    return Fact("duration_ms", None, "ms", trusted=False, reason="the call's length is not known")


def find_holds(floor: Floor) -> tuple[Event, ...]:
    """Return the holds: silences announced by the agent, or come back from.

    A hold begins with a silence before which the agent gave notice within 10 s, or after which the
    agent's next speech opens with a return ("thank you for waiting"). It lasts until that speech
    (the customer may have spoken meanwhile), or, without a return, as long as the silence.
    """
    found: list[Event] = []
    for pause in _silences(floor):
        if found and pause.start_ms < found[-1].end_ms:
            continue  # a later silence of the same hold
        back_ms = _agent_back_ms(floor, pause)
        if _returned(floor, back_ms):
            found.append(Event("hold", None, pause.start_ms, back_ms))
        elif _announced(floor, pause, by=("agent",)):
            found.append(Event("hold", None, pause.start_ms, pause.end_ms))
    return tuple(found)


def _silences(floor: Floor) -> list[Pause]:
    return [pause for pause in floor.pauses if pause.length_ms > SILENCE_MS]


def _announced(floor: Floor, pause: Pause, by: Sequence[str] = ("agent", "customer")) -> bool:
    return any(
        sentence.speaker in by
        and sentence.start_ms < pause.start_ms <= sentence.end_ms + NOTICE_MS
        and has_phrase(sentence.text, "hold_notices", floor.language)
        for sentence in floor.sentences
    )


def _returned(floor: Floor, back_ms: int) -> bool:
    return any(
        sentence.speaker == "agent"
        and sentence.end_ms > back_ms >= sentence.start_ms - RETURN_MS
        and has_phrase(sentence.text, "hold_returns", floor.language)
        for sentence in floor.sentences
    )


def _agent_back_ms(floor: Floor, pause: Pause) -> int:
    starts = (run.start_ms for run in floor.agent if run.start_ms >= pause.end_ms)
    return next(starts, pause.end_ms)


def _speech_ms(runs: Sequence[Run]) -> int:
    return sum(run.length_ms for run in runs)


def _agent_turns(floor: Floor) -> list[Turn]:
    return [turn for turn in floor.turns if turn.speaker == "agent"]


def _pace(floor: Floor, amount: Fact) -> Fact:
    """Return the fact whose value is `amount`'s over the agent's speech in ms."""
    speech_ms = _speech_ms(floor.agent)
    if not amount.value or not speech_ms:
        reason = "no words of the agent with a known time of speaking"
        return floor.judge("speech", Fact(amount.name, None, amount.unit, reason=reason))
    return floor.judge("speech", Fact(amount.name, amount.value / speech_ms, amount.unit))


def _as_events(name: str, pauses: Sequence[Pause]) -> tuple[Event, ...]:
    return tuple(Event(name, None, pause.start_ms, pause.end_ms) for pause in pauses)


def _counted(floor: Floor, name: str, events: tuple[Event, ...], needs: Needs = "both") -> Fact:
    return floor.judge(needs, Fact(name, len(events), "count", events=events))
