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
        The recorded layers, and with them the controller; `presentation["layer1"]` has variables (time, batch, unit)
        and unit.
    control : (time, batch, n_L) or None
        Of other variables of the controller too, `presentation["controller"]["error"]`.
    output : (time, batch, n_L)
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
        self.groups = (*self.layers, "controller") if "controller" in group else self.layers

    def __getitem__(self, name):
        if name not in self.groups:
            raise unknown("recorded layer", name, self.groups)
        if name not in self._variables:
            self._variables[name] = Variables(self._group[name])
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
        found = {name: self._group[name] for name in self._group if f"{name}/weight" in self._group}
        return {name: Weights(*(group[key][()] for key in ("weight", "post", "pre"))) for name, group in found.items()}

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
    """The recorded variables of one group, read when asked for, and the numbers ``unit`` of its recorded units."""

    def __init__(self, group):
        super().__init__({name: data for name, data in group.items() if name not in ("unit", "target")})
        self.unit = group["unit"][()] if "unit" in group else np.arange(group["u"].shape[2])

    def __getitem__(self, name):
        return self.part(name, ...)

    def part(self, name, place):
        """The part ``place`` (indices of time, batch, unit) of a variable, without reading all of it."""
        return _quantity(super().__getitem__(name), place)


def _quantity(data, place, dimensions=DIMENSIONLESS):
    """Numbers of a data set with the unit that its attributes name: exponents of SI units, and a factor, if any."""
    if "si" in data.attrs:
        dimensions = get_or_create_dimension(list(data.attrs["si"]))
    values = data[place]
    if dimensions is DIMENSIONLESS:
        return values
    return Quantity(values * data.attrs.get("scale", 1.0), dim=dimensions)
