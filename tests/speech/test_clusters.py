"""Groups of vectors: against trying every way to part them, and laws."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.speech.clusters import in_three, in_two, local_means

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cloud(
    *middles: tuple[float, float], count: int = 4, width: float = 0.05
) -> NDArray[np.float32]:
    chance = np.random.default_rng(3)
    points = [np.array(m) + chance.normal(0, width, (count, 2)) for m in middles]
    return np.concatenate(points).astype(np.float32)


def spread(vectors: NDArray[np.float32], labels: NDArray[np.intp]) -> float:
    kinds = [vectors[labels == kind] for kind in np.unique(labels)]
    return float(sum(np.square(own - own.mean(axis=0)).sum() for own in kinds))


def test_two_clouds_are_two_groups() -> None:
    labels = in_two(cloud((0, 0), (1, 1)))
    assert len(set(labels[:4])) == len(set(labels[4:])) == 1
    assert labels[0] != labels[4]


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.floats(0.6, 3), st.floats(0, 6.28), st.integers(2, 5))
def test_two_groups_fit_as_closely_as_any_two(apart: float, turned: float, count: int) -> None:
    vectors = cloud((0, 0), (apart * np.cos(turned), apart * np.sin(turned)), count=count)
    ways = (np.array(way) for way in product((0, 1), repeat=len(vectors)) if sum(way) > 0)
    best = min(spread(vectors, way) for way in ways if len(np.unique(way)) == 2)
    assert spread(vectors, in_two(vectors)) == pytest.approx(best)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_three_clouds_are_three_groups_and_the_nearest_two_are_named(
    order: tuple[int, ...],
) -> None:
    # directions: the first two clouds are 20 degrees apart, the third is far from both
    degrees = np.radians([0, 20, 90])
    middles = [(float(np.cos(degrees[at])), float(np.sin(degrees[at]))) for at in order]
    labels, near = in_three(cloud(*middles, width=0.01))
    assert labels is not None
    groups = [set(labels[at : at + 4].tolist()) for at in (0, 4, 8)]
    assert [len(group) for group in groups] == [1, 1, 1]
    assert len(set.union(*groups)) == 3
    nearest = {
        label for at, group in zip(order, groups, strict=True) if at in (0, 1) for label in group
    }
    assert set(near) == nearest


@pytest.mark.parametrize("vectors", [np.ones((1, 2)), np.ones((2, 2)), np.ones((7, 2))])
def test_vectors_that_are_all_alike_are_no_three_groups(vectors: NDArray[np.float64]) -> None:
    assert in_three(vectors.astype(np.float32))[0] is None
    assert set(in_two(vectors.astype(np.float32)).tolist()) == {0}


def test_a_vector_is_steadied_by_its_group_within_reach() -> None:
    vectors = np.eye(4, dtype=np.float32)
    # 0 and 1 are 1.5 s apart, 2 is out of reach of 0, 3 of another group
    steady = local_means(vectors, np.array([0, 1_500, 1_600, 1_700]), np.array([0, 0, 0, 1]))
    half, third = 1 / np.sqrt(2), 1 / np.sqrt(3)
    expected = [[half, half, 0, 0], [third, third, third, 0], [0, half, half, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(steady, expected, atol=1e-6)
