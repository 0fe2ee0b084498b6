"""What the methods without simulation share: blocks of minibatches, each a forward pass, updates and Adam."""

from math import inf

import numpy as np

from .. import feedforward
from ..network.network import Network
from .adam import Adam, initial_state
from .learner import Block

MINIBATCHES = 50


class AnalyticLearner:
    """A `dfc_brian.learning.Learner`; a method gives ``updates``.

    ``updates(passed, weights, wanted, recipe)``, of a `Feedforward`, weights by name, wanted outputs (batch, n_L) and
    the recipe, returns the update of each forward weight: gradient = -2 * update. Everything is in the precision of
    the recipe.
    """

    minibatches = MINIBATCHES
    steps = 0
    cached = None
    seconds = 0.0
    updates = None
    clips = True
    """Whether gradients are clipped to the recipe's ``learning.clip``."""

    def __init__(self, network: Network):
        self.network, self.recipe = network, network.recipe
        learning = self.recipe.learning
        self.dtype = np.dtype(self.recipe.train.precision)
        self.adam = Adam(learning.epsilon, learning.beta1, learning.beta2, learning.clip if self.clips else inf)
        self.weights = {name: value.astype(self.dtype) for name, value in network.weights.items()}
        self.learned = [name for name in self.weights if not name.startswith("q")]
        self.state = initial_state(self.weights, self.learned, self.dtype)

    def block(self, minibatches: list[tuple[np.ndarray, np.ndarray]]) -> Block:
        """Learn from up to `MINIBATCHES` minibatches (x (b, n_in), y), b <= the batch size, one after the other."""
        recipe, shape = self.recipe, (len(minibatches), self.recipe.train.batch_size)
        output = np.zeros((*shape, recipe.network.sizes[-1]), self.dtype)
        converged = np.zeros(shape, bool)
        weights = {name: np.array(value, self.dtype) for name, value in self.weights.items()}
        state = {name: np.array(value) for name, value in self.state.items()}
        with np.errstate(over="ignore", invalid="ignore"):  # training finds out where a network diverges
            for k, (x, y) in enumerate(minibatches):
                x, wanted = (samples.astype(self.dtype) for samples in self.network.samples(x, y))
                passed = feedforward.present(weights, recipe.activations, x)
                output[k, : len(x)], converged[k, : len(x)] = passed.output, True
                found = self.updates(passed, weights, wanted, recipe)
                for name in self.learned:
                    own = (state[f"{name}.{part}"] for part in ("adam_m", "adam_s", "adam_n"))
                    self.adam.step(weights[name].reshape(-1), *own, found[name].reshape(-1), recipe.learning.rate)
        self.weights, self.state = weights, state
        return Block(output=output, final=output, converged=converged)
