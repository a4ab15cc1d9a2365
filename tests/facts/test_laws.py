"""Laws that hold for every call, and agreement with a slow reference on a 10 ms grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calls import call_of
from tests.facts.measured import facts_of, happened, value_of
from tests.facts.reference import measure_slowly

if TYPE_CHECKING:
    from random import Random

    from qa.nouns import Fact
    from tests.facts.reference import Side


TEXTS = ("", "mhm", "right okay", "my parcel is late")
LONG = 3600.0  # seconds: a length given, so that it does not hang on the last speech

# lengths near the thresholds come up often enough to matter: listening sounds, half seconds, turns
_length = st.one_of(st.integers(1, 60), st.integers(40, 160), st.integers(100, 500))
_span = st.builds(
    lambda start, length, text: (start * 10, (start + length) * 10, text),
    st.integers(0, 1500),
    _length,
    st.sampled_from(TEXTS),
)
_side = st.lists(_span, min_size=1, max_size=9)
_measured = settings(deadline=None, derandomize=True, max_examples=300)
_once = settings(deadline=None, derandomize=True, max_examples=100)


def _lines(agent: Side, customer: Side, shift: int = 0) -> list[str]:
    return [
        f"{(start + shift) / 1000}-{(end + shift) / 1000} {who}: {text}"
        for who, side in (("agent", agent), ("customer", customer))
        for start, end, text in side
    ]


def _facts(agent: Side, customer: Side, shift: int = 0, duration: float = LONG) -> dict[str, Fact]:
    return facts_of(call_of(*_lines(agent, customer, shift), duration=duration))


@_measured
@given(_side, _side)
def test_agrees_with_the_slow_reference(agent: Side, customer: Side) -> None:
    facts = _facts(agent, customer)
    slow = measure_slowly(agent, customer)
    for name in ("agent_interruptions", "customer_interruptions"):
        assert happened(facts[name]) == slow[name], name
    for name in ("agent_backchannels", "silences"):
        assert [(start, end) for _, start, end in happened(facts[name])] == slow[name], name
    assert facts["overlap_ms"].value == slow["overlap_ms"]
    assert facts["talk_share_agent"].value == pytest.approx(slow["talk_share_agent"])


@_once
@given(_side, _side)
def test_swapping_the_speakers_swaps_the_facts(agent: Side, customer: Side) -> None:
    facts, swapped = _facts(agent, customer), _facts(customer, agent)
    for one, other in (
        ("agent_interruptions", "customer_interruptions"),
        ("customer_interruptions", "agent_interruptions"),
    ):
        assert happened(facts[one]) == happened(swapped[other])
        assert facts[one].value == swapped[other].value
    for name in ("silences", "dead_air", "overlap_ms", "overlap_share"):
        assert facts[name] == swapped[name]
    both = value_of(facts["talk_share_agent"]) + value_of(swapped["talk_share_agent"])
    assert both == pytest.approx(1)


@_once
@given(_side, _side, st.integers(0, 1_000_000))
def test_shifting_time_shifts_the_events_and_nothing_else(
    agent: Side, customer: Side, shift: int
) -> None:
    facts, later = _facts(agent, customer), _facts(agent, customer, shift)
    for name, fact in facts.items():
        moved = [(event, start + shift, end + shift) for event, start, end in happened(fact)]
        assert happened(later[name]) == moved
        late = shift if name == "time_to_greeting_ms" else 0
        expected = fact.value if fact.value is None else fact.value + late
        assert later[name].value == expected, name


@_once
@given(_side, _side, st.integers(1, 10_000))
def test_silence_at_the_end_changes_only_what_is_told_by_length(
    agent: Side, customer: Side, seconds: int
) -> None:
    facts, longer = _facts(agent, customer), _facts(agent, customer, duration=LONG + seconds)
    told_by_length = {"agent_interruptions_per_min", "overlap_share", "duration_ms"}
    for name in facts.keys() - told_by_length:
        assert facts[name] == longer[name]
    for name in told_by_length - {"duration_ms"}:
        per_call = value_of(facts[name]) * LONG
        assert value_of(longer[name]) * (LONG + seconds) == pytest.approx(per_call)


@_once
@given(_side, _side, st.randoms(use_true_random=False))
def test_order_of_spans_does_not_matter(agent: Side, customer: Side, random: Random) -> None:
    mixed = random.sample(agent, len(agent)), random.sample(customer, len(customer))
    for name in ("agent_interruptions", "agent_backchannels", "silences", "talk_share_agent"):
        assert _facts(agent, customer)[name] == _facts(*mixed)[name]


@_once
@given(_side, _side)
def test_counts_and_shares_stay_in_bounds(agent: Side, customer: Side) -> None:
    facts = _facts(agent, customer)
    for fact in facts.values():
        if fact.unit == "share" and fact.value is not None:
            assert 0 <= fact.value <= 1, fact.name
        if fact.unit == "count":
            assert fact.value == len(fact.events), fact.name
    for name in ("dead_air", "unexplained_silences", "holds"):
        assert value_of(facts[name]) <= value_of(facts["silences"]), name
