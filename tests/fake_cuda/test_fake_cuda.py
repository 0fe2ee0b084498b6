"""The emulation itself: what it computes, and the mistakes that it finds."""

import os
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).parent


@pytest.fixture(scope="module")
def checks(tmp_path_factory):
    nvcc, folder = HOME / "bin" / "nvcc", tmp_path_factory.mktemp("checks")
    flags = ["-std=c++17", "-arch=sm_90", "--default-stream", "per-thread", "-Xcompiler", "-w -O3"]
    subprocess.run([nvcc, *flags, "-dc", HOME / "checks.cu", "-o", folder / "checks.o"], check=True)
    subprocess.run([nvcc, "-lcublas", folder / "checks.o", "-o", folder / "checks"], check=True)

    def run(case):
        environment = {**os.environ, "FAKE_CUDA_MEMORY": "100000"}
        return subprocess.run([folder / "checks", case], env=environment, capture_output=True, text=True)

    return run


@pytest.mark.parametrize(
    "case, result",
    [
        ("reduction", sum(range(1000))),
        ("exchange", sum(range(64))),
        ("edge", (1 + 1) * 10),
        ("no edge", 1 * 10 + 1),
        ("scalars on the host", 2 * (0 * 3 + 1 * 4 + 2 * 5)),
        ("scalars on the device", 2 * (0 * 3 + 1 * 4 + 2 * 5)),
    ],
)
def test_results(checks, case, result):
    done = checks(case)
    assert (done.stdout, done.stderr, done.returncode) == (f"{result}\n", "", 0)


@pytest.mark.parametrize("case", ["unset memory", "unset shared memory"])
def test_what_was_never_written_is_nan(checks, case):
    assert "nan" in checks(case).stdout


@pytest.mark.parametrize(
    "case, complaint",
    [
        ("divergent barrier", "diverge: threads of one block wait in the lines"),
        ("too many threads", "cudaErrorInvalidConfiguration: fill with 1 blocks of 2000 threads"),
        ("host pointer", "cudaErrorIllegalAddress: fill got a pointer that is not to device memory"),
        ("host access", "the host touched device memory"),
        ("behind the end", "something was written 0 bytes behind the end of an array of 8000 bytes"),
        ("wrong kind", "cudaErrorInvalidValue: a copy of 16 bytes from device to host memory, with the kind 1"),
        ("out of memory", "cudaErrorMemoryAllocation: cudaMalloc(1048576)"),
        ("wait while capturing", "cudaErrorStreamCaptureUnsupported: cudaDeviceSynchronize"),
        ("legacy stream", "cudaErrorStreamCaptureImplicit: add while a stream is capturing"),
        ("shared workspace", "scal and scal have the same workspace and may run at the same time"),
        ("wrong scalars", "gemm: scalars and pointer mode"),
    ],
)
def test_mistakes_are_found(checks, case, complaint):
    done = checks(case)
    assert done.returncode != 0 and complaint in done.stderr
