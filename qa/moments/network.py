"""A small network: one hidden layer that all moments share, and a score for each of them.

It learns the weights of the embedding and those of every n-gram together. N-grams are looked up,
not multiplied out: a sentence has some 150 of 65,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float32]

_HIDDEN: Final = 256
_EPOCHS: Final = 6
_BATCH: Final = 512
_FEWEST_STEPS: Final = 400  # a small bank is gone through more often, in smaller batches
_SMALLEST_BATCH: Final = 16
_RATE: Final = 5e-3  # at its highest: it rises over the first tenth and falls to nothing
_RATE_OF_N_GRAMS: Final = 0.03  # likewise
_RISE: Final = 0.1
_DECAY: Final = 0.05
# Shares of the embedding, of the n-grams, of the hidden layer. So many n-grams that none is relied
# on, and so few left that fitting takes half the time.
_DROPPED: Final = 0.2, 0.7, 0.4
_MOMENTUM: Final = 0.9, 0.999
_SCALE: Final = 4.0  # of features of about length one: first steps are neither lost nor wild


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Weights; those of the embedding and of the hidden layer with intercepts as the last row."""

    meaning: Floats  # (d + 1, hidden)
    wording: Floats  # (n-grams, hidden)
    deciding: Floats  # (hidden + 1, m)

    def scores(self, features: Floats, n_grams: csr_matrix) -> Floats:
        """Return what it says of embeddings (n, d) and n-grams (n, g): (n, m), above zero: yes."""
        import numpy as np

        before = features @ self.meaning[:-1] + self.meaning[-1] + n_grams @ self.wording
        scores = np.maximum(before, 0) @ self.deciding[:-1] + self.deciding[-1]
        return np.asarray(scores, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Some sentences, with what was left out by chance taken out."""

    features: Floats  # (n, d)
    n_grams: csr_matrix  # (n, k): of those that are left
    columns: NDArray[np.int64]  # (k,): which those are
    hidden: Floats  # (n, hidden): what the hidden layer is multiplied by
    labels: NDArray[np.int8]  # (n, m)
    weights: Floats  # (n, m)


def fit_network(
    features: Floats,
    n_grams: csr_matrix,
    labels: NDArray[np.int8],
    weights: Floats,
    seen: NDArray[np.int64],
) -> Network:
    """Return a network that has learnt the rows `seen`, the same each time.

    `features` is (n, d), `n_grams` (n, g); `labels` is (n, m) of 1, -1 and 0, where 0 takes no part
    in that column; `weights` is (n, m). Minimises weight * log(1 + exp(-label * score)) over rows
    and columns, while shares of the features, of the n-grams and of the hidden layer are left out
    by chance (Srivastava et al., 2014): by Adam with decoupled weight decay (Loshchilov and Hutter,
    2019), the n-grams' weights by Adagrad (Duchi et al., 2011) with one sum of squares per n-gram,
    since most n-grams are not in a batch. Intercepts decay too.
    """
    import numpy as np

    chance = np.random.default_rng(0)
    count, width, columns = len(seen), features.shape[1], labels.shape[1]
    size = max(_SMALLEST_BATCH, min(_BATCH, count * _EPOCHS // _FEWEST_STEPS))
    a_time = -(-count // size)
    steps = max(_EPOCHS, -(-_FEWEST_STEPS // a_time)) * a_time
    learnt = [_drawn(chance, width, _HIDDEN), _drawn(chance, _HIDDEN, columns)]
    means, squares = [np.zeros_like(w) for w in learnt], [np.zeros_like(w) for w in learnt]
    wording = np.zeros((n_grams.shape[1], _HIDDEN), dtype=np.float32)
    pulled = np.zeros(n_grams.shape[1], dtype=np.float32)  # mean squares of slopes, summed
    order = np.empty(0, dtype=np.int64)
    for step in range(steps):
        at = step % a_time
        if not at:
            order = seen[chance.permutation(count)]
        rows = order[at * size : (at + 1) * size]
        batch = _batch(features[rows], n_grams[rows], labels[rows], weights[rows], chance)
        words = wording[batch.columns]
        of_words, *slopes = _slopes(words, learnt, batch)
        share = _share(step / steps)
        for weight, slope, mean, square in zip(learnt, slopes, means, squares, strict=True):
            mean += (1 - _MOMENTUM[0]) * (slope - mean)
            square += (1 - _MOMENTUM[1]) * (slope * slope - square)
            unbiased = (1 - _MOMENTUM[1] ** (step + 1)) ** 0.5 / (1 - _MOMENTUM[0] ** (step + 1))
            moves = unbiased * mean / (np.sqrt(square) + 1e-8) + _DECAY * weight
            weight -= _RATE * share * moves
        pulled[batch.columns] += np.einsum("ij,ij->i", of_words, of_words) / _HIDDEN
        rates = _RATE_OF_N_GRAMS * share / (np.sqrt(pulled[batch.columns]) + 1e-10)
        wording[batch.columns] = words - of_words * rates[:, None].astype(np.float32)
    meaning, deciding = learnt
    meaning[:-1] *= _SCALE
    wording *= _SCALE
    return Network(meaning, wording, deciding)


def _drawn(chance: np.random.Generator, rows: int, columns: int) -> Floats:
    """Return weights to begin with, uniform within one by the root of what comes in."""
    import numpy as np

    drawn = chance.random((rows + 1, columns), dtype=np.float32)
    return np.asarray((2 * drawn - 1) / rows**0.5, dtype=np.float32)


def _batch(
    features: Floats,
    n_grams: csr_matrix,
    labels: NDArray[np.int8],
    weights: Floats,
    chance: np.random.Generator,
) -> _Batch:
    import numpy as np
    from scipy import sparse

    count, width = features.shape
    left = _kept(chance, n_grams.data.shape, _DROPPED[1])
    stays = left > 0
    row_ends = np.concatenate([[0], np.cumsum(stays)])[n_grams.indptr]
    columns, places = in_use(n_grams.indices[stays], n_grams.shape[1])
    values = n_grams.data[stays] * left[stays] * np.float32(_SCALE)
    few = sparse.csr_matrix((values, places, row_ends), shape=(count, len(columns)))
    return _Batch(
        features * _SCALE * _kept(chance, (count, width), _DROPPED[0]),
        few,
        columns,
        _kept(chance, (count, _HIDDEN), _DROPPED[2]),
        labels,
        weights,
    )


def in_use(places: NDArray[np.int32], width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which of `width` columns stand in `places`, in order, and each place among those."""
    import numpy as np

    there = np.zeros(width, dtype=bool)
    there[places] = True
    return np.flatnonzero(there), np.cumsum(there)[places] - 1


def _slopes(wording: Floats, learnt: list[Floats], batch: _Batch) -> tuple[Floats, Floats, Floats]:
    """Return how the loss of a batch changes with its n-grams' weights, and with the others."""
    import numpy as np

    meaning, deciding = learnt
    before = batch.features @ meaning[:-1] + meaning[-1] + batch.n_grams @ wording
    kept = batch.hidden * (before > 0)
    hidden = before * kept
    margins = (hidden @ deciding[:-1] + deciding[-1]) * batch.labels
    # -label * sigmoid(-margin), and 0 where nothing is told
    pull = batch.weights * batch.labels * (0.5 * np.tanh(0.5 * margins) - 0.5) / len(batch.labels)
    back = (pull @ deciding[:-1].T) * kept
    return (
        np.asarray(batch.n_grams.T @ back),
        np.vstack([batch.features.T @ back, back.sum(axis=0)]),
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
