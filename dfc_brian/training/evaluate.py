"""What a network has learned: loss and error on samples, and how well its feedback weights suit its forward weights."""

from collections.abc import Mapping

import numpy as np

from .. import feedforward, response
from ..datasets import Dataset
from ..methods import METHODS
from ..recipe import Recipe
from ..theory import condition_2

SAMPLES = 128
"""Validation samples on which condition 2 is measured."""
MOST_OUTPUTS = 100
"""Output units up to which it is: its cost grows with their cube."""


def judge(recipe: Recipe, outputs: np.ndarray, wanted: np.ndarray) -> dict[str, np.ndarray]:
    """Per sample (n,): ``loss``, and for labels ``error``, 1 where the largest output is not the label's."""
    found = {"loss": feedforward.LOSSES[recipe.network.loss](outputs, wanted)}
    return found | ({"error": outputs.argmax(-1) != wanted} if wanted.ndim == 1 else {})


def evaluate(recipe: Recipe, weights: Mapping[str, np.ndarray], data: Dataset) -> dict[str, float]:
    """validation_loss, validation_error, test_loss, test_error (no error where there are no labels)."""
    row = {}
    for part in ("validation", "test"):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        judged = judge(recipe, outputs(recipe, weights, x), y)
        row |= {f"{part}_{key}": float(values.mean()) for key, values in judged.items()}
    return row


def outputs(recipe: Recipe, weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """What the network answers to inputs x: that of the recipe's neurons where the method simulates them."""
    if METHODS[recipe.learning.method].plasticity:
        return response.output(recipe, weights, x)
    return feedforward.output(weights, recipe.activations, x)


def feedback(recipe: Recipe, weights: Mapping[str, np.ndarray], data: Dataset) -> dict[str, float]:
    """condition_2 of the first validation samples, for methods with feedback weights and not too many outputs.

    It is known of neurons that answer phi(W r + b).
    """
    if not METHODS[recipe.learning.method].feedback or recipe.network.sizes[-1] > MOST_OUTPUTS:
        return {}
    if METHODS[recipe.learning.method].plasticity and not response.is_plain(recipe):
        return {}
    return {"condition_2": condition_2(weights, recipe.activations, data.x_validation[:SAMPLES])}
