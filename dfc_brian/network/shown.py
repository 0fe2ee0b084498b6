"""What happened while samples were shown."""

from dataclasses import dataclass, field

import numpy as np
from brian2 import Quantity, ms

from ..cards import card
from ..errors import unknown
from ..recorded import Recorded


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
    """What has ``traces``, a dict of `Recorded` by group: ``shown["layer1"].soma``, ``shown["controller"]["error"]``.

    Arrays are (time, batch, unit), Quantities where the model has units. Of layers there are ``soma``, ``basal``,
    ``apical`` and ``rate``, of the controller ``control``, and of both what else was to be recorded.
    """

    @property
    def layers(self) -> tuple[str, ...]:
        """``("layer1", ..., "layerL")``; the last one is the output."""
        return tuple(name for name in self.traces if name.startswith("layer"))

    @property
    def control(self) -> np.ndarray:
        """The control signal u(t), (T, batch, n_L)."""
        return self.traces["controller"]["control"]

    @property
    def output(self) -> np.ndarray:
        """Output rates r_L(t), (T, batch, n_L)."""
        return self.traces[self.layers[-1]].rate

    def __getitem__(self, name: str) -> Recorded:
        if name not in self.traces:
            raise unknown("layer", name, self.traces)
        return self.traces[name]

    def __repr__(self) -> str:
        return "\n  ".join([type(self).__name__, *(f"{name}: {text}" for name, text in self._rows().items())])

    def _repr_html_(self) -> str:
        return card(type(self).__name__, self._rows())

    def _rows(self) -> dict[str, str]:
        """What there is of it: texts by name."""
        states, batch, n_output = self.control.shape
        rows = {"samples": str(batch), "time": f"{states} states over {self.time[-1] / ms:g} ms"}
        rows |= {layer: f"{self[layer].soma.shape[-1]} units: {', '.join(self[layer])}" for layer in self.layers}
        rows |= {"controller": f"{n_output} outputs: {', '.join(self['controller'])}"}
        return rows | {"updates": ", ".join(f"{key} {each.shape}" for key, each in self.updates.items())}


@dataclass(frozen=True, repr=False)
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
    target: np.ndarray
    converged: np.ndarray
    updates: dict[str, np.ndarray]
    traces: dict[str, Recorded]
    weights: dict[str, WeightTraces] = field(default_factory=dict)

    def _rows(self) -> dict[str, str]:
        rows = super()._rows()
        return rows | {"samples": f"{rows['samples']}, {int(self.converged.sum())} of them converged"}
