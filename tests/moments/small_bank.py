"""A bank small enough to be fitted in a test: the agent's apology and greeting, a complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.moments.bank import Bank, Everyday, MomentBank

if TYPE_CHECKING:
    from qa.nouns import Speaker

_THINGS = ("parcel", "invoice", "router", "delay", "card", "order", "boiler", "flight")


def _moment(name: str, speaker: Speaker, does: str, near: str, *overlaps: str) -> MomentBank:
    return MomentBank(
        name=name,
        speaker=speaker,
        title={"en": name},
        overlaps=overlaps,
        examples={"en": tuple(does.format(thing) for thing in _THINGS)},
        near_misses={"en": tuple(near.format(thing) for thing in _THINGS)},
    )


APOLOGY = _moment("apology", "agent", "I am sorry about the {}", "Say again, which {}?")
GREETING = _moment("greeting", "agent", "Good morning, {} department", "In the morning the {} left")
COMPLAINT = _moment("complaint", "customer", "My {} is broken, sorry", "Where can I see my {}?")

BANK = Bank(
    moments=(APOLOGY, COMPLAINT, GREETING),
    everyday=Everyday(
        agent={"en": tuple(f"Let me look at the {thing} now" for thing in _THINGS)},
        customer={"en": tuple(f"The {thing} number is here" for thing in _THINGS)},
    ),
)
