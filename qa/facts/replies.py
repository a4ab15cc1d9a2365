"""Replies that repeat word for word across customers.

One call does not know the others. So each reply leaves a fingerprint, stored with the findings,
and how many of them others have too is told when calls are scored, over all that is stored: the
order in which calls came, or which worker had them, changes nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from qa.facts.letters import read_letter
from qa.nouns import Fact
from qa.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.nouns import Transcript

GENERIC_REPLY_SHARE: Final = "generic_reply_share"
FEWEST_WORDS: Final = 8  # "Thank you, that is all I need" is said alike by anyone
NOT_COMPARED: Final = "not compared with other contacts yet"
NO_LONG_REPLY: Final = "no reply of eight words or more"
_PRINT_LETTERS: Final = 16  # 64 bits: two different replies out of a million share one by chance
# with a probability of 3 in 100 million


def reply_prints(transcript: Transcript) -> tuple[str, ...]:
    """Return one fingerprint per agent's message of a chat or e-mail, in order.

    That of its body - salutation and ending apart - as matched text: Latin, lower case, without
    diacritics and marks. Messages whose body has fewer than eight words have none; nor has speech.
    """
    if transcript.channel == "voice":
        return ()
    bodies = (
        normalise(read_letter(turn.text, transcript.language).body)
        for turn in transcript.turns
        if turn.speaker == "agent"
    )
    return tuple(_print(body) for body in bodies if len(body.split()) >= FEWEST_WORDS)


def compared(facts: Iterable[Fact], share: float | None) -> tuple[Fact, ...]:
    """Return a call's facts with its generic replies told.

    `share` is that of its replies which another contact has too; None: it has no long reply. Facts
    of a voice call stay as they are.
    """
    return tuple(_told(share) if fact.name == GENERIC_REPLY_SHARE else fact for fact in facts)


def uncompared() -> Fact:
    """Return the fact as a call by itself has it: not measured."""
    return Fact(GENERIC_REPLY_SHARE, None, "share", trusted=False, reason=NOT_COMPARED)


def _told(share: float | None) -> Fact:
    reason = NO_LONG_REPLY if share is None else ""
    return Fact(GENERIC_REPLY_SHARE, share, "share", trusted=not reason, reason=reason)


def _print(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:_PRINT_LETTERS]
