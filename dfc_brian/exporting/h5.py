"""HDF5 as traces.h5 is, which `dfc_brian.recording.Traces` reads; units and axes are attributes."""

from pathlib import Path

import h5py
import numpy as np
from brian2.units.fundamentalunits import get_dimensions

from . import display
from .about import about
from .content import Content, Recording


def write(content: Content, path: Path, name: str) -> None:
    """Write ``path``: the selection in the layout of traces.h5, each variable as numbers of its attribute ``unit``."""
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs.update(about(content))
        for recording in content.recordings:
            _write(recording, file.require_group(recording.moment).create_group(recording.phase, track_order=True))


def _write(recording: Recording, place: h5py.Group) -> None:
    samples, trials = recording.samples, recording.trials
    _add(place, "time", recording.time, ["time"])
    for key, axes in {"image": 1, "label": 1, "prediction": 1, "converged": 1, "input": 2}.items():
        values = getattr(recording.shown, key)
        if values is not None:
            _add(place, key, values[samples], ["batch", "input"][:axes])
    target = trials[0].target
    _add(place, "target", np.stack([np.asarray(trial.target) for trial in trials]), ["batch", "output"], like=target)
    for group, names in recording.names.items():
        _add(place, f"{group}/unit", recording.unit(group), ["unit"])
        for name in names:
            read = [recording.read(group, name, trial.sample) for trial in trials]
            values = np.stack([np.asarray(each) for each in read], axis=1)
            _add(place, f"{group}/{name}", values, ["time", "batch", "unit"], like=read[0])


def _add(place: h5py.Group, name: str, values, axes: list[str], like=None) -> None:
    """Write numbers of the unit in which values ``like`` these are shown."""
    like = values if like is None else like
    numbers = np.asarray(values) / display.scale(like) if display.unit(like) != "1" else values
    options = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if np.ndim(numbers) == 3 else {}
    data = place.create_dataset(name, data=numbers, **options)
    data.attrs["unit"], data.attrs["scale"] = display.unit(like), display.scale(like)
    data.attrs["si"] = np.array(get_dimensions(like)._dims, dtype=float)
    data.attrs["dimensions"] = axes
