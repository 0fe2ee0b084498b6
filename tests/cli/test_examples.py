"""The numbered examples run as they are, and find what they say."""

import importlib.util
import os
import re
import runpy
import sys
from pathlib import Path

import matplotlib
import pytest
from brian2 import defaultclock, prefs

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STEPS = sorted(EXAMPLES.glob("0[1-6]_*.py"))
DATA = os.environ.get("DFC_BRIAN_DATA")


@pytest.fixture
def example(monkeypatch, capsys, tmp_path):
    """Run an example in a new folder; returns what it prints. Brian2's and matplotlib's settings are put back."""
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)

    def run(name, *args):
        (path,) = EXAMPLES.glob(f"{name}_*.py")
        monkeypatch.setattr(sys, "argv", [str(path), *args])
        runpy.run_path(str(path), run_name="__main__")
        return capsys.readouterr().out

    target, dt = prefs.codegen.target, defaultclock.dt
    yield run
    prefs.codegen.target, defaultclock.dt = target, dt
    matplotlib.pyplot.close("all")


def numbers(text):
    return [float(each) for each in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)]


def test_there_are_six_steps_of_one_page_each():
    assert [path.name[:2] for path in STEPS] == ["01", "02", "03", "04", "05", "06"]
    for path in STEPS:
        assert len(path.read_text().splitlines()) < 60, path.name
        assert f"`{path.name}`" in (EXAMPLES / "README.md").read_text()


def test_a_single_cell(example, tmp_path):
    basal, lambda_basal, apical, lambda_apical = example("01").splitlines()
    assert numbers(basal) == [10.0, round(20 / 38, 3)] and numbers(lambda_basal)[0] == round(20 / 38, 3)
    assert numbers(apical) == [10.0, round(12 / 38, 3)] and numbers(lambda_apical)[0] == round(12 / 38, 3)
    assert (tmp_path / "01_single_cell.png").stat().st_size > 10_000


def test_a_cell_under_feedback(example):
    alone, controlled, control = map(numbers, example("02").splitlines())
    assert alone[0] == alone[1] == controlled[1], "alone the prediction is right, and control leaves it where it is"
    assert controlled[0] > alone[0] and abs(controlled[2] - 112.5) < 2, "controlled, the rate is near its target"
    assert control[0] > 0 and abs(control[1]) < 0.02


def test_a_controlled_network(example):
    lines = [line for line in example("03").splitlines() if line.startswith("sample")]
    for line in lines:
        start, end, target = (numbers(part.replace(".]", ".0]")) for part in re.findall(r"\[(.*?)\]", line))
        left = sum(abs(a - b) for a, b in zip(end, target, strict=True))
        assert left < 0.25 * sum(abs(a - b) for a, b in zip(start, target, strict=True))
    assert len(lines) == 2


def test_learning_one_association(example):
    *steps, last = example("04").splitlines()
    control = [numbers(line)[-1] for line in steps]
    assert len(control) == 5 and all(a > 2 * b for a, b in zip(control, control[1:], strict=False))
    wanted, learned = (numbers(part) for part in re.findall(r"\[(.*?)\]", last))
    assert all(abs(a - b) < 0.01 for a, b in zip(wanted, learned, strict=True))


@pytest.mark.skipif(not DATA, reason="DFC_BRIAN_DATA does not name a folder with MNIST")
def test_mnist(example, tmp_path):
    printed = example("05", DATA)
    errors = [float(each) for each in re.findall(r"test error ([\d.]+)%", printed)]
    assert len(errors) == 3 and errors[-1] < errors[0] and errors[-1] < 30
    assert (tmp_path / "05_voltages.pdf").exists()


@pytest.mark.skipif(not importlib.util.find_spec("pynwb"), reason="pynwb is not installed")
def test_exporting(example, tmp_path):
    printed = example("06")
    assert "360 rows" in printed and "soma (mV)" in printed
    assert "controlled_layer1_soma: (360, 12) in volts" in printed
    assert {"06_voltages.csv", "06_voltages.nwb"} <= {path.name for path in tmp_path.iterdir()}
