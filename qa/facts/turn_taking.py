"""Facts about who came in on whom: interruptions, backchannels, overlap."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from qa.facts.overlaps import BACKCHANNEL, overlap_ms
from qa.nouns import Event, Fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.facts.floor import Floor

TURN_START_MS: Final = 500  # word times are this unsure about where a turn begins


def agent_interruptions(floor: Floor) -> Fact:
    """Count the agent's interruptions of the customer, attempted ones too."""
    return _counted(floor, "agent_interruptions", floor.agent_interruptions)


def customer_interruptions(floor: Floor) -> Fact:
    """Count the customer's interruptions of the agent, attempted ones too."""
    return _counted(floor, "customer_interruptions", floor.customer_interruptions)


def agent_interruptions_per_min(floor: Floor) -> Fact:
    """Return the agent's interruptions per minute of the call's duration."""
    minutes = floor.duration_ms / 60_000
    value = len(floor.agent_interruptions) / minutes if minutes else None
    return floor.judge("overlap", Fact("agent_interruptions_per_min", value, "per_min"))


def agent_backchannels(floor: Floor) -> Fact:
    """Count the times the agent showed listening while the customer spoke."""
    events = tuple(
        Event(BACKCHANNEL, run.speaker, run.start_ms, run.end_ms)
        for run in floor.agent_backchannels
    )
    return _counted(floor, "agent_backchannels", events)


def total_overlap_ms(floor: Floor) -> Fact:
    """Return for how long both spoke at once, backchannels too."""
    value = overlap_ms(floor.agent, floor.customer)
    return floor.judge("overlap", Fact("overlap_ms", value, "ms"))


def overlap_share(floor: Floor) -> Fact:
    """Return the overlap as a share of the call's duration."""
    both = overlap_ms(floor.agent, floor.customer)
    value = both / floor.duration_ms if floor.duration_ms else None
    return floor.judge("overlap", Fact("overlap_share", value, "share"))


def agent_turns_begun_as_interruption(floor: Floor) -> Fact:
    """Return the share of the agent's turns that began as an interruption, successful or not.

    An interruption begins the agent's turn whose start is nearest (the earlier one of two), if that
    is within 500 ms; one that comes later in a turn begins none. A turn counts once.
    """
    name = "agent_turns_begun_as_interruption"
    starts = sorted(turn.start_ms for turn in floor.turns if turn.speaker == "agent")
    if not starts:
        return floor.judge("overlap", Fact(name, None, "share", reason="the agent has no turns"))
    begun = {_nearest(starts, event.start_ms) for event in floor.agent_interruptions} - {None}
    return floor.judge("overlap", Fact(name, len(begun) / len(starts), "share"))


def _nearest(starts: Sequence[int], moment_ms: int) -> int | None:
    """Return the place in sorted `starts` nearest to a moment; None if none is within 500 ms."""
    after = bisect_left(starts, moment_ms)
    places = [place for place in (after - 1, after) if 0 <= place < len(starts)]
    nearest = min(places, key=lambda place: abs(starts[place] - moment_ms))
    return nearest if abs(starts[nearest] - moment_ms) <= TURN_START_MS else None


def _counted(floor: Floor, name: str, events: tuple[Event, ...]) -> Fact:
    return floor.judge("overlap", Fact(name, len(events), "count", events=events))
