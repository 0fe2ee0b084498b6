"""What the simulated methods share: each block is one run of one program."""

import numpy as np

from ..devices import prepare
from ..network.assembly import assemble
from ..network.convergence import converged
from ..network.identity import identity
from ..network.network import Network
from ..network.phase import Phase
from ..network.readings import ENDS
from . import block_size
from .adam import Adam, initial_state
from .learner import Block

MINIBATCHES = 10


class SimulatedLearner:
    """A `dfc_brian.learning.Learner` of the recipe's network and rule, whose program presents up to K minibatches.

    Parameters
    ----------
    network : Network
    optimiser : Adam, optional
        What changes the weights at the end of each presentation. None: they change by themselves (an online rule).
    usual : int
        K, but for a GPU.
    """

    def __init__(self, network: Network, optimiser: Adam | None, usual: int = MINIBATCHES):
        self.recipe = recipe = network.recipe
        self.batch, self.optimiser = recipe.train.batch_size, optimiser
        self.steps = recipe.presentation.states - 1
        self.minibatches = block_size.minibatches(network, self.steps, usual)
        self.program = prepare(
            network.target,
            lambda: assemble(recipe, self.batch, self.minibatches, optimiser=optimiser),
            {
                "train": "simulated",
                "batch": self.batch,
                "minibatches": self.minibatches,
                "optimiser": repr(optimiser),
                **identity(recipe),
            },
        )
        self.cached, self.seconds = self.program.cached, self.program.seconds
        self.scale = Phase.presentation(recipe).scale
        self.network = network
        self.weights = dict(network.weights)
        self.learned = [name for name in self.weights if not name.startswith("q")]
        self.state = initial_state(self.weights, self.learned) if optimiser else {}

    def block(self, minibatches: list[tuple[np.ndarray, np.ndarray]]) -> Block:
        """Learn from up to K minibatches (x (b, n_in), y), b <= the batch size, one after the other.

        With the recipe's ``drop_unconverged``, samples that did not converge are left out: the block is run again
        from the same weights without them, until they are the same twice. The k-th minibatch depends only on what
        was left out before, so that this ends after K + 1 runs at most. Without an optimiser nothing is left out.
        """
        inputs, true = self._inputs(minibatches)
        drop = self.recipe.presentation.drop_unconverged and self.optimiser is not None
        keep, runs = true, 0
        while True:
            inputs["sample_weights.values"] = keep / np.maximum(true.sum(1, keepdims=True), 1)
            outputs = [*ENDS, *(f"{name}.w" for name in self.learned), *self.state]
            found = self.program.run(inputs, outputs)
            runs += 1
            first, target, last, residual = (self._reading(found[name]) for name in ENDS)
            settled = converged(first, target, last, residual, self.recipe.train.precision) & true
            if not drop or np.array_equal(settled, keep) or runs > len(minibatches):
                break
            keep = settled
        learned = {name: self.scale.read(name, found[f"{name}.w"]) for name in self.learned}
        self.weights |= {name: value.reshape(self.weights[name].shape) for name, value in learned.items()}
        self.state = {name: found[name] for name in self.state}
        n = len(minibatches)
        return Block(output=first[:n], final=last[:n], converged=settled[:n], runs=runs)

    def _inputs(self, minibatches: list) -> tuple[dict[str, np.ndarray], np.ndarray]:
        n_input, *_, n_output = self.recipe.network.sizes
        images = np.zeros((self.minibatches, n_input, self.batch))
        targets = np.zeros((self.minibatches, n_output, self.batch))
        true = np.zeros((self.minibatches, self.batch), bool)
        for k, (x, y) in enumerate(minibatches):
            x, y = self.network.samples(x, y)
            images[k, :, : len(x)], targets[k, :, : len(x)], true[k, : len(x)] = x.T, y.T, True
        inputs = {
            "images.values": images,
            "targets.values": targets,
            "counts.values": np.maximum(true.sum(1), 1),
            "presentations.wanted": np.array([len(minibatches)]),
            **self.state,
            **self.scale.inputs(self.weights),
        }
        if self.optimiser:
            rate = self.recipe.learning.rate
            inputs |= {f"{name}.adam_rate": np.array([rate * float(self.scale.unit(name))]) for name in self.learned}
        return inputs, true

    def _reading(self, recorded: np.ndarray) -> np.ndarray:
        """Rows of output cells (K, unit*batch + sample) as (K, batch, unit)."""
        return recorded.reshape(self.minibatches, -1, self.batch).swapaxes(1, 2)
