"""Facts about written channels: how long people waited for an answer, and were they kept informed.

A turn is one message and its start the time it was sent. How much of what an agent writes repeats
word for word across customers is told later (`qa.facts.replies`): it needs other customers'
messages, and a fact sees one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from qa.facts.letters import is_personal, read_letter
from qa.facts.phrases import has_phrase
from qa.facts.receipts import only_confirms
from qa.facts.replies import uncompared
from qa.nouns import Event, Fact, Transcript, Turn

if TYPE_CHECKING:
    from qa.nouns import Language

NO_TIMES = "the messages have no times"
NO_ANSWER = "the customer wrote nothing that the agent could answer"
NOBODY_ANSWERED = "nobody has answered the customer yet"
ONLY_CONFIRMED = "the agent confirmed receipt and has not answered yet"
NOTHING_WRITTEN = "the agent wrote nothing"
_THANKS_WORDS: Final = 8
_SAME_MESSAGE_MS: Final = 5 * 60_000  # agents send what they write in pieces


@dataclass(frozen=True, slots=True)
class Wait:
    """From the first unanswered message of the customer's on, in milliseconds of the thread."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Thread:
    """A written conversation, read once."""

    messages: tuple[Turn, ...]  # in order of time
    waits: tuple[Wait, ...]  # those that were answered
    left: Wait | None  # how long the customer is known to have waited at the end, unanswered
    reason: str  # why times cannot be measured; empty: they can
    language: Language
    replies: tuple[Turn, ...]  # the agent's messages from the customer's first one on
    confirmations: int  # how many of `replies`, from the first on, only confirm receipt


def read_thread(transcript: Transcript) -> Thread:
    """Return the messages in order and the waits between them.

    A wait starts with the first customer message that is not yet answered and ends with the agent's
    next; thanks ask for nothing and start none. The last message may need no answer: left open, it
    is no wait. But a customer who writes again without an answer has waited until then at least.
    """
    messages = tuple(sorted(transcript.turns, key=lambda turn: (turn.start_ms, turn.index)))
    waits: list[Wait] = []
    open_: list[Turn] = []  # the customer's messages since the last answer
    for message in messages:
        if message.speaker == "customer":
            if not _only_thanks(message, transcript.language):
                open_.append(message)
        elif open_:
            waits.append(Wait(open_[0].start_ms, message.start_ms))
            open_ = []
    replies = _replies(messages)
    return Thread(
        messages,
        tuple(waits),
        _left(open_),
        _reason(messages, waits),
        transcript.language,
        replies,
        _confirmations(replies, transcript.language),
    )


def first_response_ms(thread: Thread) -> Fact:
    """Return the time from the customer's first message to the agent's first answer.

    An agent's message before the customer's first (an automatic welcome) is no answer.
    """
    if thread.reason:
        return _fact("first_response_ms", None, "ms", thread.reason)
    first = thread.waits[0]
    told = _said("first_response", first.end_ms)
    return _fact("first_response_ms", first.length_ms, "ms", events=(told,))


def longest_wait_ms(thread: Thread) -> Fact:
    """Return the longest time the customer waited for an answer.

    One that never came counts until the customer wrote for the last time: longer is not known.
    """
    waits = [*thread.waits, *([thread.left] if thread.left else [])]
    if thread.reason not in ("", NOBODY_ANSWERED) or not waits:
        return _fact("longest_wait_ms", None, "ms", thread.reason)
    longest = max(waits, key=lambda wait: wait.length_ms)
    told = Event("longest_wait", "customer", longest.start_ms, longest.end_ms)
    return _fact("longest_wait_ms", longest.length_ms, "ms", events=(told,))


def agent_updates(thread: Thread) -> Fact:
    """Count the messages the agent sent after the first answer while the matter was open.

    The agent's last message is taken as the one that closes the matter and is not counted. The
    order of messages is enough; times are not needed.
    """
    if not thread.waits:
        return _fact("agent_updates", None, "count", thread.reason)
    return _fact("agent_updates", max(0, len(thread.replies) - 2), "count")


