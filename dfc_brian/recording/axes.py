"""What the axes of recorded arrays are, by their place in the group of a moment and phase."""

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
