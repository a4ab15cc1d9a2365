"""The network: it learns what lines cannot part, from what it is shown, the same each time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from qa.moments.network import Network, _Batch, _batch, _slopes, fit_network

# features, n-grams, labels, weights
Given = tuple[np.ndarray, sparse.csr_matrix, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def corners() -> Given:
    """400 points around four corners; column 0 is yes in two opposite ones, column 1 above.

    Column 2 hangs on n-grams alone: yes where one of the first five is, of 40.
    """
    chance = np.random.default_rng(7)
    signs = chance.choice([-1.0, 1.0], size=(400, 2))
    features = (signs + chance.normal(scale=0.2, size=(400, 2))).astype(np.float32)
    features = np.hstack([features, chance.normal(scale=0.1, size=(400, 6)).astype(np.float32)])
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    told = chance.choice([-1, 1], size=400)
    n_grams = np.zeros((400, 40), dtype=np.float32)
    for row, yes in enumerate(told):
        n_grams[row, chance.choice(np.arange(5, 40), 12, replace=False)] = 0.25
        n_grams[row, :5] = 0.25 * (yes > 0)
    labels = np.stack([signs[:, 0] * signs[:, 1], signs[:, 1], told], axis=1).astype(np.int8)
    weights = np.ones(labels.shape, dtype=np.float32)
    return features, sparse.csr_matrix(n_grams), labels, weights


def _right(network: Network, given: Given, rows: slice) -> list[float]:
    features, n_grams, labels, _ = given
    right = (network.scores(features[rows], n_grams[rows]) > 0) == (labels[rows] > 0)
    return [float(share) for share in right.mean(axis=0)]


def _same(one: Network, other: Network) -> bool:
    pairs = ((getattr(one, name), getattr(other, name)) for name in Network.__slots__)
    return all(np.array_equal(left, right) for left, right in pairs)


def test_it_parts_what_no_line_parts_and_learns_n_grams(corners: Given) -> None:
    network = fit_network(*corners, np.arange(300))
    assert min(_right(network, corners, slice(300, None))) > 0.95


def test_the_same_rows_give_the_same_network(corners: Given) -> None:
    one, other = (fit_network(*corners, np.arange(200)) for _ in range(2))
    assert _same(one, other)


def test_what_is_not_seen_or_not_told_takes_no_part(corners: Given) -> None:
    features, labels, weights = (corners[at].copy() for at in (0, 2, 3))
    n_grams = corners[1].copy()
    seen = np.arange(0, 400, 2)
    labels[::4, 0] = 0  # not told, though seen
    before = fit_network(features, n_grams, labels, weights, seen)
    labels[1::2] *= -1  # not seen
    features[1::2] = 0
    n_grams.data[np.repeat(np.arange(400) % 2 == 1, np.diff(n_grams.indptr))] = 0
    weights[::4, 0] = 1e6
    after = fit_network(features, n_grams, labels, weights, seen)
    assert _same(after, before)


def test_n_grams_never_seen_weigh_nothing(corners: Given) -> None:
    features, n_grams, labels, weights = corners
    wider = sparse.csr_matrix(sparse.hstack([n_grams, sparse.csr_matrix((400, 3))]))
    network = fit_network(features, wider, labels, weights, np.arange(400))
    assert not network.wording[-3:].any()
    assert network.wording[:-3].any(axis=1).all()


def test_what_weighs_more_is_got_right_rather(corners: Given) -> None:
    features, labels, weights = (corners[at].copy() for at in (0, 2, 3))
    features[:] = features[:1]  # all alike, so that one answer is right for half
    n_grams = sparse.csr_matrix(corners[1].shape, dtype=np.float32)
    labels[:, 0] = np.where(np.arange(400) % 2, 1, -1)
    for favoured in (1, -1):
        weights[:, 0] = np.where(labels[:, 0] == favoured, 3, 1)
        network = fit_network(features, n_grams, labels, weights, np.arange(400))
        assert (np.sign(network.scores(features, n_grams)[:, 0]) == favoured).all()


@pytest.fixture(scope="module")
def batch() -> _Batch:
    """20 sentences of 5 features and 30 n-grams, 3 columns, some left out by chance."""
    chance = np.random.default_rng(3)
    features = chance.normal(scale=0.25, size=(20, 5)).astype(np.float32)
    n_grams = sparse.random(20, 30, density=0.4, random_state=chance, dtype=np.float32)
    labels = chance.choice([-1, 0, 1], size=(20, 3)).astype(np.int8)
    weights = chance.uniform(0.5, 2, size=(20, 3)).astype(np.float32)
    return _batch(features, sparse.csr_matrix(n_grams), labels, weights, chance)


def test_slopes_are_those_of_the_loss(batch: _Batch) -> None:
    chance = np.random.default_rng(4)
    hidden = batch.hidden.shape[1]
    wording = chance.normal(size=(len(batch.columns), hidden)).astype(np.float32)
    shapes = ((6, hidden), (hidden + 1, 3))
    learnt = [chance.normal(scale=0.3, size=shape).astype(np.float32) for shape in shapes]

    def loss() -> float:
        before = batch.features.astype(np.float64) @ learnt[0][:-1] + learnt[0][-1]
        before += batch.n_grams.astype(np.float64) @ wording
        shown = np.maximum(before, 0) * batch.hidden
        margins = batch.labels * (shown @ learnt[1][:-1] + learnt[1][-1])
        told = batch.labels != 0
        return float((batch.weights * told * np.log1p(np.exp(-margins))).sum() / 20)

    slopes = _slopes(wording, learnt, batch)
    for weight, slope in zip((wording, *learnt), slopes, strict=True):
        for place in [(0, 0), (2, 1), (-1, 2), (-1, 0)]:
            kept = weight[place]
            ends = []
            for step in (1e-3, -1e-3):
                weight[place] = kept + step
                ends.append(loss())
            weight[place] = kept
            assert slope[place] == pytest.approx((ends[0] - ends[1]) / 2e-3, abs=2e-3)


def test_what_is_left_of_a_batch_keeps_the_sum_on_average() -> None:
    n_grams = sparse.csr_matrix(np.full((200, 50), 0.5, dtype=np.float32))
    features = np.full((200, 8), 0.5, dtype=np.float32)
    none = np.zeros((200, 1), dtype=np.int8), np.zeros((200, 1), dtype=np.float32)
    batch = _batch(features, n_grams, *none, np.random.default_rng(0))
    assert 0.2 < batch.n_grams.nnz / n_grams.nnz < 0.4  # three in ten
    assert batch.n_grams.sum() == pytest.approx(4 * n_grams.sum(), rel=0.05)
    assert batch.features.sum() == pytest.approx(4 * features.sum(), rel=0.05)
    assert batch.columns.tolist() == list(range(50))
