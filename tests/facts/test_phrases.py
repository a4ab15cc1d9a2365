"""The phrase lists and what is read with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.facts.phrases import PhraseList, asks, has_phrase, is_listening, phrases
from qa.nouns import LANGUAGES

if TYPE_CHECKING:
    from qa.nouns import Language


def test_every_list_has_only_usable_phrases() -> None:
    # YAML reads a bare `yes` as true: everything must have stayed text, and nothing be empty
    for name in get_args(PhraseList):
        for language in LANGUAGES:
            found = phrases(name, language)
            assert found, (name, language)
            assert all(isinstance(phrase, str) and phrase for phrase in found), (name, language)
    assert "yes" in phrases("listening_words", "en")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Uh-huh, I see. Right.", True),
        ("en", "that's right", True),
        ("en", "I see that", False),
        ("en", "", False),
        ("en", "...", False),
        ("hr", "Da, da, da. Razumijem vas.", True),
        ("hr", "da li", False),
        ("sr", "Аха, тако је", True),
        ("sr", "u redu", True),
        ("sr", "u", False),
    ],
)
def test_is_listening(language: Language, text: str, expected: bool) -> None:
    assert is_listening(text, language) is expected


@settings(deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(phrases("listening_words", "en")), min_size=1, max_size=30))
def test_listening_words_in_a_row_are_listening(words: list[str]) -> None:
    assert is_listening(", ".join(words), "en")
    assert not is_listening(" ".join([*words, "parcel"]), "en")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Your number?", True),
        ("en", 'You said "Monday"?', True),
        ("en", "What I can do is send another.", False),  # the source writes marks: they decide
        ("en", "okay so what is your number", True),
        ("en", "whatever you like", False),  # whole words
        ("hr", "imate li broj narudžbe", True),
        ("sr", "а који је број", True),
        ("sr", "ovde Jelena", False),
        ("en", "so", False),
    ],
)
def test_asks(language: Language, text: str, expected: bool) -> None:
    assert asks(text, language) is expected


def test_phrases_match_whole_words_only() -> None:
    assert has_phrase("Hold on, please", "hold_notices", "en")
    assert not has_phrase("The household online", "hold_notices", "en")
    assert not has_phrase("trenutno nema na stanju", "hold_notices", "hr")
