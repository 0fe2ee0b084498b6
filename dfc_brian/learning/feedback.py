"""Learning of feedback weights while the network sleeps (Meulemans et al. 2021)."""

import numpy as np

from ..devices import prepare
from ..network.identity import identity_asleep
from ..network.network import Network
from ..network.noise import words
from ..network.phase import Phase
from ..network.sleep import assemble
from . import adam, block_size
from .feedback_adam import FeedbackAdam

MINIBATCHES = 20


class FeedbackLearner:
    """Changes the feedback weights of a network in blocks of minibatches: each block is one run of one program.

    The network sleeps once for each minibatch, and its feedback weights change at the end, by Adam; or all the time,
    where ``recipe.sleep.rule`` is online: then there is no optimiser, and no state.

    Attributes
    ----------
    weights : dict
        All weights, as in `Network.weights`. May be set before a block.
    state : dict
        The optimiser's; may be set, such as to `initial_state`. The same weights, state, minibatches, rate and key
        give the same bits.
    learned : list of str
        Names of the weights that `block` changes.
    minibatches : int
        K, the most that `block` takes.
    steps : int
        Time steps that are simulated for a minibatch.
    cached, seconds
        Whether the compiled program was there already, and the time that preparing it took.
    """

    def __init__(self, network: Network):
        self.network, self.recipe = network, network.recipe
        recipe, self.batch = network.recipe, network.recipe.train.batch_size
        phase, last = Phase.sleep(recipe), len(recipe.network.sizes) - 1
        frozen = [] if recipe.feedback.output else [f"q{last}"]
        self.learned = [f"q{i}" for i in range(1, last + 1) if f"q{i}" not in frozen]
        self.online = phase.rule.online
        optimiser = None if self.online else FeedbackAdam.of(recipe, self.learned)
        self.steps = phase.times.states - 1
        self.minibatches = block_size.minibatches(network, self.steps, MINIBATCHES)
        self.program = prepare(
            network.target,
            lambda: assemble(recipe, self.batch, self.minibatches, optimiser=optimiser, frozen=frozen),
            {
                "train": "feedback",
                "batch": self.batch,
                "minibatches": self.minibatches,
                "adam": repr(optimiser),
                "frozen": frozen,
                **identity_asleep(recipe),
            },
        )
        self.cached, self.seconds = self.program.cached, self.program.seconds
        self.scale = phase.scale
        self.weights = dict(network.weights)
        self.state = self.initial_state()

    def initial_state(self) -> dict[str, np.ndarray]:
        """A fresh state of the optimiser."""
        return {} if self.online else adam.initial_state(self.weights, self.learned)

    def block(self, minibatches: list[np.ndarray], rate: float, key: tuple[int, ...]) -> None:
        """Learn from up to K minibatches x (b, n_in), b <= the batch size, one after the other.

        Parameters
        ----------
        minibatches
            The samples whose forward pass the network replays asleep.
        rate
            Adam's; an online rule has its own time constant instead.
        key
            Integers >= 0 that name the block: another key gives other noise, fresh for each minibatch.
        """
        n_input = self.recipe.network.sizes[0]
        images = np.zeros((self.minibatches, n_input, self.batch))
        shares = np.zeros((self.minibatches, self.batch))
        for k, x in enumerate(minibatches):
            x = self.network.inputs(x)
            images[k, :, : len(x)], shares[k, : len(x)] = x.T, 1 / len(x)
        inputs = {
            "images.values": images,
            "sample_weights.values": shares,
            "presentations.wanted": np.array([len(minibatches)]),
            "noise_key.word": words(self.recipe.train.seed, "feedback", *key),
            **self.state,
            **self.scale.inputs(self.weights),
        }
        if not self.online:
            inputs |= {f"{name}.adam_rate": np.array([rate * float(self.scale.unit(name))]) for name in self.learned}
        result = "kept" if self.online else "w"
        found = self.program.run(inputs, [*(f"{name}.{result}" for name in self.learned), *self.state])
        learned = {name: self.scale.read(name, found[f"{name}.{result}"]) for name in self.learned}
        self.weights |= {name: value.reshape(self.weights[name].shape) for name, value in learned.items()}
        self.state = {name: found[name] for name in self.state}
