"""``python -m dfc_brian.run digits`` as a newcomer types it, small: what it prints and what it leaves."""

import json
import subprocess
import sys

import pytest

import dfc_brian as dfc
from dfc_brian import plots

SMALL = ["--set", "presentation.duration=60 ms", "--set", "presentation.drop_unconverged=false", "--train-size", "200"]


@pytest.fixture(scope="module", params=["numpy", "cpp"])
def finished(request, tmp_path_factory):
    """The completed process and the run's folder, from a folder of its own."""
    where = tmp_path_factory.mktemp("anywhere")
    command = [sys.executable, "-m", "dfc_brian.run", "digits", "--epochs", "3", "--device", request.param, *SMALL]
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder,) = (where / "runs" / "digits").iterdir()
    return done, folder


def test_it_leaves_everything_that_the_readme_names(finished):
    done, folder = finished
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "recipe.toml", "environment.json", "metrics.jsonl", "weights.npz", "traces.h5", "status.json",
        "learning_curves.png", "voltages.png", "controller.png",
    }  # fmt: skip
    assert str(folder.name) in done.stdout and folder.name.endswith("dfc-seed42")
    assert json.loads((folder / "status.json").read_text())["state"] == "done"


def test_it_learns_and_prints_a_line_per_epoch(finished):
    done, folder = finished
    metrics = dfc.load_run(folder).metrics
    assert [row["epoch"] for row in metrics] == [1, 2, 3]
    assert metrics[-1]["train_loss"] < metrics[0]["train_loss"] < 2.4
    assert {"train_error", "validation_error", "test_error", "converged", "seconds"} <= set(metrics[0])
    for row in metrics:
        assert f"{100 * row['test_error']:.2f}%" in done.stdout


def test_its_recipe_runs_again_to_the_same_weights(finished, tmp_path):
    _, folder = finished
    again = dfc.train(dfc.Recipe.load(folder / "recipe.toml"), out=tmp_path / "again")
    before = dfc.load_run(folder).weights
    assert all((again.weights[name] == before[name]).all() for name in before)


def test_recording_changes_nothing(finished, tmp_path):
    _, folder = finished
    without = dfc.Recipe.load(folder / "recipe.toml", {"traces.images": []})
    run = dfc.train(without, out=tmp_path / "without")
    before = dfc.load_run(folder).weights
    assert all((run.weights[name] == before[name]).all() for name in before)
    assert run.traces is None


def test_figures_show_what_they_promise(finished):
    _, folder = finished
    run = dfc.load_run(folder)
    figures = [plots.draw(run, name) for name in ("learning_curves", "voltages", "controller")]
    words = " ".join(text.get_text() for figure in figures for text in _texts(figure))
    for word in (
        "epoch",
        "test",
        "soma",
        "basal",
        "apical",
        "time (ms)",
        "Before learning",
        "After learning",
        "target",
    ):
        assert word in words, word


def _texts(figure):
    from matplotlib.text import Text

    return figure.findobj(Text)
