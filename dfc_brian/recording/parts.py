"""Presentations of some images as immutable .npz parts, so that a kill while recording spoils nothing."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from brian2.units.fundamentalunits import get_dimensions

from dfc_brian.files import make_folder, replacing
from dfc_brian.recording.selection import select


class Part(NamedTuple):
    """A part's file, and what it holds: ``moment``, ``phase``, and the place of its first image among the images."""

    path: Path
    moment: str
    phase: str
    first: int


def parts(folder):
    """The parts (list of `Part`) that wait in a run's folder for `finalise`."""
    found = []
    for path in sorted((Path(folder) / "traces").glob("[!.]*-*-*.npz")):
        moment, phase, first = path.stem.split("-")
        found.append(Part(path, moment, phase, int(first)))
    return found


def write_part(folder, moment, phase, shown, recipe, images, labels=None, x=None, first=0):
    """Write what `recipe.traces` selects of a presentation to traces/<moment>-<phase>-<first>.npz in a run's folder.

    Parameters
    ----------
    moment : str
        "before", "after" or "epoch<k>".
    phase : str
        "feedforward", "controlled" or "sleep".
    shown : the result of `Network.present`, `Network.present_in_turn` or `Network.sleep`
        Its arrays are (time, batch, unit), those of weights (time, presentation, synapse).
    images : (batch,) int
        Numbers of the images in the test set.
    labels : (batch,) int, optional
    x : (batch, n_in), optional
        The images themselves.
    first : int
        How many images of this moment and phase have been written in other parts.

    Raises `DiskError`.
    """
    kept = slice(None, None, recipe.traces.stride((recipe.sleep if phase == "sleep" else recipe.presentation).dt))
    output = np.asarray(shown.output)[kept]
    arrays = {
        "time": np.asarray(shown.time)[kept],
        "image": np.asarray(images, dtype=np.int64),
        "target": np.asarray(shown.target),
        "output": output,
    }
    for group, chosen in select(recipe, phase).items():
        arrays[f"{group}/unit"] = chosen.unit
        for name in chosen.names:
            values = shown[group][name]
            arrays[f"{group}/{name}"] = np.asarray(values)[kept][:, :, chosen.unit]
            arrays[f"{group}/{name}/si"] = np.array(get_dimensions(values)._dims, dtype=float)
    for name, recorded in getattr(shown, "weights", {}).items() if not first else ():
        arrays |= {f"{name}/weight": recorded.values[kept], f"{name}/post": recorded.post, f"{name}/pre": recorded.pre}
    if phase == "controlled":
        arrays["converged"] = np.asarray(shown.converged)
    if labels is not None:
        arrays["label"] = np.asarray(labels, dtype=np.int64)
    if recipe.network.loss == "cross_entropy":
        arrays["prediction"] = output[0].argmax(axis=1)
    if x is not None:
        arrays["input"] = np.asarray(x)
    make_folder(Path(folder) / "traces")
    path = Path(folder) / "traces" / f"{moment}-{phase}-{first}.npz"
    with replacing(path) as aside, aside.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
