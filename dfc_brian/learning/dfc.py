"""Deep Feedback Control, continuous: plasticity acts at every moment of a presentation (Meulemans et al. 2021).

The rule's products are averaged over all T states of a presentation; then the optimiser makes one step.
"""

from ..network.network import Network
from .adam import Adam
from .simulated import SimulatedLearner


class Learner(SimulatedLearner):
    """A `dfc_brian.learning.Learner`."""

    def __init__(self, network: Network):
        learning = network.recipe.learning
        super().__init__(network, Adam(learning.epsilon, learning.beta1, learning.beta2, learning.clip))
