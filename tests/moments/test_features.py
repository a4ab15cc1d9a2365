"""What a classifier sees of a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.moments.features import N_GRAMS, embed, embed_cached, features
from tests.moments.bag_of_words import DIMENSIONS, BagOfWords

if TYPE_CHECKING:
    from pathlib import Path

CENTRE = np.full(DIMENSIONS, 0.05, dtype=np.float32)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))


def _rows(*texts: str) -> np.ndarray:
    made = features(texts, embed(texts, BagOfWords()), CENTRE)
    assert made.shape == (len(texts), DIMENSIONS + N_GRAMS)
    return np.asarray(made.todense())


def test_the_encoder_sees_latin_and_each_text_once() -> None:
    encoder = BagOfWords()
    vectors = embed(["Жао ми је", "Dobar dan", "Žao mi je", "Dobar dan"], encoder)
    assert encoder.asked == [["Žao mi je", "Dobar dan"]]
    assert np.array_equal(vectors[0], vectors[2])
    assert np.array_equal(vectors[1], vectors[3])
    assert not np.array_equal(vectors[0], vectors[1])


def test_half_a_surrogate_pair_does_not_reach_the_encoder() -> None:
    encoder = BagOfWords()
    embed(["dobar \ud800 dan"], encoder)
    assert encoder.asked == [["dobar ? dan"]]


def test_both_scripts_give_the_same_row() -> None:
    cyrillic, latin = _rows("Жао ми је, љубазно Вас молим", "Žao mi je, ljubazno Vas molim")
    assert np.array_equal(cyrillic, latin)


def test_rows_do_not_depend_on_their_neighbours_or_the_run() -> None:
    together = _rows("Dobar dan", "Žao mi je", "Hvala")
    for row, text in zip(together, ("Dobar dan", "Žao mi je", "Hvala"), strict=True):
        assert np.array_equal(row, _rows(text)[0])


def test_a_row_is_a_centred_unit_vector_beside_unit_n_grams() -> None:
    (vector,) = embed(["Dobar dan"], BagOfWords())
    (row,) = _rows("Dobar dan")
    moved = (vector - CENTRE) / np.linalg.norm(vector - CENTRE)
    assert row[:DIMENSIONS] == pytest.approx(moved, abs=1e-6)
    assert np.linalg.norm(row[DIMENSIONS:]) == pytest.approx(1, abs=1e-6)


def test_glued_words_share_most_n_grams_and_few_of_the_embedding() -> None:
    whole, glued, other = _rows("nemojte se ljutiti", "nemojtese ljutiti", "kada stiže paket")
    n_grams = slice(DIMENSIONS, None)
    assert whole[n_grams] @ glued[n_grams] > 0.6
    assert whole[n_grams] @ other[n_grams] < 0.3


def test_a_text_without_letters_has_no_n_grams_and_no_nan() -> None:
    (row,) = _rows("...")
    assert np.isfinite(row).all()
    assert not row[DIMENSIONS:].any()
    at_the_centre = features(["da"], CENTRE[np.newaxis], CENTRE)
    assert np.isfinite(at_the_centre.todense()).all()


def test_kept_vectors_are_not_encoded_again() -> None:
    encoder = BagOfWords()
    first = embed_cached(["Dobar dan", "Hvala"], encoder)
    again = embed_cached(["Dobar dan", "Hvala"], encoder)
    assert np.array_equal(first, again)
    assert len(encoder.asked) == 1


def test_other_texts_or_another_encoder_are_encoded() -> None:
    encoder = BagOfWords()
    embed_cached(["Dobar dan", "Hvala"], encoder)
    embed_cached(["Hvala", "Dobar dan"], encoder)
    assert len(encoder.asked) == 2
    other = BagOfWords("other")
    embed_cached(["Dobar dan", "Hvala"], other)
    assert len(other.asked) == 1
