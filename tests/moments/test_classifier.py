"""Classifiers of a small bank: the same each time, kept, and judged by what they never saw."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import sparse

from qa.moments import classifier, training, vectors
from qa.moments.classifier import Classifiers, fit, hold_out, load_or_fit
from qa.moments.cues import Cue
from qa.moments.features import N_GRAMS, count_n_grams
from qa.moments.folds import FOLDS, fold_of
from qa.moments.network import fit_network
from qa.moments.noise import misheard
from qa.moments.thresholds import find_thresholds, sigmoid
from qa.moments.training import DOES, DOES_NOT, UNTOLD, taught_texts, training_sets
from qa.moments.vectors import embed
from tests.moments.bag_of_words import DIMENSIONS, BagOfWords
from tests.moments.small_bank import BANK

if TYPE_CHECKING:
    from pathlib import Path

    from qa.moments.judged import Judged
    from qa.moments.network import Network

ARRAYS = ("meaning", "wording", "offset", "deciding", "bias", "calibration", "thresholds")
SPACE = ("centre", "rotation", "rarity")
NAMES = ("apology", "greeting", "complaint")  # the agent's, then the customer's


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache in which the small bank is fitted already."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALLQA_CACHE", str(folder))
        load_or_fit(BANK, BagOfWords())
    return folder


@pytest.fixture(autouse=True)
def _cache(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLQA_CACHE", str(kept))


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def fitted() -> Classifiers:
    return load_or_fit(BANK, BagOfWords())


@pytest.fixture
def judged() -> tuple[Judged, ...]:
    return hold_out(BANK, BagOfWords())


def _same(one: Classifiers, other: Classifiers) -> bool:
    return one.names == other.names and all(
        np.array_equal(a, b)
        for a, b in (
            *((getattr(one, name), getattr(other, name)) for name in ARRAYS),
            *((getattr(one.space, name), getattr(other.space, name)) for name in SPACE),
        )
    )


def test_fitting_twice_gives_the_same_arrays(fitted: Classifiers, empty: Path) -> None:
    assert not empty.exists()
    assert _same(fit(BANK, BagOfWords()), fitted)


_THREADS = """
from threadpoolctl import threadpool_info
from qa.moments import classifier
def threads(*_):
    import scipy.linalg, sklearn.linear_model
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
classifier._fit = threads
print(classifier._fit_alike((), None))
"""


def test_sums_are_of_one_thread_also_in_libraries_that_fitting_loads() -> None:
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    ran = subprocess.run(
        [sys.executable, "-c", _THREADS], env=env, check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == ["{1}"]


def test_shapes_and_limits(fitted: Classifiers) -> None:
    assert fitted.names == NAMES
    hidden = len(fitted.offset)
    assert fitted.meaning.shape == (DIMENSIONS, hidden)
    assert fitted.wording.shape == (2 * N_GRAMS, hidden)
    assert fitted.deciding.shape == (hidden, 3)
    assert fitted.bias.shape == (3,)
    types = {name: getattr(fitted, name).dtype for name in ARRAYS}
    assert types.pop("wording") == np.float16  # a hundred million numbers for the shipped moments
    assert set(types.values()) == {np.dtype(np.float32)}
    assert (fitted.calibration[:, 0] > 0).all()  # a higher score is a higher probability
    for at in range(3):
        limits = fitted.limits(at)
        assert 0 < limits.uncertain <= limits.present < 1


def test_what_was_taught_is_told_apart(fitted: Classifiers) -> None:
    for known in training_sets(BANK):
        texts = [sample.text for sample in known.samples]
        found = fitted.probabilities(texts, embed(texts, BagOfWords()))
        assert found.shape == (len(texts), 3)
        for column, name in enumerate(known.moments):
            does = known.labels[:, column] == DOES
            own = found[:, fitted.names.index(name)]
            assert own[does].min() > own[~does].max(), name


def test_what_decides_is_the_mean_of_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    networks: list[Network] = []

    def noted(features: np.ndarray, n_grams: sparse.csr_matrix, *rest: np.ndarray) -> Network:
        networks.append(fit_network(features, n_grams, *rest))
        return networks[-1]

    monkeypatch.setattr(classifier, "fit_network", noted)
    fitted = fit(BANK, BagOfWords())
    texts = ["I am sorry about the sofa", "Which sofa?", "unseen words", ""]
    vectors = embed(texts, BagOfWords())
    features, n_grams = fitted.space.place(vectors), fitted.space.n_grams(texts)
    assert len(networks) == FOLDS
    scores = np.mean([each.scores(features, n_grams) for each in networks], axis=0)
    expected = sigmoid(scores * fitted.calibration[:, 0] + fitted.calibration[:, 1])
    np.testing.assert_allclose(fitted.probabilities(texts, vectors), expected, atol=2e-3)
    assert np.std(scores) > 0.1  # and not all are alike


def test_probabilities_do_not_depend_on_the_other_texts(fitted: Classifiers) -> None:
    texts = ["I am sorry about the sofa", "Which sofa?", "My sofa is broken, sorry", "?!"] * 100
    together = fitted.probabilities(texts, embed(texts, BagOfWords()))
    assert together.shape == (400, 3)  # more than are looked at in one go
    for row, text in zip([*together[:4], *together[-4:]], texts[:8], strict=True):
        alone = fitted.probabilities([text], embed([text], BagOfWords()))[0]
        assert row == pytest.approx(alone, abs=1e-6)
    assert fitted.probabilities([], np.zeros((0, DIMENSIONS), np.float32)).shape == (0, 3)


def test_probabilities_do_not_overflow(fitted: Classifiers) -> None:
    calibration = np.array([[1e6, 0.0]] * 3, dtype=np.float32)
    steep = replace(fitted, calibration=calibration)
    texts = ["I am sorry about the parcel", "Say again, which parcel?"]
    found = steep.probabilities(texts, embed(texts, BagOfWords()))  # warnings are errors
    assert found[:, 0].tolist() == [1.0, 0.0]


def test_what_was_fitted_is_not_encoded_or_fitted_again(
    fitted: Classifiers, monkeypatch: pytest.MonkeyPatch, kept: Path
) -> None:
    monkeypatch.setattr(classifier, "fit_network", None)  # would fail if it were called
    encoder = BagOfWords()
    assert _same(load_or_fit(BANK, encoder), fitted)
    assert len(hold_out(BANK, encoder)) > 0
    assert encoder.asked == []
    suffixes = {path.suffix for path in kept.rglob("*") if path.is_file()}
    assert suffixes == {".npz"}  # and no part of a file


def test_warnings_and_cues_are_no_reason_to_fit_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "fit_network", None)
    encoder = BagOfWords()
    load_or_fit(BANK.model_copy(update={"warnings": ("thin",)}), encoder)
    cues = (Cue(pattern="sorry", effect="raise", reason="sorry"),)
    moments = tuple(moment.model_copy(update={"cues": cues}) for moment in BANK.moments)
    load_or_fit(BANK.model_copy(update={"moments": moments}), encoder)
    assert encoder.asked == []


def test_long_work_is_told_before_it_is_done(
    empty: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "qa")
    fit(BANK, BagOfWords())
    assert caplog.messages == []  # a small bank takes no time
    monkeypatch.setattr(classifier, "_MANY", 10)
    monkeypatch.setattr(vectors, "_MANY", 10)
    fit(BANK, BagOfWords("another"))
    texts = sum(len(taught_texts(known)) for known in training_sets(BANK))
    different = len({text for known in training_sets(BANK) for text in taught_texts(known)})
    assert caplog.messages == [
        f"learning moments from {texts} texts, once for these examples",
        f"encoding {different} example sentences, once: may take minutes",
    ]
    assert empty.exists()


def test_of_many_banks_those_used_last_are_kept(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier, "_KEPT", 2)
    daily, edited, again = BagOfWords("daily"), BagOfWords("edited"), BagOfWords("again")
    load_or_fit(BANK, edited)
    (forgotten,) = (empty / "moments").iterdir()
    load_or_fit(BANK, daily)
    (kept,) = set((empty / "moments").iterdir()) - {forgotten}
    os.utime(kept, (1, 1))  # seconds: fitted long ago, before the other
    os.utime(forgotten, (2, 2))
    load_or_fit(BANK, daily)
    load_or_fit(BANK, again)
    assert len(list((empty / "moments").iterdir())) == 2
    assert kept.exists()
    assert not forgotten.exists()


def test_another_bank_or_encoder_is_fitted_anew(empty: Path) -> None:
    other = BagOfWords("other")
    load_or_fit(BANK, other)
    assert len(other.asked) == 1
    smaller = BANK.model_copy(update={"moments": BANK.moments[:2]})
    encoder = BagOfWords()
    assert load_or_fit(smaller, encoder).names == ("apology", "complaint")
    assert len(encoder.asked) == 1
    assert len(list((empty / "moments").iterdir())) == 2


# --- held out


def test_every_sentence_of_which_something_is_told_is_judged_once(
    judged: tuple[Judged, ...],
) -> None:
    expected = [
        (name, sample.text, bool(label == DOES), sample.does)
        for known in training_sets(BANK)
        for name, labels in zip(known.moments, known.labels.T, strict=True)
        for sample, label in zip(known.samples, labels.tolist(), strict=True)
        if label != UNTOLD
    ]
    assert [(j.moment, j.text, j.does, j.truly) for j in judged] == expected
    assert {j.language for j in judged} == {"en"}


def test_held_out_probabilities_tell_the_small_bank_apart(judged: tuple[Judged, ...]) -> None:
    for name in NAMES:
        own = [j for j in judged if j.moment == name]
        does = [j.probability for j in own if j.does]
        does_not = [j.probability for j in own if not j.does]
        # not all of them, but as good as: pairs in the right order
        right = sum(a > b for a in does for b in does_not)
        assert right > 0.95 * len(does) * len(does_not), name


def test_what_is_held_out_is_judged_by_what_has_not_seen_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Turn two labels round: sentences of their fold must be judged as before, to the last bit."""
    # all are taught a second time, misheard, which must not be seen either
    monkeypatch.setattr(training, "taught_again", lambda sample: misheard(sample.text))
    known, other = training_sets(BANK)
    assert len(taught_texts(known)) == 2 * len(known.samples)
    does = int(np.flatnonzero(known.labels[:, 0] == DOES)[0])
    does_not = int(np.flatnonzero(known.labels[:, 0] == DOES_NOT)[0])
    folds = [np.arange(len(each.samples)) % FOLDS for each in (known, other)]
    folds[0][[does, does_not]] = 0
    texts = [*taught_texts(known), *taught_texts(other)]
    features, n_grams = embed(texts, BagOfWords()), sparse.hstack(count_n_grams(texts)).tocsr()
    turned = known.labels.copy()
    turned[[does, does_not], 0] = DOES_NOT, DOES
    before = classifier._fit_folds([known, other], folds, features, n_grams)[1]
    sets = [replace(known, labels=turned), other]
    after = classifier._fit_folds(sets, folds, features, n_grams)[1]
    for one, same, own in zip(after, before, folds, strict=True):
        assert np.array_equal(one[own == 0], same[own == 0])
        assert not np.array_equal(one[own != 0], same[own != 0])


def test_limits_are_found_without_the_fold_that_they_judge(judged: tuple[Judged, ...]) -> None:
    for known in training_sets(BANK):
        folds = fold_of([s.text for s in known.samples], [s.language for s in known.samples])
        fold = dict(zip((s.text for s in known.samples), folds.tolist(), strict=True))
        for name in known.moments:
            own = [j for j in judged if j.moment == name]
            for held in range(FOLDS):
                rest = [j for j in own if fold[j.text] != held]
                limits = find_thresholds(
                    np.array([j.probability for j in rest]), np.array([j.does for j in rest])
                )
                for j in own:
                    if fold[j.text] == held:
                        assert j.present == (j.probability >= limits.present)


def test_five_examples_are_enough_to_fit(empty: Path) -> None:
    apology = BANK.moments[0]
    five = apology.model_copy(
        update={"examples": {"en": apology.examples["en"][:5]}, "near_misses": {}}
    )
    bank = BANK.model_copy(update={"moments": (five,)})
    assert load_or_fit(bank, BagOfWords()).names == ("apology",)
    assert len(hold_out(bank, BagOfWords())) == 5 + 8  # and the everyday sentences
    assert empty.exists()
