"""How much a run will record, told before it begins, and refused where the disk has no room for it."""

import shutil
from pathlib import Path

from dfc_brian.errors import DiskError
from dfc_brian.recipe import Recipe
from dfc_brian.recording.selection import phases, select

BYTES = 8
"""Of a number: recordings are in double precision."""
TWICE = 2
"""While the parts are gathered into traces.h5, both are there."""


def predicted(recipe: Recipe, images: int) -> int:
    """Bytes of all that a run records of so many test images, before compression."""
    moments = len(recipe.traces.moments(recipe.train.epochs))
    return moments * sum(_of_phase(recipe, phase, images) for phase in phases(recipe))


def check_room(recipe: Recipe, images: int, folder: Path) -> None:
    """`DiskError` unless the disk has room for what a run will record in ``folder``, which need not exist yet."""
    needed = TWICE * predicted(recipe, images)
    place = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    free = shutil.disk_usage(place).free
    if needed > free:
        raise DiskError(
            f"the disk of {place} has no room for the voltages that this run would record",
            got=f"{text(free)} free",
            allowed=f"{text(needed)}: {text(needed // TWICE)}, and as much again while traces.h5 is made",
            fix="fewer traces.images, variables, units, layers, phases or moments (when), or a larger traces.every",
        )


def text(size: int) -> str:
    """A number of bytes, such as "3.2 MB"."""
    value, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.3g} {unit}"


def _of_phase(recipe, phase, images):
    times, sizes = recipe.sleep if phase == "sleep" else recipe.presentation, recipe.network.sizes
    states = -(-times.states // recipe.traces.stride(times.dt))
    per_state = sizes[-1] + sum(len(each.names) * len(each.unit) for each in select(recipe, phase).values())
    synapses = 0 if phase == "sleep" else recipe.traces.synapses * (len(sizes) - 1)
    turns = images if recipe.plasticity_model.online else 1
    return BYTES * (images * (states * per_state + sizes[0] + sizes[-1]) + turns * states * synapses)
