"""Laws that hold for every call, and agreement with a slow reference on a 10 ms grid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.facts import measure
from qa.nouns import Hold, Span, Speaker, Transcript, Turn, Word
from tests.calls import row_of
from tests.facts.measured import happened, value_of
from tests.facts.reference import TEXTS, measure_slowly

if TYPE_CHECKING:
    from random import Random

    from qa.nouns import Fact
    from tests.facts.reference import Side


LONG_MS = 3_600_000  # a length given, so that it does not hang on the last speech

# lengths near the thresholds come up often enough to matter: listening sounds, half seconds, turns
_length = st.one_of(st.integers(1, 60), st.integers(40, 160), st.integers(100, 500))
# starts close together, so that both speak at once, and far apart, so that nobody does
_start = st.one_of(st.integers(0, 1500), st.integers(0, 1500), st.integers(0, 6000))
_span = st.builds(
    lambda start, length, text: (start * 10, (start + length) * 10, text),
    _start,
    _length,
    st.sampled_from(TEXTS),
)
# a notice and a return some time after: rarely the silence between them is left alone by chance
_hold = st.builds(
    lambda start, gap: [
        (start * 10, start * 10 + 1000, "one moment please"),
        ((start + 100 + gap) * 10, (start + 300 + gap) * 10, "thank you for waiting"),
    ],
    _start,
    st.integers(200, 2500),
)
_spans = st.lists(_span, min_size=1, max_size=9)
_side = st.one_of(_spans, _spans, st.builds(lambda hold, more: hold + more[:3], _hold, _spans))
_once = settings(deadline=None, derandomize=True, max_examples=40)
_TWINS = (
    ("agent_interruptions", "customer_interruptions"),
    ("agent_interruptions_per_min", "customer_interruptions_per_min"),
    ("agent_backchannels", "customer_backchannels"),
    ("agent_turns_begun_as_interruption", "customer_turns_begun_as_interruption"),
)
_OF_BOTH = (
    "silences", "dead_air", "unexplained_silences", "overlap_ms", "overlap_share", "duration_ms",
)  # fmt: skip


def _transcript(agent: Side, customer: Side, shift: int = 0, length: int = LONG_MS) -> Transcript:
    spans: list[Span] = []
    turns: list[Turn] = []
    for speaker, side in _sides(agent, customer):
        for start, end, text in side:
            spans.append(Span(start + shift, end + shift, speaker))
            if text:
                words = _words(text, start + shift, end + shift)
                turns.append(Turn(len(turns), speaker, start + shift, end + shift, text, words))
    return Transcript("c1", tuple(turns), tuple(spans), "en", "stereo", duration_ms=length)


def _sides(agent: Side, customer: Side) -> tuple[tuple[Speaker, Side], ...]:
    return (("agent", agent), ("customer", customer))


def _words(text: str, start: int, end: int) -> tuple[Word, ...]:
    said = text.split()
    edges = [start + (end - start) * place // len(said) for place in range(len(said) + 1)]
    return tuple(Word(w, s, e, 1.0) for w, s, e in zip(said, edges, edges[1:], strict=False))


def _measured(transcript: Transcript, holds: tuple[Hold, ...] | None = None) -> dict[str, Fact]:
    call = replace(row_of(transcript), holds=holds)
    return {fact.name: fact for fact in measure(transcript, call)}


def _facts(agent: Side, customer: Side) -> dict[str, Fact]:
    return _measured(_transcript(agent, customer))


def _agrees(agent: Side, customer: Side) -> None:
    facts = _facts(agent, customer)
    for name, slow in measure_slowly(agent, customer).items():
        fact = facts[name]
        if isinstance(slow, list):
            assert (name, happened(fact), fact.value) == (name, slow, len(slow))
        else:
            assert fact.value == pytest.approx(slow), name


@settings(deadline=None, derandomize=True, max_examples=120)
@given(_side, _side)
def test_agrees_with_the_slow_reference(agent: Side, customer: Side) -> None:
    _agrees(agent, customer)


@pytest.mark.slow
@settings(deadline=None, derandomize=True, max_examples=5000)
@given(_side, _side)
def test_agrees_with_the_slow_reference_thousands_of_times(agent: Side, customer: Side) -> None:
    _agrees(agent, customer)


def test_the_reference_measures_every_fact_that_hangs_on_who_spoke_when() -> None:
    agent, customer = [(0, 900, "how can I help?")], [(1000, 2000, "my parcel is late")]
    words_alone = {"agent_words_per_min", "agent_letters_per_s", "duration_ms"}
    assert _facts(agent, customer).keys() - measure_slowly(agent, customer).keys() == words_alone


@_once
@given(_side, _side)
def test_swapping_the_speakers_swaps_the_facts_exactly(agent: Side, customer: Side) -> None:
    facts, swapped = _facts(agent, customer), _facts(customer, agent)
    for names in (_TWINS, [(there, here) for here, there in _TWINS]):
        for one, other in names:
            assert happened(facts[one]) == happened(swapped[other])
            speakers = {event.speaker for event in (*facts[one].events, *swapped[other].events)}
            assert speakers <= {one.split("_")[0], other.split("_")[0]}
            if facts[one].reason.endswith("has no turns"):
                assert swapped[other].value is None
            else:
                assert facts[one].value == swapped[other].value
                assert facts[one].trusted == swapped[other].trusted
    for name in _OF_BOTH:
        assert facts[name] == swapped[name]
    both = value_of(facts["talk_share_agent"]) + value_of(swapped["talk_share_agent"])
    assert both == pytest.approx(1)


@_once
@given(_side, _side, st.integers(0, 1_000_000))
def test_shifting_time_shifts_the_events_and_nothing_else(
    agent: Side, customer: Side, shift: int
) -> None:
    given = (Hold(3000, 9000), Hold(20_000, 45_000))
    shifted = tuple(Hold(hold.start_ms + shift, hold.end_ms + shift) for hold in given)
    late = _transcript(agent, customer, shift, LONG_MS + shift)
    for holds, later_holds in ((None, None), (given, shifted)):
        facts = _measured(_transcript(agent, customer), holds)
        later = _measured(late, later_holds)
        for name, fact in facts.items():
            moved = [(event, start + shift, end + shift) for event, start, end in happened(fact)]
            assert happened(later[name]) == moved, name
            more = shift if name in ("time_to_greeting_ms", "duration_ms") else 0
            expected = fact.value if fact.value is None else fact.value + more
            assert later[name].value == expected, name
            assert (later[name].trusted, later[name].reason) == (fact.trusted, fact.reason)


@_once
@given(_side, _side, st.integers(1, 10_000_000))
def test_silence_at_the_end_changes_the_recordings_length_and_nothing_else(
    agent: Side, customer: Side, silence: int
) -> None:
    facts = _facts(agent, customer)
    longer = _measured(_transcript(agent, customer, length=LONG_MS + silence))
    assert longer.pop("duration_ms").value == LONG_MS + silence
    del facts["duration_ms"]
    assert longer == facts


@_once
@given(_side, _side, st.randoms(use_true_random=False))
def test_order_of_turns_and_spans_does_not_matter(
    agent: Side, customer: Side, random: Random
) -> None:
    transcript = _transcript(agent, customer)
    turns = random.sample(transcript.turns, len(transcript.turns))
    mixed = replace(
        transcript,
        turns=tuple(replace(turn, index=index) for index, turn in enumerate(turns)),
        spans=tuple(random.sample(transcript.spans, len(transcript.spans))),
    )
    assert _measured(mixed) == _measured(transcript)


@_once
@given(_side, _side)
def test_spans_cut_in_two_are_the_same_speech(agent: Side, customer: Side) -> None:
    """Heard in one piece or two that touch or overlap: the same runs, so the same facts."""
    transcript = _transcript(agent, customer)
    halves = []
    for span in transcript.spans:
        middle = (span.start_ms + span.end_ms) // 2
        halves += [replace(span, end_ms=middle + 5), replace(span, start_ms=middle)]
    assert _measured(replace(transcript, spans=tuple(halves))) == _measured(transcript)


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
    assert value_of(facts["unexplained_holds"]) <= value_of(facts["dead_air"])
