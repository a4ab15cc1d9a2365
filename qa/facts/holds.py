"""Holds: when the customer was made to wait, and whether that was explained.

A hold is told by words - a silence that the agent announces, or comes back from - unless the
manifest says when the telephone system had the customer on hold: then its times are the holds.

A hold is *explained* if the agent announced it and came back with a return phrase. Any other
stretch of more than 15 s in which both are silent is an *unexplained hold*, whoever caused it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from qa.facts.runs import SILENCE_MS, Pause
from qa.facts.trust import SAID_BY_AGENT, SAID_BY_EITHER
from qa.facts.waits import SWITCH_MS, Wait, is_announced
from qa.nouns import Event, Fact

if TYPE_CHECKING:
    from qa.facts.floor import Floor

LONG_MS: Final = 15_000  # a longer silence of both is a hold, announced or not


def holds(floor: Floor) -> Fact:
    """Count the times the customer was put on hold."""
    events = tuple(Event("hold", None, wait.start_ms, wait.end_ms) for wait in find_holds(floor))
    return _judged(floor, Fact("holds", len(events), "count", events=events))


def hold_ms(floor: Floor) -> Fact:
    """Return for how long the customer was on hold in all."""
    total = sum(wait.end_ms - wait.start_ms for wait in find_holds(floor))
    return _judged(floor, Fact("hold_ms", total, "ms"))


def unexplained_holds(floor: Floor) -> Fact:
    """Count the silences of more than 15 s that lie in no explained hold.

    A silence lies in a hold if more than half of it does. An unexplained *silence* (over 3 s, no
    notice within 10 s before) is another thing: a hold with a notice but no return is explained
    as a silence, not as a hold.
    """
    waits = (*floor.told_holds, *(floor.given_holds or ()))
    explained = [wait for wait in waits if wait.explained]
    events = tuple(
        Event("unexplained_hold", None, pause.start_ms, pause.end_ms)
        for pause in floor.pauses
        if pause.length_ms > LONG_MS and not any(_lies_in(pause, wait) for wait in explained)
    )
    fact = Fact("unexplained_holds", len(events), "count", events=events)
    return floor.judge(SAID_BY_AGENT, fact)


def unexplained_silences(floor: Floor) -> Fact:
    """Count the silences of more than 3 s that no hold notice precedes within 10 s.

    Either side may have given notice: a customer who says "one moment, I'll get the invoice" has
    explained the silence too.
    """
    events = tuple(
        Event("unexplained_silence", None, pause.start_ms, pause.end_ms)
        for pause in floor.pauses
        if pause.length_ms > SILENCE_MS
        and not is_announced(floor.sentences, pause.start_ms, by=("agent", "customer"))
    )
    fact = Fact("unexplained_silences", len(events), "count", events=events)
    return floor.judge(SAID_BY_EITHER, fact)


def find_holds(floor: Floor) -> tuple[Wait, ...]:
    """Return the holds: the manifest's, or where it does not say, those told by words."""
    return floor.told_holds if floor.given_holds is None else floor.given_holds


def _judged(floor: Floor, fact: Fact) -> Fact:
    """Return a fact about holds with its trust: the manifest's hang on nothing that was heard."""
    if floor.given_holds is None:
        return floor.judge(SAID_BY_AGENT, fact)
    if any(hold.start_ms > floor.duration_ms + SWITCH_MS for hold in floor.given_holds):
        reason = "the manifest's holds begin after the recording ends: check their times"
        return replace(fact, trusted=False, reason=reason)
    return fact


def _lies_in(pause: Pause, wait: Wait) -> bool:
    shared = min(pause.end_ms, wait.end_ms) - max(pause.start_ms, wait.start_ms)
    return 2 * shared > pause.length_ms