def unasked_updates(thread: Thread) -> Fact:
    """Count the agent's messages after the first answer that the customer did not ask for.

    That is, which follow the agent's own, more than five minutes later: what comes sooner goes on
    with the same message. A customer's thanks between them ask for nothing. The last one counts
    too; a reply to the customer does not.
    """
    if thread.reason or thread.confirmations == len(thread.replies):
        return _fact("unasked_updates", None, "count", thread.reason or ONLY_CONFIRMED)
    answered = {turn.index for turn in thread.replies[thread.confirmations + 1 :]}
    asking = [
        turn
        for turn in thread.messages
        if turn.speaker == "agent" or not _only_thanks(turn, thread.language)
    ]
    unasked = tuple(
        _said("update", turn.start_ms)
        for last, turn in pairwise(asking)
        if turn.index in answered
        and last.speaker == "agent"
        and turn.start_ms - last.start_ms > _SAME_MESSAGE_MS
    )
    return _fact("unasked_updates", len(unasked), "count", events=unasked)


def first_answer_ms(thread: Thread) -> Fact:
    """Return the time from the customer's first message to the first that is more than a receipt.

    A message that only confirms receipt is a first response and no answer.
    """
    if thread.reason or thread.confirmations == len(thread.replies):
        return _fact("first_answer_ms", None, "ms", thread.reason or ONLY_CONFIRMED)
    asked = next(turn for turn in thread.messages if turn.speaker == "customer")
    answer = thread.replies[thread.confirmations]
    told = _said("first_answer", answer.start_ms)
    return _fact("first_answer_ms", answer.start_ms - asked.start_ms, "ms", events=(told,))


def receipt_confirmed(thread: Thread) -> Fact:
    """Return 1 if a message that only confirms receipt came before the answer, else 0.

    Such a message says that the customer's has arrived, and nothing of the matter
    (`qa.facts.receipts`). An answer that begins "we have received your message" is an answer.
    """
    if not thread.replies:
        return _fact("receipt_confirmed", None, "yes_no", thread.reason)
    receipts = tuple(
        _said("receipt", turn.start_ms) for turn in thread.replies[: thread.confirmations]
    )
    return _fact("receipt_confirmed", float(bool(receipts)), "yes_no", events=receipts)


def personal_address(thread: Thread) -> Fact:
    """Return 1 if a message of the agent's addresses the customer by name, else 0.

    "Poštovana gospođo Perić" and "Hi Anna" do; "Dear customer" and "Poštovani" do not.
    """
    written = [turn for turn in thread.messages if turn.speaker == "agent"]
    if not written:
        return _fact("personal_address", None, "yes_no", NOTHING_WRITTEN)
    named = [
        _said("personal_address", turn.start_ms)
        for turn in written
        if is_personal(read_letter(turn.text, thread.language), thread.language)
    ]
    return _fact("personal_address", float(bool(named)), "yes_no", events=tuple(named[:1]))


def generic_reply_share(_thread: Thread) -> Fact:
    """Return the fact without a value: a call by itself cannot tell."""
    return uncompared()


def _replies(messages: tuple[Turn, ...]) -> tuple[Turn, ...]:
    speakers = [turn.speaker for turn in messages]
    first = speakers.index("customer") if "customer" in speakers else len(messages)
    return tuple(turn for turn in messages[first:] if turn.speaker == "agent")


def _confirmations(replies: tuple[Turn, ...], language: Language) -> int:
    for count, turn in enumerate(replies):
        if not only_confirms(read_letter(turn.text, language).body, language):
            return count
    return len(replies)


def _left(asking: list[Turn]) -> Wait | None:
    """Return how long the customer waited for what never came; None if nothing shows that."""
    if not asking or asking[0].start_ms == asking[-1].start_ms:
        return None
    return Wait(asking[0].start_ms, asking[-1].start_ms)


def _only_thanks(message: Turn, language: Language) -> bool:
    """Return whether a message says thanks in few words: "ok, thank you!"."""
    body = read_letter(message.text, language).body or message.text
    few = len(body.split()) <= _THANKS_WORDS and "?" not in body
    return few and has_phrase(body, "thanks", language)


def _reason(messages: tuple[Turn, ...], waits: list[Wait]) -> str:
    if not waits:
        asked = any(message.speaker == "customer" for message in messages)
        return NOBODY_ANSWERED if asked else NO_ANSWER
    timed = any(message.start_ms or message.end_ms for message in messages)
    return "" if timed else NO_TIMES


def _said(name: str, start_ms: int) -> Event:
    return Event(name, "agent", start_ms, start_ms)


def _fact(
    name: str, value: float | None, unit: str, reason: str = "", events: tuple[Event, ...] = ()
) -> Fact:
    return Fact(name, value, unit, trusted=not reason, reason=reason, events=events)
