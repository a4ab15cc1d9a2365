"""From scores to decisions: Platt's sigmoid, and the limits of "uncertain" and "present"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Precision first: `present` is where F with precision counting double is highest, `uncertain` where
# F with recall counting double is (van Rijsbergen's F-beta: recall counts beta squared times).
_SURE: Final = 0.5**0.5
_CAUTIOUS: Final = 2.0**0.5
_LEAST_PRESENT: Final = 0.3
_MOST_PRESENT: Final = 0.9


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which a moment is uncertain, and from which it is present."""

    uncertain: float
    present: float


def sigmoid(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return 1 / (1 + exp(-x)) without overflow."""
    import numpy as np

    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits))


def calibration(scores: NDArray[np.floating], labels: NDArray[np.int8]) -> tuple[float, float]:
    """Return slope and offset of the sigmoid that makes scores probabilities (Platt, 1999).

    Scores with label 0 are left out; without both kinds of label the scores are logits already.
    """
    from sklearn.linear_model import LogisticRegression

    told = labels != 0
    if len(set(labels[told].tolist())) < 2:
        return 1.0, 0.0
    model = LogisticRegression(C=1e3).fit(scores[told].reshape(-1, 1), labels[told] > 0)
    return float(model.coef_[0][0]), float(model.intercept_[0])


def find_thresholds(probabilities: NDArray[np.floating], does: NDArray[np.bool_]) -> Thresholds:
    """Return the limits of one moment from held-out probabilities and the truth."""
    present = min(_MOST_PRESENT, max(_LEAST_PRESENT, _best(probabilities, does, _SURE)))
    uncertain = min(present, _best(probabilities, does, _CAUTIOUS))
    return Thresholds(uncertain, present)


def _best(probabilities: NDArray[np.floating], does: NDArray[np.bool_], beta: float) -> float:
    """Return the limit with the highest F-beta; of equal ones the highest; 0.5 without examples."""
    import numpy as np

    wanted = int(does.sum())
    if not wanted:
        return 0.5
    order = np.lexsort((does, -probabilities))  # of equal probabilities, wrong ones first
    right = np.cumsum(does[order])
    said = np.arange(1, len(order) + 1)
    scores = (1 + beta**2) * right / (said + beta**2 * wanted)
    return float(probabilities[order][int(scores.argmax())])
