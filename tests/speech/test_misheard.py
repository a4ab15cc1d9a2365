"""Phrases in misheard text, against the edit distance worked out in full."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.speech.misheard import MisheardPhrases

HELP = MisheardPhrases(
    {"help": ["kako vam mogu pomoći"], "hold": ["samo malo"], "go": ["izvolite"]}
)


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("Dobar dan, kako vam mogu pomoći?", {"help"}),
        ("како вам могу помоћи", {"help"}),
        ("kako vam mogu po moci", {"help"}),  # split
        ("kakovam mogu pomoci", {"help"}),  # glued
        # 17 letters: two errors are borne (van, pomoti), the third is one too many (mogo)
        ("kako van mogu pomoti", {"help"}),
        ("kako van mogo pomoti", set()),
        ("samo malo, izvolite", {"hold", "go"}),
        # eight letters must be heard as they are, and as words
        ("samo mali", set()),
        ("neizvolite", set()),
        ("", set()),
    ],
)
def test_what_is_found(text: str, cues: set[str]) -> None:
    assert HELP.found(text) == cues


def errors_inside(phrase: str, text: str) -> int:
    """Return the least edit distance of `phrase` to any part of `text` (Sellers 1980)."""
    costs = list(range(len(phrase) + 1))
    least = costs[-1]
    for letter in text:
        row = [0]
        for at, own in enumerate(phrase, 1):
            row.append(min(costs[at] + 1, row[-1] + 1, costs[at - 1] + (own != letter)))
        costs = row
        least = min(least, costs[-1])
    return least


few = st.text("abc", min_size=9, max_size=24)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.lists(few, min_size=1, max_size=4, unique=True), st.text("abc", max_size=60))
def test_all_phrases_at_once_find_what_each_would(phrases: list[str], text: str) -> None:
    found = MisheardPhrases({phrase: [phrase] for phrase in phrases}).found(text)
    # one error in seven letters, three at most
    assert found == {p for p in phrases if errors_inside(p, text) <= min(3, len(p) // 7)}
