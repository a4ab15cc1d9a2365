"""Cutting turns into sentences: verbatim, whole, in time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Transcript, Turn, Word
from qa.sentences import Sentence, cut
from tests.calls import call_of

_laws = settings(deadline=None, derandomize=True, max_examples=300)
_TOKENS = "Da. Ne! Hm? dr. др. 3. studenoga „Da.” ... … ( 44192. Mr. , Hvala"
_token = st.one_of(
    st.sampled_from(_TOKENS.split()),
    st.text(min_size=1, max_size=6).filter(lambda text: text.split() == [text]),
)
_tokens = st.lists(_token, min_size=1, max_size=80)
_space = st.sampled_from([" ", "  ", "\n", " \t", "\u00a0", "\x1f"])


def _call(*turns: Turn) -> Transcript:
    return replace(call_of("0-1 agent: x"), turns=turns)


def _texts(text: str) -> list[str]:
    return [sentence.text for sentence in cut(_call(Turn(0, "agent", 0, 1_000, text)))]


@_laws
@given(_tokens, st.data(), st.integers(0, 5_000), st.integers(0, 60_000))
def test_every_token_is_in_one_sentence_verbatim(
    tokens: list[str], data: st.DataObject, start: int, length: int
) -> None:
    text = data.draw(st.sampled_from(["", " "]))
    for token in tokens:
        text += token + data.draw(_space)
    turn = Turn(7, "customer", start, start + length, text)
    sentences = cut(_call(turn))
    assert [token for s in sentences for token in s.text.split()] == tokens
    rest = text
    for sentence in sentences:
        assert len(sentence.text.split()) <= 30
        before, found, rest = rest.partition(sentence.text)
        assert found
        assert not before.strip()
        assert (sentence.turn, sentence.speaker) == (7, "customer")
    times = [edge for s in sentences for edge in (s.start_ms, s.end_ms)]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (turn.start_ms, turn.end_ms)


@_laws
@given(_tokens, st.data())
def test_with_word_times_a_sentence_has_those_of_its_words(
    tokens: list[str], data: st.DataObject
) -> None:
    words, clock = [], 0
    for token in tokens:
        start = clock + data.draw(st.integers(0, 1_000))
        clock = start + data.draw(st.integers(0, 900))
        words.append(Word(token, start, clock, 1.0))
    turn = Turn(0, "agent", words[0].start_ms, clock, " ".join(tokens), tuple(words))
    left = list(words)
    for sentence in cut(_call(turn)):
        own, left = left[: len(sentence.text.split())], left[len(sentence.text.split()) :]
        assert (sentence.start_ms, sentence.end_ms) == (own[0].start_ms, own[-1].end_ms)
        # a pause of 900 ms is never inside
        assert all(b.start_ms - a.end_ms < 900 for a, b in pairwise(own))
    assert not left


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n ", []),
        ("Da", ["Da"]),
        ("Dobar dan. Kako ste? Dobro! Hm…", ["Dobar dan.", "Kako ste?", "Dobro!", "Hm…"]),
        ("Čekajte... evo", ["Čekajte...", "evo"]),
        ("Rekao je „ne.” Hvala", ["Rekao je „ne.”", "Hvala"]),
        ("(Da.) Hvala", ["(Da.)", "Hvala"]),
        ("bez ijednog znaka hvala", ["bez ijednog znaka hvala"]),
        ("Verzija 2.0 radi", ["Verzija 2.0 radi"]),
        # abbreviations
        ("I am Dr. Smith. Hello.", ["I am Dr. Smith.", "Hello."]),
        ("Mrs. Jones, approx. ten", ["Mrs. Jones, approx. ten"]),
        ("Narudžba br. 5 npr. kasni.", ["Narudžba br. 5 npr. kasni."]),
        ("Tražim (tj. želim) ul. Ilica", ["Tražim (tj. želim) ul. Ilica"]),
        ("Поруџбина бр. 5 нпр. касни. Да.", ["Поруџбина бр. 5 нпр. касни.", "Да."]),
        # ordinals and numbers
        ("Dolazi 3. studenoga. Hvala", ["Dolazi 3. studenoga.", "Hvala"]),
        ("Долази 5. новембра. Хвала", ["Долази 5. новембра.", "Хвала"]),
        ("Dana 01. 02. 2024. godine", ["Dana 01. 02. 2024. godine"]),
        ("Broj je 44192. Hvala.", ["Broj je 44192.", "Hvala."]),
        ("It costs 20. Thank you.", ["It costs 20.", "Thank you."]),
        ("zovite [phone]. Hvala", ["zovite [phone].", "Hvala"]),
    ],
)
def test_sentences_of(text: str, sentences: list[str]) -> None:
    assert _texts(text) == sentences


def test_thirty_words_are_the_most() -> None:
    words = [f"r{at}" for at in range(65)]
    assert [len(text.split()) for text in _texts(" ".join(words))] == [30, 30, 5]


def test_a_pause_of_nine_tenths_ends_a_sentence() -> None:
    def sentences(pause: int) -> tuple[Sentence, ...]:
        words = (Word("dobar", 0, 400, 1), Word("dan", 400 + pause, 900 + pause, 1))
        return cut(_call(Turn(0, "agent", 0, 900 + pause, "dobar dan", words)))

    assert [(s.text, s.start_ms, s.end_ms) for s in sentences(900)] == [
        ("dobar", 0, 400),
        ("dan", 1_300, 1_800),
    ]
    assert [s.text for s in sentences(899)] == ["dobar dan"]


def test_without_word_times_a_sentence_has_its_share_of_letters() -> None:
    # "Da." 3 letters, "Hvala lijepa." 5 + 7 = 12: of 15 s from 2 s on, 3 and 12
    first, second = cut(_call(Turn(0, "agent", 2_000, 17_000, "Da. Hvala lijepa.")))
    assert (first.start_ms, first.end_ms) == (2_000, 5_000)
    assert (second.start_ms, second.end_ms) == (5_000, 17_000)


def test_words_that_do_not_match_the_text_give_no_times() -> None:
    words = (Word("Da.", 100, 200, 1.0),)
    turn = Turn(0, "agent", 0, 300, "Da. Ne.", words)
    assert [(s.start_ms, s.end_ms) for s in cut(_call(turn))] == [(0, 150), (150, 300)]


def test_sentences_come_in_the_order_of_turns() -> None:
    call = call_of("0-4 agent: Da. Ne.", "5-6 customer: Hm?")
    assert [(s.turn, s.speaker, s.text) for s in cut(call)] == [
        (0, "agent", "Da."),
        (0, "agent", "Ne."),
        (1, "customer", "Hm?"),
    ]
