"""Training that goes wrong: the message, the exit code, and what is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

import dfc_brian as dfc
from dfc_brian import datasets
from dfc_brian.errors import Diverged
from dfc_brian.training.traces import Tracer

SMALL = {
    "data.train": 100,
    "train.epochs": 2,
    "presentation.duration": "30 ms",
    "train.device": "numpy",
    "traces.images": [],
}


def test_divergence_names_place_and_keeps_the_last_good_weights(tmp_path):
    recipe = dfc.Recipe.load("digits", SMALL | {"controller.k_p": 60.0, "presentation.duration": "300 ms"})
    with pytest.raises(Diverged) as caught:
        dfc.train(recipe, out=tmp_path / "run")
    message = str(caught.value)
    assert caught.value.exit_code == 70
    for word in ("epoch 1", "block 1", "layer", "compartment", "weights.npz"):
        assert word in message, message
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "diverged"
    kept = dfc.load_run(tmp_path / "run").weights
    assert all(np.isfinite(value).all() for value in kept.values())


def test_weights_that_explode_are_named_with_their_minibatch(tmp_path):
    with pytest.raises(Diverged, match=r"minibatch 1\b(.|\n)*weights (w|b)\d"):
        dfc.train(
            dfc.Recipe.load("digits", SMALL | {"learning.rate": 1e5, "presentation.drop_unconverged": False}),
            out=tmp_path / "run",
        )


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(("device", "duration"), [("numpy", "200 ms"), ("cpp", "2000 ms")])
def test_signals_stop_at_once_keep_what_was_learned_and_say_how_to_go_on(tmp_path, how, code, device, duration):
    """Also in the middle of a simulation: Brian2 alone would end it early, as if it were complete."""
    out = tmp_path / "a run"
    changes = f"presentation.duration={duration}", "network.sizes=[64, 10]", "traces.images=[]"
    longer = [word for change in changes for word in ("--set", change)]
    command = [sys.executable, "-m", "dfc_brian.run", "digits", "--device", device, *longer]
    process = subprocess.Popen(
        [*command, "--epochs", "500", "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.time() + 120
    while not (out / "checkpoint.npz").exists() and time.time() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(how)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == code, complaint
    assert "Traceback" not in complaint and f"python -m dfc_brian.run --resume --out '{out}'" in complaint
    run = dfc.load_run(out)
    assert run.weights and run.status["state"] == "interrupted"
    assert run.status["epoch"] >= 1 and run.status["block"] >= 1
    assert (out / "checkpoint.npz").exists()


def test_missing_compiler_is_said_and_numpy_offered(tmp_path):
    (tmp_path / "bin").mkdir()
    os.symlink(sys.executable, tmp_path / "bin" / "python")
    environment = {**os.environ, "PATH": str(tmp_path / "bin"), "DFC_BRIAN_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "dfc_brian.run", "digits", "--out", str(tmp_path / "run")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 69, done.stderr
    assert not (tmp_path / "run").exists(), "nothing is left behind"
    assert "g++" in done.stderr and "--device numpy" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("units", [[63], []])
def test_figures_never_cost_a_run(tmp_path, units):
    """Units that only some layers have, or none, are left out of the figure."""
    run = dfc.train(
        dfc.Recipe.load("digits", SMALL | {"traces.images": [0], "traces.units": units}), out=tmp_path / "run"
    )
    assert run.status["state"] == "done" and len(run.metrics) == 2


def test_a_damaged_program_is_compiled_again_and_paths_may_have_spaces(tmp_path, monkeypatch):
    monkeypatch.setenv("DFC_BRIAN_CACHE", str(tmp_path / "a cache"))
    net = dfc.Network(dfc.Recipe.bare([3, 2], {"presentation.duration": "20 ms"}), device="cpp")
    first = net.present(np.ones((1, 3)), np.array([1]))
    (program,) = (tmp_path / "a cache" / "programs").iterdir()
    (program / "program.json").write_text("{")
    again = dfc.Network(net.recipe, net.weights, device="cpp").present(np.ones((1, 3)), np.array([1]))
    assert np.array_equal(first.control, again.control)


def test_a_traced_network_that_diverges_is_told(tmp_path):
    recipe = dfc.Recipe.load("digits", {"traces.images": [3], "presentation.duration": "50 ms"})
    data, notes = datasets.load(recipe.data), []
    weights = dict(dfc.Network(recipe).weights)
    tracer = Tracer(recipe, data, SimpleNamespace(path=tmp_path), SimpleNamespace(note=notes.append))
    tracer.record("before", weights)
    assert notes == []
    tracer.record("after", weights | {"q3": -1e3 * weights["q3"]})
    assert len(notes) == 1 and "diverges while it is shown test image 3" in notes[0]
