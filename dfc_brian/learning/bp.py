"""Backpropagation of errors: the true gradient of the loss, which is not clipped."""

from collections.abc import Mapping

import numpy as np

from ..feedforward import Feedforward, loss_gradient
from ..recipe import Recipe
from .analytic import AnalyticLearner


def updates(
    passed: Feedforward, weights: Mapping[str, np.ndarray], wanted: np.ndarray, recipe: Recipe
) -> dict[str, np.ndarray]:
    """``w<i>``, ``b<i>``: half the descent of the loss, so that gradient = -2 * update as in all methods."""
    delta = -0.5 * loss_gradient(recipe.network.loss, passed.output, wanted)
    found = {}
    for i in range(len(passed.activations), 0, -1):
        found |= {f"w{i}": delta.T @ passed.rates[i - 1], f"b{i}": delta.sum(0)}
        if i > 1:
            delta = delta @ weights[f"w{i}"]
            delta *= passed.slopes[i - 2]
    return found


class Learner(AnalyticLearner):
    """A `dfc_brian.learning.Learner` by these updates."""

    updates = staticmethod(updates)
    clips = False
