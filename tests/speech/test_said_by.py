"""Words and the speech they lie in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Span, Word
from qa.speech.said_by import cut_between_words, share_out

SPANS = (Span(0, 1_000, "agent"), Span(1_000, 2_000, "customer"), Span(5_000, 6_000, "agent"))


@pytest.mark.parametrize(
    ("start", "end", "speaker"),
    [
        (0, 400, "agent"),
        (700, 1_280, "agent"),  # middle 990
        (700, 1_300, "customer"),  # middle 1,000, where the customer's speech begins
        (2_200, 2_400, "customer"),  # nobody speaks: the nearer one
        (4_500, 4_900, "agent"),
        (9_000, 9_500, "agent"),
        (3_400, 3_600, "customer"),  # as near to either: the one before
    ],
)
def test_a_word_is_whose_speech_its_middle_lies_in(start: int, end: int, speaker: str) -> None:
    word = Word("da", start, end, 0.9)
    assert [who for who, words in share_out([word], SPANS) if words] == [speaker]


def test_without_speech_words_are_the_agents() -> None:
    word = Word("da", 0, 100, 0.9)
    assert share_out([word], ()) == (("agent", (word,)), ("customer", ()))


times = st.lists(st.tuples(st.integers(0, 7_000), st.integers(0, 900)), max_size=40)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(times)
def test_no_word_is_lost_and_their_order_stays(found: list[tuple[int, int]]) -> None:
    words = [Word(str(i), at, at + length, 1.0) for i, (at, length) in enumerate(sorted(found))]
    given_out = [[int(word.text) for word in own] for _, own in share_out(words, SPANS)]
    assert sorted(given_out[0] + given_out[1]) == list(range(len(words)))
    assert all(own == sorted(own) for own in given_out)


def test_a_cut_moves_into_the_widest_gap_between_words_nearby() -> None:
    words = [
        Word("so", 7_000, 7_700, 1.0),  # then 110 ms: narrower
        Word("bye", 7_810, 7_850, 1.0),  # then 250 ms: its middle is 7,975
        Word("well", 8_100, 9_000, 1.0),  # then 2 s, but out of reach
        Word("no", 11_000, 11_500, 1.0),
    ]
    spans = (Span(0, 8_000, "agent"), Span(8_000, 16_000, "customer"))
    moved = (Span(0, 7_975, "agent"), Span(7_975, 16_000, "customer"))
    assert cut_between_words(spans, words) == moved
    assert cut_between_words(spans, ()) == spans


def test_a_cut_stays_between_the_middles_of_its_spans() -> None:
    # the gap at 1,150 is within 200 ms of the cut at 1,000, but past the middle of the second span
    spans = (Span(0, 1_000, "agent"), Span(1_000, 1_200, "customer"), Span(1_200, 3_000, "agent"))
    words = [Word("a", 0, 1_140, 1.0), Word("b", 1_160, 3_000, 1.0)]
    moved = cut_between_words(spans, words)
    assert moved[0] == spans[0]
    assert all(span.length_ms > 0 for span in moved)


def test_spans_that_do_not_touch_keep_their_ends() -> None:
    words = [Word("a", 0, 1_950, 1.0), Word("b", 2_050, 6_000, 1.0)]
    assert cut_between_words(SPANS[1:], words) == SPANS[1:]
