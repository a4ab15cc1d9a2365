"""How far a call's facts can be relied on: what is doubted of it, and what each fact needs.

A fact is trusted if nothing that it needs is doubted; otherwise it says why, and a criterion that
asks for it stays unscored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qa.facts.runs import Run
    from qa.nouns import Transcript

# What may be doubted:
Aspect = Literal[
    "overlap",  # that overlapping speech was heard apart
    "understood",  # that short speech inside the other's was understood
    "sides",  # that both sides are heard at all
    "voices",  # whose speech is whose
    "roles",  # which of the two is the agent
    "words",  # what was said
    "times",  # when words were said
]
Needs = tuple[Aspect, ...]

BOTH_HEARD: Final[Needs] = ("sides",)
HEARD_APART: Final[Needs] = ("overlap", "sides", "voices")
WHO_SPOKE: Final[Needs] = ("sides", "voices", "roles")
AGENT_HEARD: Final[Needs] = ("voices", "roles")
AGENTS_WORDS: Final[Needs] = ("voices", "roles", "words")
SAID_BY_EITHER: Final[Needs] = ("sides", "words", "times")
SAID_BY_AGENT: Final[Needs] = (*WHO_SPOKE, "words", "times")
WHO_CAME_IN: Final[Needs] = ("overlap", "understood", *SAID_BY_AGENT)

# With a fifth of the speech without words, words a minute are out by up to a fifth, the difference
# between a calm speaker and a hurried one, and one hold notice in five is not found.
WORDS_COVER: Final = 0.8

_CAVEATS: Final[Mapping[str, tuple[Aspect, str]]] = {
    "crosstalk": ("overlap", "strong crosstalk: each side is heard on the other's channel"),
    "same_channels": (
        "overlap",
        "both channels hold the same sound: overlapping speech cannot be told apart reliably",
    ),
    "one_voice": ("voices", "only one voice could be told: who spoke when is not known"),
    "more_voices": ("voices", "more than two voices: who spoke when is not known for certain"),
    "voices_unsure": (
        "voices",
        "the voices sound too much alike: who spoke when is not known for certain",
    ),
    "roles_unsure": ("roles", "neither speaks as an agent does: who is the agent is not known"),
}

Doubts = dict[Aspect, tuple[str, ...]]


def find_doubts(
    transcript: Transcript, agent: Sequence[Run], customer: Sequence[Run], unclear: int
) -> Doubts:
    """Return what is doubted of a call and why; `unclear` short overlaps were not understood.

    A caveat that this version does not know is none: it says nothing of these aspects.
    """
    reasons: list[tuple[Aspect, str]] = [
        ("overlap", _overlap(transcript)),
        ("understood", _understood(unclear)),
        ("sides", _sides(transcript, agent, customer)),
        ("words", _words(transcript)),
        ("times", _times(transcript)),
    ]
    reasons += [_CAVEATS[caveat] for caveat in transcript.caveats if caveat in _CAVEATS]
    found: Doubts = {}
    for aspect, reason in reasons:
        if reason:
            found[aspect] = (*found.get(aspect, ()), reason)
    return found


def why_not(needs: Iterable[Aspect], doubts: Doubts) -> str:
    """Return the reasons to doubt a fact that needs these aspects, each once; empty: none."""
    reasons = (reason for aspect in needs for reason in doubts.get(aspect, ()))
    return "; ".join(dict.fromkeys(reasons))


def silent_side(agent: Sequence[Run], customer: Sequence[Run]) -> str:
    """Return which side is not heard at all, in words; empty if both are."""
    if not agent:
        return "the agent is not heard at all"
    return "" if customer else "the customer is not heard at all"


def _overlap(transcript: Transcript) -> str:
    if "same_channels" in transcript.caveats:
        return ""  # it says more than that they were heard as one channel
    if transcript.basis == "diarised":
        return "one-channel recording: overlapping speech cannot be told apart reliably"
    if not transcript.spans:
        return "the transcript has no speech spans: turn times stand in and may hide overlaps"
    return ""


def _understood(unclear: int) -> str:
    if not unclear:
        return ""
    return (
        f"short overlaps not understood: {unclear}; "
        "whether listening or interrupting, a person should hear"
    )


def _sides(transcript: Transcript, agent: Sequence[Run], customer: Sequence[Run]) -> str:
    if "one_voice" in transcript.caveats:
        return _CAVEATS["one_voice"][1]  # the other may well be there, and was not told apart
    return silent_side(agent, customer)


def _words(transcript: Transcript) -> str:
    share = transcript.coverage
    if share is None or share >= WORDS_COVER:
        return ""
    return f"words were recognised in only {int(share * 100)}% of the speech"


def _times(transcript: Transcript) -> str:
    """Return why it is not known when words were said, in a recording that once told it.

    A ready transcript is taken as it came; what was heard here, and stored without the times of
    words, measures less the second time than it did the first.
    """
    if transcript.basis == "stereo" and any(t.text and not t.words for t in transcript.turns):
        return "turns without word times: what was said when is not known"
    return ""
