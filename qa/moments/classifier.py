"""All moments' classifiers: networks whose mean decides, fitted on the bank and kept."""

from __future__ import annotations

import hashlib
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from qa.cache import cache_dir, written_whole
from qa.moments.features import Space, count_n_grams, make_space
from qa.moments.folds import FOLDS, fold_of
from qa.moments.judged import Judged
from qa.moments.network import Network, fit_network, in_use
from qa.moments.thresholds import Thresholds, calibration, find_thresholds, sigmoid
from qa.moments.training import (
    DOES,
    DOES_NOT,
    TrainingSet,
    apart,
    taught_texts,
    taught_together,
    training_sets,
)
from qa.moments.vectors import embed_cached
from qa.nouns import SPEAKERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from qa.moments.bank import Bank
    from qa.moments.encoders import Encoder

    Floats = NDArray[np.float32]

METHOD: Final = "networks-3"  # names what is kept: change it when fitting changes
# Examples count (negatives / positives) ** 0.3 as much as the others: at 0 recall is lost, at 1
# a moment's many strangers hardly count.
_BALANCE: Final = 0.3
_KEPT: Final = 4  # banks; 150 MB each
_MANY: Final = 5_000  # sentences, which take some seconds to learn
_AT_A_TIME: Final = 256  # sentences, whose n-grams' weights take 100 MB

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Classifiers:
    """All moments' classifiers: columns of `deciding` in the order of `names`.

    `meaning`, `wording` and `offset` lead to a hidden layer that moments share: those of several
    networks side by side, so that what is decided is the mean of theirs.
    """

    names: tuple[str, ...]
    space: Space
    meaning: Floats  # (d, hidden): weights of the embedding
    wording: NDArray[np.float16]  # (2 * N_GRAMS, hidden): weights of the n-grams
    offset: Floats  # (hidden,)
    deciding: Floats  # (hidden, moments)
    bias: Floats  # (moments,)
    calibration: Floats  # (moments, 2): slope and offset of Platt's sigmoid
    thresholds: Floats  # (moments, 2): uncertain, present

    def probabilities(self, texts: Sequence[str], vectors: Floats) -> Floats:
        """Return calibrated probabilities of shape (len(texts), moments)."""
        import numpy as np

        out = np.zeros((len(texts), len(self.names)), dtype=np.float32)
        for at in range(0, len(texts), _AT_A_TIME):
            some = slice(at, at + _AT_A_TIME)
            out[some] = self._some(texts[some], vectors[some])
        return out

    def _some(self, texts: Sequence[str], vectors: Floats) -> Floats:
        import numpy as np
        from scipy import sparse

        n_grams = self.space.n_grams(texts)
        used, places = in_use(n_grams.indices, n_grams.shape[1])
        few = sparse.csr_matrix((n_grams.data, places, n_grams.indptr), (len(texts), len(used)))
        hidden = self.space.place(vectors) @ self.meaning + self.offset
        hidden = np.maximum(hidden + few @ self.wording[used].astype(np.float32), 0)
        scores = hidden @ self.deciding + self.bias
        logits = scores * self.calibration[:, 0] + self.calibration[:, 1]
        return np.asarray(sigmoid(logits), dtype=np.float32)

    def limits(self, moment: int) -> Thresholds:
        uncertain, present = (float(limit) for limit in self.thresholds[moment])
        return Thresholds(uncertain, present)


def load_or_fit(bank: Bank, encoder: Encoder) -> Classifiers:
    """Return the classifiers of a bank, from the cache if the same data was fitted before."""
    return _load_or_fit(bank, encoder)[0]


def hold_out(bank: Bank, encoder: Encoder) -> tuple[Judged, ...]:
    """Return what cross-validation says of every moment's sentences, as kept from the fit.

    A sentence is judged by a network that has not learnt it or its like from its speaker, and by a
    sigmoid and limits that were found without its fold. Borderline sentences are not judged. What
    needs no labels - the space of sentences and n-grams - is that of the whole bank.
    """
    import numpy as np

    _, scores = _load_or_fit(bank, encoder)
    sets, out = training_sets(bank), []
    for known, own, folds in zip(sets, scores, _folds(sets), strict=True):
        for column, moment in enumerate(known.moments):
            labels = known.labels[:, column]
            probabilities = np.zeros(len(labels))
            present = np.zeros(len(labels), dtype=bool)
            for fold in range(FOLDS):
                held, rest = folds == fold, (folds != fold) & (labels != 0)
                slope, offset = calibration(own[rest, column], labels[rest])
                judged = sigmoid(own[:, column] * slope + offset)
                limit = find_thresholds(judged[rest], labels[rest] == DOES).present
                probabilities[held], present[held] = judged[held], judged[held] >= limit
            out += [
                Judged(
                    moment,
                    known.samples[row].text,
                    known.samples[row].language,
                    bool(labels[row] == DOES),
                    known.samples[row].does,
                    float(probabilities[row]),
                    bool(present[row]),
                )
                for row in np.flatnonzero(labels != 0)
            ]
    return tuple(out)


