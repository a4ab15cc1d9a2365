"""Logistic regressions side by side: one per moment over the same sentences.

The regressions share nothing but the matrix of features. Fitted one by one, that matrix is read
anew for each of them; together, it is one product for all (ARCHITECTURE, "Moments").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_ROUNDS: Final = 60
_TOLERANCE: Final = 1e-5


def fit_logistic(features: Floats, labels: NDArray[np.int8], weights: Floats, c: float) -> Floats:
    """Return coefficients of shape (d + 1, m), the last row being the intercepts.

    `features` is (n, d); `labels` is (n, m) of 1, -1 and 0, where 0 takes no part in that column;
    `weights` is (n, m). Minimises c * sum(weight * log(1 + exp(-label * score))) + |w|^2 / 2 for
    each column, intercepts unpunished, by L-BFGS from zero: the same input, the same output.
    """
    import numpy as np
    from scipy.optimize import minimize

    rows = np.hstack([features, np.ones((len(features), 1), dtype=np.float32)])
    signs = labels.astype(np.float32)
    counted = np.where(labels != 0, weights, 0).astype(np.float32)
    shape = (rows.shape[1], labels.shape[1])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        coefficients = flat.reshape(shape).astype(np.float32)
        margins = (rows @ coefficients) * signs
        punished = coefficients.copy()
        punished[-1] = 0
        total = c * float((counted * np.logaddexp(0, -margins)).sum(dtype=np.float64))
        total += float((punished * punished).sum(dtype=np.float64)) / 2
        pull = counted * signs * (np.tanh(margins / 2) - 1) / 2  # -sigmoid(-margin), signed
        slope = c * (rows.T @ pull) + punished
        return total, slope.astype(np.float64).ravel()

    found = minimize(
        loss,
        np.zeros(shape[0] * shape[1]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ROUNDS, "maxcor": 5, "ftol": _TOLERANCE},
    )
    return np.asarray(found.x.reshape(shape), dtype=np.float32)
