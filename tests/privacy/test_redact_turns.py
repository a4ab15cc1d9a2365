"""Redaction of turns: words follow the text, times stay."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Turn, Word
from qa.privacy.redact import redact
from tests.calls import call_of

_laws = settings(deadline=None, derandomize=True, max_examples=300)
_TOKENS = "hvala 0 9 1 091 234 5678. nula devet, order 44192 a@b.hr 69435151530 da. plus 385"
_tokens = st.lists(
    st.sampled_from(_TOKENS.split()),
    min_size=1,
    max_size=25,
)


def _spoken(tokens: list[str]) -> Turn:
    """Return a turn in which word i takes from 100*i to 100*i + 80 ms."""
    words = tuple(
        Word(text, 100 * at, 100 * at + 80, 0.5 + at / 1000) for at, text in enumerate(tokens)
    )
    return Turn(0, "customer", 0, 100 * len(tokens), " ".join(tokens), words)


def _redacted(turn: Turn) -> Turn:
    call = replace(call_of("0-1 agent: x"), turns=(turn,))
    return redact(call).turns[0]


def test_a_label_takes_the_time_of_what_it_replaces() -> None:
    turn = _redacted(_spoken(["moj", "broj", "091", "234", "5678.", "Hvala"]))
    assert turn.text == "moj broj [phone]. Hvala"
    assert [(w.text, w.start_ms, w.end_ms) for w in turn.words] == [
        ("moj", 0, 80),
        ("broj", 100, 180),
        ("[phone].", 200, 480),
        ("Hvala", 500, 580),
    ]
    assert turn.words[2].confidence == 0.502  # the least sure of the three
    assert (turn.start_ms, turn.end_ms, turn.index, turn.speaker) == (0, 600, 0, "customer")


def test_a_number_over_two_sentences_of_a_turn() -> None:
    said = "It is 0 9 1. 2 3 4 5 6. Thanks."
    turn = _redacted(_spoken(said.split()))
    assert turn.text == "It is [phone]. Thanks."
    assert (turn.words[2].start_ms, turn.words[2].end_ms) == (200, 980)


def test_a_turn_without_word_times() -> None:
    turn = replace(_spoken(["zovite", "091", "234", "5678"]), words=())
    assert _redacted(turn) == replace(turn, text="zovite [phone]")


def test_words_that_do_not_match_the_text_are_dropped_with_the_number() -> None:
    turn = replace(_spoken(["broj", "0912345678"]), text="broj 091 234 5678")
    assert _redacted(turn).text == "broj [phone]"
    assert _redacted(turn).words == ()


def test_words_that_tell_more_than_the_text_are_dropped() -> None:
    turn = replace(_spoken(["broj", "0912345678"]), text="broj [PII]")
    assert _redacted(turn).text == "broj [PII]"
    assert _redacted(turn).words == ()


def test_other_words_that_do_not_match_the_text_stay() -> None:
    turn = replace(_spoken(["dobar", "dan"]), text="Dobar dan!")
    assert _redacted(turn) == turn


def test_nothing_to_redact_changes_nothing_not_even_white_space() -> None:
    call = call_of("0-4 agent: Dobar dan", "5-9 customer: Narudžba 44192 kasni")
    spaced = replace(call, turns=(replace(call.turns[0], text="Dobar\n\n dan"), call.turns[1]))
    assert redact(call) == call
    assert redact(spaced) == spaced


def test_each_turn_is_read_for_itself() -> None:
    # the limit that the module names: an answer between two halves parts the number
    call = call_of("0-2 customer: 0 9 1 2", "2-3 agent: mhm", "3-5 customer: 3 4 5 6")
    assert redact(call) == call


@_laws
@given(_tokens)
def test_redacting_a_turn_twice_changes_nothing(tokens: list[str]) -> None:
    once = _redacted(_spoken(tokens))
    assert _redacted(once) == once


@_laws
@given(_tokens)
def test_text_and_words_agree_and_no_time_is_lost(tokens: list[str]) -> None:
    before = _spoken(tokens)
    turn = _redacted(before)
    assert turn.text.split() == [word.text for word in turn.words]
    left = list(before.words)
    for word in turn.words:
        covered = [w for w in left if w.start_ms < word.end_ms]
        assert covered, "a word that stands for nothing"
        assert (word.start_ms, word.end_ms) == (covered[0].start_ms, covered[-1].end_ms)
        if "[" not in word.text:
            assert covered == [word]
        left = left[len(covered) :]
    assert not left
