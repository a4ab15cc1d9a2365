"""What of a call is not to be relied on, and why, in the words of the page.

The facts of a call are stored with their reasons in English. Here those sentences are known by
heart, so that a page can say the same in its own language.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qa.coaching.views import ReviewedCall
    from qa.nouns import Repair
    from qa.reports.catalogue import Words

# What `qa.facts` writes, by name; those of caveats have the caveat's. `{n}` is a whole number.
STORED: Final[Mapping[str, str]] = {
    "crosstalk": "strong crosstalk: each side is heard on the other's channel",
    "same_channels": (
        "both channels hold the same sound: overlapping speech cannot be told apart reliably"
    ),
    "one_voice": "only one voice could be told: who spoke when is not known",
    "more_voices": "more than two voices: who spoke when is not known for certain",
    "voices_unsure": ("the voices sound too much alike: who spoke when is not known for certain"),
    "roles_unsure": "neither speaks as an agent does: who is the agent is not known",
    "one_channel": "one-channel recording: overlapping speech cannot be told apart reliably",
    "no_spans": ("the transcript has no speech spans: turn times stand in and may hide overlaps"),
    "not_understood": (
        "short overlaps not understood: {n}; "
        "whether listening or interrupting, a person should hear"
    ),
    "few_words": "words were recognised in only {n}% of the speech",
    "no_word_times": "turns without word times: what was said when is not known",
    "agent_not_heard": "the agent is not heard at all",
    "customer_not_heard": "the customer is not heard at all",
    "holds_too_late": "the manifest's holds begin after the recording ends: check their times",
    "no_reply": "the agent never replied after a pause",
    "no_words": "no words of the agent with a known time of speaking",
    "no_length": "the call's length is not known",
    "agent_no_turns": "the agent has no turns",
    "customer_no_turns": "the customer has no turns",
    "no_statement": "no customer statement of four words found after the greeting",
    "no_times": "the transcript has no times: turn-taking cannot be measured",
    "no_speech": "no speech was found in the recording",
    "no_message_times": "the messages have no times",
    "no_answer": "the customer wrote nothing that the agent could answer",
    "nobody_answered": "nobody has answered the customer yet",
    "only_confirmed": "the agent confirmed receipt and has not answered yet",
    "nothing_written": "the agent wrote nothing",
    "not_compared": "not compared with other contacts yet",
    "no_long_reply": "no reply of eight words or more",
}
_BETWEEN: Final = "; "
_PATTERNS: Final = tuple(
    (code, re.compile(re.escape(text).replace(r"\{n\}", r"(?P<n>\d+)") + rf"(?={_BETWEEN}|$)"))
    for code, text in STORED.items()
)
_PLACE: Final = re.compile(r"([a-z]+) (\d+)")


def cautions(call: ReviewedCall, words: Words) -> tuple[str, ...]:
    """Return why things of a call are not to be relied on, each reason once, as sentences.

    First what is wrong with the recording, then what made its facts untrusted. A fact that has
    no value is not doubted, it is missing, and says so where the facts are listed.
    """
    said = [words.label("cautions", caveat) for caveat in call.transcript.caveats]
    for fact in call.facts:
        if not fact.trusted and fact.value is not None:
            said.extend(_each_in_words(fact.reason, words) or [words.say("no_reason")])
    return tuple(dict.fromkeys(as_sentence(one) for one in said))


def in_words(reason: str, words: Words) -> str:
    """Return a fact's reason in the words of the page; what is not known is shown as it is."""
    return _BETWEEN.join(_each_in_words(reason, words))


def as_sentence(text: str) -> str:
    """Return `text` with a capital and a full stop; nothing of nothing."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."


def repairs_in_words(repairs: tuple[Repair, ...], words: Words) -> str:
    """Return what was put right in a ready transcript; empty if nothing was."""
    said = _BETWEEN.join(
        words.say(
            "repair",
            what=words.label("repairs", repair.code),
            n=repair.count,
            where=_place(repair.where, words),
        )
        for repair in repairs
    )
    return words.say("repaired", what=said) if said else ""


def _each_in_words(reason: str, words: Words) -> list[str]:
    return [
        words.labels["cautions"][code].format(n=n) if code else text
        for code, n, text in _parts(reason)
    ]


def _parts(reason: str) -> Iterator[tuple[str, str, str]]:
    """Yield (code, number in it, text) for each reason in `reason`; no code: not one of ours."""
    while reason:
        code, n, text = _first(reason)
        yield code, n, text
        reason = reason[len(text) :].removeprefix(_BETWEEN)


def _first(reason: str) -> tuple[str, str, str]:
    for code, pattern in _PATTERNS:
        if found := pattern.match(reason):
            return code, found.groupdict().get("n", ""), found[0]
    return "", "", reason.split(_BETWEEN, 1)[0] or reason


def _place(where: str, words: Words) -> str:
    """Return "turn 3: word 2" in the words of the page."""
    return _PLACE.sub(lambda found: f"{words.label('places', found[1])} {found[2]}", where)
