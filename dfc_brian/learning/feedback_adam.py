"""Adam for feedback weights, as Brian2 statements that run when a sleep phase ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from brian2 import NeuronGroup

from ..dense import DenseSynapses, Reduce, RegularUpdate
from ..network.timing import OPTIMISER, Clocks
from ..recipe import Recipe
from .adam import Adam

LEAST_SIGMA = 0.01
"""The floor under the noise by which updates are scaled (Meulemans et al. 2021, released code)."""


@dataclass(frozen=True)
class FeedbackAdam:
    """Adam (Kingma and Ba 2015) on gradient = -update/max(sigma, 0.01)^2, with L2 regularisation.

    The gradients of all feedback weights together, those that do not learn included, are clipped to the norm ``clip``;
    then ``weight_decay`` times the weight is added to each. The rate is the synapses' variable ``adam_rate``.

    ``learned``: names of the synapses whose weights change.
    """

    sigma: float
    epsilon: float
    beta1: float
    beta2: float
    weight_decay: float
    clip: float
    learned: tuple[str, ...]

    equations = staticmethod(Adam.equations)
    code: ClassVar[str] = """
    adam_n += 1
    clipped = clip(adam_max_norm/(adam_scale*sqrt(joint_norm2) + 1e-6), 0, 1)
    step_size = adam_rate/(1 - adam_beta1**adam_n)
    scale = 1/sqrt(1 - adam_beta2**adam_n)
    gradient = adam_decay*w - clipped*adam_scale*update
    adam_m = adam_beta1*adam_m + (1 - adam_beta1)*gradient
    adam_s = adam_beta2*adam_s + (1 - adam_beta2)*gradient**2
    w = w - step_size*adam_m/(scale*sqrt(adam_s) + adam_epsilon)
    update = 0
    """

    @classmethod
    def of(cls, recipe: Recipe, learned: Iterable[str]) -> "FeedbackAdam":
        """With the constants of the recipe's tables ``sleep`` and ``feedback``."""
        table = recipe.feedback
        constants = (table.epsilon, table.beta1, table.beta2, table.weight_decay, table.clip)
        return cls(recipe.sleep.sigma, *constants, tuple(learned))

    def attach(self, feedback: list[DenseSynapses], clocks: Clocks) -> list:
        """The objects that change ``w`` of all ``feedback`` whenever a sleep phase ends, and clear ``update``."""
        norms = NeuronGroup(len(feedback), "norm2 : 1\njoint : 1 (shared)", name="feedback_norms", clock=clocks.step)
        moment = dict(clock=clocks.ends, when="start")
        for k, synapses in enumerate(feedback):
            Reduce(synapses, "update**2", into=(norms[k : k + 1], "norm2"), order=OPTIMISER, **moment)
        Reduce(norms, "norm2", into=(norms, "joint"), order=OPTIMISER + 1, **moment)
        for synapses in feedback:
            learns = synapses.name in self.learned
            if learns:
                synapses.variables.add_reference("joint_norm2", norms, "joint", index="0")
                synapses.namespace.update(
                    adam_scale=1 / max(self.sigma, LEAST_SIGMA) ** 2,
                    adam_max_norm=self.clip,
                    adam_epsilon=self.epsilon,
                    adam_beta1=self.beta1,
                    adam_beta2=self.beta2,
                    adam_decay=self.weight_decay / synapses.namespace.get("w_unit", 1),
                )
            code = self.code if learns else "update = 0"
            RegularUpdate(synapses, code, order=OPTIMISER + 2, name=f"{synapses.name}_adam", **moment)
        return [norms]
