"""All parts of a run gathered into traces.h5, which is written aside and then takes its place."""

import re
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
from brian2.units.fundamentalunits import get_or_create_dimension

from dfc_brian import environment
from dfc_brian.errors import CorruptData
from dfc_brian.files import replacing
from dfc_brian.models.quantities import unit_text
from dfc_brian.recording.layout import GROWING, axes_of, compression, subgroup
from dfc_brian.recording.parts import parts
from dfc_brian.recording.selection import PHASES

CHUNK = 1_000_000


def finalise(folder):
    """Move the parts in a run's folder into its traces.h5 and return its path, or None if there are none.

    A second call, or one after a kill at any moment, ends with the same file. Layout, in each /<moment>/<phase>:
    time (s), <layer>/<variable> (time, batch, unit) and unit, controller/<variable>, target, output, image, label,
    prediction, converged, input, w<i>/weight (time, presentation, synapse) with the units post and pre that each
    synapse connects. Attributes name axes and units; ``si`` are the exponents of m, kg, s, A, K, mol, cd.
    Raises `DiskError`, and `CorruptData` for a damaged part.
    """
    folder = Path(folder)
    path = folder / "traces.h5"
    waiting = sorted(parts(folder), key=_order)
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
            part.path.unlink()
    _remove_folder(folder / "traces")
    return path if path.exists() else None


def _copy(part, file):
    group = subgroup(subgroup(file, part.moment), part.phase)
    try:
        with np.load(part.path, allow_pickle=False) as arrays:
            for name in arrays.files:
                if not name.endswith("/si"):
                    owner = subgroup(group, name.rpartition("/")[0])
                    _write(owner, name, arrays, part.first)
    except (ValueError, EOFError, zipfile.BadZipFile) as problem:
        raise CorruptData(f"{part.path} is damaged", got=str(problem), fix="remove it") from None


def _write(group, path, arrays, first):
    """Write a part's array into its group; again, if it is there already."""
    values, name = arrays[path], path.rpartition("/")[2]
    axes = axes_of(path)
    begin = tuple(first if axis == GROWING else 0 for axis in axes)
    end = tuple(start + n for start, n in zip(begin, values.shape, strict=True))
    if name not in group:
        options = compression(values)
        largest = tuple(None if axis == GROWING else n for axis, n in zip(axes, values.shape, strict=True))
        if None in largest:
            options |= {"maxshape": largest, "chunks": _chunks(values)}
        data = group.create_dataset(name, end, values.dtype, **options)
        si = arrays.get(f"{path}/si", [0, 0, name == "time", 0, 0, 0, 0])
        data.attrs["si"] = np.array(si, dtype=float)
        data.attrs["unit"] = "s" if name == "time" else unit_text(get_or_create_dimension(list(si)))
        data.attrs["dimensions"] = list(axes)
    data = group[name]
    if GROWING in axes:
        data.resize(tuple(map(max, data.shape, end)))
    data[tuple(map(slice, begin, end))] = values


def _chunks(values):
    """Pieces of about a megabyte; of what has time, of one image each."""
    if values.ndim < 3:
        return values.shape
    states, _, n = values.shape
    return min(states, max(1, CHUNK // (values.itemsize * n))), 1, n


def _order(part):
    """before, epoch1, epoch2, ..., after; of each the phases, of each the images in their order."""
    number = re.search(r"\d+$", part.moment)
    moment = {"before": (0, 0), "after": (2, 0)}.get(part.moment, (1, int(number[0]) if number else 0))
    return moment, PHASES.index(part.phase), part.first


def _remove_folder(folder):
    for leftover in folder.glob(".*.tmp"):
        leftover.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
