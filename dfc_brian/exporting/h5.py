"""HDF5 in the layout of traces.h5, which `dfc_brian.recording.Traces` reads.

What differs: numbers are those of their attribute ``unit``, such as mV, and one of these is ``scale`` SI units; the
file's attributes say more of the run.
"""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from brian2.units.fundamentalunits import get_dimensions

from ..recording.axes import axes_of
from . import display
from .about import about
from .content import Content, Recording

FACTS = ("image", "label", "prediction", "converged", "input")


def write(content: Content, path: Path, name: str) -> None:
    """Write ``path``."""
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs.update(about(content))
        for recording in content.recordings:
            moment = _group(file, recording.moment)
            for place, values in _arrays(recording):
                _write(_group(moment, recording.phase), place, values)


def _arrays(recording: Recording) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays by their path, as in traces.h5: there outputs are one array, and weights that images share come once."""
    yield "time", recording.time
    for key in FACTS:
        values = getattr(recording.shown, key)
        if values is not None:
            yield key, values[recording.samples]
    yield "target", recording.targets[recording.samples]
    for group, names in recording.names.items():
        if group == "output":
            yield group, recording.stacked(group, "rate")
            continue
        for key, numbers in (recording.connected(group) or {"unit": recording.unit(group)}).items():
            yield f"{group}/{key}", numbers
        for name in names:
            values = recording.stacked(group, name)
            yield f"{group}/{name}", values[:, :1] if recording.shown[group].shared else values


def _write(parent: h5py.Group, path: str, values: np.ndarray) -> None:
    group, _, name = path.rpartition("/")
    place = _group(parent, group) if group else parent
    numbers = display.number(values) if display.unit(values) != "1" else np.asarray(values)
    options = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if numbers.ndim == 3 else {}
    data = place.create_dataset(name, data=numbers, **options)
    data.attrs["unit"], data.attrs["scale"] = display.unit(values), display.scale(values)
    data.attrs["si"] = np.array(get_dimensions(values)._dims, dtype=float)
    data.attrs["dimensions"] = list(axes_of(path))


def _group(parent: h5py.Group, name: str) -> h5py.Group:
    """The group of this name, whose members keep the order in which they come."""
    return parent[name] if name in parent else parent.create_group(name, track_order=True)
