"""One presentation in a traces.h5, read only when asked for."""

from typing import NamedTuple

import numpy as np
from brian2.units import second
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity, get_or_create_dimension

from dfc_brian.errors import unknown
from dfc_brian.recorded import Recorded


class Presentation:
    """What was recorded while some images were shown once.

    Attributes
    ----------
    moment, phase : str
    time : (T,) Quantity
        Of the states that were kept; the first is state 0.
    layers, groups : tuple of str
        The recorded layers, and with them "controller", "output" and the synapses ``w<i>``. `presentation["layer1"]`
        has variables (time, batch, unit), and `unit`; `presentation["output"]` has "rate"; `presentation["w1"]` has
        "weight" (time, presentation, synapse), and the units `post` and `pre` that each synapse connects.
    control : (time, batch, n_L) or None
        Of other variables of the controller too, `presentation["controller"]["error"]`.
    output : (time, batch, n_L), or None in an export without it
    target : (batch, n_L)
    image, label, prediction : (batch,) int
        `label` and `prediction` are None where a data set or loss has none.
    converged : (batch,) bool, or None where nothing is controlled towards the target
    input : (batch, n_in) or None
    weights : dict of `Weights`
        By ``w<i>``; empty if none were recorded.
    """

    def __init__(self, group, moment, phase):
        self._group, self._variables, self.moment, self.phase = group, {}, moment, phase
        self.time = _quantity(group["time"], ..., second.dim)
        self.layers = tuple(name for name in group if name.startswith("layer"))
        others = tuple(name for name in ("controller", "output") if name in group)
        self.groups = *self.layers, *others, *(name for name in group if name.startswith("w"))

    def __getitem__(self, name):
        if name not in self.groups:
            raise unknown("recorded layer", name, self.groups)
        if name not in self._variables:
            data = {"rate": self._group[name]} if name == "output" else self._group[name]
            self._variables[name] = Variables(data)
        return self._variables[name]

    def _read(self, name):
        return _quantity(self._group[name], ...) if name in self._group else None

    @property
    def control(self):
        names = ("controller/control", "controller/u")  # the latter before there were other variables
        return next((self._read(name) for name in names if name in self._group), None)

    target = property(lambda self: self._read("target" if "target" in self._group else "controller/target"))
    output = property(lambda self: self._read("output"))
    image = property(lambda self: self._read("image"))
    label = property(lambda self: self._read("label"))
    prediction = property(lambda self: self._read("prediction"))
    converged = property(lambda self: self._read("converged"))
    input = property(lambda self: self._read("input"))

    @property
    def weights(self):
        found = {name: self[name] for name in self.groups if name.startswith("w")}
        return {name: Weights(each["weight"], each.post, each.pre) for name, each in found.items()}

    def __repr__(self):
        units = ", ".join(f"{layer} {self._group[layer]['unit'].size}" for layer in self.layers)
        images = " ".join(map(str, self.image))
        return f"{len(self.time)} states, images {images}; units: {units}"


class Weights(NamedTuple):
    """Some weights of one layer through time.

    ``values`` : (time, presentation, synapse), one presentation for each image where they were shown in turn
    ``post``, ``pre`` : (synapse,), the units that the synapses connect
    """

    values: np.ndarray
    post: np.ndarray
    pre: np.ndarray


class Variables(Recorded):
    """The recorded variables of one group, read when asked for.

    ``unit`` : (n,), the numbers of the recorded units; of synapses, from 0
    ``post``, ``pre`` : (n,), the units that each of them connects, or None where there are no synapses
    ``shared`` : bool, whether these are weights of one presentation, in which all images were shown at once
    """

    def __init__(self, group):
        super().__init__({name: data for name, data in group.items() if data.ndim == 3})
        shape = next(iter(self._values.values())).shape
        self.unit = group["unit"][()] if "unit" in group else np.arange(shape[2])
        self.post, self.pre = (group[key][()] if key in group else None for key in ("post", "pre"))
        self.shared = self.pre is not None and shape[1] == 1

    def __getitem__(self, name):
        return _quantity(super().__getitem__(name), ...)

    def of_sample(self, name, sample):
        """(time, unit) of one image, without reading the others."""
        return _quantity(super().__getitem__(name), (slice(None), 0 if self.shared else sample))


def _quantity(data, place, dimensions=DIMENSIONLESS):
    """Numbers of a data set with the unit that its attributes name: exponents of SI units, and a factor, if any."""
    if "si" in data.attrs:
        dimensions = get_or_create_dimension(list(data.attrs["si"]))
    values = data[place]
    if dimensions is DIMENSIONLESS:
        return values
    return Quantity(values * data.attrs.get("scale", 1.0), dim=dimensions)
