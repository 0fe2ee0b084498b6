"""White noise for the neurons: drawn from a key, or given.

The network fills the variable with the role ``noise`` in each time step, before the neuron's own step, with standard
normals over sqrt(dt): what Euler's method makes of white noise (Euler and Maruyama).
"""

import numpy as np
from brian2 import NeuronGroup, TimedArray

from ..dense import Noise
from .setup import Setup


def words(seed: int, purpose: str, *position: int) -> np.ndarray:
    """A key (2,) of its own for each seed, purpose and position (integers >= 0), as 32-bit integers."""
    return np.random.SeedSequence([seed, *purpose.encode(), *position]).generate_state(2).view(np.int32)


def key(setup: Setup) -> NeuronGroup:
    """The key of all noise, an input of the program: ``noise_key.word``, two 32-bit words."""
    return NeuronGroup(2, "word : integer", name="noise_key", clock=setup.clocks.step)


def drawn(setup: Setup, index: int, layer: NeuronGroup, key: NeuronGroup) -> Noise:
    """Noise of layer ``index`` that depends on the key, the time step, the layer, the unit and the sample only."""
    return Noise(
        layer,
        setup.phase.roles["noise"],
        key=(key, "word"),
        stream=index,
        scale="1/sqrt(dt)",
        clock=setup.clocks.step,
        when="groups",
        order=setup.order.noise(index),
        name=f"layer{index}_noise",
    )


def given(setup: Setup, index: int, layer: NeuronGroup) -> TimedArray:
    """A table of standard normals (T-1, n_i*B) that serves as the noise of layer ``index`` in one presentation."""
    times = setup.phase.times
    table = TimedArray(np.zeros((times.states - 1, len(layer))), dt=times.dt, name=f"layer{index}_normals")
    layer.namespace[table.name] = table
    layer.run_regularly(
        f"{setup.phase.roles['noise']} = {table.name}(t, i)/sqrt(dt)",
        clock=setup.clocks.step,
        when="groups",
        order=setup.order.noise(index),
        name=f"layer{index}_noise",
    )
    return table
