"""Whether the controlled network had settled at its target (Meulemans et al. 2021, released code)."""

import numpy as np

RESIDUAL = 1e-5
PROGRESS = 0.25


def converged(first: np.ndarray, target: np.ndarray, last: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """Which samples converged; all arguments (..., n_L), the result (...) bool.

    ``first`` and ``last`` are the output at state 0 and at the end, ``residual`` what still drives the controller's
    integral (zero at its steady state). Converged means ||residual|| < 1e-5 ||first|| and
    ||target - last|| < 0.25 ||target - first||.
    """
    norm = np.linalg.norm
    with np.errstate(invalid="ignore"):
        settled = norm(residual, axis=-1) < RESIDUAL * norm(first, axis=-1)
        closer = norm(target - last, axis=-1) < PROGRESS * norm(target - first, axis=-1)
    return settled & closer
