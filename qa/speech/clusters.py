"""Two or three groups of vectors, found without chance: the same vectors give the same groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qa.speech.one_thread import product

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Labels = NDArray[np.intp]

_AROUND_MS = 1_500
_MOST_ROUNDS = 100
_TURNS = 50


def local_means(vectors: Vectors, at_ms: Labels, group: Labels) -> Vectors:
    """Return for each vector the unit mean of those within 1.5 s of it in its group.

    Vectors are in order of time, groups too. What is said changes a vector from one second to the
    next, who says it does not.
    """
    first = np.searchsorted(group, group, "left")
    last = np.searchsorted(group, group, "right")
    start = np.maximum(first, np.searchsorted(at_ms, at_ms - _AROUND_MS, "left"))
    end = np.minimum(last, np.searchsorted(at_ms, at_ms + _AROUND_MS, "right"))
    sums = np.concatenate(
        (np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0, dtype=float))
    )
    means = (sums[end] - sums[start]) / (end - start)[:, None]
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


def in_two(vectors: Vectors) -> Labels:
    """Return 0 or 1 per vector: two means, begun from the sides of the longest axis."""
    return _settled(vectors, _sides(vectors))


def in_three(vectors: Vectors) -> tuple[Labels | None, tuple[int, int]]:
    """Return 0, 1 or 2 per vector, and which two groups are most alike; None for too few vectors.

    Begun from two groups of which either is parted again; the closer fit of the two is taken.
    """
    two = in_two(vectors)
    tries = []
    for parted in (0, 1):
        own = np.flatnonzero(two == parted)
        if len(own) >= 2:
            labels = two.copy()
            labels[own[_sides(vectors[own]) == 1]] = 2
            tries.append(_settled(vectors, labels))
    whole = [labels for labels in tries if len(np.unique(labels)) == 3]
    if not whole:
        return None, (0, 1)
    labels = min(whole, key=lambda each: _spread(vectors, each))
    means = _means(vectors, labels)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    pairs = [(float(means[a] @ means[b]), (a, b)) for a, b in ((0, 1), (0, 2), (1, 2))]
    return labels, max(pairs)[1]


def _sides(vectors: Vectors) -> Labels:
    """Return 0 or 1: on which side of the middle along the axis of most variance."""
    from_middle = (vectors - vectors.mean(axis=0, dtype=float)).astype(float)
    # begun from the vector farthest out; each turn brings the axis nearer (power iteration)
    axis = from_middle[np.square(from_middle).sum(axis=1).argmax()][:, None]
    for _ in range(_TURNS):
        axis = product(from_middle.T, product(from_middle, axis))
        axis /= max(float(np.linalg.norm(axis)), 1e-12)
    return np.asarray(product(from_middle, axis)[:, 0] > 1e-9, np.intp)


def _settled(vectors: Vectors, labels: Labels) -> Labels:
    """Return the labels after every vector went to the nearest mean until none moves (Lloyd)."""
    for _ in range(_MOST_ROUNDS):
        means = _means(vectors, labels)
        distance = np.square(means).sum(axis=1) - 2 * vectors @ means.T
        moved = distance.argmin(axis=1)
        if np.array_equal(moved, labels) or len(np.unique(moved)) < len(means):
            break
        labels = moved
    return labels


def _means(vectors: Vectors, labels: Labels) -> NDArray[np.float64]:
    kinds = range(int(labels.max()) + 1)
    return np.stack([vectors[labels == kind].mean(axis=0, dtype=float) for kind in kinds])


def _spread(vectors: Vectors, labels: Labels) -> float:
    return float(np.square(vectors - _means(vectors, labels)[labels]).sum())
