"""The results of a run, read from its folder with `load_run`."""

import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from dfc_brian import recording
from dfc_brian.cards import card
from dfc_brian.errors import BadInput, CorruptData
from dfc_brian.files import make_folder
from dfc_brian.recipe import Recipe

OWN = ("recipe.toml", "environment.json", "status.json", "metrics.jsonl", "sleep.jsonl", "weights.npz", "traces.h5")
OWN += ("checkpoint.npz",)
"""The files of a run's folder that nothing else may replace, and the parts in its folder traces."""


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
        return _read_rows(self.folder / "metrics.jsonl")

    @cached_property
    def sleep(self):
        """list of dicts, one per sleep pass: epoch (0: before the first), pass, condition_2, seconds."""
        return _read_rows(self.folder / "sleep.jsonl")

    @cached_property
    def weights(self):
        """dict of arrays: `w<i>` (n_i, n_(i-1)), `b<i>` (n_i,), `q<i>` (n_i, n_L); empty before the first."""
        return _read_arrays(self.folder / "weights.npz")

    @cached_property
    def traces(self):
        """The recorded voltages (`recording.Traces`), or None if nothing was recorded."""
        path = self.folder / "traces.h5"
        return recording.Traces(path) if path.exists() else None

    def figure(self, name, **options):
        """A figure of the run, such as "voltages" or "mismatch": a matplotlib Figure (`dfc_brian.plots.draw`)."""
        from dfc_brian import plots

        return plots.draw(self, name, **options)

    def report(self, out=None, units="physical", figures=None):
        """Write a page about the run to report.html in its folder, or to ``out`` (`dfc_brian.reporting.report`)."""
        from dfc_brian.reporting import report

        return report(self, out, units, figures)

    def export(self, to, out=None, select=None, units="physical"):
        """Write the recorded voltages as "nwb", "neo", "csv", "npz" or "h5" (`dfc_brian.exporting.export`)."""
        from dfc_brian.exporting import export

        return export(self, to, out, select, units)

    def destination(self, out, name):
        """Where something made of the run is written (Path): to the file ``out``, or to ``name`` in its folder.

        The folder of the file is made. `BadInput` if ``out`` is a folder, or one of the run's own files.
        """
        path = self.folder / name if out is None else Path(out).expanduser()
        real, own = path.resolve(), self.folder.resolve()
        if path.is_dir():
            raise BadInput(f"{path} is a folder", fix=f"name a file: --out {path / name}")
        if real in [own / each for each in OWN] or own / "traces" in real.parents:
            raise BadInput(f"{path} belongs to the run itself", fix=f"another file, such as --out {self.folder / name}")
        make_folder(real.parent)
        return path

    def __repr__(self):
        lines = [f"{name}: {line}" for name, text in self._parts().items() for line in text.splitlines()]
        return "\n  ".join([f"Run('{self.folder}')", self.recipe.description, *lines])

    def _repr_html_(self):
        return card(self.recipe.description or "Run", {"folder": self.folder} | self._parts())

    def _parts(self):
        """What there is of the run: texts by name."""
        state = ", ".join(f"{key} {value}" for key, value in self.status.items() if key not in ("state", "time"))
        parts = {"status": self.status["state"] + (f" ({state})" if state else "")}
        if self.metrics:
            parts["metrics"] = _summary(self.metrics[-1])
        if self.weights:
            parts["weights"] = ", ".join(f"{key} {value.shape}" for key, value in self.weights.items())
        if self.traces is not None:
            parts["traces"] = repr(self.traces)
        elif recording.parts(self.folder):
            parts["traces"] = "in parts; dfc_brian.recording.finalise(run.folder) makes traces.h5 of them"
        return parts


def load_run(folder):
    """The `Run` in `folder`; `BadInput` if there is none."""
    folder = Path(folder).expanduser()
    if not (folder / "recipe.toml").is_file() or not (folder / "status.json").is_file():
        raise BadInput(
            f"{folder} is not the folder of a run",
            got=_what_is(folder),
            fix="give the folder that the training command named, ./runs/<recipe>/<time>-<method>-seed<n>/",
        )
    return Run(folder)


def _what_is(folder):
    if folder.is_dir():
        return "no recipe.toml and status.json in it"
    return "a file" if folder.exists() else "no such folder"


def _summary(row):
    shown = {key: f"{100 * value:.2f} %" if key.endswith("error") else f"{value:.5g}" for key, value in row.items()}
    return ", ".join(f"{key} {value}" for key, value in shown.items())


def _read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise CorruptData(f"{path} is not JSON", got=str(problem)) from None


def _read_rows(path):
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
