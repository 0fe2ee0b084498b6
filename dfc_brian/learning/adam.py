"""Adam with gradient clipping, as Brian2 statements that run when a presentation ends."""

from dataclasses import dataclass

from ..dense import DenseSynapses, RegularUpdate
from ..network.timing import OPTIMISER, Clocks


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015) on gradient = -2 * update, each tensor clipped to norm ``clip`` first.

    ``epsilon`` acts on the scale of that gradient, in which the small nudge and the mean over samples are contained:
    it is not negligible (Meulemans et al. 2021, released code). The rate is the synapses' variable ``adam_rate``.
    """

    epsilon: float
    beta1: float
    beta2: float
    clip: float

    equations = """
    adam_m : 1                     # mean of the gradient
    adam_s : 1                     # mean of its square
    adam_n : integer (shared)      # number of updates
    adam_rate : 1 (shared)
    """
    code = """
    adam_n += 1
    clipped = clip(adam_max_norm/(2*sqrt(adam_norm2) + 1e-6), 0, 1)
    step_size = adam_rate/(1 - adam_beta1**adam_n)
    scale = 1/sqrt(1 - adam_beta2**adam_n)
    gradient = -2*clipped*update
    adam_m = adam_beta1*adam_m + (1 - adam_beta1)*gradient
    adam_s = adam_beta2*adam_s + (1 - adam_beta2)*gradient**2
    w = w - step_size*adam_m/(scale*sqrt(adam_s) + adam_epsilon)
    update = 0
    """

    def attach(self, synapses: DenseSynapses, clocks: Clocks) -> RegularUpdate:
        """The object that changes ``synapses.w`` whenever a presentation ends, and clears ``update``."""
        synapses.namespace.update(
            adam_epsilon=self.epsilon, adam_beta1=self.beta1, adam_beta2=self.beta2, adam_max_norm=self.clip
        )
        return RegularUpdate(
            synapses,
            self.code,
            sums={"adam_norm2": "update**2"},
            clock=clocks.ends,
            when="start",
            order=OPTIMISER,
            name=f"{synapses.name}_adam",
        )
