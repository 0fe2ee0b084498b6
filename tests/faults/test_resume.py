"""Training that is stopped, in whatever way, and goes on: the same bits; or a refusal that says why."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dfc_brian as dfc
from dfc_brian import environment
from dfc_brian.errors import BadInput, CorruptData, DiskError, Diverged
from dfc_brian.training import Quiet, checkpoint, lock, loop

TINY = {
    "learning.method": "dfc-ssa",
    "train.device": "numpy",
    "network.sizes": [64, 6, 10],
    "data.train": 120,
    "train.batch_size": 1,
    "train.epochs": 2,
    "traces.images": [],
}
SHOWN = {"presentation.duration": "10 ms", "presentation.drop_unconverged": False}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Without what takes longer than these trainings: figures, and asking the compiler for its version."""
    monkeypatch.setattr(loop, "_draw", lambda *_: None)
    monkeypatch.setattr(environment, "describe", lambda device: {})


def digits(**changes):
    return dfc.Recipe.load("digits", TINY | changes)


class StopAt(Quiet):
    """Ctrl-C when something is said for the n-th time."""

    def __init__(self, event, number=1, error=KeyboardInterrupt):
        self.left = number
        setattr(self, event, lambda *_, **__: self.count(error))

    def count(self, error):
        self.left -= 1
        if self.left == 0:
            raise error


def stopped(recipe, out, *when):
    with pytest.raises(KeyboardInterrupt) as caught:
        dfc.train(recipe, out=out, progress=StopAt(*when))
    return caught.value


def equal(run, wanted):
    assert all(run.weights[name].tobytes() == value.tobytes() for name, value in wanted.weights.items())
    return [row | {"seconds": 0} for row in run.metrics] == [row | {"seconds": 0} for row in wanted.metrics]


@pytest.mark.parametrize(
    ("how", "count", "changes"),
    [
        ("randomly", 20, {"learning.method": "bp", "data.train": 1000, "train.batch_size": 5, "train.epochs": 3}),
        (
            "at_each_file",
            40,
            SHOWN
            | {"data.train": 60, "train.epochs": 1, "traces.images": [0, 5], "traces.when": ["before", 1, "after"]}
            | {"traces.variables": ["soma", "control"]},
        ),
        (
            "randomly",
            4,
            SHOWN
            | {"learning.method": "dfc", "learning.feedback": "learned", "feedback.pretraining": 2}
            | {"data.train": 300, "train.batch_size": 10, "train.epochs": 1, "train.device": "cpp"}
            | {"traces.images": {"3": 2}, "traces.phases": ["feedforward", "controlled", "sleep"]},
        ),
    ],
    ids=["quick method", "at each file", "sleep, compiled"],
)
def test_killed_again_and_again_it_ends_with_the_same_bits(tmp_path, how, count, changes):
    (tmp_path / "temporary").mkdir()  # a compiled program's arrays: nobody removes them after a kill
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "TMPDIR": str(tmp_path / "temporary")}
    command = [sys.executable, Path(__file__).parent / "killing.py", tmp_path, how, str(count)]
    done = subprocess.run(
        [*command, json.dumps(TINY | changes)], capture_output=True, text=True, env=environment, timeout=600
    )
    assert done.returncode == 0, done.stderr
    kills = int(re.match(r"(\d+) kills", done.stdout)[1])
    assert kills == count if how == "randomly" else kills > 20


@pytest.mark.parametrize("when", [("start",), ("block", 1), ("block", 3), ("epoch", 1), ("block", 6), ("epoch", 2)])
def test_after_ctrl_c_it_goes_on_to_the_same_bits(tmp_path, when):
    recipe = digits()
    stop = stopped(recipe, tmp_path / "run", *when)
    assert stop.__notes__ == [f"Continue with: python -m dfc_brian.run --resume --out {tmp_path / 'run'}"]
    assert dfc.load_run(tmp_path / "run").status["state"] == "interrupted"
    run = dfc.train(recipe, out=tmp_path / "run", resume=True)
    assert equal(run, dfc.train(recipe, out=tmp_path / "whole"))
    assert [row["epoch"] for row in run.metrics] == [1, 2]
    assert not (run.folder / "checkpoint.npz").exists() and not (run.folder / "lock").exists()


