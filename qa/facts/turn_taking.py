"""Facts about who came in on whom: interruptions, backchannels, overlap; both directions."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from qa.facts.overlaps import BACKCHANNEL, overlap_ms
from qa.facts.trust import HEARD_APART, WHO_CAME_IN
from qa.nouns import Event, Fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.facts.floor import Floor, Side
    from qa.nouns import Speaker

TURN_START_MS: Final = 500  # word times are this unsure about where a turn begins


def agent_interruptions(floor: Floor) -> Fact:
    """Count the agent's interruptions of the customer, attempted ones too."""
    return _counted(floor, "agent_interruptions", floor.agent.interruptions)


def customer_interruptions(floor: Floor) -> Fact:
    """Count the customer's interruptions of the agent, attempted ones too."""
    return _counted(floor, "customer_interruptions", floor.customer.interruptions)


def agent_interruptions_per_min(floor: Floor) -> Fact:
    """Return the agent's interruptions per minute of conversation: from first to last speech."""
    return _per_min(floor, "agent_interruptions_per_min", floor.agent)


def customer_interruptions_per_min(floor: Floor) -> Fact:
    """Return the customer's interruptions per minute of conversation: from first to last speech."""
    return _per_min(floor, "customer_interruptions_per_min", floor.customer)


def agent_backchannels(floor: Floor) -> Fact:
    """Count the times the agent showed listening while the customer spoke."""
    return _backchannels(floor, "agent_backchannels", floor.agent)


def customer_backchannels(floor: Floor) -> Fact:
    """Count the times the customer showed listening while the agent spoke."""
    return _backchannels(floor, "customer_backchannels", floor.customer)


def total_overlap_ms(floor: Floor) -> Fact:
    """Return for how long both spoke at once, backchannels too."""
    return floor.judge(HEARD_APART, Fact("overlap_ms", _overlap_ms(floor), "ms"))


def overlap_share(floor: Floor) -> Fact:
    """Return the overlap as a share of the conversation: from first to last speech."""
    value = _overlap_ms(floor) / floor.conversation_ms if floor.conversation_ms else None
    return floor.judge(HEARD_APART, Fact("overlap_share", value, "share"))


def agent_turns_begun_as_interruption(floor: Floor) -> Fact:
    """Return the share of the agent's turns that began as an interruption, successful or not.

    An interruption begins the turn of its speaker whose start is nearest (the earlier one of two),
    if that is within 500 ms; one that comes later in a turn begins none. A turn counts once.
    """
    return _turns_begun(floor, "agent", floor.agent)


def customer_turns_begun_as_interruption(floor: Floor) -> Fact:
    """Return the share of the customer's turns that began as an interruption, successful or not."""
    return _turns_begun(floor, "customer", floor.customer)


def _counted(floor: Floor, name: str, events: tuple[Event, ...]) -> Fact:
    return floor.judge(WHO_CAME_IN, Fact(name, len(events), "count", events=events))


def _per_min(floor: Floor, name: str, side: Side) -> Fact:
    minutes = floor.conversation_ms / 60_000
    value = len(side.interruptions) / minutes if minutes else None
    return floor.judge(WHO_CAME_IN, Fact(name, value, "per_min"))


def _backchannels(floor: Floor, name: str, side: Side) -> Fact:
    runs = side.backchannels
    events = (Event(BACKCHANNEL, run.speaker, run.start_ms, run.end_ms) for run in runs)
    return _counted(floor, name, tuple(events))


def _overlap_ms(floor: Floor) -> int:
    return overlap_ms(floor.agent.runs, floor.customer.runs)


def _turns_begun(floor: Floor, speaker: Speaker, side: Side) -> Fact:
    name = f"{speaker}_turns_begun_as_interruption"
    starts = sorted(turn.start_ms for turn in floor.turns if turn.speaker == speaker)
    if not starts:
        reason = f"the {speaker} has no turns"
        return floor.judge(WHO_CAME_IN, Fact(name, None, "share", reason=reason))
    begun = {_nearest(starts, event.start_ms) for event in side.interruptions} - {None}
    return floor.judge(WHO_CAME_IN, Fact(name, len(begun) / len(starts), "share"))


def _nearest(starts: Sequence[int], moment_ms: int) -> int | None:
    """Return which of the sorted `starts` is nearest to a moment; None if none is within 500 ms."""
    after = bisect_left(starts, moment_ms)
    nearest = min(starts[max(after - 1, 0) : after + 1], key=lambda start: abs(start - moment_ms))
    return nearest if abs(nearest - moment_ms) <= TURN_START_MS else None
