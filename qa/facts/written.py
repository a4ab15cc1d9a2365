"""Facts about written channels: how long people waited for an answer, and were they kept informed.

A turn is one message and its start the time it was sent. `generic_reply_share` (replies that
repeat word for word across customers) is not measured here: it needs other customers' messages,
and a fact sees one call.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa.nouns import Fact, Transcript, Turn

NO_TIMES = "the messages have no times"
NO_ANSWER = "the customer wrote nothing that the agent answered"


@dataclass(frozen=True, slots=True)
class Thread:
    """A written conversation, read once."""

    messages: tuple[Turn, ...]  # in order of time
    waits_ms: tuple[int, ...]  # from the first unanswered customer message to the agent's next
    reason: str  # why times cannot be measured; empty: they can


def read_thread(transcript: Transcript) -> Thread:
    """Return the messages in order and the answered waits between them.

    A wait starts with the first customer message that is not yet answered and ends with the agent's
    next. The last customer message may need no answer ("thanks!"): left open, it is no wait.
    """
    messages = tuple(sorted(transcript.turns, key=lambda turn: (turn.start_ms, turn.index)))
    waits: list[int] = []
    asked_ms: int | None = None
    for message in messages:
        if message.speaker == "customer":
            asked_ms = message.start_ms if asked_ms is None else asked_ms
        elif asked_ms is not None:
            waits.append(message.start_ms - asked_ms)
            asked_ms = None
    return Thread(messages, tuple(waits), _reason(messages, waits))


def first_response_ms(thread: Thread) -> Fact:
    """Return the time from the customer's first message to the agent's first answer.

    An agent's message before the customer's first (an automatic welcome) is no answer.
    """
    value = None if thread.reason else thread.waits_ms[0]
    return _fact("first_response_ms", value, "ms", thread.reason)


def longest_wait_ms(thread: Thread) -> Fact:
    """Return the longest time the customer waited for an answer that came."""
    value = None if thread.reason else max(thread.waits_ms)
    return _fact("longest_wait_ms", value, "ms", thread.reason)


def agent_updates(thread: Thread) -> Fact:
    """Count the messages the agent sent after the first answer while the matter was open.

    The agent's last message is taken as the one that closes the matter and is not counted. The
    order of messages is enough; times are not needed.
    """
    first = next(
        (place for place, turn in enumerate(thread.messages) if turn.speaker == "customer"), None
    )
    if first is None or not thread.waits_ms:
        return _fact("agent_updates", None, "count", NO_ANSWER)
    answers = sum(turn.speaker == "agent" for turn in thread.messages[first:])
    return _fact("agent_updates", max(0, answers - 2), "count", "")


def _reason(messages: tuple[Turn, ...], waits: list[int]) -> str:
    if not waits:
        return NO_ANSWER
    timed = any(message.start_ms or message.end_ms for message in messages)
    return "" if timed else NO_TIMES


def _fact(name: str, value: float | None, unit: str, reason: str) -> Fact:
    return Fact(name, value, unit, trusted=not reason, reason=reason)
