"""Folds: everything is judged once, and never by what is nearly the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.moments.folds import FOLDS, fold_of

if TYPE_CHECKING:
    import random

law = settings(deadline=None, derandomize=True, max_examples=40)

# sentences that share no run of three letters
UNLIKE = (
    "where can my parcel be",
    "thank you so much",
    "good morning",
    "I will look it up",
    "this is a joke",
    "pročitajte broj ugovora",
    "žao nam je",
    "kupci zovu svaki dan",
)
PARCEL = "Is there anything else I can help you with today?"
PARCELS = (PARCEL, "is there anything else i can help you with today", PARCEL.upper())
# copies of each of some texts that have nothing in common
COPIES = st.lists(st.integers(1, 4), min_size=1, max_size=20)


def _unrelated(at: int) -> str:
    return hashlib.sha256(str(at).encode()).hexdigest()


def _folds(*texts: str, language: str = "en") -> list[int]:
    return [int(fold) for fold in fold_of(texts, [language] * len(texts))]


@law
@given(COPIES, st.randoms(use_true_random=False))
def test_groups_are_dealt_to_all_folds_alike(copies: list[int], chance: random.Random) -> None:
    members = [at for at, count in enumerate(copies) for _ in range(count)]
    chance.shuffle(members)
    texts = [_unrelated(at) + "!" * place for place, at in enumerate(members)]
    folds = _folds(*texts)
    assert folds == _folds(*texts)
    assert set(folds) <= set(range(FOLDS))
    of_group: dict[int, set[int]] = {}
    for at, fold in zip(members, folds, strict=True):
        of_group.setdefault(at, set()).add(fold)
    assert all(len(own) == 1 for own in of_group.values())
    groups = Counter(fold for (fold,) in of_group.values())
    sizes = [groups[fold] for fold in range(FOLDS)]
    assert max(sizes) - min(sizes) <= 1


def test_what_is_nearly_the_same_shares_a_fold() -> None:
    texts = (*UNLIKE[:4], *PARCELS, *UNLIKE[4:], "Is there anything else I can help you with?")
    folds = _folds(*texts)
    alike = {folds[at] for at, text in enumerate(texts) if "anything else" in text.lower()}
    assert len(alike) == 1
    assert len(set(folds)) == FOLDS


def test_likeness_is_followed_over_any_number_of_steps() -> None:
    # the ends have little in common, each is much like its neighbours
    words = [f"word{chr(97 + at) * 3}ing" for at in range(24)]
    chain = [" ".join(words[at : at + 12]) for at in range(13)]
    assert len(set(_folds(*chain, *UNLIKE))) > 1
    assert len(set(_folds(*chain, *UNLIKE)[:13])) == 1


def test_one_frame_does_not_make_sentences_alike() -> None:
    framed = [f"I am sorry about the {what}" for what in ("parcel", "boiler", "flight", "invoice")]
    assert len(set(_folds(*framed, *UNLIKE))) > 1
    assert len(set(_folds(*framed, *UNLIKE)[:4])) > 1


def test_both_scripts_are_the_same_sentence() -> None:
    latin, cyrillic = "Žao mi je zbog kašnjenja", "Жао ми је због кашњења"
    folds = _folds(*UNLIKE, latin, cyrillic, language="sr")
    assert folds[-1] == folds[-2]


def test_languages_are_grouped_apart() -> None:
    # grouped, they would be one group in one fold
    texts = [PARCEL] * 3
    folds = fold_of(texts, ["en", "hr", "sr"])
    assert len(set(folds.tolist())) == 3


def test_texts_without_letters_are_no_error() -> None:
    folds = fold_of(["...", "?!", "", "da", "ne"], ["hr"] * 5)
    assert folds.shape == (5,)
    assert np.isin(folds, range(FOLDS)).all()
