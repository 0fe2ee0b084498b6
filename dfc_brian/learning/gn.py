"""Gauss-Newton change of the weights: the least change that moves the output of a sample down the loss.

Per sample J_W^T (J_W J_W^T + gamma I)^-1 dLoss/dr_L, with J_W the derivatives of the output with respect to all
weights and biases (Meulemans et al. 2021, section 3). As d v_i/d W_i is r_{i-1}, this needs no more than
K = sum_i J_i J_i^T (||r_{i-1}^-||^2 + 1) + gamma I.
"""

from collections.abc import Mapping

import numpy as np

from ..feedforward import Feedforward, loss_gradient
from ..jacobian import gram, jacobian, solve
from ..recipe import Recipe
from .analytic import AnalyticLearner


def updates(
    passed: Feedforward, weights: Mapping[str, np.ndarray], wanted: np.ndarray, recipe: Recipe
) -> dict[str, np.ndarray]:
    """``w<i>``, ``b<i>``: -1/2 of the mean over samples of (J_i^T K^-1 dLoss/dr_L) r_{i-1}^-^T.

    gamma is ``learning.damping``.
    """
    jacobians = jacobian(passed, weights)
    system = gram(jacobians, [np.einsum("bi,bi->b", rate, rate) + 1 for rate in passed.rates[:-1]])
    system += recipe.learning.damping * np.eye(system.shape[-1], dtype=system.dtype)
    change = solve(system, loss_gradient(recipe.network.loss, passed.output, wanted) * (-0.5 / len(wanted)))
    found = {}
    for i, (own, below) in enumerate(zip(jacobians, passed.rates, strict=False), start=1):
        delta = np.einsum("bki,bk->bi", own, change)
        found |= {f"w{i}": delta.T @ below, f"b{i}": delta.sum(0)}
    return found


class Learner(AnalyticLearner):
    """A `dfc_brian.learning.Learner` by these updates."""

    updates = staticmethod(updates)
