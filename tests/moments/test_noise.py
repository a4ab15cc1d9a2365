"""Sentences as recognition or a hasty hand may leave them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.moments.noise import misheard
from qa.text import fold_diacritics

law = settings(deadline=None, derandomize=True)
letters = st.sampled_from("abcdeghijklmnoprstuvzčćđšžČŠŽA")
sentences = st.lists(st.text(letters, min_size=1, max_size=9), min_size=1, max_size=12).map(
    " ".join
)


@law
@given(st.text())
def test_the_same_sentence_is_always_misheard_the_same_way(text: str) -> None:
    assert misheard(text) == misheard(text)


@law
@given(sentences)
def test_something_happens_to_every_sentence(text: str) -> None:
    assert misheard(text) != text
    assert misheard(text) != fold_diacritics(text)  # more than the diacritics


@law
@given(st.text())
def test_no_diacritics_are_left(text: str) -> None:
    if text.split():
        heard = misheard(text)
        assert not any(unicodedata.combining(letter) for letter in heard)
        assert not set("čćđšžČĆĐŠŽ") & set(heard)


@law
@given(sentences)
def test_most_letters_stay_where_they_are(text: str) -> None:
    heard, folded = (each.replace(" ", "") for each in (misheard(text), fold_diacritics(text)))
    # each word loses or changes one letter at most; a letter alone is said twice
    assert len(folded) - len(text.split()) <= len(heard) <= max(2, len(folded))


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_what_has_no_words_is_returned_as_it_is(text: str) -> None:
    assert misheard(text) == text


def test_half_a_surrogate_pair_is_no_error() -> None:
    assert misheard("dobar \ud800 dan")
