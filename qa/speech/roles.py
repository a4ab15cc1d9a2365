"""Which of two voices is the agent's: decided from what they say, never from how they sound.

An agent greets for a company, offers help, asks for data, thanks for waiting; a customer says why
they call. The cues are data (roles.yaml). Each counts once for the voice that says it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from qa.speech.misheard import MisheardPhrases
from qa.text import normalise

if TYPE_CHECKING:
    from qa.nouns import Language

# In the logarithm of odds: one strong cue alone makes 20 to 1, a fair one not quite 3 to 1.
_WEIGHTS = {"strong": 3.0, "fair": 1.0}
_FIRST = 0.5  # who answers a call greets: decides only where nothing else does
_NAME = 2.0
_INTRODUCTION = 25  # words of a voice within which it says its own name
_SURE = 0.9


@dataclass(frozen=True, slots=True)
class Roles:
    """Which voice is the agent's, and how likely that is: 0.5..1."""

    agent: Literal[0, 1]
    confidence: float

    @property
    def sure(self) -> bool:
        """Whether facts may be trusted to be the right person's."""
        return self.confidence >= _SURE


def tell_roles(said: tuple[str, str], language: Language, agent_name: str = "") -> Roles:
    """Return who of two voices is the agent, from all that each said, in order.

    `said[0]` is the voice heard first, which is taken for the agent's where the words say
    nothing. `agent_name` is who the manifest says the agent is; the first name counts where
    a voice begins.
    """
    first, second = (_balance(text, language, agent_name) for text in said)
    odds = first - second + _FIRST
    return Roles(0 if odds >= 0 else 1, 1 / (1 + math.exp(-abs(odds))))


def _balance(text: str, language: Language, agent_name: str) -> float:
    """Return how much speaks for an agent less what speaks for a customer."""
    cues = _cues("en" if language == "en" else "hr_sr").found(text)
    sign = {"agent": 1, "customer": -1}
    worth = 0.0
    for cue in sorted(cues):
        role, weight, _ = cue.split("/")
        worth += sign[role] * _WEIGHTS[weight]
    names = normalise(agent_name).split()
    if names and names[0] in normalise(text).split()[:_INTRODUCTION]:
        worth += _NAME
    return worth


@cache
def _cues(group: str) -> MisheardPhrases:
    import yaml  # here, so that calls on two channels do not pay for it

    text = files("qa.speech").joinpath("roles.yaml").read_text(encoding="utf-8")
    roles: dict[str, dict[str, dict[str, dict[str, list[str]]]]] = yaml.safe_load(text)
    return MisheardPhrases(
        {
            f"{role}/{weight}/{name}": [*by.get("any", []), *by[group]]
            for role, weights in roles.items()
            for weight, cues in weights.items()
            for name, by in cues.items()
        }
    )
