"""Direct feedback alignment (Nokland 2016), as Meulemans et al. (2021) run it: the output error through fixed Q_i."""

from collections.abc import Mapping

import numpy as np

from ..feedforward import Feedforward, output_error
from ..recipe import Recipe
from .analytic import AnalyticLearner


def updates(
    passed: Feedforward, weights: Mapping[str, np.ndarray], wanted: np.ndarray, recipe: Recipe
) -> dict[str, np.ndarray]:
    """``w<i>``, ``b<i>``: mean over samples of phi'(v_i^-) Q_i (r_L* - r_L^-) r_{i-1}^-^T; the error itself for i = L.

    The nudge and the 1/batch of the loss are in the error, so that Adam's epsilon acts on their scale.
    """
    error = output_error(recipe, passed.output, wanted) * (1 / len(wanted))
    found = {}
    for i, below in enumerate(passed.rates[:-1], start=1):
        if i == len(passed.activations):
            delta = error
        else:
            delta = error @ weights[f"q{i}"].T
            delta *= passed.slopes[i - 1]
        found |= {f"w{i}": delta.T @ below, f"b{i}": delta.sum(0)}
    return found


class Learner(AnalyticLearner):
    """A `dfc_brian.learning.Learner` by these updates."""

    updates = staticmethod(updates)
