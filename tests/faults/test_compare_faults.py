"""Comparisons that cannot be: every problem at once, before anything is trained; and what stops one."""

import subprocess
import sys
from pathlib import Path

import pytest

from dfc_brian import training
from dfc_brian.comparison import compare
from dfc_brian.errors import BadInput, CorruptData, DiskError, MultipleErrors, Unavailable


@pytest.fixture(autouse=True)
def nothing_is_trained(monkeypatch, tmp_path):
    """The calls of the training, in an empty folder."""
    calls = []

    def train(recipe, out, **options):
        calls.append(recipe)
        raise DiskError("no room left")

    monkeypatch.setattr(training, "train", train)
    monkeypatch.chdir(tmp_path)
    return calls


@pytest.fixture
def command(compare_command):
    return compare_command


@pytest.mark.parametrize(
    "args, expected",
    [
        ([], ["no recipe named", "digits"]),
        (["digist"], ["recipe 'digist'", "did you mean 'digits'"]),
        (["digits", "--methods", "bp,dcf"], ["method 'dcf'", "did you mean 'dfc'"]),
        (["digits", "--methods", "dfc,dfc"], ["'dfc' is named twice"]),
        (["digits", "--methods", ","], ["no method named"]),
        (["digits", "--feedback", "fixd"], ["kind of feedback 'fixd'", "did you mean 'fixed'"]),
        (["digits", "--methods", "dfa", "--feedback", "learned"], ["nothing is left to compare", "dfa: fixed"]),
        (["digits", "--seeds", "0"], ["seeds cannot be used", "1,5,9"]),
        (["digits", "--seeds", "many"], ["seeds cannot be used", "many"]),
        (["digits", "--seeds", "1,1"], ["seeds cannot be used"]),
        (["digits", "--seeds", "1,-5"], ["seeds cannot be used"]),
        (["digits", "--seeds", "1,5", "--set", "train.seed=3"], ["train.seed is given"]),
        (["digits", "--set", "learning.method=bp"], ["learning.method is what is compared"]),
        (["digits", "--preset", "papr"], ["preset 'papr'"]),
        (["digits", "--set", "controller.kp=2"], ["controller.kp", "did you mean 'k_p'"]),
        (["digits", "--set", "k_p"], ["--set is not KEY=VALUE"]),
        (["digits", "--epochs", "2", "--set", "train.epochs=2"], ["train.epochs is given twice"]),
        (
            ["digits", "--methods", "dcf", "--feedback", "fixd", "--seeds", "0", "--epochs", "0"],
            ["4 problems", "'dcf'", "'fixd'", "seeds cannot", "train.epochs"],
        ),
        (["digist", "--methods", "dcf"], ["2 problems", "'dcf'", "'digist'"]),
    ],
)
def test_bad_input_leaves_with_2_and_says_all(command, nothing_is_trained, args, expected):
    result = command(*args)
    assert (result.code, result.out, nothing_is_trained) == (2, "", [])
    for text in expected:
        assert text in result.err
    assert "Traceback" not in result.err and not list(Path().iterdir())


def test_a_problem_of_all_variants_is_said_once():
    with pytest.raises(BadInput) as caught:
        compare("digits", ["bp", "dfa", "dfc"], ["fixed"], 2, {"controller.kp": 2})
    assert not isinstance(caught.value, MultipleErrors) and str(caught.value).count("controller.kp is no key") == 1


def test_a_folder_with_something_else_is_refused(command):
    Path("mine").mkdir()
    Path("mine/thesis.tex").write_text("")
    result = command("digits", "--methods", "bp", "--out", "mine")
    assert result.code == 2 and "thesis.tex" in result.err


def test_missing_and_damaged_data_are_said_before_anything_is_trained(nothing_is_trained):
    raw = Path("data/MNIST/raw")
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"short")
    with pytest.raises((CorruptData, Unavailable)):
        compare("mnist", ["bp"], ["fixed"], 1, {"train.device": "numpy"}, data_dir="data")
    assert nothing_is_trained == [] and not Path("runs").exists()


def test_a_full_disk_stops_the_comparison(command, nothing_is_trained):
    result = command("digits", "--methods", "bp,dfa", "--seeds", "1", "--device", "numpy")
    assert result.code == 74 and "no room left" in result.err and len(nothing_is_trained) == 1


def test_a_method_without_its_feedback_is_left_out_aloud(command):
    result = command("digits", "--methods", "bp,dfa", "--feedback", "learned", "--seeds", "1", "--device", "numpy")
    assert "dfa is left out" in result.out


IGNORING = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
from dfc_brian.cli.options import import_brian2
import_brian2()
os.kill(os.getpid(), signal.SIGINT)
print("goes on")
"""


def test_a_job_in_the_background_does_not_mind_ctrl_c():
    done = subprocess.run([sys.executable, "-c", IGNORING], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "goes on\n"), done.stderr
