"""How arrays lie in a traces.h5, in the group of a moment and phase: groups, axes, compression."""

import h5py

GROWING = "batch"
"""The axis along which parts follow one another."""
AXES = {
    "time": ("time",),
    "target": ("batch", "output"),
    "input": ("batch", "input"),
    "image": ("batch",),
    "label": ("batch",),
    "prediction": ("batch",),
    "converged": ("batch",),
    "output": ("time", "batch", "output"),
}
AXES_OF_WEIGHTS = {"weight": ("time", "presentation", "synapse"), "post": ("synapse",), "pre": ("synapse",)}
VARIABLE = ("time", "batch", "unit")


def axes_of(path: str) -> tuple[str, ...]:
    """The axes of the array with this path, such as "time", "layer1/soma" or "w1/weight"."""
    group, _, name = path.rpartition("/")
    if group.startswith("w"):
        return AXES_OF_WEIGHTS[name]
    return {"unit": ("unit",)}.get(name, VARIABLE) if group else AXES[name]


def subgroup(parent: h5py.Group, name: str) -> h5py.Group:
    """The group of this name, whose members keep the order in which they come; the parent itself without a name."""
    if not name:
        return parent
    return parent[name] if name in parent else parent.create_group(name, track_order=True)


def compression(values) -> dict:
    """Options for a data set of ``values``: what has time is compressed."""
    return {"compression": "gzip", "compression_opts": 1, "shuffle": True} if values.ndim == 3 else {}
