"""Adam with gradient clipping, as Brian2 statements that run when a presentation ends."""

from dataclasses import dataclass

from ..dense import DenseSynapses, RegularUpdate
from ..network.timing import OPTIMISER, Clocks


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015) on gradient = -2 * update, each tensor clipped to norm ``clip`` first.

    ``epsilon`` acts on the scale of that gradient, in which the small nudge and the mean over samples are contained:
    it is not negligible (Meulemans et al. 2021, released code). The rate is the synapses' variable ``step_size``.
    """

    epsilon: float
    beta1: float
    beta2: float
    clip: float

    equations = """
    m : 1                     # mean of the gradient
    s : 1                     # mean of its square
    n_updates : integer (shared)
    step_size : 1 (shared)
    """
    code = """
    n_updates += 1
    clipped = clip(max_norm/(2*sqrt(norm2) + 1e-6), 0, 1)
    rate1 = step_size/(1 - beta1**n_updates)
    scale2 = 1/sqrt(1 - beta2**n_updates)
    gradient = -2*clipped*update
    m = beta1*m + (1 - beta1)*gradient
    s = beta2*s + (1 - beta2)*gradient**2
    w = w - rate1*m/(scale2*sqrt(s) + epsilon)
    update = 0
    """

    def attach(self, synapses: DenseSynapses, clocks: Clocks) -> RegularUpdate:
        """The object that changes ``synapses.w`` whenever a presentation ends, and clears ``update``."""
        synapses.namespace.update(epsilon=self.epsilon, beta1=self.beta1, beta2=self.beta2, max_norm=self.clip)
        return RegularUpdate(
            synapses,
            self.code,
            sums={"norm2": "update**2"},
            clock=clocks.ends,
            when="start",
            order=OPTIMISER,
            name=f"{synapses.name}_adam",
        )
