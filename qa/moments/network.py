"""A small network: one hidden layer that all moments share, and a score for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_HIDDEN: Final = 256
_EPOCHS: Final = 8
_BATCH: Final = 512
_FEWEST_STEPS: Final = 400  # a small bank is gone through more often, in smaller batches
_SMALLEST_BATCH: Final = 16
_RATE: Final = 3e-3  # at its highest: it rises over the first tenth and falls to nothing
_RISE: Final = 0.1
_DECAY: Final = 0.05
_DROPPED: Final = 0.2, 0.4  # shares of the features, of the hidden layer
_MOMENTUM: Final = 0.9, 0.999
_SCALE: Final = 4.0  # of features of about length one: first steps are neither lost nor wild


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Weights, each with its intercepts as the last row."""

    first: Floats  # (d + 1, hidden)
    second: Floats  # (hidden + 1, m)

    def scores(self, features: Floats) -> Floats:
        """Return what it says of features (n, d): (n, m), above zero for yes."""
        import numpy as np

        hidden = np.maximum(features @ self.first[:-1] + self.first[-1], 0)
        return np.asarray(hidden @ self.second[:-1] + self.second[-1], dtype=np.float32)


def fit_network(
    features: Floats, labels: NDArray[np.int8], weights: Floats, seen: NDArray[np.int64]
) -> Network:
    """Return a network that has learnt the rows `seen`, the same each time.

    `features` is (n, d); `labels` is (n, m) of 1, -1 and 0, where 0 takes no part in that column;
    `weights` is (n, m). Minimises weight * log(1 + exp(-label * score)) over rows and columns by
    Adam with decoupled weight decay (Loshchilov and Hutter, 2019), while a share of the features
    and of the hidden layer is left out by chance (Srivastava et al., 2014). Intercepts decay too.
    """
    import numpy as np

    chance = np.random.default_rng(0)
    count, width, columns = len(seen), features.shape[1], labels.shape[1]
    batch = max(_SMALLEST_BATCH, min(_BATCH, count * _EPOCHS // _FEWEST_STEPS))
    a_time = -(-count // batch)
    steps = max(_EPOCHS, -(-_FEWEST_STEPS // a_time)) * a_time
    learnt = [_drawn(chance, width, _HIDDEN), _drawn(chance, _HIDDEN, columns)]
    means, squares = [np.zeros_like(w) for w in learnt], [np.zeros_like(w) for w in learnt]
    order = np.empty(0, dtype=np.int64)
    for step in range(steps):
        at = step % a_time
        if not at:
            order = seen[chance.permutation(count)]
        rows = order[at * batch : (at + 1) * batch]
        slopes = _slopes(learnt, features[rows], labels[rows], weights[rows], chance)
        rate = _RATE * _share(step / steps)
        for weight, slope, mean, square in zip(learnt, slopes, means, squares, strict=True):
            mean += (1 - _MOMENTUM[0]) * (slope - mean)
            square += (1 - _MOMENTUM[1]) * (slope * slope - square)
            unbiased = (1 - _MOMENTUM[1] ** (step + 1)) ** 0.5 / (1 - _MOMENTUM[0] ** (step + 1))
            weight -= rate * (unbiased * mean / (np.sqrt(square) + 1e-8) + _DECAY * weight)
    first, second = learnt
    first[:-1] *= _SCALE
    return Network(first, second)


def _drawn(chance: np.random.Generator, rows: int, columns: int) -> Floats:
    """Return weights to begin with, uniform within one by the root of what comes in."""
    import numpy as np

    drawn = chance.random((rows + 1, columns), dtype=np.float32)
    return np.asarray((2 * drawn - 1) / rows**0.5, dtype=np.float32)


def _slopes(
    learnt: list[Floats],
    features: Floats,
    labels: NDArray[np.int8],
    weights: Floats,
    chance: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Return how the loss of some rows changes with the weights."""
    import numpy as np

    first, second = learnt
    given = features * _SCALE * _kept(chance, features.shape, _DROPPED[0])
    before = given @ first[:-1] + first[-1]
    kept = _kept(chance, before.shape, _DROPPED[1]) * (before > 0)
    hidden = before * kept
    margins = (hidden @ second[:-1] + second[-1]) * labels
    # -label * sigmoid(-margin), and 0 where nothing is told
    pull = weights * labels * (0.5 * np.tanh(0.5 * margins) - 0.5) / len(labels)
    back = (pull @ second[:-1].T) * kept
    return (
        np.vstack([given.T @ back, back.sum(axis=0)]),
        np.vstack([hidden.T @ pull, pull.sum(axis=0)]),
    )


def _kept(chance: np.random.Generator, shape: tuple[int, ...], dropped: float) -> Floats:
    """Return 0 for what is left out, and for the rest what keeps the sum as it was."""
    import numpy as np

    stays = chance.random(shape, dtype=np.float32) >= dropped
    return stays.astype(np.float32) / np.float32(1 - dropped)


def _share(done: float) -> float:
    """Return the rate's share of its highest: a line up, half a cosine down."""
    from math import cos, pi

    if done < _RISE:
        return (done + 1e-3) / (_RISE + 1e-3)
    return 0.5 + 0.5 * cos(pi * (done - _RISE) / (1 - _RISE))
