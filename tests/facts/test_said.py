"""Sentences found by time."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.facts.said import Sentences
from qa.nouns import Transcript, Turn
from tests.calls import call_of


def texts(transcript: Transcript, start_ms: int, end_ms: int) -> set[str]:
    found = Sentences(transcript).between("agent", start_ms, end_ms)
    return {sentence.text for sentence in found}


def test_a_long_turn_is_found_behind_short_ones_that_began_later() -> None:
    transcript = call_of("0-60 agent: long", "1-2 agent: short", "3-4 agent: shorter")
    assert texts(transcript, 10_000, 11_000) == {"long"}
    assert texts(transcript, 1500, 1600) == {"long", "short"}
    assert texts(transcript, 61_000, 62_000) == set()


def test_a_turn_reaches_as_far_as_its_words() -> None:
    transcript = call_of("5-8 agent: one two three", "6-7 customer: no")
    (turn, other) = transcript.turns
    narrow = replace(transcript, turns=(replace(turn, start_ms=6000, end_ms=7000), other))
    assert texts(narrow, 0, 5000) == texts(narrow, 8000, 9000) == {"one two three"}
    assert texts(narrow, 8001, 9000) == texts(narrow, 0, 4999) == set()


_turns = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 15)), max_size=8)


@settings(deadline=None, derandomize=True)
@given(_turns, st.integers(0, 50), st.integers(0, 10))
def test_what_is_found_is_what_a_look_at_every_turn_finds(
    times: list[tuple[int, int]], start: int, length: int
) -> None:
    turns = tuple(
        Turn(index, "agent", first, first + own, f"turn{index}")
        for index, (first, own) in enumerate(times)
    )
    transcript = Transcript("c1", turns, (), "en", "ready")
    touching = {t.text for t in turns if t.start_ms <= start + length and t.end_ms >= start}
    assert texts(transcript, start, start + length) == touching
