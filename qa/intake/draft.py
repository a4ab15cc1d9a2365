"""What a ready transcript says, whatever its format, before it is checked and put in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.nouns import Span, Speaker, Word

_AGENT = frozenset(
    """agent agentica agentkinja operater operaterka operaterica operator savjetnik savjetnica
    savetnik savetnica referent referentica referentkinja podrska support advisor
    representative""".split()  # noqa: SIM905  # a list of words reads better as words
)
_CUSTOMER = frozenset(
    """customer client caller korisnik korisnica kupac kupica stranka klijent klijentica
    klijentkinja musterija pozivatelj pozivateljica pozivalac""".split()  # noqa: SIM905
)
MAX_MS = 366 * 24 * 3_600_000  # a year: longer than any call, and than most tickets
_NUMBERED = re.compile(r"SPEAKER_(\d{1,4})", re.IGNORECASE)


class MalformedError(Exception):
    """A ready transcript cannot be read; says where in the file, what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance as the file gives it."""

    where: str  # "turn 3", "line 12": for messages
    label: str  # the speaker as the file calls them
    text: str
    start_ms: int | None = None  # None: the file does not say
    end_ms: int | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole file."""

    said: tuple[Said, ...]
    language: str = ""  # as the file writes it: "sr", "en-US"
    spans: tuple[Span, ...] = ()
    duration_ms: int = 0
    segments: bool = False  # utterances are pieces of turns, to be joined


def role(label: str) -> Speaker | None:
    """Return who a label names by its first word, in English, Croatian or Serbian, any script."""
    first, *_ = normalise(label).split() or [""]
    if first in _AGENT:
        return "agent"
    return "customer" if first in _CUSTOMER else None


def speakers(
    said: Iterable[Said], agent_channel: int | None, first_speaker: Speaker | None = None
) -> dict[str, Speaker]:
    """Return who each label of `said`, given in order of time, is.

    Roles by name; SPEAKER_00, SPEAKER_01 ... by `agent_channel`, or without one by who is heard
    first: as `first_speaker` says, or else the agent, since the one who answers a call greets.
    All others are the customer's side. Raises MalformedError for any other label.
    """
    found: dict[str, Speaker] = {}
    agent = agent_channel
    heard: set[int] = set()
    for utterance in said:
        label = utterance.label
        if label in found:
            continue
        number = voice_number(label)
        named = role(label)
        if number is not None:
            first = not heard and first_speaker == "customer"
            agent = number if agent is None and not first else agent
            heard.add(number)
            found[label] = "agent" if number == agent else "customer"
        elif named:
            found[label] = named
        else:
            raise MalformedError(
                f"{utterance.where}: speaker {label[:40]!r} is unknown: "
                "name them Agent and Customer"
            )
    return found


def voice_number(label: str) -> int | None:
    """Return the 1 of SPEAKER_01, which is how diarisers name voices; None for a name."""
    numbered = _NUMBERED.fullmatch(label)
    return int(numbered[1]) if numbered else None
