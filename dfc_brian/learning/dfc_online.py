"""Deep Feedback Control, online: the weights move while the images are shown (Meulemans et al. 2021).

tau_W dW_i/dt = (phi(v_i) - phi(v_i^ff)) r_(i-1)^T at every moment, for several samples at once the mean over them, and
likewise the biases: learning that is local in space and time. Images follow one another and the weights move on. In
each time step they move first, by the state that the last one left, and then drive the neurons. There is no optimiser,
no accumulation and no clip: `tau_w` of the rule is the learning speed.

What has been learned cannot be taken back when a presentation ends, so ``drop_unconverged`` is not applied; samples
that did not converge are only counted.
"""

from ..network.network import Network
from .simulated import SimulatedLearner

SAMPLES = 320
"""So many samples, at least ten minibatches, make a block."""


class Learner(SimulatedLearner):
    """A `dfc_brian.learning.Learner` without an optimiser: the weights are all that is kept from block to block."""

    def __init__(self, network: Network):
        super().__init__(network, None, usual=max(10, SAMPLES // network.recipe.train.batch_size))
