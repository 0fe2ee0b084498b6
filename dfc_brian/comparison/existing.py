"""Runs that exist already: what equals a run of the comparison, of this version, need not be trained again."""

import json
from collections.abc import Iterable
from pathlib import Path

from .. import toml_text
from ..environment import version
from ..errors import DfcError
from ..recipe import Recipe
from ..results import Run, load_run
from ..training.checkpoint import IGNORED


class Existing:
    """The runs anywhere below ``folders``, found by their recipe."""

    def __init__(self, folders: Iterable[Path]):
        files = {file.resolve(): file for folder in folders for file in sorted(folder.rglob("recipe.toml"))}
        self._found = [(_essence(file), file.parent) for file in files.values()]

    def find(self, recipe: Recipe) -> Run | None:
        """The run of a recipe that computes the same, which has ended or else got farthest; or None."""
        wanted = _relevant(recipe.to_tables())
        equal = [readable(folder) for essence, folder in self._found if essence == wanted and _is_ours(folder)]
        return max(filter(None, equal), key=lambda run: (has_ended(run, recipe), *_reached(run)), default=None)


def has_ended(run: Run, recipe: Recipe) -> bool:
    """Whether the run of this recipe has nothing more to learn: it is complete, or diverged, as it would again."""
    state = run.status["state"]
    return state == "diverged" or (state == "done" and len(run.metrics) == recipe.train.epochs)


def readable(folder: Path) -> Run | None:
    """The `Run` in a folder, or None if there is none or it is damaged."""
    try:
        run = load_run(folder)
        _ = run.status["state"], run.metrics
    except (DfcError, OSError, KeyError, TypeError):
        return None
    return run


def _essence(file):
    try:
        return _relevant(toml_text.read(file))
    except DfcError:
        return None


def _is_ours(folder):
    """Whether this version of the package made the run."""
    try:
        made = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
        return made["packages"]["dfc-brian"] == version()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _relevant(tables):
    """The tables of a recipe without those from which nothing is computed."""
    return {key: value for key, value in tables.items() if key not in IGNORED}


def _reached(run):
    return run.status.get("epoch", 0), run.status.get("block", 0)