def _load_or_fit(bank: Bank, encoder: Encoder) -> tuple[Classifiers, list[Floats]]:
    import numpy as np

    key = hashlib.sha256(f"{METHOD}|{encoder.name}|{bank.lesson()}".encode()).hexdigest()
    path = cache_dir() / "moments" / f"{key[:32]}.npz"
    if path.exists():
        with suppress(OSError):  # a cache that may only be read
            os.utime(path)  # those not used for longest are forgotten
        with np.load(path, allow_pickle=False) as kept:
            space = Space(*(kept[field] for field in _SPACE))
            fitted = Classifiers(_names(bank), space, *(kept[field] for field in _ARRAYS))
            held_out = sorted(name for name in kept.files if name.startswith("held_out_"))
            return fitted, [kept[name] for name in held_out]
    fitted, scores = _fit_alike(training_sets(bank), encoder)
    with written_whole(path) as out:
        arrays: dict[str, Any] = {field: getattr(fitted.space, field) for field in _SPACE}
        arrays |= {field: getattr(fitted, field) for field in _ARRAYS}
        arrays |= {f"held_out_{at}": own for at, own in enumerate(scores)}
        np.savez(out, **arrays)
    _forget_old(path.parent)
    return fitted, scores


def _forget_old(folder: Path) -> None:
    """Remove all but what was used last: a bank that is edited is fitted many times."""
    last_first = sorted(folder.glob("*.npz"), key=lambda kept: -kept.stat().st_mtime)
    for old in last_first[_KEPT:]:
        old.unlink(missing_ok=True)


def _names(bank: Bank) -> tuple[str, ...]:
    """Return the moments in the order of the training sets, which take seconds to make."""
    return tuple(m.name for speaker in SPEAKERS for m in bank.moments if m.speaker == speaker)


_SPACE = ("centre", "rotation", "rarity")
_ARRAYS = ("meaning", "wording", "offset", "deciding", "bias", "calibration", "thresholds")


def fit(bank: Bank, encoder: Encoder) -> Classifiers:
    """Return the bank's classifiers; sigmoids and limits are from held-out folds."""
    return _fit_alike(training_sets(bank), encoder)[0]


def _fit_alike(sets: Sequence[TrainingSet], encoder: Encoder) -> tuple[Classifiers, list[Floats]]:
    """Return `_fit` as it is on any number of cores: sums over threads round differently."""
    # loaded before the limit is set: it holds for what is there
    import scipy.linalg  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        return _fit(sets, encoder)


def _fit(sets: Sequence[TrainingSet], encoder: Encoder) -> tuple[Classifiers, list[Floats]]:
    """Return the classifiers and, per training set, the held-out scores of its sentences."""
    import numpy as np

    texts = [text for known in sets for text in taught_texts(known)]
    if len(texts) > _MANY:
        _log.info("learning moments from %d texts, once for these examples", len(texts))
    vectors = embed_cached(texts, encoder)
    counted = count_n_grams(texts)
    space = make_space(counted, vectors)
    features, n_grams = space.place(vectors), space.weighed(counted)
    members, scores = _fit_folds(sets, _folds(sets), features, n_grams)
    columns = [
        (own[:, column], known.labels[:, column])
        for known, own in zip(sets, scores, strict=True)
        for column in range(len(known.moments))
    ]
    sigmoids = [calibration(own, labels) for own, labels in columns]
    limits = [
        find_thresholds(sigmoid(own[labels != 0] * slope + offset), (labels == DOES)[labels != 0])
        for (own, labels), (slope, offset) in zip(columns, sigmoids, strict=True)
    ]
    classifiers = Classifiers(
        names=tuple(name for known in sets for name in known.moments),
        space=space,
        meaning=np.hstack([each.meaning[:-1] for each in members]),
        wording=np.hstack([each.wording.astype(np.float16) for each in members]),
        offset=np.hstack([each.meaning[-1] for each in members]),
        deciding=np.vstack([each.deciding[:-1] for each in members]) / np.float32(len(members)),
        bias=np.mean([each.deciding[-1] for each in members], axis=0),
        calibration=np.array(sigmoids, dtype=np.float32),
        thresholds=np.array([(each.uncertain, each.present) for each in limits], dtype=np.float32),
    )
    return classifiers, scores


def _folds(sets: Sequence[TrainingSet]) -> list[NDArray[np.int64]]:
    return [
        fold_of([s.text for s in known.samples], [s.language for s in known.samples])
        for known in sets
    ]


def _fit_folds(
    sets: Sequence[TrainingSet],
    folds: Sequence[NDArray[np.int64]],
    features: Floats,
    n_grams: csr_matrix,
) -> tuple[list[Network], list[Floats]]:
    """Return a network for each fold, which has not seen it, and what each says of its fold.

    That is, per set, scores of the shape (samples, moments).
    """
    import numpy as np

    taught, labels = taught_together(sets)
    weights = _weights(labels)
    fold_of_sentence = np.concatenate(folds)
    fold = fold_of_sentence[taught]

    def without(held: int) -> Network:
        seen = np.flatnonzero(fold != held)
        return fit_network(features, n_grams, labels, weights, seen)

    with ThreadPoolExecutor(min(FOLDS, os.cpu_count() or 1)) as pool:
        members = list(pool.map(without, range(FOLDS)))
    _, as_written = np.unique(taught, return_index=True)  # first, before what may be misheard
    scores = np.zeros((len(fold_of_sentence), labels.shape[1]), dtype=np.float32)
    for held, network in enumerate(members):
        unseen = np.flatnonzero(fold_of_sentence == held)
        rows = as_written[unseen]
        scores[unseen] = network.scores(features[rows], n_grams[rows])
    return members, apart(sets, scores)


def _weights(labels: NDArray[np.int8]) -> Floats:
    import numpy as np

    does, does_not = (labels == DOES).sum(axis=0), (labels == DOES_NOT).sum(axis=0)
    rarer = (np.maximum(does_not, 1) / np.maximum(does, 1)) ** _BALANCE
    return np.asarray(np.where(labels == DOES, rarer, 1.0), dtype=np.float32)
