"""Every fact, and how a call is measured: one pure function and one line in a tuple each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qa.facts import holds, opening, timing, turn_taking, written
from qa.facts.floor import Floor, read_floor
from qa.facts.written import Thread, read_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from qa.nouns import Call, Fact, Transcript

FACTS: Final[tuple[Callable[[Floor], Fact], ...]] = (
    turn_taking.agent_interruptions,
    turn_taking.customer_interruptions,
    turn_taking.agent_interruptions_per_min,
    turn_taking.customer_interruptions_per_min,
    turn_taking.agent_backchannels,
    turn_taking.customer_backchannels,
    turn_taking.total_overlap_ms,
    turn_taking.overlap_share,
    turn_taking.agent_turns_begun_as_interruption,
    turn_taking.customer_turns_begun_as_interruption,
    opening.opening_heard_out,
    timing.silences,
    timing.dead_air,
    holds.unexplained_silences,
    holds.holds,
    holds.hold_ms,
    holds.unexplained_holds,
    timing.talk_share_agent,
    timing.longest_agent_monologue_ms,
    timing.agent_reply_gap_ms,
    timing.agent_words_per_min,
    timing.agent_letters_per_s,
    timing.time_to_greeting_ms,
    timing.duration_ms,
)
WRITTEN_FACTS: Final[tuple[Callable[[Thread], Fact], ...]] = (
    written.first_response_ms,
    written.longest_wait_ms,
    written.agent_updates,
    written.unasked_updates,
    written.first_answer_ms,
    written.receipt_confirmed,
    written.personal_address,
    written.generic_reply_share,
)


def measure(transcript: Transcript, call: Call) -> tuple[Fact, ...]:
    """Return every fact of the call's channel, in the order of the catalogue.

    The channel is the manifest's, not the transcript's. A fact that cannot be measured has no value
    and a reason; one that was measured on too little is marked untrusted, with the reason.
    """
    if call.channel == "voice":
        floor = read_floor(transcript, call.holds)
        return tuple(fact(floor) for fact in FACTS)
    thread = read_thread(transcript)
    return tuple(fact(thread) for fact in WRITTEN_FACTS)
