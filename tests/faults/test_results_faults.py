"""A run's folder and its traces: whole or absent, whatever happens; read back as they were written."""

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from brian2 import second

import dfc_brian as dfc
from dfc_brian import recording
from dfc_brian.errors import BadInput, CorruptData, DiskError
from dfc_brian.training.folder import RunFolder

T, BATCH, SIZES = 7, 3, (64, 5, 10)


def recipe(**changes):
    return dfc.Recipe.load("digits", {"network.sizes": [64, 5, 10], "traces.images": [4, 8, 2], **changes})


class Shown(dict):
    """What `Network.present` gives, with random values."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.time = np.arange(T) * 1e-3 * second
        self.control, self.target = rng.normal(size=(T, BATCH, 10)), rng.normal(size=(BATCH, 10))
        self.layers, self.weights = ("layer1", "layer2"), {}
        parts = ("soma", "basal", "apical", "rate")
        super().__init__(
            {
                name: SimpleNamespace(**{part: rng.normal(size=(T, BATCH, n)) for part in parts})
                for name, n in zip(self.layers, SIZES[1:], strict=True)
            }
        )


def test_traces_come_back_as_they_were(tmp_path):
    chosen = recipe(**{"traces.units": [1, 3]})
    folder, shown, labels = RunFolder.create(chosen, tmp_path / "run"), Shown(), np.array([1, 0, 9])
    for tag in ("after", "before"):
        recording.write_part(folder.path, tag, shown, chosen, [4, 8, 2], labels)
    assert recording.finalise(folder.path) == folder.path / "traces.h5"
    assert recording.finalise(folder.path) == folder.path / "traces.h5", "a second time changes nothing"
    assert not (folder.path / "traces").exists()
    traces = dfc.load_run(folder.path).traces
    assert list(traces) == ["before", "after"]
    before = traces["before"]
    assert np.array_equal(before["layer1"].unit, [1, 3])
    assert np.array_equal(before["layer1"].apical, shown["layer1"].apical[:, :, [1, 3]])
    assert np.array_equal(before.control, shown.control) and np.array_equal(before.target, shown.target)
    assert np.array_equal(before.image, [4, 8, 2]) and np.array_equal(before.label, labels)
    assert np.array_equal(before.prediction, shown["layer2"].rate[0].argmax(-1))
    assert np.array_equal(np.asarray(before.time), np.asarray(shown.time))
    with h5py.File(folder.path / "traces.h5") as file:
        soma = file["before/layer1/soma"]
        assert list(soma.attrs["dimensions"]) == ["time", "batch", "unit"] and soma.attrs["unit"] == "1"
        assert file["before/time"].attrs["unit"] == "s"


def test_weights_metrics_and_recipe_come_back(tmp_path):
    folder = RunFolder.create(recipe(), tmp_path / "run")
    weights = {"w1": np.random.default_rng(0).normal(size=(5, 64)), "b1": np.zeros(5)}
    folder.save_weights(weights)
    rows = [{"epoch": 1, "test_error": 0.25}, {"epoch": 2, "test_error": 0.125}]
    folder.save_metrics(rows)
    folder.save_metrics([{"epoch": 0, "pass": 1, "condition_2": 0.5}], "sleep")
    run = dfc.load_run(folder.path)
    assert all(np.array_equal(run.weights[name], weights[name]) for name in weights)
    assert run.metrics == rows and run.sleep == [{"epoch": 0, "pass": 1, "condition_2": 0.5}]
    assert run.recipe == recipe()
    assert "0.125" in repr(run) or "12.5" in repr(run)


def test_a_kill_while_writing_leaves_whole_files_only(tmp_path):
    """20 kills at random moments of a process that writes the same files again and again."""
    code = (
        "import sys, numpy as np\nfrom dfc_brian.files import replacing\nfrom pathlib import Path\n"
        "path, k = Path(sys.argv[1]), 0\nprint('go', flush=True)\n"
        "while True:\n    k += 1\n"
        "    with replacing(path) as aside, aside.open('wb') as file:\n"
        "        np.savez(file, a=np.full(100_000, k), b=np.full(100_000, k))\n"
    )
    path, rng = tmp_path / "part.npz", np.random.default_rng(1)
    for _ in range(20):
        process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(0.02 + 0.1 * rng.random())
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if path.exists():
            with np.load(path, allow_pickle=False) as arrays:
                assert (arrays["a"] == arrays["b"]).all() and arrays["a"].min() == arrays["a"].max()
    assert path.exists()


def test_a_folder_in_use_or_not_writable_is_refused(tmp_path):
    with RunFolder.create(recipe(), tmp_path / "run"):
        pass
    with pytest.raises(BadInput, match=r"run is not empty(.|\n)*--resume"):
        RunFolder.create(recipe(), tmp_path / "run")
    (tmp_path / "file").write_text("")
    with pytest.raises((DiskError, BadInput)):
        RunFolder.create(recipe(), tmp_path / "file" / "run")


def test_a_full_disk_leaves_the_last_weights(tmp_path, monkeypatch):
    folder = RunFolder.create(recipe(), tmp_path / "run")
    folder.save_weights({"w1": np.ones(3)})

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(DiskError, match="No space left"):
        folder.save_weights({"w1": np.zeros(3)})
    assert dfc.load_run(folder.path).weights["w1"].all()
    assert not list(folder.path.glob(".*"))


@pytest.mark.parametrize("name", ["weights.npz", "metrics.jsonl", "status.json", "traces.h5"])
def test_damaged_files_are_named(tmp_path, name):
    folder = RunFolder.create(recipe(), tmp_path / "run")
    (folder.path / name).write_bytes(b"\x00damaged")
    run = dfc.load_run(folder.path)
    with pytest.raises(CorruptData, match=name):
        getattr(run, name.partition(".")[0])


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(BadInput, match="nothing here|no run|not a run|recipe.toml"):
        dfc.load_run(tmp_path / "nothing here")
