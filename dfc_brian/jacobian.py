"""Derivatives of the network's output with respect to all voltages, sample by sample, as matrix products.

J_i = d r_L / d v_i at the feedforward point: J_L is the identity, as the output is linear, and
J_i = J_{i+1} W_{i+1} diag(phi'(v_i^-)) (Meulemans et al. 2021, section 3). J_bar = [J_1 ... J_L], Q_bar stacks Q_i.
"""

from collections.abc import Mapping

import numpy as np

from .feedforward import Feedforward

Weights = Mapping[str, np.ndarray]

ROWS = 320
"""Responses that are carried through all layers at a time: few enough for the cache, enough for matrix products."""


def jacobian(passed: Feedforward, weights: Weights) -> list[np.ndarray]:
    """J_1, ..., J_L, each (batch, n_L, n_i); that of the output is a read-only view of one identity matrix."""
    batch, n_output = passed.output.shape
    last = len(passed.activations)
    found = [np.broadcast_to(np.eye(n_output, dtype=passed.output.dtype), (batch, n_output, n_output))]
    for i in range(last - 1, 0, -1):
        slope, w = passed.slopes[i - 1][:, None, :], weights[f"w{i + 1}"]
        if i == last - 1:  # the same product for all samples
            found.append(w * slope)
        else:
            product = (found[-1].reshape(batch * n_output, -1) @ w).reshape(batch, n_output, -1)
            product *= slope
            found.append(product)
    return found[::-1]


def gram(jacobians: list[np.ndarray], scales=None) -> np.ndarray:
    """sum_i s_i J_i J_i^T, (batch, n_L, n_L); ``scales`` s_i, each (batch,) and by default one."""
    batch, n_output, _ = jacobians[-1].shape
    total = np.zeros((batch, n_output, n_output), jacobians[-1].dtype)
    for i, own in enumerate(jacobians):
        scale = 1 if scales is None else scales[i][:, None, None]
        if i < len(jacobians) - 1:
            product = own @ own.swapaxes(1, 2)
            product *= scale
            total += product
        else:
            total += own * scale
    return total


def below_output(passed: Feedforward, weights: Weights, controls: np.ndarray) -> np.ndarray:
    """Linear response of the last hidden layer's rates to constant controls that all samples share.

    Parameters
    ----------
    controls : (k, n_L), as many control signals u; layer i receives Q_i u

    Returns
    -------
    (batch, k, n_{L-1})
        With the response of the output itself, Q_L u + W_L times this, the columns of J_bar Q_bar arise without J_bar.
    """
    batch, count = len(passed.output), len(controls)
    drives = [controls @ weights[f"q{i}"].T for i in range(1, len(passed.activations))]
    found = np.empty((batch, count, drives[-1].shape[1]), drives[-1].dtype)
    together = max(1, ROWS // count)
    for start in range(0, batch, together):
        response = None
        for i, (drive, slope) in enumerate(zip(drives, passed.slopes, strict=True), start=1):
            slope = slope[start : start + together, None, :]
            if response is None:
                response = drive * slope
            else:
                rows = response.reshape(len(slope) * count, -1)
                response = (rows @ weights[f"w{i}"].T).reshape(len(slope), count, -1)
                response += drive
                response *= slope
        found[start : start + together] = response
    return found


def feedback_product(passed: Feedforward, weights: Weights) -> np.ndarray:
    """J_bar Q_bar, (batch, n_L, n_L): how each control signal moves each output, to first order."""
    batch, n_output = passed.output.shape
    last = len(passed.activations)
    q = weights[f"q{last}"]
    if last == 1:
        return np.broadcast_to(q, (batch, n_output, n_output)).copy()
    response = below_output(passed, weights, np.eye(n_output, dtype=q.dtype))
    product = (response.reshape(batch * n_output, -1) @ weights[f"w{last}"].T).reshape(batch, n_output, n_output)
    product += q.T
    return product.swapaxes(1, 2)


def solve(matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
    """x (batch, n) of A x = b, sample by sample, for A (batch, n, n) and b (batch, n); NaN if some A is singular."""
    return solve_all(matrices, right[..., None])[..., 0]


def solve_all(matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
    """X of A X = B for one or many A (..., n, n) and B (..., n, k); NaN if some A is singular."""
    try:
        return np.linalg.solve(matrices, right)
    except np.linalg.LinAlgError:
        return np.full_like(right, np.nan)