def test_a_checkpoint_is_arrays_and_text_only(tmp_path):
    stopped(digits(), tmp_path / "run", "block", 3)
    with np.load(tmp_path / "run" / "checkpoint.npz", allow_pickle=False) as file:
        kinds = {file[name].dtype.kind for name in file.files}
        about = json.loads(str(file["about"]))
    assert kinds <= {"f", "i", "U"}
    assert about["dfc_brian"] == environment.version() and about["reached"]["blocks"] == 3


def test_what_is_done_is_not_done_again(tmp_path):
    """The blocks before the checkpoint are not learned again, and the rest is."""
    seen = []

    class Counting(Quiet):
        def block(self, now, block, *_, **__):
            seen.append((now.epoch, block))

        def start(self, recipe, folder, passes, done=0):
            seen.append(done)

    stopped(digits(), tmp_path / "run", "block", 4)
    dfc.train(digits(), out=tmp_path / "run", resume=True, progress=Counting())
    assert seen == [4, (2, 2), (2, 3)]


def test_resume_is_the_same_command_from_the_start_to_the_end(tmp_path):
    recipe = digits(**{"train.epochs": 1})
    out = tmp_path / "not" / "yet"
    run = dfc.train(recipe, out=out, resume=True)
    text, kept = recipe.to_toml(), checkpoint.Checkpoint(run.weights, {}, {}, checkpoint.Reached())
    checkpoint.write(out, text, kept)  # as a kill leaves it, when the run is done
    notes = []
    progress = Quiet()
    progress.note = notes.append
    again = dfc.train(recipe, out=out, resume=True, progress=progress)
    assert again.metrics == run.metrics and "done" in notes[0]
    assert not (out / "checkpoint.npz").exists()


@pytest.mark.parametrize("left", [[], ["environment.json", "status.json", "lock", ".recipe.toml.12.tmp"]])
def test_a_run_that_was_killed_before_it_began_begins(tmp_path, left):
    out = tmp_path / "run"
    out.mkdir()
    for name in left:
        (out / name).write_text("{}")
    assert dfc.train(digits(**{"train.epochs": 1}), out=out, resume=True).status["state"] == "done"
    assert not list(out.glob(".*"))


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(BadInput, match=r"not empty(.|\n)*thesis.tex"):
        dfc.train(digits(), out=tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_without_a_folder_the_newest_unfinished_run_of_the_recipe_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dfc.train(digits(), out="runs/digits/1 done")
    stopped(digits(), "runs/digits/2 stopped", "block", 2)
    stopped(digits(), "runs/digits/3 newer", "block", 2)
    stopped(digits(**{"train.seed": 1}), "runs/digits/4 another", "block", 2)
    for number, name in enumerate(sorted(os.listdir("runs/digits"))):
        os.utime(f"runs/digits/{name}/recipe.toml", (number, number))
    went_on = [dfc.train(digits(), resume=True).folder.name for _ in range(4)]
    assert went_on == ["3 newer", "2 stopped", "3 newer", "3 newer"], "a run that is done comes last, and stays"
    assert dfc.train(digits(**{"train.seed": 2, "train.epochs": 1}), resume=True).folder.name.endswith("seed2")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"learning.rate": 0.5, "train.seed": 7}, ["learning.rate = 0.002, wanted 0.5", "train.seed = 42, wanted 7"]),
        ({"train.epochs": 3}, ["train.epochs = 2, wanted 3"]),
        ({"traces.when": ["before"]}, ["traces.when = ['before', 'some', 'after'], wanted ['before']"]),
    ],
)
def test_a_run_of_another_recipe_is_refused_naming_what_differs(tmp_path, changes, named):
    stopped(digits(), tmp_path / "run", "block", 2)
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    with pytest.raises(BadInput) as caught:
        dfc.train(digits(**changes), out=tmp_path / "run", resume=True)
    assert all(text in str(caught.value) for text in named), caught.value
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}, "untouched"


def test_another_gpu_is_no_other_recipe(tmp_path):
    """Programs are compiled for another GPU, or run kernel by kernel, and compute the same."""
    recipe = digits(**{"cuda.graph": True})
    elsewhere = recipe.replace({"cuda.compute_capability": 8.0, "cuda.graph": False})
    assert checkpoint.differences(recipe.to_toml(), elsewhere) == {}
    assert checkpoint.differences(recipe.to_toml(), recipe.replace({"train.device": "cuda"}))


