"""Finding where a network diverged: which layer, compartment, and moment."""

from collections.abc import Mapping

import numpy as np

from ..errors import Diverged
from ..network import Network
from ..recipe import Recipe

BOUND = 1e3
"""Weights and outputs beyond this have left every sensible range (the released code of DFC stops there too)."""


def exceeds(values: np.ndarray) -> np.ndarray:
    """Where values are NaN, infinite, or beyond `BOUND`."""
    with np.errstate(invalid="ignore"):
        return ~(np.abs(values) <= BOUND)


def diagnose(recipe: Recipe, weights: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray, count: int) -> str:
    """Show one sample, x (1, n_in) and y (1,), of a minibatch of ``count`` again and say what leaves its range."""
    alone = recipe.replace({"learning.nudge": recipe.learning.nudge / count, "train.precision": "float64"})
    shown = Network(alone, weights, device="numpy").present(x, y)
    with np.errstate(invalid="ignore"):
        first = [
            (int(np.argmax(bad)), layer, compartment)
            for layer in shown.layers
            for compartment in ("apical", "basal", "soma")
            if (bad := exceeds(getattr(shown[layer], compartment)).any(axis=(1, 2))).any()
        ]
    if not first:
        return "weights"
    step, layer, compartment = min(first, key=lambda found: found[0])
    return f"{layer}, {compartment} compartment, {float(shown.time[step]) * 1e3:g} ms into the presentation"


def error(where: str, epoch: int, block: int, minibatch: int, kept: str) -> Diverged:
    return Diverged(
        f"the network diverged in epoch {epoch}, block {block}, minibatch {minibatch}",
        got=f"NaN or values beyond {BOUND:g}: {where}",
        fix=f"lower learning.rate, controller.k_p or presentation.dt; the last good weights are in {kept}",
    )
