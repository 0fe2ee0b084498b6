"""The training step of 784-256-256-256-10 with continuous plasticity, minibatches of 128."""

import numpy as np

from dfc_brian import Network, Recipe
from dfc_brian.learning.dfc import Learner

SIZES, BATCH = (784, 256, 256, 256, 10), 128


def recipe(precision: str, milliseconds: int = 500) -> Recipe:
    return Recipe.bare(
        SIZES,
        {
            "network.loss": "cross_entropy",
            "presentation.dt": "1 ms",
            "presentation.duration": f"{milliseconds} ms",
            "presentation.drop_unconverged": False,
            "train.batch_size": BATCH,
            "train.precision": precision,
        },
    )


class Step:
    """A training program that can be timed: one call is one block."""

    def __init__(self, device: str, precision: str, minibatches: int, milliseconds: int):
        self.method = Learner(Network(recipe(precision, milliseconds), device=device))
        rng = np.random.default_rng(0)
        self.minibatches = [
            (rng.normal(size=(BATCH, SIZES[0])), rng.integers(0, SIZES[-1], BATCH)) for _ in range(minibatches)
        ]
        self.steps = minibatches * (milliseconds - 1)
        self.method.block(self.minibatches[:1])  # numpy generates its code in the first run

    def block(self) -> None:
        self.method.block(self.minibatches)
