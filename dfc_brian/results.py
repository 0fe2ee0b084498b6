"""A run's folder: written while training, read with `load_run`. Every file in it is complete or absent."""

import json
import shutil
import zipfile
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from dfc_brian import environment, recording
from dfc_brian.errors import BadInput, CorruptData, DiskError
from dfc_brian.files import disk_error, make_folder, replacing, write_text
from dfc_brian.recipe import Recipe


class RunFolder:
    """The writing side of a run's folder.

    Parameters
    ----------
    path : path-like
        An existing folder of a run; `RunFolder.create` makes a new one.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._metrics = _read_metrics(self.path)
        self._reached = {}

    @classmethod
    def create(cls, recipe, out=None):
        """A new folder `out`, by default ./runs/<recipe>/<time>-<method>-seed<n>/, with recipe and environment.

        Raises `BadInput` if `out` already holds something, `DiskError` if it cannot be written.
        """
        path = _new_folder(_default_folder(recipe)) if out is None else _given_folder(Path(out).expanduser())
        write_text(path / "recipe.toml", recipe.to_toml())
        write_text(path / "environment.json", _json(environment.describe()))
        folder = cls(path)
        folder.set_status("running", epoch=0, block=0)
        return folder

    def remove(self):
        """Take the folder away again, because the run could not begin."""
        shutil.rmtree(self.path, ignore_errors=True)

    def append_metrics(self, row):
        """Add one row (dict of numbers) to metrics.jsonl."""
        metrics = [*self._metrics, {key: _plain(value) for key, value in row.items()}]
        write_text(self.path / "metrics.jsonl", "".join(json.dumps(each) + "\n" for each in metrics))
        self._metrics = metrics

    def save_weights(self, weights):
        """Write weights.npz: `w<i>` (n_i, n_(i-1)), `b<i>` (n_i,), `q<i>` (n_i, n_L)."""
        with replacing(self.path / "weights.npz") as aside, aside.open("wb") as file:
            np.savez(file, allow_pickle=False, **weights)

    def set_status(self, state, **more):
        """Write status.json: "running", "done", "interrupted", "diverged" ..., and what else is known."""
        self._reached |= {key: more[key] for key in ("epoch", "block") if key in more}
        more = self._reached | more
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        status = {"state": state, **{key: _plain(value) for key, value in more.items()}, "time": now}
        write_text(self.path / "status.json", _json(status))


@dataclass(frozen=True)
class Run:
    """The results of a run, read when first asked for; `load_run` makes one."""

    folder: Path

    @cached_property
    def recipe(self):
        """The resolved `Recipe`."""
        return Recipe.load(self.folder / "recipe.toml")

    @cached_property
    def status(self):
        """dict: `state`, and how far the run got."""
        return _read_json(self.folder / "status.json")

    @cached_property
    def metrics(self):
        """list of dicts, one per epoch: epoch, train_loss, test_error (a fraction), ..."""
        return _read_metrics(self.folder)

    @cached_property
    def weights(self):
        """dict of arrays: `w<i>` (n_i, n_(i-1)), `b<i>` (n_i,), `q<i>` (n_i, n_L); empty before the first."""
        return _read_arrays(self.folder / "weights.npz")

    @cached_property
    def traces(self):
        """The recorded voltages (`recording.Traces`), or None if nothing was recorded."""
        path = self.folder / "traces.h5"
        return recording.Traces(path) if path.exists() else None

    def __repr__(self):
        lines = [f"Run('{self.folder}')", f"  {self.recipe.description}"]
        state = ", ".join(f"{key} {value}" for key, value in self.status.items() if key not in ("state", "time"))
        lines.append(f"  status: {self.status['state']}" + (f" ({state})" if state else ""))
        if self.metrics:
            lines.append(f"  metrics: {_summary(self.metrics[-1])}")
        if self.weights:
            lines.append("  weights: " + ", ".join(f"{key} {value.shape}" for key, value in self.weights.items()))
        if self.traces is not None:
            lines += ["  traces: " + line for line in repr(self.traces).splitlines()]
        elif recording.parts(self.folder):
            lines.append("  traces: in parts; dfc_brian.recording.finalise(run.folder) makes traces.h5 of them")
        return "\n".join(lines)


def load_run(folder):
    """The `Run` in `folder`; `BadInput` if there is none."""
    folder = Path(folder).expanduser()
    if not (folder / "recipe.toml").is_file() or not (folder / "status.json").is_file():
        raise BadInput(
            f"{folder} is not the folder of a run",
            got="no such folder" if not folder.is_dir() else "no recipe.toml and status.json in it",
            fix="give the folder that the training command named, ./runs/<recipe>/<time>-<method>-seed<n>/",
        )
    return Run(folder)


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


def _given_folder(path):
    make_folder(path)
    try:
        used = next(path.iterdir(), None)
    except OSError as problem:
        raise disk_error(path, problem) from problem
    if used is not None:
        raise BadInput(f"the output folder {path} is not empty", got=used.name, fix="choose a new folder")
    return path


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def _json(tree):
    return json.dumps(tree, indent=2) + "\n"


def _summary(row):
    shown = {key: f"{100 * value:.2f} %" if key.endswith("error") else f"{value:.5g}" for key, value in row.items()}
    return ", ".join(f"{key} {value}" for key, value in shown.items())


def _read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise CorruptData(f"{path} is not JSON", got=str(problem)) from None


def _read_metrics(folder):
    path = folder / "metrics.jsonl"
    if not path.exists():
        return []
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except ValueError as problem:
        raise CorruptData(f"{path} is damaged", got=str(problem)) from None


def _read_arrays(path):
    if not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as problem:
        raise CorruptData(f"{path} is damaged", got=str(problem)) from None
