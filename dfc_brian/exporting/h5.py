"""HDF5 in the layout of traces.h5, which `dfc_brian.recording.Traces` reads.

What differs: numbers are those of their attribute ``unit``, such as mV, and one of these is ``scale`` SI units; the
file's attributes say more of the run.
"""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from brian2.units.fundamentalunits import get_dimensions

from ..recording.layout import axes_of, compression, subgroup
from . import display
from .about import about
from .content import FACTS, Content, Recording


def write(content: Content, path: Path, name: str) -> None:
    """Write ``path``."""
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs.update(about(content))
        for recording in content.recordings:
            moment = subgroup(file, recording.moment)
            for place, values in _arrays(recording):
                _write(subgroup(moment, recording.phase), place, values)


def _arrays(recording: Recording) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays by their path, as in traces.h5: there outputs are one array, and weights that images share come once."""
    yield "time", recording.time
    for key in (*FACTS, "input"):
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
    numbers = display.number(values) if display.unit(values) != "1" else np.asarray(values)
    data = subgroup(parent, group).create_dataset(name, data=numbers, **compression(numbers))
    data.attrs["unit"], data.attrs["scale"] = display.unit(values), display.scale(values)
    data.attrs["si"] = np.array(get_dimensions(values)._dims, dtype=float)
    data.attrs["dimensions"] = list(axes_of(path))
