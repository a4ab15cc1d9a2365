"""One small calibrated classifier per moment, fitted on the bank, cached by content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.cache import cache_dir, written_whole
from qa.moments.features import embed_cached, features
from qa.moments.training import Labelled, training_set, variants
from qa.nouns import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qa.moments.bank import Bank, MomentBank
    from qa.moments.encoders import Encoder

_METHOD = "logistic-3"  # part of the cache key: change it when fitting changes
_FOLDS = 5
_C = 10.0
# Precision first: a sentence is "present" from the probability at which nine of ten held-out
# sentences above it are right; below even odds it is not a candidate at all.
_WANTED_PRECISION = 0.9
_LEAST_PRESENT = 0.5
_MOST_PRESENT = 0.9
_UNCERTAIN_SHARE = 0.7  # the band below `present` that goes to a person


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a moment is uncertain, and from which it is present."""

    uncertain: float
    present: float


@dataclass(frozen=True, slots=True, eq=False)
class Classifiers:
    """All moments' classifiers: rows of `weights` in the order of `names`."""

    names: tuple[str, ...]
    centre: NDArray[np.float32]  # (d,)
    weights: NDArray[np.float32]  # (moments, d + N_GRAMS)
    bias: NDArray[np.float32]  # (moments,)
    calibration: NDArray[np.float32]  # (moments, 2): slope and offset of Platt's sigmoid
    thresholds: NDArray[np.float32]  # (moments, 2): uncertain, present

    def probabilities(
        self, texts: Sequence[str], vectors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return calibrated probabilities of shape (len(texts), moments)."""
        import numpy as np

        scores = features(texts, vectors, self.centre) @ self.weights.T + self.bias
        logits = scores * self.calibration[:, 0] + self.calibration[:, 1]
        return np.asarray(_sigmoid(logits), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Cross-validated decisions on one moment's training set."""

    moment: str
    sentences: tuple[Labelled, ...]
    probabilities: NDArray[np.float64]
    thresholds: Thresholds


def load_or_fit(bank: Bank, encoder: Encoder) -> Classifiers:
    """Return the classifiers of a bank, from the cache if the same data was fitted before."""
    import numpy as np

    key = hashlib.sha256(f"{_METHOD}|{encoder.name}|{bank.digest()}".encode()).hexdigest()
    path = cache_dir() / "moments" / f"{key[:32]}.npz"
    names = tuple(moment.name for moment in bank.moments)
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            return Classifiers(names, *(kept[field] for field in _ARRAYS))
    fitted = fit(bank, encoder)
    with written_whole(path) as out:
        np.savez(out, **{field: getattr(fitted, field) for field in _ARRAYS})
    return fitted


_ARRAYS = ("centre", "weights", "bias", "calibration", "thresholds")


def fit(bank: Bank, encoder: Encoder) -> Classifiers:
    """Return classifiers fitted on all of the bank, thresholds from held-out folds."""
    import numpy as np

    vectors = _vectors(bank, encoder)
    centre = _centre(vectors)
    rows = [_fit_moment(moment, bank, vectors, centre) for moment in bank.moments]
    return Classifiers(
        names=tuple(moment.name for moment in bank.moments),
        centre=centre,
        weights=np.stack([row[0] for row in rows]),
        bias=np.array([row[1] for row in rows], dtype=np.float32),
        calibration=np.array([row[2] for row in rows], dtype=np.float32),
        thresholds=np.array([row[3] for row in rows], dtype=np.float32),
    )


def hold_out(bank: Bank, encoder: Encoder) -> tuple[HeldOut, ...]:
    """Return cross-validated probabilities for every moment of a bank."""
    vectors = _vectors(bank, encoder)
    centre = _centre(vectors)
    out = []
    for moment in bank.moments:
        sentences = training_set(moment, bank)
        scores = _held_out_scores(sentences, vectors, centre)
        slope, offset = _platt(scores, sentences)
        probabilities = _sigmoid(scores * slope + offset)
        out.append(
            HeldOut(moment.name, sentences, probabilities, _thresholds(probabilities, sentences))
        )
    return tuple(out)


def _vectors(bank: Bank, encoder: Encoder) -> dict[str, NDArray[np.float32]]:
    texts = sorted(
        {
            variant.text
            for moment in bank.moments
            for labelled in training_set(moment, bank)
            for variant in variants(labelled)
        }
    )
    return dict(zip(texts, embed_cached(texts, encoder), strict=True))


def _centre(vectors: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    import numpy as np

    return np.asarray(np.mean(np.stack(list(vectors.values())), axis=0), dtype=np.float32)


def _fit_moment(
    moment: MomentBank,
    bank: Bank,
    vectors: dict[str, NDArray[np.float32]],
    centre: NDArray[np.float32],
) -> tuple[NDArray[np.float32], float, tuple[float, float], tuple[float, float]]:
    import numpy as np

    sentences = training_set(moment, bank)
    scores = _held_out_scores(sentences, vectors, centre)
    slope, offset = _platt(scores, sentences)
    limits = _thresholds(_sigmoid(scores * slope + offset), sentences)
    model = _train([v for s in sentences for v in variants(s)], vectors, centre)
    return (
        np.asarray(model.coef_[0], dtype=np.float32),
        float(model.intercept_[0]),
        (slope, offset),
        (limits.uncertain, limits.present),
    )


def _held_out_scores(
    sentences: Sequence[Labelled],
    vectors: dict[str, NDArray[np.float32]],
    centre: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return each sentence's score by a classifier that has not seen it.

    Folds are stratified by language and label; a sentence and its variants share a fold.
    """
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    strata = [LANGUAGES.index(s.language) * 2 + s.does for s in sentences]
    groups = [s.group for s in sentences]
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    scores = np.zeros(len(sentences))
    for seen, unseen in folds.split(np.zeros(len(sentences)), strata, groups):
        model = _train([v for i in seen for v in variants(sentences[i])], vectors, centre)
        held = [sentences[i] for i in unseen]
        scores[unseen] = model.decision_function(_features(held, vectors, centre))
    return scores


def _train(
    sentences: Sequence[Labelled],
    vectors: dict[str, NDArray[np.float32]],
    centre: NDArray[np.float32],
) -> Any:  # noqa: ANN401 - untyped library
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=_C, class_weight="balanced", solver="liblinear", random_state=0, max_iter=200
    )
    return model.fit(_features(sentences, vectors, centre), [s.does for s in sentences])


def _features(
    sentences: Sequence[Labelled],
    vectors: dict[str, NDArray[np.float32]],
    centre: NDArray[np.float32],
) -> Any:  # noqa: ANN401 - untyped library
    import numpy as np

    texts = [s.text for s in sentences]
    return features(texts, np.stack([vectors[text] for text in texts]), centre)


def _platt(scores: NDArray[np.float64], sentences: Sequence[Labelled]) -> tuple[float, float]:
    """Return slope and offset of the sigmoid that makes scores probabilities (Platt, 1999)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e3).fit(scores.reshape(-1, 1), [s.does for s in sentences])
    return float(model.coef_[0][0]), float(model.intercept_[0])


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits))  # is 1 / (1 + exp(-x)), overflows never


def _thresholds(probabilities: NDArray[np.float64], sentences: Sequence[Labelled]) -> Thresholds:
    """Return the limits for one moment from held-out probabilities.

    `present` is the lowest probability from which on the held-out precision stays at 0.9,
    between 0.5 and 0.9; `uncertain` is a fixed share of it.
    """
    # of equal probabilities, wrong ones first: a limit takes all of them or none
    ranked = sorted(
        zip(probabilities, (s.does for s in sentences), strict=True), key=lambda r: (-r[0], r[1])
    )
    present, right = _MOST_PRESENT, 0
    for rank, (probability, does) in enumerate(ranked, start=1):
        right += does
        if probability < _LEAST_PRESENT:
            break
        if right / rank >= _WANTED_PRECISION:
            present = float(probability)
    present = min(_MOST_PRESENT, max(_LEAST_PRESENT, present))
    return Thresholds(uncertain=present * _UNCERTAIN_SHARE, present=present)
