"""Whether the controlled network had settled at its target (Meulemans et al. 2021, released code)."""

import numpy as np

RESIDUAL = 1e-5
PROGRESS = 0.25
ROUNDING = 4
"""A distance of so many units of rounding is none: in float32 a target may lie closer than that from the start."""


def converged(
    first: np.ndarray, target: np.ndarray, last: np.ndarray, residual: np.ndarray, precision: str
) -> np.ndarray:
    """Which samples converged; arrays (..., n_L), the result (...) bool.

    ``first`` and ``last`` are the output at state 0 and at the end, ``residual`` what still drives the controller's
    integral (zero at its steady state). Converged means ||residual|| < 1e-5 ||first|| and
    ||target - last|| < 0.25 ||target - first||, the latter up to rounding in the ``precision`` of the simulation.
    """

    def norm(values):
        return np.linalg.norm(values.astype(float), axis=-1)

    with np.errstate(over="ignore", invalid="ignore"):
        rounding = ROUNDING * np.finfo(precision).eps * norm(first)
        settled = norm(residual) < RESIDUAL * norm(first)
        closer = norm(target - last) < np.maximum(PROGRESS * norm(target - first), rounding)
    return settled & closer
