"""The network: it learns what lines cannot part, from what it is shown, the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from qa.moments.network import Network, _kept, _slopes, fit_network


@pytest.fixture(scope="module")
def corners() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """400 points around four corners; column 0 is yes in two opposite ones, column 1 above."""
    chance = np.random.default_rng(7)
    signs = chance.choice([-1.0, 1.0], size=(400, 2))
    features = (signs + chance.normal(scale=0.2, size=(400, 2))).astype(np.float32)
    features = np.hstack([features, chance.normal(scale=0.1, size=(400, 6)).astype(np.float32)])
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    labels = np.stack([signs[:, 0] * signs[:, 1], signs[:, 1]], axis=1).astype(np.int8)
    return features, labels, np.ones(labels.shape, dtype=np.float32)


def _right(network: Network, features: np.ndarray, labels: np.ndarray) -> list[float]:
    right = (network.scores(features) > 0) == (labels > 0)
    return [float(share) for share in right.mean(axis=0)]


def _same(one: Network, other: Network) -> bool:
    return np.array_equal(one.first, other.first) and np.array_equal(one.second, other.second)


def test_it_parts_what_no_line_parts(
    corners: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, weights = corners
    network = fit_network(features, labels, weights, np.arange(300))
    assert min(_right(network, features[300:], labels[300:])) > 0.95


def test_the_same_rows_give_the_same_network(
    corners: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, weights = corners
    one, other = (fit_network(features, labels, weights, np.arange(200)) for _ in range(2))
    assert _same(one, other)


def test_what_is_not_seen_or_not_told_takes_no_part(
    corners: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, weights = (each.copy() for each in corners)
    seen = np.arange(0, 400, 2)
    labels[::4, 0] = 0  # not told, though seen
    before = fit_network(features, labels, weights, seen)
    labels[1::2] *= -1  # not seen
    features[1::2] = 0
    weights[::4, 0] = 1e6
    after = fit_network(features, labels, weights, seen)
    assert _same(after, before)


def test_what_weighs_more_is_got_right_rather(
    corners: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, weights = (each.copy() for each in corners)
    features[:] = features[:1]  # all alike, so that one answer is right for half
    labels[:, 0] = np.where(np.arange(400) % 2, 1, -1)
    for favoured in (1, -1):
        weights[:, 0] = np.where(labels[:, 0] == favoured, 3, 1)
        network = fit_network(features, labels, weights, np.arange(400))
        assert (np.sign(network.scores(features)[:, 0]) == favoured).all()


def test_slopes_are_those_of_the_loss() -> None:
    chance = np.random.default_rng(3)
    features = chance.normal(scale=0.25, size=(20, 5)).astype(np.float32)
    labels = chance.choice([-1, 0, 1], size=(20, 3)).astype(np.int8)
    weights = chance.uniform(0.5, 2, size=(20, 3)).astype(np.float32)
    learnt = [chance.normal(size=shape).astype(np.float32) for shape in ((6, 7), (8, 3))]

    def loss() -> float:
        again = np.random.default_rng(9)
        given = features * 4 * _kept(again, (20, 5), 0.2)
        before = given.astype(np.float64) @ learnt[0][:-1] + learnt[0][-1]
        hidden = np.maximum(before, 0) * _kept(again, (20, 7), 0.4)
        margins = labels * (hidden @ learnt[1][:-1] + learnt[1][-1])
        return float((weights * (labels != 0) * np.log1p(np.exp(-margins))).sum() / 20)

    slopes = _slopes(learnt, features, labels, weights, np.random.default_rng(9))
    for weight, slope in zip(learnt, slopes, strict=True):
        for place in [(0, 0), (2, 1), (-1, 2), (-1, 0)]:
            kept = weight[place]
            ends = []
            for step in (1e-3, -1e-3):
                weight[place] = kept + step
                ends.append(loss())
            weight[place] = kept
            assert slope[place] == pytest.approx((ends[0] - ends[1]) / 2e-3, abs=2e-3)
