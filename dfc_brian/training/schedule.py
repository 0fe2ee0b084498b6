"""The schedule of a run: which passes over the training set follow one another, and the order of each."""

from dataclasses import dataclass, replace

import numpy as np

from ..methods import METHODS
from ..network.weights import generator
from ..recipe import Recipe

PURPOSES = {"forward": "order", "sleep": "sleep order"}


@dataclass(frozen=True)
class Pass:
    """One pass over the training set, in blocks of minibatches: forward weights learn, or in sleep feedback weights.

    ``kind`` : "forward" or "sleep"
    ``epoch`` : from 1; 0 before the first epoch
    ``number`` : which pass of its kind in the run, from 1; it keys the order of the samples and the noise
    ``place``, ``places`` : which pass of its kind in its epoch, from 1, and of how many
    ``closes`` : whether the epoch ends with it
    ``minibatches``, ``per_block``, ``steps`` : of the whole pass, of a block, simulated time steps of a minibatch
    """

    kind: str
    epoch: int
    number: int
    place: int = 1
    places: int = 1
    closes: bool = False
    minibatches: int = 1
    per_block: int = 1
    steps: int = 0

    @property
    def blocks(self) -> int:
        return -(-self.minibatches // self.per_block)

    @property
    def title(self) -> str:
        """Such as "sleep 3/10"; "epoch 2"; "epoch 2, sleep 1/3"."""
        sleep = f"sleep {self.place}/{self.places}" if self.kind == "sleep" else ""
        return ", ".join(filter(None, (f"epoch {self.epoch}" if self.epoch else "", sleep)))

    def order(self, recipe: Recipe, samples: int) -> list[list[np.ndarray]]:
        """Numbers of the samples of each minibatch of each block."""
        drawn = generator(recipe.train.seed, PURPOSES[self.kind], self.number).permutation(samples)
        minibatches = np.split(drawn, range(recipe.train.batch_size, samples, recipe.train.batch_size))
        return [minibatches[i : i + self.per_block] for i in range(0, len(minibatches), self.per_block)]


def sleeps(recipe: Recipe) -> bool:
    """Whether the recipe's feedback weights learn."""
    return recipe.learning.feedback == "learned" and "learned" in METHODS[recipe.learning.method].feedback


def schedule(recipe: Recipe) -> list[Pass]:
    """All passes of a run (Meulemans et al. 2021): sleep before the first epoch, then each epoch with its own sleep."""
    asleep = recipe.feedback if sleeps(recipe) else None
    passes, number = [], 0

    def sleep(epoch: int, places: range, of: int) -> None:
        nonlocal number
        for place in places:
            number += 1
            passes.append(Pass("sleep", epoch, number, place, of))

    if asleep:
        sleep(0, range(1, asleep.pretraining + 1), asleep.pretraining)
    for epoch in range(1, recipe.train.epochs + 1):
        before, after = (asleep.before, asleep.after) if asleep else (0, 0)
        sleep(epoch, range(1, before + 1), before + after)
        passes.append(Pass("forward", epoch, epoch))
        sleep(epoch, range(before + 1, before + after + 1), before + after)
        passes[-1] = replace(passes[-1], closes=True)
    return passes


def sized(passes: list[Pass], recipe: Recipe, samples: int, learners: dict) -> list[Pass]:
    """The passes over so many samples with the learner of each kind."""
    minibatches = -(-samples // recipe.train.batch_size)
    return [
        replace(each, minibatches=minibatches, per_block=learner.minibatches, steps=learner.steps)
        for each in passes
        for learner in (learners[each.kind],)
    ]
