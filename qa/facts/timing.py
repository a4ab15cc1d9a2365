"""Facts about time: silences, shares of talk, replies, pace. Holds have a file of their own."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from qa.facts.runs import SILENCE_MS, Pause, Run
from qa.facts.trust import AGENT_HEARD, AGENTS_WORDS, BOTH_HEARD, WHO_SPOKE, silent_side
from qa.nouns import Event, Fact, Turn
from qa.text import to_latin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.facts.floor import Floor

DEAD_AIR_MS: Final = 10_000


def silences(floor: Floor) -> Fact:
    """Count the times both were silent for more than 3 s between first and last speech."""
    long = [pause for pause in floor.pauses if pause.length_ms > SILENCE_MS]
    return _counted(floor, "silences", "silence", long)


def dead_air(floor: Floor) -> Fact:
    """Count the times both were silent for 10 s or more between first and last speech."""
    long = [pause for pause in floor.pauses if pause.length_ms >= DEAD_AIR_MS]
    return _counted(floor, "dead_air", "dead_air", long)


def talk_share_agent(floor: Floor) -> Fact:
    """Return the agent's speech over the sum of both speakers' speech."""
    agent_ms, customer_ms = _speech_ms(floor.agent.runs), _speech_ms(floor.customer.runs)
    both_ms = agent_ms + customer_ms
    value = agent_ms / both_ms if both_ms else None
    return floor.judge(WHO_SPOKE, Fact("talk_share_agent", value, "share"))


def longest_agent_monologue_ms(floor: Floor) -> Fact:
    """Return the length of the agent's longest stretch.

    Pauses up to 3 s and the customer's backchannels are part of it; it ends where the customer
    takes up speech. 0 where the agent is not heard.
    """
    longest = max((run.length_ms for run in floor.agent.stretches), default=0)
    return floor.judge(WHO_SPOKE, Fact("longest_agent_monologue_ms", longest, "ms"))


def agent_reply_gap_ms(floor: Floor) -> Fact:
    """Return the median pause between the customer's last sound and the agent's next.

    A reply that overlaps the customer's end has no pause and is left out, as is a pause after which
    the same speaker goes on. No value where there was no such pause.
    """
    ends = {run.end_ms for run in floor.customer.runs}
    starts = {run.start_ms for run in floor.agent.runs}
    gaps = [
        pause.length_ms
        for pause in floor.pauses
        if pause.start_ms in ends and pause.end_ms in starts
    ]
    reason = "" if gaps else "the agent never replied after a pause"
    value = float(median(gaps)) if gaps else None
    return floor.judge(WHO_SPOKE, Fact("agent_reply_gap_ms", value, "ms", reason=reason))


def agent_words_per_min(floor: Floor) -> Fact:
    """Return the agent's words per minute of the agent's own speech."""
    words = sum(len(turn.words) or len(turn.text.split()) for turn in _agent_turns(floor))
    return _pace(floor, Fact("agent_words_per_min", words * 60_000, "words_per_min"))


def agent_letters_per_s(floor: Floor) -> Fact:
    """Return the agent's letters (in Latin) per second of the agent's own speech."""
    letters = sum(sum(map(str.isalpha, to_latin(turn.text))) for turn in _agent_turns(floor))
    return _pace(floor, Fact("agent_letters_per_s", letters * 1000, "letters_per_s"))


def time_to_greeting_ms(floor: Floor) -> Fact:
    """Return when the agent is first heard, from the start of the recording.

    Whatever is said first is taken for the greeting: what a greeting is, a moment decides.
    """
    runs = floor.agent.runs
    reason = "" if runs else silent_side(runs, floor.customer.runs)
    value = runs[0].start_ms if runs else None
    return floor.judge(AGENT_HEARD, Fact("time_to_greeting_ms", value, "ms", reason=reason))


def duration_ms(floor: Floor) -> Fact:
    """Return the recording's length, silence at its ends too; known even where nobody speaks."""
    if floor.duration_ms:
        return Fact("duration_ms", floor.duration_ms, "ms")
    return Fact("duration_ms", None, "ms", trusted=False, reason="the call's length is not known")


def _counted(floor: Floor, name: str, event: str, pauses: Sequence[Pause]) -> Fact:
    events = tuple(Event(event, None, pause.start_ms, pause.end_ms) for pause in pauses)
    return floor.judge(BOTH_HEARD, Fact(name, len(events), "count", events=events))


def _speech_ms(runs: Sequence[Run]) -> int:
    return sum(run.length_ms for run in runs)


def _agent_turns(floor: Floor) -> list[Turn]:
    return [turn for turn in floor.turns if turn.speaker == "agent"]


def _pace(floor: Floor, amount: Fact) -> Fact:
    """Return the fact whose value is `amount`'s over the agent's speech in ms."""
    speech_ms = _speech_ms(floor.agent.runs)
    if not amount.value or not speech_ms:
        reason = "no words of the agent with a known time of speaking"
        return floor.judge(AGENTS_WORDS, Fact(amount.name, None, amount.unit, reason=reason))
    return floor.judge(AGENTS_WORDS, Fact(amount.name, amount.value / speech_ms, amount.unit))
