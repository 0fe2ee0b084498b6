"""One presentation's voltages as an immutable .npz part, so that a kill while recording spoils nothing."""

from pathlib import Path

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, get_dimensions, get_unit

from dfc_brian.files import make_folder, replacing

COMPARTMENTS = ("soma", "basal", "apical", "rate")


def parts(folder):
    """The parts (sorted list of Path) that wait in a run's folder for `finalise`."""
    return sorted((Path(folder) / "traces").glob("[!.]*.npz"))


def write_part(folder, tag, shown, recipe, images, labels=None, x=None):
    """Write what `recipe.traces` selects of a presentation to traces/<tag>.npz in a run's folder.

    Parameters
    ----------
    tag : str
        "before", "after" or "epoch<k>".
    shown : the result of `Network.present` or `Network.present_in_turn`
        Its arrays are (time, batch, unit), those of weights (time, presentation, synapse).
    images : (batch,) int
        Numbers of the images in the test set.
    labels : (batch,) int, optional
    x : (batch, n_in), optional
        The images themselves.

    Raises `DiskError`.
    """
    arrays = {"time": np.asarray(shown.time), "image": np.asarray(images, dtype=np.int64)}
    for layer in shown.layers:
        arrays |= _layer(layer, shown[layer], recipe.traces)
    for name, recorded in shown.weights.items():
        arrays |= {f"{name}/weight": recorded.values, f"{name}/post": recorded.post, f"{name}/pre": recorded.pre}
    output = np.asarray(shown[shown.layers[-1]].rate)
    arrays |= {"control": np.asarray(shown.control), "target": np.asarray(shown.target), "output": output}
    if labels is not None:
        arrays["label"] = np.asarray(labels, dtype=np.int64)
    if recipe.network.loss == "cross_entropy":
        arrays["prediction"] = output[0].argmax(axis=1)
    if x is not None:
        arrays["input"] = np.asarray(x)
    make_folder(Path(folder) / "traces")
    with replacing(Path(folder) / "traces" / f"{tag}.npz") as aside, aside.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def _layer(layer, recorded, selection):
    """{"<layer>/<compartment>": (time, batch, unit)}, their units, and "<layer>/unit": which they are."""
    if selection.layers != "all" and int(layer.removeprefix("layer")) not in selection.layers:
        return {}
    n = recorded.soma.shape[2]
    unit = np.arange(n) if selection.units == "all" else np.array([i for i in selection.units if i < n], dtype=int)
    arrays = {f"{layer}/unit": unit}
    for compartment in COMPARTMENTS:
        values = getattr(recorded, compartment)
        arrays[f"{layer}/{compartment}"] = np.asarray(values)[:, :, unit]
        arrays[f"{layer}/{compartment}/unit"] = np.array(unit_name(values))
    return arrays


def unit_name(values):
    """The SI unit of an array as `quantities.parse` reads it ("volt"), "1" without dimensions."""
    dimensions = get_dimensions(values)
    return "1" if dimensions is DIMENSIONLESS else repr(get_unit(dimensions))
