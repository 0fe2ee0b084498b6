"""Minimum-norm change of the voltages that moves the output down the loss (Meulemans et al. 2021, section 3)."""

from collections.abc import Mapping

import numpy as np

from ..feedforward import Feedforward, loss_gradient
from ..jacobian import gram, jacobian, solve
from ..recipe import Recipe
from . import rule
from .analytic import AnalyticLearner
from .settled import check_neuron


def updates(
    passed: Feedforward, weights: Mapping[str, np.ndarray], wanted: np.ndarray, recipe: Recipe
) -> dict[str, np.ndarray]:
    """``w<i>``, ``b<i>``: -1/2 of what the recipe's rule makes of Delta v = J^T (J J^T + gamma I)^-1 dLoss/dr_L.

    The soma stands at v_i^- + Delta v_i, the basal dendrite at v_i^-, presynaptic rates are those without feedback;
    gamma is ``learning.damping``. The rule voltage_difference gives Delta v_i r_{i-1}^-^T itself. There is no nudge:
    Delta v is the whole gradient's, and goes up the loss, as in the released code, before the sign is turned.
    """
    check_neuron(recipe)
    jacobians = jacobian(passed, weights)
    system = gram(jacobians)
    system += recipe.learning.damping * np.eye(system.shape[-1], dtype=system.dtype)
    change = solve(system, loss_gradient(recipe.network.loss, passed.output, wanted))
    found = {}
    for i, (own, resting) in enumerate(zip(jacobians, passed.voltages, strict=True), start=1):
        soma = resting + np.einsum("bki,bk->bi", own, change)
        found |= rule.updates(recipe, i, weights, soma, resting, passed.rates[i - 1], resting)
    return {name: -0.5 * value for name, value in found.items()}


class Learner(AnalyticLearner):
    """A `dfc_brian.learning.Learner` by these updates."""

    updates = staticmethod(updates)
