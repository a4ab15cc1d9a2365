"""Embeddings: each text once, and none that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.moments.vectors import embed, embed_cached
from tests.moments.bag_of_words import BagOfWords

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))


def test_the_encoder_sees_plain_latin_and_each_text_once() -> None:
    encoder = BagOfWords()
    vectors = embed(["Жао ми је", "Dobar dan", "Žao mi je", "Dobar dan"], encoder)
    assert encoder.asked == [["Zao mi je", "Dobar dan"]]
    assert np.array_equal(vectors[0], vectors[2])
    assert np.array_equal(vectors[1], vectors[3])
    assert not np.array_equal(vectors[0], vectors[1])


def test_half_a_surrogate_pair_does_not_reach_the_encoder() -> None:
    encoder = BagOfWords()
    embed(["dobar \ud800 dan"], encoder)
    assert encoder.asked == [["dobar ? dan"]]


def test_kept_vectors_are_not_encoded_again() -> None:
    encoder = BagOfWords()
    first = embed_cached(["Dobar dan", "Hvala", "Dobar dan"], encoder)
    fresh = embed(["Dobar dan", "Hvala", "Dobar dan"], BagOfWords())
    assert first == pytest.approx(fresh, rel=1e-3)
    again = embed_cached(["Hvala", "Dobar dan"], encoder)
    assert np.array_equal(again, first[[1, 0]])
    assert encoder.asked == [["Dobar dan", "Hvala"]]


def test_a_text_more_costs_that_text() -> None:
    encoder = BagOfWords()
    embed_cached(["Dobar dan", "Hvala"], encoder)
    more = embed_cached(["Dobar dan", "Izvolite", "Hvala"], encoder)
    assert encoder.asked == [["Dobar dan", "Hvala"], ["Izvolite"]]
    fresh = embed(["Dobar dan", "Izvolite", "Hvala"], BagOfWords())
    assert more == pytest.approx(fresh, rel=1e-3)


def test_what_is_no_longer_used_is_not_kept_for_ever() -> None:
    encoder = BagOfWords()
    embed_cached(["Dobar dan", "Hvala"], encoder)
    embed_cached(["Hvala", "Izvolite"], encoder)
    embed_cached(["Dobar dan"], encoder)
    assert encoder.asked[2:] == [["Dobar dan"]]


def test_another_encoder_is_asked_itself(tmp_path: Path) -> None:
    embed_cached(["Dobar dan"], BagOfWords())
    other = BagOfWords("other")
    embed_cached(["Dobar dan"], other)
    assert other.asked == [["Dobar dan"]]
    kept = [path.suffix for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert kept == [".npz", ".npz"]  # and no part of a file
