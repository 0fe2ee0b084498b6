"""What can be missing for the device cuda: one message with the missing piece and what installs it, exit code 69.

The toolkits here are scripts and empty files. No GPU and no CUDA is needed.
"""

import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest
from brian2 import NeuronGroup, ms

import dfc_brian as dfc
from dfc_brian.cli.run import main
from dfc_brian.devices import Assembly, Target, check, cuda, cuda_libraries, cuda_toolkit, host, prepare
from dfc_brian.devices.cuda import Cuda
from dfc_brian.devices.cuda_toolkit import Toolkit
from dfc_brian.devices.gpu import Gpu
from dfc_brian.errors import BadInput, DfcError, Unavailable

HEADERS = ("cuda_runtime.h", "thrust/device_vector.h", "cuda_profiler_api.h", "cublas_v2.h", "curand.h")
LIBRARIES = ("libcublas.so.13", "libcurand.so.10")
GPUS = "0, GPU-11aa, NVIDIA H200, 9.0, 580.65.06\n1, GPU-22bb, NVIDIA A100, 8.0, 580.65.06"


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def nvcc(root, version="13.0.88", architectures="sm_75 sm_80 sm_90 sm_120", otherwise="exit 1"):
    release = ".".join(version.split(".")[:2])
    script(
        root / "bin" / "nvcc",
        f'case "$1" in --version) echo "Cuda compilation tools, release {release}, V{version}";;'
        f" --list-gpu-code) echo {architectures};; *) {otherwise};; esac",
    )


