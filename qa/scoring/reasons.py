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
    "not_heard_so": "no {choice} was heard so often, or where it counts",
    "not_heard_twice": "no {choice} was heard more than once",
    "not_heard_more": "no {choice} was heard more than {limit} times",
    "heard_fewer": "{moments} was heard too rarely: {value} of {limit} times",
    "not_heard_early": "no {choice} was heard early enough (turns that count: {limit})",
    "not_heard_after_agent": "no {choice} was heard in answer to the agent's {others}",
    "not_heard_after_customer": "no {choice} was heard in answer to the customer's {others}",
    "not_heard_after_both": "no {choice} was heard in answer to {others}",
    "answered": "{moments} was heard in answer to {others}",
    "answered_some": "{value} of {limit} were answered, by {moments}; {others} was not",
    "no_chance": "{others} came last: nobody had a turn to answer it",
    "no_times": "the transcript has no times: how soon it was answered is not known",
    "steps_taken": "all {limit} steps were taken, in order",
    "steps_all": "all {limit} asked for were heard",
    "steps_missing": "{value} of {limit} steps were taken in order; missing: {moments}",
    "steps_lacking": "{value} of {limit} asked for were heard; missing: {moments}",
    "steps_astray": "{value} of {limit} steps were taken in order; out of order: {others}",
    "steps_missing_and_astray": (
        "{value} of {limit} steps were taken in order; missing: {moments}; out of order: {others}"
    ),
    "all_met": "each of {value} things asked was met",
    "none_met": "none of {value} things asked was met",
    "unsure_applies": "not sure that it applies: {moments} is uncertain, a person should decide",
    "unsure_heard": "not sure whether it was heard: {moments} is uncertain, a person should decide",
    "unsure_met": "not sure whether it is met: {moments} is uncertain, a person should decide",
    "unsure_partly": (
        "not sure whether it is partly met: {moments} is uncertain, a person should decide"
    ),
    "unsure_answered": (
        "not sure whether it was answered: {moments} is uncertain, a person should decide"
    ),
    "unsure_steps": (
        "not sure which steps were taken: {moments} is uncertain, a person should decide"
    ),
    "fact_is": "{name} is {value}",
    "fact_within": "{name} is {value} (at most {limit})",
    "fact_above": "{name} is {value} (more than {limit})",
    "fact_unmeasured": "{name} was not measured",
    "fact_untrusted": "{name} is not trusted on this recording",
    "fact_says": "{text}",
    "channel_not_asked": "not asked of {name} contacts",
    "language_not_asked": "not asked of calls in {name}",
    "too_few_agent_turns": "too little to judge by: {value} of at least {limit} turns of the agent",
    "too_few_customer_turns": (
        "too little to judge by: {value} of at least {limit} turns of the customer"
    ),
    "too_few_agent_words": "too little to judge by: {value} of at least {limit} words of the agent",
    "too_few_moments": "too little to judge by: {value} of at least {limit} moments heard",
    "too_few_facts": "too little to judge by: {value} of at least {limit} trusted facts",
    "not_asked_for": "nothing in the call asked for it",
    "agent_not_heard": "the agent is not heard on this recording",
    "customer_not_heard": "the customer is not heard on this recording",
    "agent_not_heard_written": "the agent has written nothing",
    "customer_not_heard_written": "the customer has written nothing",
}


def in_english(because: Because) -> str:
    """Return the reason as one English sentence without a full stop."""
    return SENTENCES[because.code].format(
        moments=_listed(because.moments, "and") or "what was asked",
        choice=_listed(because.moments, "or"),
        others=_listed(because.others, "and"),
        name=because.name,
        value=_number(because.value, because.text),
        limit=_number(because.limit, because.text),
        text=because.text,
    )


def _listed(names: Sequence[str], word: str) -> str:
    *first, last = (name.replace("_", " ").replace("/", " or ") for name in names or ("",))
    return f"{', '.join(first)} {word} {last}" if first else last


def _number(value: float | None, unit: str) -> str:
    """Return a number as people read it; `unit` is a fact's, where it is one."""
    if value is None:
        return ""
    match unit:
        case "yes_no":
            return "yes" if value else "no"
        case "share":
            return f"{100 * value:.3g}%"
        case "ms":
            return _length(value)
        case _:
            return f"{round(value, 2):.12g}"


def _length(ms: float) -> str:
    """Return a length in its two largest units: "1 h 30 min"; under ten seconds with tenths."""
    if ms < 10_000:
        return f"{ms / 1000:.3g} s"
    seconds = round(ms / 1000)
    units = (("h", seconds // 3600), ("min", seconds // 60 % 60), ("s", seconds % 60))
    shown = [f"{number} {unit}" for unit, number in units if number]
    return " ".join(shown[:2])
