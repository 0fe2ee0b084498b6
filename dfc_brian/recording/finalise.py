"""All parts of a run gathered into traces.h5, which is written aside and then takes its place."""

import re
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np

from dfc_brian import environment
from dfc_brian.errors import CorruptData
from dfc_brian.files import replacing
from dfc_brian.recording.parts import COMPARTMENTS, parts

AXES = {
    "time": ["time"],
    "target": ["batch", "output"],
    "input": ["batch", "input"],
    "image": ["batch"],
    "label": ["batch"],
    "prediction": ["batch"],
    "control": ["time", "batch", "output"],
    "output": ["time", "batch", "output"],
    "unit": ["unit"],
    "weight": ["time", "presentation", "synapse"],
    "post": ["synapse"],
    "pre": ["synapse"],
}
PLACE = {"control": "controller/u", "target": "controller/target"}


def finalise(folder):
    """Move the parts in a run's folder into its traces.h5 and return its path, or None if there are none.

    A second call, or one after a kill at any moment, ends with the same file. Layout:
    /<tag>/time (s), /<tag>/<layer>/{soma,basal,apical,rate} (time, batch, unit) and unit, /<tag>/controller/u and
    target, /<tag>/output, /<tag>/image, label, prediction, input, /<tag>/w<i>/weight (time, presentation, synapse) with
    the units post and pre that each synapse connects; attributes name units and axes.
    Raises `DiskError`, and `CorruptData` for a damaged part.
    """
    folder = Path(folder)
    path = folder / "traces.h5"
    waiting = sorted(parts(folder), key=lambda part: _order(part.stem))
    if waiting:
        with replacing(path) as aside:
            if path.exists():
                shutil.copyfile(path, aside)
            with h5py.File(aside, "a", track_order=True) as file:
                file.attrs["recipe"] = (folder / "recipe.toml").read_text(encoding="utf-8")
                file.attrs["dfc_brian"] = environment.version()
                for part in waiting:
                    _copy(part, file)
        for part in waiting:
            part.unlink()
    _remove_folder(folder / "traces")
    return path if path.exists() else None


def _copy(part, file):
    file.pop(part.stem, None)
    group = file.create_group(part.stem, track_order=True)
    try:
        with np.load(part, allow_pickle=False) as arrays:
            for name in arrays.files:
                _write(group, name, arrays)
    except (ValueError, EOFError, zipfile.BadZipFile) as problem:
        raise CorruptData(f"{part} is damaged", got=str(problem), fix="remove it") from None


def _write(group, name, arrays):
    layer, _, last = name.rpartition("/")
    if layer.count("/"):
        return  # the unit of a compartment: an attribute of its array
    values = arrays[name]
    options = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if values.ndim == 3 else {}
    data = group.create_dataset(PLACE.get(name, name), data=values, **options)
    if last in COMPARTMENTS:
        data.attrs["unit"] = str(arrays[f"{name}/unit"])
        data.attrs["dimensions"] = ["time", "batch", "unit"]
    else:
        data.attrs["unit"] = "s" if name == "time" else "1"
        data.attrs["dimensions"] = AXES[last]


def _order(tag):
    """before, epoch1, epoch2, ..., after"""
    number = re.search(r"\d+$", tag)
    return {"before": (0, 0), "after": (2, 0)}.get(tag, (1, int(number[0]) if number else 0))


def _remove_folder(folder):
    for leftover in folder.glob(".*.tmp"):
        leftover.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
