"""A few weights, recorded at every state."""

import numpy as np
from brian2 import NeuronGroup, linked_var

from ..dense import Again, DenseSynapses, Recorder
from .setup import Setup
from .timing import RECORD_START

GOLDEN = (5**0.5 - 1) / 2


def chosen(shape: tuple[int, int], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Target and source units of ``count`` synapses of a layer (n_post, n_pre), evenly spread over both."""
    place = np.arange(count) + 0.5
    return (place / count * shape[0]).astype(int), (place * GOLDEN % 1 * shape[1]).astype(int)


def weights(setup: Setup, synapses: DenseSynapses) -> list:
    """Records ``traces.synapses`` weights, in ``<name>_probe_traces``: row 0 of a presentation when it is loaded."""
    count, clocks = setup.recipe.traces.synapses, setup.clocks
    shape = len(synapses.target) // setup.batch, len(synapses.source) // setup.batch
    post, pre = chosen(shape, count)
    unit = setup.phase.scale.declared(synapses.name)
    probe = NeuronGroup(count, f"w : {unit} (linked)", name=f"{synapses.name}_probe", clock=clocks.step)
    probe.w = linked_var(synapses, "w", index=post * shape[1] + pre)
    rows, name = setup.minibatches * setup.phase.times.states, f"{probe.name}_traces"
    recorder = Recorder(probe, {"w": "w"}, rows, clock=clocks.step, when="end", name=name)
    load = Again(recorder.runner, clock=clocks.boundary, when="start", order=RECORD_START, name=f"{name}_load")
    return [probe, recorder, load]
