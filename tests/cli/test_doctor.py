"""``python -m dfc_brian.doctor``: one line for each thing, and the exit code."""

import os
import types
from pathlib import Path

import pytest

from dfc_brian import errors
from dfc_brian.cli import doctor
from dfc_brian.network import Network

FAKE_CUDA = Path(__file__).parent.parent / "fake_cuda"
NAMES = ["Python", "C++ compiler", "BLAS", "Brian2CUDA", "CUDA", "GPU", "MNIST", "disk"]


@pytest.fixture
def command(monkeypatch, in_process):
    """Run the doctor on a machine with an (emulated) GPU; returns its lines by name, and the exit code."""
    monkeypatch.setenv("CUDA_PATH", str(FAKE_CUDA))
    monkeypatch.setenv("PATH", f"{FAKE_CUDA / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def run(*args):
        shown = in_process(doctor.main, "doctor", *args)
        lines = [(line[9:24].strip(), line) for line in shown.out.splitlines()]
        return types.SimpleNamespace(code=shown.code, names=[name for name, _ in lines], lines=dict(lines))

    return run


def test_one_line_for_each_thing_and_a_cell_on_each_device(command, tmp_path):
    found = command("--data-dir", str(tmp_path))
    assert found.code == 0
    assert found.names == [*NAMES, "cell on numpy", "cell on cpp", "cell on cuda"]
    missing = found.lines.pop("MNIST")
    assert missing.startswith("missing") and "(optional)" in missing and "no train-images" in missing
    assert all(line.startswith("ok ") for line in found.lines.values())
    assert "compute capability 9.0" in found.lines["GPU"] and "as on numpy" in found.lines["cell on cuda"]


@pytest.fixture
def no_cells(monkeypatch):
    monkeypatch.setattr(doctor, "Cells", lambda: types.SimpleNamespace(devices=[]))


def test_no_cuda_is_no_failure(command, no_cells, monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    found = command()
    assert found.code == 0
    assert found.lines["CUDA"].startswith("missing") and "fix: correct or unset CUDA_PATH" in found.lines["CUDA"]
    assert found.lines["GPU"].startswith("missing") and "--device cpp" in found.lines["GPU"]
    assert "pip install torchvision" in found.lines["MNIST"] or found.lines["MNIST"].startswith("ok")


def test_no_compiler_and_no_place_to_write_are_failures(command, no_cells, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setenv("DFC_BRIAN_CACHE", str(blocked / "cache"))
    found = command()
    assert found.code == 69
    assert "no 'no-such-compiler'" in found.lines["C++ compiler"] and "apt install g++" in found.lines["C++ compiler"]
    assert found.lines["disk"].startswith("missing") and "set DFC_BRIAN_CACHE" in found.lines["disk"]


def test_a_device_that_computes_something_else_is_found(monkeypatch):
    cells = doctor.Cells()
    cells.devices = ["numpy", "cpp"]
    cells.run("numpy")
    present = Network.present

    def wrong(network, x, y):
        return present(Network(network.recipe, device="numpy"), 1.01 * x, y)

    monkeypatch.setattr(Network, "present", wrong)
    with pytest.raises(errors.Unavailable, match="(?s)cpp computes something else"):
        cells.run("cpp")
    monkeypatch.setattr(Network, "present", lambda *_: (_ for _ in ()).throw(errors.DfcError("the simulation failed")))
    assert not doctor._tell("cell on cpp", False, lambda: cells.run("cpp"))


def test_a_package_of_another_version_is_found(monkeypatch):
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "2.0" if name == "brian2" else "9")
    with pytest.raises(errors.Unavailable, match="(?s)brian2 is of another version.*pip install 'brian2=="):
        doctor._python()
