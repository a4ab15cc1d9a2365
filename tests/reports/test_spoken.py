from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.coaching.views import Review
from qa.nouns import Decision, Doubt, Moment, Turn
from qa.reports.site import site_of
from qa.reports.spoken import Piece, TurnView, spoken
from tests.calls import call_of
from tests.reports.review_fixture import english_call

SITE = site_of(Review("en", (), (), ()))


def moment(quote: str, name: str = "empathy", decision: Decision = "present") -> Moment:
    return Moment(name, "agent", 0, quote, 0, 1, 0.9, decision)


def first_turn(text: str | Turn, *moments: Moment, doubts: tuple[Doubt, ...] = ()) -> TurnView:
    call = english_call()
    turn = replace(call.transcript.turns[0], text=text) if isinstance(text, str) else text
    transcript = replace(call.transcript, turns=(turn,), doubts=doubts)
    return spoken(replace(call, transcript=transcript, moments=moments), SITE)[0]


def seen(turn: TurnView) -> list[tuple[str, list[str]]]:
    return [(piece.text, [label.text for label in piece.labels]) for piece in turn.pieces]


def test_the_label_stands_with_its_sentence() -> None:
    turn = first_turn("Hello. Sorry. Bye.", moment("Sorry.", "apology"))
    assert seen(turn) == [("Hello. ", []), ("Sorry.", ["apology"]), (" Bye.", [])]


def test_two_moments_of_one_sentence_stand_together_and_overlaps_are_joined() -> None:
    turn = first_turn("a b c d", moment("b c", "apology"), moment("b c"), moment("c d", "blame"))
    assert seen(turn) == [("a ", []), ("b c d", ["apology", "empathy", "blame"])]


def test_a_sentence_said_twice_is_labelled_twice() -> None:
    turn = first_turn("Sorry. Sorry.", moment("Sorry."), moment("Sorry."))
    assert seen(turn) == [("Sorry.", ["empathy"]), (" ", []), ("Sorry.", ["empathy"])]


def test_an_uncertain_label_says_so() -> None:
    turn = first_turn("Sorry.", moment("Sorry.", "apology", "uncertain"))
    assert turn.pieces[0].labels[0].is_uncertain


def test_a_quote_that_is_not_in_the_turn_is_not_lost() -> None:
    turn = first_turn("Hello.", moment("Something else."), moment("", "blame"))
    assert seen(turn) == [("Hello.", [])]
    assert [label.text for label in turn.elsewhere] == ["empathy", "blame"]


@settings(deadline=None, derandomize=True)
@given(st.text("ab. ", max_size=30), st.lists(st.text("ab. ", max_size=6), max_size=6))
def test_no_letter_is_lost_or_moved_and_no_label_lost(text: str, quotes: list[str]) -> None:
    turn = first_turn(text, *(moment(quote) for quote in quotes))
    assert "".join(piece.text for piece in turn.pieces) == text
    shown = sum(len(piece.labels) for piece in turn.pieces) + len(turn.elsewhere)
    assert shown == len(quotes)


# --- words that may not be what was said


def said(text: str) -> Turn:
    """Return a turn of the agent of one second a word."""
    length = len(text.split())
    return call_of(f"0-{length} agent: {text}").turns[0]


def doubt(start_ms: int, end_ms: int, reason: str = "pace") -> Doubt:
    return Doubt("agent", start_ms, end_ms, reason)


def doubted(turn: TurnView) -> list[tuple[str, str]]:
    """Return the doubted pieces, with what closes each."""
    return [(piece.text, piece.why) for piece in turn.pieces if piece.is_doubted]


MANY_WORDS = "misheard? too many words for the time"


def test_the_sentences_that_touch_a_doubt_are_marked() -> None:
    """Sentences at 0-2, 2-4 and 4-6 s; the doubt is about one word of the second."""
    turn = said("Hello there. One two. Good bye.")
    view = first_turn(turn, doubts=(doubt(3_000, 4_000),))
    assert doubted(view) == [("One two.", MANY_WORDS)]
    assert [piece.text for piece in view.pieces] == ["Hello there. ", "One two.", " Good bye."]


def test_neighbours_doubted_for_one_reason_are_one_place() -> None:
    turn = said("Hello there. One two. Good bye.")
    assert doubted(first_turn(turn, doubts=(doubt(0, 4_000),))) == [
        ("Hello there. One two.", MANY_WORDS)
    ]
    apart = (doubt(0, 2_000), doubt(2_000, 4_000, "repetition"))
    assert doubted(first_turn(turn, doubts=apart)) == [
        ("Hello there.", MANY_WORDS),
        ("One two.", "misheard? the words repeat"),
    ]
    first_and_last = (doubt(0, 2_000), doubt(4_000, 6_000))
    assert doubted(first_turn(turn, doubts=first_and_last)) == [
        ("Hello there.", MANY_WORDS),
        ("Good bye.", MANY_WORDS),
    ]


def test_several_reasons_stand_together_and_each_once() -> None:
    doubts = (doubt(0, 500), doubt(0, 900, "improbable"), doubt(600, 900))
    (piece,) = doubted(first_turn(said("Hello there."), doubts=doubts))
    assert piece == ("Hello there.", f"{MANY_WORDS}, unlikely words")


def test_the_other_speakers_doubts_and_those_elsewhere_mark_nothing() -> None:
    doubts = (replace(doubt(0, 9_000), speaker="customer"), doubt(2_000, 9_000))
    assert doubted(first_turn(said("Hello there."), doubts=doubts)) == []


def test_a_label_stays_with_its_sentence_and_the_reason_comes_once() -> None:
    turn = said("So sorry. One two. Good bye.")
    view = first_turn(turn, moment("So sorry.", "apology"), doubts=(doubt(0, 4_000),))
    assert [(p.text, [one.text for one in p.labels], p.why) for p in view.pieces] == [
        ("So sorry.", ["apology"], ""),
        (" One two.", [], MANY_WORDS),
        (" Good bye.", [], ""),
    ]


def test_without_word_times_a_turn_is_marked_by_its_share_of_letters() -> None:
    """Ten letters of ten in the turn's 0-3 s are before 1.5 s: the first of two sentences."""
    view = first_turn("Aaaa bbbb. Cccc dddd.", doubts=(doubt(0, 1_000),))
    assert doubted(view) == [("Aaaa bbbb.", MANY_WORDS)]


@settings(deadline=None, derandomize=True)
@given(
    st.text("ab. \n", max_size=30),
    st.lists(st.text("ab. ", max_size=6), max_size=4),
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 3_000)), max_size=3),
)
def test_doubts_lose_no_letter_and_no_label_and_are_closed(
    text: str, quotes: list[str], times: list[tuple[int, int]]
) -> None:
    doubts = tuple(doubt(min(pair), max(pair)) for pair in times)
    turn = first_turn(text, *(moment(quote) for quote in quotes), doubts=doubts)
    assert "".join(piece.text for piece in turn.pieces) == text
    assert sum(len(piece.labels) for piece in turn.pieces) + len(turn.elsewhere) == len(quotes)
    # of each run of doubted pieces, the last says why
    for piece, after in pairwise((*turn.pieces, Piece(""))):
        assert bool(piece.why) == (piece.is_doubted and not after.is_doubted)
