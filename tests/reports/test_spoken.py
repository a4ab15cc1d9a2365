from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.coaching.views import Review
from qa.nouns import Decision, Moment
from qa.reports.site import site_of
from qa.reports.spoken import TurnView, spoken
from tests.reports.review_fixture import english_call

SITE = site_of(Review("en", (), (), ()))


def moment(quote: str, name: str = "empathy", decision: Decision = "present") -> Moment:
    return Moment(name, "agent", 0, quote, 0, 1, 0.9, decision)


def first_turn(text: str, *moments: Moment) -> TurnView:
    call = english_call()
    turn = replace(call.transcript.turns[0], text=text)
    return spoken(
        replace(call, transcript=replace(call.transcript, turns=(turn,)), moments=moments), SITE
    )[0]


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
