"""What a network answers before control sets in, at state 0 of a presentation, as its neuron model's own text has it.

Neurons like "pyramidal" answer r = phi(W r + b), and so do the physical ones, to which that is the same; a neuron with
a dendritic nonlinearity of its own answers otherwise.
"""

from collections.abc import Mapping

import numpy as np

from . import feedforward
from .models.expressions import Values
from .physical import map_of
from .recipe import Recipe

PROBES = np.linspace(-2.5, 2.5, 11)


def output(recipe: Recipe, weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Output rates r_L (batch, n_L) of inputs x (batch, n_in).

    Raises `BadInput` where the neuron model's ``initial`` has no value without a simulation.
    """
    if is_plain(recipe):
        return feedforward.output(weights, recipe.activations, x)
    rate = x
    for i, activation in enumerate(recipe.activations, start=1):
        rate = rates(recipe, activation, rate @ weights[f"w{i}"].T, weights[f"b{i}"])
    return rate


def is_plain(recipe: Recipe) -> bool:
    """Whether the recipe's neurons answer r = phi(W r + b)."""
    for activation in set(recipe.activations):
        expected = feedforward.ACTIVATIONS[activation](PROBES + 0.25)
        if not np.allclose(rates(recipe, activation, PROBES, 0.25), expected, rtol=1e-9, atol=1e-12):
            return False
    return True


def rates(recipe: Recipe, activation: str, drive: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Rates of neurons with a feedforward ``drive`` W r (batch, n) and a ``bias`` (n,) when they start."""
    model, roles, units = recipe.neuron_model, recipe.neuron_model.roles, map_of(recipe)
    phi = feedforward.ACTIVATIONS[activation]
    functions = {"phi": phi, "phi_prime": lambda v: feedforward.SLOPES[activation](phi(v))}
    state = {name: float(value) for name, value in recipe.neuron.items()} | dict.fromkeys(model.parsed.diff_eq_names, 0)
    for role, values in (("feedforward", drive), ("bias", bias)):
        state[roles[role]] = np.asarray(units.physical(role, values)) if units.own else values
    values = Values(model.where, model.parsed, state, functions)
    values.execute(model.initial)
    return values[roles["rate"]]