def files(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.fixture
def toolkit(tmp_path, monkeypatch):
    """A whole toolkit of version 13, and nothing else of CUDA on the machine; GPUs only where a test puts them."""
    root = tmp_path / "cuda"
    nvcc(root)
    files(root / "include", HEADERS)
    files(root / "lib64", LIBRARIES)
    for tool in ("sh", "g++", "make"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    for name in ("CUDA_HOME", "CUDA_VISIBLE_DEVICES", "NVCC_CCBIN", "CXX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUDA_PATH", str(root))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("DFC_BRIAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cuda_libraries, "wheels", lambda: [])
    monkeypatch.setattr(cuda_toolkit, "_usual_places", lambda: iter([]))
    host.ask.cache_clear()
    yield root
    host.ask.cache_clear()


def gpus(toolkit, text=GPUS, failing=False):
    script(toolkit.parent / "bin" / "nvidia-smi", f"echo '{text}'; exit {int(failing)}")


def refused(*words, compute_capability=None):
    with pytest.raises(Unavailable) as caught:
        Cuda(compute_capability, graph=True)
    assert caught.value.exit_code == 69
    for word in words:
        assert word in str(caught.value)


def test_all_is_there(toolkit):
    gpus(toolkit)
    found = Cuda(None, graph=True)
    assert (found.architecture, found.compute_capability, found.toolkit.version) == ("sm_90", 9.0, "13.0.88")


def test_no_brian2cuda(toolkit, monkeypatch):
    def version(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(cuda, "version", version)
    refused("brian2cuda is not installed", "pip install 'dfc-brian[cuda]'")


def test_no_compiler_for_the_host(toolkit):
    (toolkit.parent / "bin" / "g++").unlink()
    refused("no 'g++'", "apt install g++ make", "--device numpy")


def test_no_toolkit(toolkit, monkeypatch):
    monkeypatch.delenv("CUDA_PATH")
    refused(
        "nvcc", "pip install nvidia-cuda-nvcc", "conda install -c nvidia cuda-toolkit", "apt install", "--device cpp"
    )


def test_a_wrong_path_is_not_replaced_by_another(toolkit, monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "nowhere"))
    monkeypatch.setattr(cuda_toolkit, "_usual_places", lambda: iter([toolkit / "bin" / "nvcc"]))
    refused("$CUDA_PATH", "nowhere/bin/nvcc", "unset CUDA_PATH")


def test_an_old_toolkit(toolkit):
    nvcc(toolkit, "11.8.89")
    refused("too old", "11.8.89", "12 or 13")


def test_a_compiler_that_does_not_work(toolkit):
    script(toolkit / "bin" / "nvcc", "echo 'cannot execute binary file' >&2; exit 126")
    refused("does not work", "cannot execute binary file")


@pytest.mark.parametrize(
    "header, package", [("thrust/device_vector.h", "nvidia-cuda-cccl"), ("cuda_runtime.h", "nvidia-cuda-runtime")]
)
def test_an_incomplete_toolkit(toolkit, header, package):
    (toolkit / "include" / header).unlink()
    refused("not complete", f"no {header}", f"pip install {package}")


@pytest.mark.parametrize(
    "version, pip", [("13.0.88", "nvidia-cublas nvidia-curand"), ("12.4.131", "nvidia-cublas-cu12 nvidia-curand-cu12")]
)
def test_no_libraries(toolkit, version, pip):
    nvcc(toolkit, version)
    shutil.rmtree(toolkit / "lib64")
    apt = "-".join(version.split(".")[:2])
    refused("no cublas and no curand", f"pip install {pip},", f"libcurand-dev-{apt}", "conda install -c nvidia")


def test_a_library_of_another_version(toolkit):
    (toolkit / "lib64" / "libcublas.so.13").rename(toolkit / "lib64" / "libcublas.so.12")
    refused("no cublas of CUDA 13", "pip install nvidia-cublas,")


def test_libraries_from_pypi(toolkit, monkeypatch, tmp_path):
    """They are found under their versions; of their headers only their own come before those of the toolkit."""
    shutil.rmtree(toolkit / "lib64")
    wheel = tmp_path / "nvidia" / "cu13"
    files(wheel / "include", [*HEADERS, "curand_kernel.h"])
    files(wheel / "lib", LIBRARIES)
    monkeypatch.setattr(cuda_libraries, "wheels", lambda: [tmp_path / "nvidia" / "cu12", wheel])
    libraries = Toolkit.find().libraries
    assert libraries.folders == (wheel / "lib",)
    (include,) = libraries.include
    assert {path.name for path in include.iterdir()} == {"cublas_v2.h", "curand.h", "curand_kernel.h"}
    assert (libraries.link[0] / "libcublas.so").resolve() == wheel / "lib" / "libcublas.so.13"
    assert Toolkit.find().libraries == libraries


def test_a_wrapper_on_the_path_knows_its_toolkit(toolkit, monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_PATH")
    wrapper = tmp_path / "elsewhere" / "bin" / "nvcc"
    script(
        wrapper, f'if [ "$1" = --dryrun ]; then echo "#$ TOP={toolkit}/bin/.." >&2; else {toolkit}/bin/nvcc "$@"; fi'
    )
    monkeypatch.setattr(cuda_toolkit, "_usual_places", lambda: iter([wrapper]))
    assert Toolkit.find().root == toolkit.resolve()


def test_a_host_compiler_that_is_too_new(toolkit):
    config = toolkit / "include" / "crt" / "host_config.h"
    config.parent.mkdir()
    config.write_text("#if __GNUC__ > 3\n#error\n#endif")
    refused("too new", "up to g++ 3", "NVCC_CCBIN=g++-3")


def test_no_gpu(toolkit):
    refused("needs an NVIDIA GPU", "no nvidia-smi", "--device cpp", "--set cuda.compute_capability=9.0")
    assert Cuda(8.0, graph=True).architecture == "sm_80"  # programs may be made for a GPU elsewhere


@pytest.mark.parametrize(
    "text, failing", [("NVIDIA-SMI has failed because it could not communicate with the driver", True), ("", False)]
)
def test_a_driver_without_a_gpu(toolkit, text, failing):
    gpus(toolkit, text, failing)
    refused("needs an NVIDIA GPU", text)


@pytest.mark.parametrize(
    "chosen, capability", [(None, 9.0), ("1", 8.0), ("1,0", 8.0), ("GPU-22", 8.0), ("MIG-33", 9.0), ("0", 9.0)]
)
def test_the_first_visible_gpu_counts(toolkit, monkeypatch, chosen, capability):
    gpus(toolkit)
    if chosen is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert Gpu.find().compute_capability == capability


@pytest.mark.parametrize("chosen", ["", "-1", "7"])
def test_no_visible_gpu(toolkit, monkeypatch, chosen):
    gpus(toolkit)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    refused(f"CUDA_VISIBLE_DEVICES='{chosen}'", "none of the 2")


def test_a_gpu_older_than_the_toolkit_supports(toolkit):
    gpus(toolkit, "0, GPU-11aa, NVIDIA GeForce GTX 1080, 6.1, 580.65.06")
    refused("compute capability 6.1", "sm_61", "sm_75, sm_80", "CUDA_PATH=")


def test_an_old_driver(toolkit):
    gpus(toolkit, "0, GPU-11aa, NVIDIA A100, 8.0, 535.54.03")
    refused("driver is too old for CUDA 13", "535.54.03", "580 or later")


def test_a_network_is_refused_before_anything_is_made(toolkit):
    with pytest.raises(Unavailable, match="needs an NVIDIA GPU"):
        dfc.Network(dfc.Recipe.bare([2, 2]), device="cuda")
    with pytest.raises(BadInput, match="(?s)'cude' does not exist.*cpp, cuda, numpy.*did you mean 'cuda'"):
        check(Target("cude"))


def test_the_command_leaves_with_69_and_leaves_nothing(toolkit, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["run", "digits", "--device", "cuda"])
    with pytest.raises(SystemExit) as left:
        main()
    shown = capsys.readouterr()
    assert left.value.code == 69 and "needs an NVIDIA GPU" in shown.err and "Traceback" not in shown.err
    assert not (tmp_path / "runs").exists()


def build():
    return Assembly([NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", method="euler", name="cells")], 1 * ms, {})


def test_code_that_does_not_compile(toolkit, tmp_path):
    nvcc(toolkit, otherwise="echo 'program.cu(1): error: no such thing'; exit 2")
    with pytest.raises(DfcError, match="(?s)does not compile.*error: no such thing.*failed-make.log"):
        prepare(Target("cuda", compute_capability=9.0, graph=False), build, {})
    assert "no such thing" in (tmp_path / "cache" / "failed-make.log").read_text()
    assert not list((tmp_path / "cache" / "programs").iterdir())


@pytest.mark.parametrize(
    "said, kind, words",
    [
        ("ERROR: cudaSetDevice(0) failed: no CUDA-capable device is detected", Unavailable, "--device cpp"),
        ("ERROR: CUDA driver version is insufficient for CUDA runtime version", Unavailable, "is kept"),
        ("ERROR: no kernel image is available for execution on the device", Unavailable, "cuda.compute_capability"),
        ("ERROR: cudaMalloc(...) failed: out of memory", DfcError, "smaller train.batch_size"),
        ("ERROR: cublasCreate(&handle) failed: the resource allocation failed", DfcError, "smaller train.batch_size"),
        ("ERROR: an illegal memory access was encountered", DfcError, "the simulation failed"),
    ],
)
def test_errors_of_programs_keep_cudas_words(toolkit, tmp_path, said, kind, words):
    error = Cuda(9.0, graph=True).failure(said, tmp_path)
    assert type(error) is kind and said in str(error) and words in str(error)


def test_other_devices_do_not_import_brian2cuda():
    code = (
        "import sys, dfc_brian as dfc; dfc.Network(dfc.Recipe.bare([2, 2]), device='numpy').brian_network; "
        "from dfc_brian.devices.cpp import Cpp; Cpp().facts(); import dfc_brian.training; "
        "sys.exit('brian2cuda' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
