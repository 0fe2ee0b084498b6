"""What happened while samples were shown."""

from dataclasses import dataclass, field

import numpy as np
from brian2 import Quantity

from ..errors import unknown


@dataclass(frozen=True)
class LayerTraces:
    """Voltages and rates of one layer, each (time, batch, unit); dimensionless unless the neuron model has units."""

    soma: np.ndarray
    basal: np.ndarray
    apical: np.ndarray
    rate: np.ndarray


@dataclass(frozen=True)
class WeightTraces:
    """Some weights of one layer through time: the one at [t] is what drove the basal dendrites of the state t.

    ``values`` : (time, presentation, synapse); one presentation, or one for each sample that was shown in turn
    ``post``, ``pre`` : (synapse,) int, the units that the synapses connect
    """

    values: np.ndarray
    post: np.ndarray
    pre: np.ndarray


class Layered:
    """What has ``traces``, a dict of `LayerTraces` by layer: ``shown["layer1"]``."""

    @property
    def layers(self) -> tuple[str, ...]:
        """``("layer1", ..., "layerL")``; the last one is the output."""
        return tuple(self.traces)

    def __getitem__(self, layer: str) -> LayerTraces:
        if layer not in self.traces:
            raise unknown("layer", layer, self.layers)
        return self.traces[layer]


@dataclass(frozen=True)
class Shown(Layered):
    """One presentation, all T states of it; or of samples shown in turn, one presentation each.

    Attributes
    ----------
    time : Quantity, (T,)
    control : (T, batch, n_L), the control signal u(t)
    target : (batch, n_L), the output target r_L*
    converged : (batch,) bool, whether the network had settled at its target when the presentation ended
    updates : ``w<i>`` (n_i, n_{i-1}) and ``b<i>`` (n_i,): what the method's rule gives as a mean over samples, before
        the optimiser's factor 2, clip and Adam (dfc: the mean over T states, dfc-ss: the last state); or by how much an
        online rule has moved the weights
    weights : ``w<i>``: `WeightTraces` of as many synapses as the recipe's ``traces.synapses`` says
    """

    time: Quantity
    control: np.ndarray
    target: np.ndarray
    converged: np.ndarray
    updates: dict[str, np.ndarray]
    traces: dict[str, LayerTraces] = field(repr=False)
    weights: dict[str, WeightTraces] = field(default_factory=dict, repr=False)

    @property
    def output(self) -> np.ndarray:
        """Output rates r_L(t), (T, batch, n_L)."""
        return self.traces[self.layers[-1]].rate

    def __repr__(self) -> str:
        states, batch, n_output = self.control.shape
        return (
            f"<Shown: {batch} samples, {states} states over {self.time[-1]}, layers {', '.join(self.layers)}, "
            f"{n_output} outputs, {int(self.converged.sum())} converged>"
        )
