"""A run's folder and its traces: whole or absent, whatever happens; read back as they were written."""

import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
from brian2 import mV, second, volt

import dfc_brian as dfc
from dfc_brian import recording
from dfc_brian.errors import BadInput, CorruptData, DiskError
from dfc_brian.recorded import Recorded
from dfc_brian.training.folder import RunFolder

T, BATCH, SIZES = 7, 3, (64, 5, 10)


def recipe(**changes):
    return dfc.Recipe.load("digits", {"network.sizes": [64, 5, 10], "traces.images": [4, 8, 2], **changes})


class Shown:
    """What `Network.present` or `Network.sleep` gives of some images, with random values, the soma's in mV."""

    def __init__(self, seed=0, batch=BATCH):
        draw = np.random.default_rng(seed).normal
        self.time = np.arange(T) * 1e-3 * second
        self.target, self.converged, self.weights = draw(size=(batch, 10)), np.arange(batch) > 0, {}
        self.output = draw(size=(T, batch, 10))
        parts = {"soma": mV, "basal": 1, "apical": 1, "rate": 1, "noise": second**-0.5}
        self.groups = {
            f"layer{i}": Recorded({name: draw(size=(T, batch, n)) * unit for name, unit in parts.items()})
            for i, n in enumerate(SIZES[1:], start=1)
        }
        self.groups["controller"] = Recorded({name: draw(size=(T, batch, 10)) for name in ("control", "error")})

    def __getitem__(self, name):
        return self.groups[name]


def test_traces_come_back_as_they_were(tmp_path):
    wanted = {"traces.variables": ["soma", "apical", "error", "noise"], "traces.phases": ["controlled", "sleep"]}
    chosen = recipe(**wanted, **{"traces.units": [1, 3], "traces.every": 3})
    folder, labels = RunFolder.create(chosen, tmp_path / "run"), np.array([1, 0, 9])
    shown = {}
    for seed, (moment, phase) in enumerate([("after", "controlled"), ("before", "controlled"), ("before", "sleep")]):
        for first, batch in ((2, 1), (0, 2)):  # two parts, the later images first
            part = shown[moment, phase, first] = Shown(2 * seed + first, batch)
            here = slice(first, first + batch)
            recording.write_part(
                folder.path, moment, phase, part, chosen, [4, 8, 2][here], labels[here], np.ones((batch, 64)), first
            )
    waiting = {part.path: part.path.read_bytes() for part in recording.parts(folder.path)}
    assert recording.finalise(folder.path) == folder.path / "traces.h5"
    assert not (folder.path / "traces").exists()
    check_traces(dfc.load_run(folder.path).traces, shown, labels)
    for removed in range(len(waiting) + 1):  # a kill came while the parts were removed, one after the other
        (folder.path / "traces").mkdir()
        for path in list(waiting)[removed:]:
            path.write_bytes(waiting[path])
        assert recording.finalise(folder.path) == folder.path / "traces.h5"
        check_traces(dfc.load_run(folder.path).traces, shown, labels)
    with h5py.File(folder.path / "traces.h5") as file:
        soma, time = file["before/controlled/layer1/soma"], file["before/controlled/time"]
        assert list(soma.attrs["dimensions"]) == ["time", "batch", "unit"] and soma.attrs["unit"] == "volt"
        assert time.attrs["unit"] == "s"


def check_traces(traces, shown, labels):
    assert list(traces) == ["before", "after"] and traces.phases == ("controlled", "sleep")
    for phase, moments in {"controlled": ["before", "after"], "sleep": ["before"]}.items():
        assert list(traces.phase(phase)) == moments
        for moment in moments:
            found, parts = traces.phase(phase)[moment], [shown[moment, phase, first] for first in (0, 2)]
            assert found.moment == moment and found.phase == phase and found.layers == ("layer1", "layer2")
            assert (
                list(found["layer1"]) == ["soma", "apical"] + ["noise"] * (phase == "sleep") and found.control is None
            )
            for layer in found.layers:
                assert np.array_equal(found[layer].unit, [1, 3])
                for name in found[layer]:
                    given = np.concatenate([np.asarray(part[layer][name]) for part in parts], axis=1)
                    assert np.array_equal(np.asarray(found[layer][name]), given[::3, :, [1, 3]])
                    assert found[layer][name].shape == (3, 3, 2)
                assert found[layer].soma.dim == volt.dim
                assert phase != "sleep" or found[layer]["noise"].dim == (second**-0.5).dim
            errors = np.concatenate([part["controller"]["error"] for part in parts], axis=1)
            assert np.array_equal(found["controller"]["error"], errors[::3])
            assert np.array_equal(found.target, np.concatenate([part.target for part in parts]))
            assert np.array_equal(found.image, [4, 8, 2]) and np.array_equal(found.label, labels)
            output = np.concatenate([part.output for part in parts], axis=1)
            assert np.array_equal(found.output, output[::3])
            assert np.array_equal(found.prediction, output[0].argmax(-1))
            assert np.array_equal(np.asarray(found.time), np.asarray(parts[0].time)[::3])
            assert (found.converged is None) == (phase == "sleep") and found.input.shape == (3, 64)
            with pytest.raises(BadInput, match="basal"):
                found["layer1"].basal  # noqa: B018 - it was not selected


def test_traces_of_earlier_versions_are_read(tmp_path):
    """/<moment>/<layer>/..., without phases; the control signal is called u."""
    soma, u = np.random.default_rng(0).normal(size=(T, 2, 3)), np.ones((T, 2, 10))
    with h5py.File(tmp_path / "traces.h5", "w") as file:
        for name, values in {
            "time": np.arange(T) * 1e-3, "layer1/soma": soma, "layer1/unit": np.arange(3), "image": [4, 8],
            "controller/u": u, "controller/target": u[0], "output": u,
        }.items():  # fmt: skip
            file[f"before/{name}"] = values
        file["before/layer1/soma"].attrs["unit"] = "1"
    traces = recording.Traces(tmp_path / "traces.h5")
    before = traces["before"]
    assert list(traces) == ["before"] and traces.phases == ("controlled",)
    assert np.array_equal(before["layer1"].soma, soma) and np.array_equal(before.control, u)
    assert np.array_equal(before.target, u[0]) and before.time[1] == 1e-3 * second
    assert "images 4 8" in repr(traces)


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
