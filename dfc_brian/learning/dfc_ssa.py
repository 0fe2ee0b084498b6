"""Deep Feedback Control at its steady state, computed without simulation (Meulemans et al. 2021, "DFC-SSA").

u = (J_bar Q_bar + alpha I)^-1 (r_L* - r_L^-), to first order; then the network is swept once more, layer by layer,
with the feedback Q_i u that this control evokes, and the plasticity rule sees the state that results.
"""

from collections.abc import Mapping

import numpy as np

from ..feedforward import ACTIVATIONS, Feedforward, output_error
from ..jacobian import below_output, feedback_product, solve, solve_all
from ..recipe import Recipe
from . import rule
from .analytic import AnalyticLearner
from .settled import check_neuron, steady_leak

Weights = Mapping[str, np.ndarray]


def control(passed: Feedforward, weights: Weights, error: np.ndarray, leak: float) -> np.ndarray:
    """u_ss (batch, n_L) for the output error r_L* - r_L^- (batch, n_L).

    Where the last hidden layer has fewer units than the output, as in an autoencoder, the n_L equations of a sample
    are reduced to n_{L-1}: with A = Q_L + alpha I and J_bar Q_bar = Q_L + W_L R, R u being the response of the last
    hidden layer, u = A^-1 (error - W_L s), where s = R u solves (I + R A^-1 W_L) s = R A^-1 error.
    """
    last, n_output = len(passed.activations), error.shape[1]
    n_below, identity = weights[f"w{last}"].shape[1], np.eye(n_output, dtype=error.dtype)
    if last == 1 or n_below >= n_output:
        return solve(feedback_product(passed, weights) + leak * identity, error)
    columns = np.concatenate([weights[f"w{last}"], error.T], axis=1)
    columns = solve_all(weights[f"q{last}"] + leak * identity, columns)
    path, direct = columns[:, :n_below], columns[:, n_below:]
    system = below_output(passed, weights, path.T).swapaxes(1, 2)
    np.einsum("bii->bi", system)[...] += 1
    reduced = solve(system, _each_below(passed, weights, direct.T))
    return direct.T - reduced @ path.T


def _each_below(passed: Feedforward, weights: Weights, controls: np.ndarray) -> np.ndarray:
    """Linear response (batch, n_{L-1}) of the last hidden layer's rates, each sample with a control of its own."""
    response = 0.0
    for i, slope in enumerate(passed.slopes, start=1):
        drive = controls @ weights[f"q{i}"].T
        response = slope * (drive if i == 1 else drive + response @ weights[f"w{i}"].T)
    return response


def steady_state(passed: Feedforward, weights: Weights, u: np.ndarray) -> tuple[list, list, list]:
    """The sweep under control u (batch, n_L): soma v_i, basal dendrite v_i^ff, and rate r_i, of layers 1 to L."""
    somas, basals, rates = [], [], []
    for i, activation in enumerate(passed.activations, start=1):
        basal = passed.voltages[0] if i == 1 else rates[-1] @ weights[f"w{i}"].T + weights[f"b{i}"]
        somas.append(basal + u @ weights[f"q{i}"].T)
        basals.append(basal)
        rates.append(ACTIVATIONS[activation](somas[-1]))
    return somas, basals, rates


def updates(passed: Feedforward, weights: Weights, wanted: np.ndarray, recipe: Recipe) -> dict[str, np.ndarray]:
    """``w<i>``, ``b<i>``: what the recipe's rule gives at the steady state, the mean over samples."""
    check_neuron(recipe)
    error = output_error(recipe, passed.output, wanted)
    u = control(passed, weights, error, steady_leak(recipe))
    somas, basals, rates = steady_state(passed, weights, u)
    found = {}
    for i, (soma, basal, below) in enumerate(zip(somas, basals, [passed.rates[0], *rates], strict=False), start=1):
        found |= rule.updates(recipe, i, weights, soma, basal, below, passed.voltages[i - 1])
    return found


class Learner(AnalyticLearner):
    """A `dfc_brian.learning.Learner` by these updates."""

    updates = staticmethod(updates)
