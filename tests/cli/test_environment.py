"""What environment.json says about the machine."""

import json
from pathlib import Path

import pytest

from dfc_brian import Recipe, environment
from dfc_brian.training.folder import RunFolder

FAKE_CUDA = Path(__file__).parent.parent / "fake_cuda"


@pytest.fixture
def emulated(monkeypatch):
    monkeypatch.setenv("CUDA_PATH", str(FAKE_CUDA))
    monkeypatch.setenv("PATH", str(FAKE_CUDA / "bin"), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_a_run_on_a_gpu_names_gpu_driver_and_compiler(emulated, tmp_path):
    recipe = Recipe.bare([3, 2], {"train.device": "cuda"})
    with RunFolder.create(recipe, tmp_path / "run") as folder:
        found = json.loads((folder.path / "environment.json").read_text())
    assert found["cuda"]["gpu"] == "CPU emulation" and found["cuda"]["compute_capability"] == 9.0
    assert found["cuda"]["driver"] == "580.65.06"
    assert found["cuda"]["nvcc"].startswith("13.0.") and str(FAKE_CUDA / "bin" / "nvcc") in found["cuda"]["nvcc"]


@pytest.mark.parametrize("device", ["cpp", "numpy"])
def test_other_runs_do_not_ask_for_a_gpu(emulated, device):
    assert "cuda" not in environment.describe(device)


def test_without_gpu_and_compiler_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = environment.describe("cuda")
    assert found["cuda"] == {
        "gpu": "the cuda device needs an NVIDIA GPU",
        "nvcc": "there is no CUDA toolkit in $CUDA_PATH",
    }
