"""All that a run needs to go on, in one file that is whole or absent: checkpoint.npz, arrays and text, no pickle."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ..environment import version
from ..errors import BadInput, CorruptData
from ..files import replacing
from ..recipe import Recipe

NAME = "checkpoint.npz"
FORMAT = 1
PARTS = ("weights", "forward", "sleep")
IGNORED = ("name", "description", "published", "cuda")
"""Keys of a recipe on which no number depends."""


@dataclass
class Reached:
    """How far a run has got.

    ``passes`` : of the schedule that are done; ``blocks`` : of the next one
    ``sums`` : over the samples of the epoch's forward pass so far: loss, error, converged, samples
    ``metrics``, ``sleep`` : rows for the epochs, and for the sleep passes, that are done
    ``seconds`` : spent on the pass, and ``epoch_seconds`` on the epoch, up to here
    """

    passes: int = 0
    blocks: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    metrics: list[dict] = field(default_factory=list)
    sleep: list[dict] = field(default_factory=list)
    seconds: float = 0.0
    epoch_seconds: float = 0.0


@dataclass
class Checkpoint:
    """``weights``, the optimisers' states ``forward`` and ``sleep`` (dicts of arrays), and how far the run has got."""

    weights: dict[str, np.ndarray]
    forward: dict[str, np.ndarray]
    sleep: dict[str, np.ndarray]
    reached: Reached


def write(folder: Path, recipe: str, checkpoint: Checkpoint) -> None:
    """Put a checkpoint of a recipe (TOML text) in the place of the last one.

    Raises `DiskError`; the last one is then untouched.
    """
    arrays = {f"{part}/{key}": value for part in PARTS for key, value in getattr(checkpoint, part).items()}
    about = {"format": FORMAT, "dfc_brian": version(), "reached": asdict(checkpoint.reached)}
    texts = {"about": np.array(json.dumps(about)), "recipe": np.array(recipe)}
    with replacing(folder / NAME) as aside, aside.open("wb") as file:
        np.savez(file, allow_pickle=False, **texts, **arrays)


def read(folder: Path, recipe: Recipe | None = None) -> Checkpoint | None:
    """The checkpoint in a run's folder, None if there is none.

    Raises `CorruptData` if it is damaged, `BadInput` if another version wrote it or it is not of ``recipe``.
    """
    path = folder / NAME
    try:
        with np.load(path, allow_pickle=False) as file:
            about, text = (str(file[key]) for key in ("about", "recipe"))
            about = json.loads(about)
            _check_version(path, about)
            if recipe is not None:
                check_recipe(path, text, recipe)
            parts = {part: {} for part in PARTS}
            for key in file.files:
                part, _, name = key.partition("/")
                if name:
                    parts[part][name] = file[key]
        return Checkpoint(**parts, reached=Reached(**about["reached"]))
    except FileNotFoundError:
        return None
    except BadInput:
        raise
    except Exception as problem:  # a damaged zip file fails in many ways
        raise CorruptData(
            f"{path} is damaged",
            got=f"{type(problem).__name__}: {problem}",
            fix="put a whole copy there, or remove it: --resume then begins this run anew",
        ) from None


def remove(folder: Path) -> None:
    """Remove the checkpoint of a run that is done."""
    (folder / NAME).unlink(missing_ok=True)


def check_recipe(path: Path, text: str, wanted: Recipe) -> None:
    """Raises `BadInput` naming what differs if the recipe in ``path``, TOML text, leads to other results."""
    if found := differences(text, wanted):
        lines = [f"{key} = {there!r}, wanted {here!r}" for key, (there, here) in found.items()]
        raise BadInput(
            f"{path} is of another recipe",
            got="\n       ".join(lines),
            fix=f"go on with it as it is, --resume --out {path.parent} and no recipe, or choose another --out",
        )


def differences(text: str, wanted: Recipe) -> dict[str, tuple]:
    """{dotted key: (value in the TOML text, value wanted)} of what leads to other results."""
    there, here = _flat(tomllib.loads(text)), _flat(tomllib.loads(wanted.to_toml()))
    keys = [key for key in {**there, **here} if key.partition(".")[0] not in IGNORED]
    pairs = {key: (there.get(key), here.get(key)) for key in keys}
    return {key: (a, b) for key, (a, b) in pairs.items() if a != b or type(a) is not type(b)}


def _check_version(path: Path, about: Mapping) -> None:
    for key, name, here in (("format", "format", FORMAT), ("dfc_brian", "dfc_brian", version())):
        if about[key] != here:
            raise BadInput(
                f"{path} was written by another version",
                got=f"{name} {about[key]}",
                allowed=f"{name} {here}",
                fix="go on with that version, or begin anew with another --out",
            )


def _flat(tables: Mapping, prefix: str = "") -> dict[str, object]:
    flat = {}
    for key, value in tables.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
