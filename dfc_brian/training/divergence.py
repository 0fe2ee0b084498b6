"""Finding where a network diverged: which layer, compartment, and moment."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import Diverged
from ..learning import Block, Learner
from ..methods import METHODS
from ..network import Network
from ..physical import map_of
from ..recipe import Recipe
from .schedule import Pass

BOUND = 1e3
"""Weights and outputs beyond this have left every sensible range (the released code of DFC stops there too)."""


def exceeds(values: np.ndarray) -> np.ndarray:
    """Where values are NaN, infinite, or beyond `BOUND`."""
    with np.errstate(invalid="ignore"):
        return ~(np.abs(values) <= BOUND)


def outputs(block: Block, minibatches: list) -> list[tuple[int, int]]:
    """(minibatch, sample) whose output at the end of its presentation is out of range."""
    return [
        (k, int(sample))
        for k, (_, y) in enumerate(minibatches)
        for sample in np.flatnonzero(exceeds(block.final[k][: len(y)]).any(-1))
    ]


def weights(learner) -> list[str]:
    """Names of the weights that are out of range, or whose optimiser is."""
    bad = [name for name in learner.learned if exceeds(learner.weights[name]).any()]
    lost = [name for name, value in learner.state.items() if not np.isfinite(value).all()]
    return bad or sorted({name.partition(".")[0] for name in lost})


def find(recipe: Recipe, learner: Learner, minibatches: list) -> tuple[int, str]:
    """The minibatch, from 1, with which forward learning leaves the range, and what does; the learner stands before."""
    for number, (x, y) in enumerate(minibatches, start=1):
        before = dict(learner.weights)
        block = learner.block([(x, y)])
        if bad := outputs(block, [(x, y)]):
            sample = slice(bad[0][1], bad[0][1] + 1)
            if not METHODS[recipe.learning.method].plasticity:
                return number, f"output of sample {sample.stop} of the minibatch"
            return number, diagnose(recipe, before, x[sample], y[sample], len(y))
        if exploded := weights(learner):
            return number, f"weights {', '.join(exploded)}"
    return number, "weights"


def find_asleep(learner: Learner, inputs: list, **how) -> tuple[int, str]:
    """As `find`, of feedback learning: the noise of a minibatch is that of its place in the block."""
    weights_before, state = dict(learner.weights), dict(learner.state)
    for number in range(1, len(inputs) + 1):
        learner.weights, learner.state = dict(weights_before), dict(state)
        learner.block(inputs[:number], **how)
        if exploded := weights(learner):
            break
    return number, f"weights {', '.join(exploded)}"


def diagnose(recipe: Recipe, weights: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray, count: int) -> str:
    """Show one sample, x (1, n_in) and y (1,), of a minibatch of ``count`` again and say what leaves its range."""
    alone = recipe.replace({"learning.nudge": recipe.learning.nudge / count, "train.precision": "float64"})
    shown, units = Network(alone, weights, device="numpy").present(x, y), map_of(alone)
    with np.errstate(invalid="ignore"):
        first = [
            (int(np.argmax(bad)), layer, compartment)
            for layer in shown.layers
            for compartment in ("apical", "basal", "soma")
            if (bad := exceeds(units.dimensionless(compartment, getattr(shown[layer], compartment))).any((1, 2))).any()
        ]
    if not first:
        return "weights"
    step, layer, compartment = min(first, key=lambda found: found[0])
    return f"{layer}, {compartment} compartment, {float(shown.time[step]) * 1e3:g} ms into the presentation"


def error(now: Pass, block: int, minibatch: int, where: str, folder: Path) -> Diverged:
    """The `Diverged` that names the place."""
    asleep = now.kind == "sleep"
    lower = "feedback.rate or sleep.dt" if asleep else "learning.rate, controller.k_p or presentation.dt"
    return Diverged(
        f"the network diverged in {now.title}, block {block}, minibatch {minibatch}",
        got=f"NaN or values beyond {BOUND:g}: {where}",
        fix=f"lower {lower}; the last good weights are in {folder / 'weights.npz'}",
    )
