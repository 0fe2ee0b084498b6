"""Adam with gradient clipping: as Brian2 statements that run when a presentation ends, and the same in numpy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from ..dense import DenseSynapses, RegularUpdate
from ..network.timing import OPTIMISER, Clocks

CHUNK = 1 << 14
"""Weights that `Adam.step` changes at a time, so that its temporaries stay in the cache."""


def initial_state(weights: Mapping[str, np.ndarray], names: Iterable[str], dtype=float) -> dict[str, np.ndarray]:
    """Adam's variables of the weights ``names``, ``<name>.adam_m`` and so on, before its first step: flat zeros."""
    names = list(names)
    moments = {f"{n}.{v}": np.zeros(weights[n].size, dtype) for n in names for v in ("adam_m", "adam_s")}
    return moments | {f"{n}.adam_n": np.zeros(1, int) for n in names}


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

    @staticmethod
    def equations(unit: str) -> str:
        """The variables of synapses whose weights have this ``unit``, and so the rate; gradients have none."""
        return f"""
        adam_m : 1                     # mean of the gradient
        adam_s : 1                     # mean of its square
        adam_n : integer (shared)      # number of updates
        adam_rate : {unit} (shared)
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

    def step(self, w, adam_m, adam_s, adam_n, update, rate: float) -> None:
        """Change ``w`` by ``update``: the same as `code`, in numpy and in place; ``update`` is left undefined.

        All are flat arrays of one size, but ``adam_n`` (1,).
        """
        adam_n += 1
        n, beta1, beta2 = int(adam_n[0]), self.beta1, self.beta2
        factor = -2 * min(1.0, self.clip / (2 * sqrt(np.vdot(update, update)) + 1e-6))
        step_size, scale = rate / (1 - beta1**n), 1 / sqrt(1 - beta2**n)
        scratch = np.empty(min(CHUNK, w.size), w.dtype)
        for start in range(0, w.size, CHUNK):
            part, m, s, gradient = (array[start : start + CHUNK] for array in (w, adam_m, adam_s, update))
            extra = scratch[: part.size]
            gradient *= factor
            np.multiply(gradient, 1 - beta1, out=extra)
            m *= beta1
            m += extra
            np.square(gradient, out=gradient)
            gradient *= 1 - beta2
            s *= beta2
            s += gradient
            np.sqrt(s, out=extra)
            extra *= scale
            extra += self.epsilon
            np.divide(m, extra, out=extra)
            extra *= step_size
            part -= extra
