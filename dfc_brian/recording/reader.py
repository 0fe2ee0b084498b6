"""Recorded voltages, read from traces.h5 only when asked for."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from brian2.units import second

from dfc_brian.errors import CorruptData, unknown
from dfc_brian.models.quantities import parse


class Traces(Mapping):
    """The presentations of a traces.h5, by tag: `traces["before"]["layer1"].soma` is (time, batch, unit)."""

    def __init__(self, path):
        self.path = Path(path)
        try:
            self._file = h5py.File(self.path, "r")
        except OSError as problem:
            raise CorruptData(f"{self.path} is not a readable HDF5 file", got=str(problem)) from None

    def __getitem__(self, tag):
        if tag not in self._file:
            raise unknown("presentation", tag, self._file)
        return Presentation(self._file[tag])

    def __iter__(self):
        return iter(self._file)

    def __len__(self):
        return len(self._file)

    @property
    def recipe(self):
        """The recipe of the run, as TOML text."""
        return self._file.attrs["recipe"]

    def __repr__(self):
        return "\n".join(f"{tag}: {presentation!r}" for tag, presentation in self.items())


class Presentation:
    """What was recorded while some images were shown once.

    Attributes
    ----------
    time : (T,) Quantity
    layers : tuple of str
        The recorded layers; `presentation["layer1"]` has soma, basal, apical, rate (time, batch, unit) and unit.
    control, output : (time, batch, n_L)
    target : (batch, n_L)
    image, label, prediction : (batch,) int
        `label` and `prediction` are None where a data set or loss has none.
    input : (batch, n_in) or None
    weights : dict of `Weights`
        By ``w<i>``; empty if none were recorded.
    """

    def __init__(self, group):
        self._group = group
        self.time = group["time"][()] * second
        self.layers = tuple(name for name in group if name.startswith("layer"))

    def __getitem__(self, layer):
        if layer not in self.layers:
            raise unknown("recorded layer", layer, self.layers)
        return Layer(self._group[layer])

    def _read(self, name):
        return self._group[name][()] if name in self._group else None

    control = property(lambda self: self._read("controller/u"))
    target = property(lambda self: self._read("controller/target"))
    output = property(lambda self: self._read("output"))
    image = property(lambda self: self._read("image"))
    label = property(lambda self: self._read("label"))
    prediction = property(lambda self: self._read("prediction"))
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


class Layer:
    """The compartments of the recorded units of one layer: arrays (time, batch, unit), Quantities if they have a unit.

    `layer.unit` are the units' numbers in the network.
    """

    def __init__(self, group):
        self._group = group

    def _read(self, name):
        data = self._group[name]
        unit = data.attrs["unit"]
        return data[()] if unit == "1" else data[()] * parse(f"1 {unit}")

    soma = property(lambda self: self._read("soma"))
    basal = property(lambda self: self._read("basal"))
    apical = property(lambda self: self._read("apical"))
    rate = property(lambda self: self._read("rate"))
    unit = property(lambda self: self._group["unit"][()])
