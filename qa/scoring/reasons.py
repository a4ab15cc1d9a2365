"""The reasons of scores as English sentences; pages have the same sentences in their languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Because

SENTENCES: Final = {
    "heard": "{moments} was heard",
    "heard_once": "{moments} was heard 1 time",
    "heard_times": "{moments} was heard {value} times",
    "heard_but": "{moments} was heard, but {others} was heard too",
    "only_heard": "only {moments} was heard",
    "nothing_heard": "nothing that would meet it was heard",
    "not_heard": "no {choice} was heard",
    "not_heard_twice": "no {choice} was heard more than once",
    "not_heard_more": "no {choice} was heard more than {limit} times",
    "not_heard_after_agent": "no {choice} was heard in answer to the agent's {others}",
    "not_heard_after_customer": "no {choice} was heard in answer to the customer's {others}",
    "not_heard_after_both": "no {choice} was heard in answer to {others}",
    "unsure_applies": "not sure that it applies: {moments} is uncertain, a person should decide",
    "unsure_heard": "not sure whether it was heard: {moments} is uncertain, a person should decide",
    "unsure_met": "not sure whether it is met: {moments} is uncertain, a person should decide",
    "unsure_partly": (
        "not sure whether it is partly met: {moments} is uncertain, a person should decide"
    ),
    "fact_within": "{name} is {value} (at most {limit})",
    "fact_above": "{name} is {value} (more than {limit})",
    "fact_unmeasured": "{name} was not measured",
    "fact_untrusted": "{name} is not trusted on this recording",
    "fact_says": "{text}",
    "channel_not_asked": "not asked of {name} contacts",
    "not_asked_for": "nothing in the call asked for it",
    "agent_not_heard": "the agent is not heard on this recording",
    "customer_not_heard": "the customer is not heard on this recording",
}


def in_english(because: Because) -> str:
    """Return the reason as one English sentence without a full stop."""
    return SENTENCES[because.code].format(
        moments=_listed(because.moments, "and") or "what was asked",
        choice=_listed(because.moments, "or"),
        others=_listed(because.others, "and"),
        name=because.name,
        value=_number(because.value),
        limit=_number(because.limit),
        text=because.text,
    )


def _listed(names: Sequence[str], word: str) -> str:
    *first, last = (name.replace("_", " ") for name in names or ("",))
    return f"{', '.join(first)} {word} {last}" if first else last


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 2):.12g}"
