"""Logistic regressions side by side, beside those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from qa.moments.logistic import fit_logistic

C = 1.5


@pytest.fixture(scope="module")
def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """300 rows, two columns of labels with noise, a third of them untold, and weights."""
    chance = np.random.default_rng(7)
    features = chance.normal(size=(300, 6)).astype(np.float32)
    truth = chance.normal(size=(6, 2))
    scores = features @ truth + chance.normal(size=(300, 2)) + 0.7
    labels = np.where(scores > 0, 1, -1).astype(np.int8)
    labels[chance.random((300, 2)) < 0.3] = 0
    weights = chance.uniform(0.5, 3, size=(300, 2)).astype(np.float32)
    return features, labels, weights


def test_each_column_is_what_scikit_learn_finds(
    problem: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, weights = problem
    found = fit_logistic(features, labels, weights, C)
    assert found.shape == (7, 2)
    for column in range(2):
        told = labels[:, column] != 0
        reference = LogisticRegression(C=C, tol=1e-8, max_iter=1_000).fit(
            features[told], labels[told, column], sample_weight=weights[told, column]
        )
        wanted = np.append(reference.coef_[0], reference.intercept_)
        assert found[:, column] == pytest.approx(wanted, abs=0.03)


def test_untold_rows_take_no_part(problem: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    features, labels, weights = (each.copy() for each in problem)
    before = fit_logistic(features, labels, weights, C)
    untold = labels[:, 0] == 0
    weights[untold, 0] = 1e6
    assert np.array_equal(fit_logistic(features, labels, weights, C)[:, 0], before[:, 0])
    alone = fit_logistic(features[~untold], labels[~untold, :1], weights[~untold, :1], C)
    assert alone[:, 0] == pytest.approx(before[:, 0], abs=0.03)


def test_columns_share_nothing(problem: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    features, labels, weights = problem
    both = fit_logistic(features, labels, weights, C)
    for column in range(2):
        one = fit_logistic(
            features, labels[:, column : column + 1], weights[:, column : column + 1], C
        )
        assert one[:, 0] == pytest.approx(both[:, column], abs=0.03)


def test_the_same_input_gives_the_same_output(
    problem: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    assert np.array_equal(fit_logistic(*problem, C), fit_logistic(*problem, C))


def test_a_weight_of_two_is_a_row_twice() -> None:
    rows = np.array([[-1.0], [0.5], [1.0]], dtype=np.float32)
    labels = np.array([[-1], [-1], [1]], dtype=np.int8)
    weights = np.array([[1.0], [1.0], [2.0]], dtype=np.float32)
    twice = [0, 1, 2, 2]
    heavy = fit_logistic(rows, labels, weights, C)
    assert heavy == pytest.approx(
        fit_logistic(rows[twice], labels[twice], np.ones((4, 1), np.float32), C), abs=0.03
    )
    assert heavy[1, 0] > fit_logistic(rows, labels, np.ones((3, 1), np.float32), C)[1, 0]


def test_without_any_label_nothing_is_learnt() -> None:
    rows = np.ones((4, 2), dtype=np.float32)
    nothing = fit_logistic(rows, np.zeros((4, 1), np.int8), np.ones((4, 1), np.float32), C)
    assert not nothing.any()
