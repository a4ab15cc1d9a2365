"""Facts about written channels: how long people waited for an answer, and were they kept informed.

A turn is one message and its start the time it was sent. How much of what an agent writes repeats
word for word across customers is told later (`qa.facts.replies`): it needs other customers'
messages, and a fact sees one call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.facts.letters import is_personal, read_letter
from qa.facts.phrases import has_phrase
from qa.facts.replies import uncompared
from qa.nouns import Fact, Transcript, Turn
from qa.sentences import cut

if TYPE_CHECKING:
    from qa.nouns import Language

NO_TIMES = "the messages have no times"
NO_ANSWER = "the customer wrote nothing that the agent answered"
ONLY_CONFIRMED = "the agent confirmed receipt and has not answered yet"
NOTHING_WRITTEN = "the agent wrote nothing"


@dataclass(frozen=True, slots=True)
class Thread:
    """A written conversation, read once."""

    messages: tuple[Turn, ...]  # in order of time
    waits_ms: tuple[int, ...]  # from the first unanswered customer message to the agent's next
    reason: str  # why times cannot be measured; empty: they can
    language: Language
    replies: tuple[Turn, ...]  # the agent's messages from the customer's first one on
    confirmations: int  # how many of `replies`, from the first on, only confirm receipt


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
    replies = _replies(messages)
    return Thread(
        messages,
        tuple(waits),
        _reason(messages, waits),
        transcript.language,
        replies,
        _confirmations(replies, transcript),
    )


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


def first_answer_ms(thread: Thread) -> Fact:
    """Return the time from the customer's first message to the first that is more than a receipt.

    A message that only confirms receipt is a first response and no answer.
    """
    if thread.reason or thread.confirmations == len(thread.replies):
        return _fact("first_answer_ms", None, "ms", thread.reason or ONLY_CONFIRMED)
    asked = next(turn for turn in thread.messages if turn.speaker == "customer")
    answer = thread.replies[thread.confirmations]
    return _fact("first_answer_ms", answer.start_ms - asked.start_ms, "ms", "")


def receipt_confirmed(thread: Thread) -> Fact:
    """Return 1 if a message that only confirms receipt came before the answer, else 0.

    Such a message says that the customer's has arrived, and either that an answer will come or
    nothing else. An answer that begins "we have received your message" is an answer.
    """
    if not thread.replies:
        return _fact("receipt_confirmed", None, "yes_no", NO_ANSWER)
    return _fact("receipt_confirmed", float(thread.confirmations > 0), "yes_no", "")


def personal_address(thread: Thread) -> Fact:
    """Return 1 if a message of the agent's addresses the customer by name, else 0.

    "Poštovana gospođo Perić" and "Hi Anna" do; "Dear customer" and "Poštovani" do not.
    """
    written = [turn for turn in thread.messages if turn.speaker == "agent"]
    if not written:
        return _fact("personal_address", None, "yes_no", NOTHING_WRITTEN)
    letters = (read_letter(turn.text, thread.language) for turn in written)
    named = any(is_personal(letter, thread.language) for letter in letters)
    return _fact("personal_address", float(named), "yes_no", "")


def generic_reply_share(_thread: Thread) -> Fact:
    """Return the fact without a value: a call by itself cannot tell."""
    return uncompared()


def _replies(messages: tuple[Turn, ...]) -> tuple[Turn, ...]:
    speakers = [turn.speaker for turn in messages]
    first = speakers.index("customer") if "customer" in speakers else len(messages)
    return tuple(turn for turn in messages[first:] if turn.speaker == "agent")


def _confirmations(replies: tuple[Turn, ...], transcript: Transcript) -> int:
    for count, turn in enumerate(replies):
        if not _only_confirms(turn, transcript):
            return count
    return len(replies)


def _only_confirms(turn: Turn, transcript: Transcript) -> bool:
    """Return whether a message says that another has arrived, and does not answer it."""
    language = transcript.language
    body = read_letter(turn.text, language).body
    if not has_phrase(body, "receipts", language):
        return False
    if has_phrase(body, "answer_to_come", language):
        return True
    alone = replace(transcript, turns=(replace(turn, text=body, words=()),))
    return all(has_phrase(one.text, "receipts", language) for one in cut(alone))


def _reason(messages: tuple[Turn, ...], waits: list[int]) -> str:
    if not waits:
        return NO_ANSWER
    timed = any(message.start_ms or message.end_ms for message in messages)
    return "" if timed else NO_TIMES


def _fact(name: str, value: float | None, unit: str, reason: str) -> Fact:
    return Fact(name, value, unit, trusted=not reason, reason=reason)
