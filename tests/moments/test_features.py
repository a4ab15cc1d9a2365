"""What a classifier sees of a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from qa.moments.features import N_GRAMS, Space, count_n_grams, make_space
from qa.moments.vectors import embed
from tests.moments.bag_of_words import DIMENSIONS, BagOfWords
from tests.moments.small_bank import BANK

TAUGHT = tuple(x for moment in BANK.moments for x in moment.examples["en"])
LETTERS, WORDS = slice(0, N_GRAMS), slice(N_GRAMS, 2 * N_GRAMS)


@pytest.fixture(scope="module")
def space() -> Space:
    return make_space(count_n_grams(TAUGHT), embed(TAUGHT, BagOfWords()))


def _rows(space: Space, *texts: str) -> np.ndarray:
    made = space.n_grams(texts)
    assert made.shape == (len(texts), 2 * N_GRAMS)
    return np.asarray(made.todense())


def _placed(space: Space, *texts: str) -> np.ndarray:
    return space.place(embed(texts, BagOfWords()))


def test_the_shapes_are_those_of_the_encoder(space: Space) -> None:
    assert space.centre.shape == (DIMENSIONS,)
    assert space.rotation.shape == (DIMENSIONS, DIMENSIONS)
    assert space.rarity.shape == (2 * N_GRAMS,)
    arrays = (space.centre, space.rotation, space.rarity)
    assert all(array.dtype == np.float32 for array in arrays)


def test_the_same_sentences_make_the_same_space(space: Space) -> None:
    again = make_space(count_n_grams(TAUGHT), embed(TAUGHT, BagOfWords()))
    for name in ("centre", "rotation", "rarity"):
        assert np.array_equal(getattr(again, name), getattr(space, name)), name


def test_placed_vectors_have_length_one_about_the_centre(space: Space) -> None:
    placed = _placed(space, *TAUGHT)
    assert np.linalg.norm(placed, axis=1) == pytest.approx(1, abs=1e-5)
    raw = embed(TAUGHT, BagOfWords())
    # what all share is gone: the mean of what is left is short
    assert np.linalg.norm(placed.mean(axis=0)) < 0.5 * np.linalg.norm(raw.mean(axis=0))


def test_directions_are_evened_out_and_kept_in_order(space: Space) -> None:
    moved = embed(TAUGHT, BagOfWords()) - space.centre
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    before = np.sort(np.linalg.eigvalsh(moved.T @ moved))[::-1]
    turned = moved @ space.rotation
    after = np.sort(np.linalg.eigvalsh(turned.T @ turned))[::-1]
    assert 1 < after[0] / after[3] < before[0] / before[3]


def test_a_vector_at_the_centre_is_no_error(space: Space) -> None:
    assert np.isfinite(space.place(space.centre[np.newaxis])).all()


def test_each_kind_of_n_grams_has_length_one(space: Space) -> None:
    rows = _rows(space, "Dobar dan", "I am so so sorry")
    for kind in (LETTERS, WORDS):
        assert np.linalg.norm(rows[:, kind], axis=1) == pytest.approx(1, abs=1e-5)


def test_both_scripts_and_any_spelling_give_the_same_row(space: Space) -> None:
    cyrillic, latin, hasty = _rows(
        space,
        "Жао ми је, љубазно Вас молим",
        "Žao mi je, ljubazno Vas molim",
        "zao mi je ljubazno vas molim",
    )
    assert np.array_equal(cyrillic, latin)
    assert np.array_equal(cyrillic, hasty)


def test_rows_do_not_depend_on_their_neighbours(space: Space) -> None:
    texts = ("Dobar dan", "Žao mi je", "Hvala")
    for row, text in zip(_rows(space, *texts), texts, strict=True):
        assert np.array_equal(row, _rows(space, text)[0])


def test_glued_words_share_most_letters_and_few_words(space: Space) -> None:
    whole, glued, other = _rows(
        space, "nemojte se ljutiti", "nemojtese ljutiti", "kada stiže paket"
    )
    assert whole[LETTERS] @ glued[LETTERS] > 0.6
    assert whole[LETTERS] @ other[LETTERS] < 0.3
    assert whole[WORDS] @ glued[WORDS] < whole[LETTERS] @ glued[LETTERS]
    assert whole[WORDS] @ other[WORDS] == 0


def test_rare_words_count_more_than_common_ones(space: Space) -> None:
    # "the" stands in two of three sentences of the bank, "boiler" in few
    both, the, boiler = _rows(space, "the boiler", "the", "boiler")
    assert both[WORDS] @ boiler[WORDS] > both[WORDS] @ the[WORDS] > 0


def test_a_text_without_letters_has_no_n_grams_and_no_nan(space: Space) -> None:
    row = _rows(space, "...")
    assert not row.any()
    assert np.isfinite(row).all()