def test_another_description_is_no_other_recipe(tmp_path):
    stopped(digits(), tmp_path / "run", "block", 2)
    run = dfc.train(digits(description="the same in other words"), out=tmp_path / "run", resume=True)
    assert run.status["state"] == "done"


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    """Of another recipe in the folder of this one."""
    stopped(digits(), tmp_path / "run", "block", 2)
    stopped(digits(**{"train.seed": 7}), tmp_path / "other", "block", 2)
    shutil.copy(tmp_path / "other" / "checkpoint.npz", tmp_path / "run" / "checkpoint.npz")
    with pytest.raises(BadInput, match=r"checkpoint.npz(.|\n)*train.seed = 7, wanted 42"):
        dfc.train(digits(), out=tmp_path / "run", resume=True)


@pytest.mark.parametrize(("name", "value"), [("version", lambda: "9.9"), ("FORMAT", 99)])
def test_another_version_is_refused(tmp_path, monkeypatch, name, value):
    with monkeypatch.context() as other:
        other.setattr(checkpoint, name, value)
        stopped(digits(), tmp_path / "run", "block", 2)
    with pytest.raises(BadInput, match=r"another version\n  got: .*99?") as caught:
        dfc.train(digits(), out=tmp_path / "run", resume=True)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("how", ["truncated", "a bit flipped", "something else"])
def test_a_damaged_checkpoint_is_said_with_the_fix_and_begins_anew(tmp_path, how):
    stopped(digits(), tmp_path / "run", "block", 2)
    path = tmp_path / "run" / "checkpoint.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"truncated": content[:-9], "a bit flipped": content, "something else": b"?"}[how])
    with pytest.raises(CorruptData, match=r"checkpoint.npz is damaged(.|\n)*remove it"):
        dfc.train(digits(), out=tmp_path / "run", resume=True)
    path.unlink()
    assert equal(dfc.train(digits(), out=tmp_path / "run", resume=True), dfc.train(digits(), out=tmp_path / "whole"))


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    stopped(digits(), tmp_path / "run", "block", 2)
    held = lock.Lock(tmp_path / "run")
    with pytest.raises(BadInput, match="in use"):
        dfc.train(digits(), out=tmp_path / "run", resume=True)
    held.release()
    assert dfc.train(digits(), out=tmp_path / "run", resume=True).status["state"] == "done"


def test_a_lock_ends_with_its_process(tmp_path):
    code = "import sys, os, pathlib; from dfc_brian.training import lock; l = lock.Lock(pathlib.Path(sys.argv[1])); "
    subprocess.run([sys.executable, "-c", code + "os.kill(os.getpid(), 9)", tmp_path])
    assert (tmp_path / "lock").exists()
    lock.Lock(tmp_path).release()
    assert not (tmp_path / "lock").exists()


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    recipe, savez, left = digits(), np.savez, [3]

    def full(file, **arrays):
        left[0] -= "about" in arrays
        if left[0] == 0:
            file.write(b"half")
            raise OSError(28, "No space left on device")
        savez(file, **arrays)

    with monkeypatch.context() as disk:
        disk.setattr(np, "savez", full)
        with pytest.raises(DiskError, match="No space left"):
            dfc.train(recipe, out=tmp_path / "run")
    assert checkpoint.read(tmp_path / "run").reached.blocks == 2
    assert equal(dfc.train(recipe, out=tmp_path / "run", resume=True), dfc.train(recipe, out=tmp_path / "whole"))


def test_a_checkpoint_never_holds_what_diverged(tmp_path):
    recipe = digits(**{"learning.method": "bp", "learning.rate": 30.0, "train.batch_size": 1})
    messages = []
    for _ in range(2):
        with pytest.raises(Diverged) as caught:
            dfc.train(recipe, out=tmp_path / "run", resume=True)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    saved = checkpoint.read(tmp_path / "run")
    if saved:
        assert all(np.isfinite(value).all() for part in (saved.weights, saved.forward) for value in part.values())
