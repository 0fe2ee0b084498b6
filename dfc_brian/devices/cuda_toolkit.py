"""NVIDIA's compiler on this machine, or what is missing and how to get it."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import Unavailable
from .cuda_libraries import Libraries, wheels
from .gpu import Gpu
from .host import ask, compiler

VERSIONS = 12, 13
DRIVERS = {12: 525, 13: 580}
"""The oldest driver for each version of CUDA (NVIDIA, "CUDA Compatibility")."""
HEADERS = {
    "cuda_runtime.h": "nvidia-cuda-runtime",
    "thrust/device_vector.h": "nvidia-cuda-cccl",
    "cuda_profiler_api.h": "nvidia-cuda-profiler-api",
}
"""What programs include of the toolkit itself, and the PyPI packages that have it."""
PACKAGES = "nvidia-cuda-nvcc nvidia-cuda-cccl nvidia-cuda-profiler-api nvidia-cublas nvidia-curand"


@dataclass(frozen=True)
class Toolkit:
    """A CUDA compiler with everything that programs need.

    ``root`` : folder with ``bin/nvcc``
    ``version`` : such as "13.0.88"
    ``host`` : the C++ compiler behind nvcc
    ``libraries`` : cuBLAS and cuRAND
    """

    root: Path
    version: str
    host: str
    libraries: Libraries

    @classmethod
    def find(cls) -> "Toolkit":
        """The toolkit in ``$CUDA_PATH`` or ``$CUDA_HOME``; else on the PATH, in the usual folder, or from PyPI.

        Raises `Unavailable` naming the first thing that is missing.
        """
        nvcc = _nvcc()
        root, version, host = _root(nvcc), _version(nvcc), os.environ.get("NVCC_CCBIN") or compiler()[0]
        places = [root, *sorted(root.glob("targets/*"))]
        _check_headers(places)
        _check_host(host, places)
        return cls(root, version, host, Libraries.find(places, version))

    @property
    def nvcc(self) -> Path:
        return self.root / "bin" / "nvcc"

    def architecture(self, compute_capability: float) -> str:
        """Such as "sm_90" for 9.0; `Unavailable` if this toolkit makes no code for it."""
        name, told = f"sm_{round(10 * compute_capability)}", ask(str(self.nvcc), "--list-gpu-code")
        if not told.failed and name not in told.out.split():
            raise Unavailable(
                f"CUDA {self.version} makes no code for a GPU of compute capability {compute_capability}",
                got=name,
                allowed=told.out.split(),
                fix="use a CUDA toolkit that does (CUDA_PATH=...), or --device cpp",
            )
        return name

    def check_driver(self, gpu: Gpu) -> None:
        """`Unavailable` for a driver that is too old for this toolkit."""
        major = int(self.version.split(".")[0])
        if int(gpu.driver.split(".")[0]) < DRIVERS.get(major, 0):
            raise Unavailable(
                f"the NVIDIA driver is too old for CUDA {major}",
                got=f"driver {gpu.driver}",
                allowed=f"{DRIVERS[major]} or later",
                fix="install a newer driver, or use an older CUDA toolkit (CUDA_PATH=...), or --device cpp",
            )


def _nvcc() -> Path:
    for name in ("CUDA_PATH", "CUDA_HOME"):
        if folder := os.environ.get(name):
            path = Path(folder).expanduser() / "bin" / "nvcc"
            if path.is_file():
                return path
            raise Unavailable(f"there is no CUDA toolkit in ${name}", got=f"no {path}", fix=f"correct or unset {name}")
    for path in _usual_places():
        if path.is_file():
            return path
    raise Unavailable(
        "the cuda device needs NVIDIA's compiler nvcc",
        got="none in $CUDA_PATH or $CUDA_HOME, on the PATH, in /usr/local/cuda or among Python's packages",
        fix=f"pip install {PACKAGES}, or conda install -c nvidia cuda-toolkit, or NVIDIA's apt install cuda-toolkit; "
        "or use --device cpp",
    )


def _usual_places() -> Iterator[Path]:
    if on_path := shutil.which("nvcc"):
        yield Path(on_path)
    for folder in (Path("/usr/local/cuda"), Path("/opt/cuda"), *wheels()):
        yield folder / "bin" / "nvcc"


def _root(nvcc: Path) -> Path:
    """The folder of the toolkit. A link or a wrapper on the PATH lies elsewhere, but knows."""
    for path in (nvcc, nvcc.resolve()):
        if (path.parent.parent / "include" / "cuda_runtime.h").is_file():
            return path.parent.parent
    told = re.search(r"^#\$ TOP=(.+)$", ask(str(nvcc), "--dryrun", "-E", "-x", "cu", os.devnull).err, re.MULTILINE)
    return Path(told[1]).resolve() if told else nvcc.parent.parent


def _version(nvcc: Path) -> str:
    told = ask(str(nvcc), "--version")
    found = re.search(r"release \d+\.\d+, V(\d+\.\d+\.\d+)", told.out)
    if found is None:
        raise Unavailable("NVIDIA's compiler does not work", got=f"{nvcc} --version: {told.out or told.err}")
    if int(found[1].split(".")[0]) < VERSIONS[0]:
        raise Unavailable(
            "the CUDA toolkit is too old",
            got=f"{nvcc} of version {found[1]}",
            allowed=" or ".join(map(str, VERSIONS)),
            fix="install a newer one and set CUDA_PATH to its folder, or use --device cpp",
        )
    return found[1]


def _check_headers(places: list[Path]) -> None:
    for header, package in HEADERS.items():
        if not any((place / "include" / part / header).is_file() for place in places for part in ("", "cccl")):
            raise Unavailable(
                "the CUDA toolkit is not complete",
                got=f"no {header} in {places[0]}/include",
                fix=f"pip install {package} if nvcc is from PyPI, or else install the whole toolkit",
            )


def _check_host(host: str, places: list[Path]) -> None:
    """`Unavailable` for a g++ that is newer than the toolkit takes."""
    if shutil.which(host) is None:
        raise Unavailable("nvcc needs a C++ compiler", got=f"no '{host}' on this machine", fix="correct NVCC_CCBIN")
    version, clang = ask(host, "-dumpversion"), "clang" in ask(host, "--version").out
    for config in (place / "include" / "crt" / "host_config.h" for place in places):
        newest = re.search(r"__GNUC__ > (\d+)", config.read_text(errors="replace")) if config.is_file() else None
        if newest and not version.failed and not clang and int(version.out.split(".")[0]) > int(newest[1]):
            raise Unavailable(
                "the C++ compiler is too new for this CUDA toolkit",
                got=f"{host} {version.out}",
                allowed=f"up to g++ {newest[1]}",
                fix=f"apt install g++-{newest[1]} and set NVCC_CCBIN=g++-{newest[1]}",
            )
