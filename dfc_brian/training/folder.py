"""The writing side of a run's folder. Every file in it is complete or absent; `load_run` reads them."""

import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np

from .. import environment
from ..errors import BadInput, DiskError
from ..files import disk_error, make_folder, replacing, write_text
from ..recipe import Recipe
from . import lock


class RunFolder:
    """A run's folder, held for this process until it is closed; `create` makes a new one.

    Raises `BadInput` while another process holds it.
    """

    def __init__(self, path: Path):
        self.path = path
        self._lock = lock.Lock(path)
        for leftover in path.rglob(".*.tmp"):  # a kill left it half-written
            leftover.unlink()

    @classmethod
    def create(cls, recipe: Recipe, out: str | Path | None = None) -> "RunFolder":
        """A new folder ``out``, by default ./runs/<recipe>/<time>-<method>-seed<n>/, with recipe and environment.

        Raises `BadInput` if ``out`` already holds something, `DiskError` if it cannot be written.
        """
        if out is None:
            folder = cls(_new_folder(_default_folder(recipe)))
        else:
            path = Path(out).expanduser()
            make_folder(path)
            _check_empty(path)
            folder = cls(path)
        write_text(folder.path / "environment.json", _json(environment.describe(recipe.train.device)))
        folder.set_status("running", epoch=0, block=0)
        write_text(folder.path / "recipe.toml", recipe.to_toml())  # the last: with it, this is the folder of a run
        return folder

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes in."""
        self._lock.release()

    def remove(self) -> None:
        """Take the folder away again, because the run could not begin."""
        shutil.rmtree(self.path, ignore_errors=True)

    def save_metrics(self, rows: Iterable[Mapping], name: str = "metrics") -> None:
        """Write all rows (dicts of numbers) to metrics.jsonl, or sleep.jsonl; without rows there is no file."""
        path, text = self.path / f"{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows)
        write_text(path, text) if text else path.unlink(missing_ok=True)

    def save_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Write weights.npz: `w<i>` (n_i, n_(i-1)), `b<i>` (n_i,), `q<i>` (n_i, n_L)."""
        with replacing(self.path / "weights.npz") as aside, aside.open("wb") as file:
            np.savez(file, allow_pickle=False, **weights)

    def set_status(self, state: str, **more) -> None:
        """Write status.json: "running", "done", "interrupted", "diverged" ..., and what else is known."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        write_text(self.path / "status.json", _json({"state": state, **more, "time": now}))


def _default_folder(recipe):
    name = f"{datetime.now():%Y%m%d-%H%M%S}-{recipe.learning.method}-seed{recipe.train.seed}"
    return Path("runs") / recipe.name / name


def _new_folder(path):
    """Create `path`, or `path`-2, -3 ... if another run took the same second."""
    make_folder(path.parent)
    for attempt in range(1, 1000):
        candidate = path if attempt == 1 else path.with_name(f"{path.name}-{attempt}")
        try:
            candidate.mkdir()
        except FileExistsError:
            continue
        except OSError as problem:
            raise disk_error(candidate, problem) from problem
        return candidate
    raise DiskError(f"cannot find a free name for {path}")


def _check_empty(path):
    """`BadInput` if there is more in a folder than a run leaves that was killed before it began."""
    own = {lock.NAME, "environment.json", "status.json"}
    try:
        used = [each.name for each in path.iterdir() if each.name not in own and not each.match(".*.tmp")]
    except OSError as problem:
        raise disk_error(path, problem) from problem
    if used:
        fix = "choose a new folder"
        if "recipe.toml" in used:
            fix += ", or go on with the run in it: --resume"
        raise BadInput(f"the output folder {path} is not empty", got=min(used), fix=fix)


def _json(tree):
    return json.dumps(tree, indent=2) + "\n"
