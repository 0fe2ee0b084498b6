"""numpy's .npz: arrays (time, image, unit) by "<moment>/<phase>/<group>/<variable>", and what their units are."""

import json
import zipfile
from pathlib import Path

import numpy as np
from brian2 import ms

from . import display
from .about import about
from .content import FACTS, Content, Recording


def write(content: Content, path: Path, name: str) -> None:
    """Write ``path``.

    "units" has a row (name, unit) for each array that has a unit, "about" is JSON text.
    """
    units = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for recording in content.recordings:
            head = f"{recording.moment}/{recording.phase}"
            for key, values in _facts(recording).items():
                _add(file, f"{head}/{key}", values)
            units[f"{head}/time"] = "ms"
            for group, names in recording.names.items():
                for key, numbers in {"unit": recording.unit(group), **recording.connected(group)}.items():
                    _add(file, f"{head}/{group}/{key}", numbers)
                for variable in names:
                    values = recording.stacked(group, variable)
                    units[f"{head}/{group}/{variable}"] = display.unit(values)
                    _add(file, f"{head}/{group}/{variable}", display.number(values))
        _add(file, "units", np.array(list(units.items())))
        _add(file, "about", np.array(json.dumps(about(content))))


def _facts(recording: Recording) -> dict[str, np.ndarray]:
    """What there is for each trial, and their time."""
    found = {"time": np.asarray(recording.time / ms)}
    for key in FACTS:
        values = [getattr(trial, key) for trial in recording.trials]
        if None not in values:
            found[key] = np.array(values)
    return found | {"target": np.stack([display.number(trial.target) for trial in recording.trials])}


def _add(file: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    with file.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array(member, values, allow_pickle=False)
