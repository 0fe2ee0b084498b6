"""What a result depends on beside its recipe: versions, compiler, processor, revision of the source."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from dfc_brian.devices.cuda_toolkit import Toolkit
from dfc_brian.devices.gpu import Gpu
from dfc_brian.errors import Unavailable

PACKAGES = ("dfc-brian", "brian2", "numpy", "scipy", "scipy-openblas64", "sympy", "h5py", "pydantic")


def version(package="dfc-brian"):
    """The installed version of a package, or "not installed"."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def describe(device=None):
    """A dict of plain values for environment.json; of the ``device`` "cuda" the GPU, its driver and nvcc too."""
    return {
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
        "compiler": _first_line(os.environ.get("CXX", "g++").split() + ["--version"]),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OPENBLAS_NUM_THREADS"),
        "source": _revision(),
    } | ({"cuda": _cuda()} if device == "cuda" else {})


def _cuda():
    """GPU, driver and toolkit by name, or why there are none: programs can be compiled for a GPU that is elsewhere."""
    found = {}
    try:
        gpu = Gpu.find()
        found |= {"gpu": gpu.name, "compute_capability": gpu.compute_capability, "driver": gpu.driver}
    except Unavailable as problem:
        found["gpu"] = str(problem).splitlines()[0]
    try:
        toolkit = Toolkit.find()
        found["nvcc"] = f"{toolkit.version}, {toolkit.nvcc}"
    except Unavailable as problem:
        found["nvcc"] = str(problem).splitlines()[0]
    return found


def _first_line(command, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True, **options)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.partition("\n")[0].strip() or None


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or None)


def _revision():
    """The git revision of a source checkout, with "+" if its files have changed; None for an installed wheel."""
    checkout = Path(__file__).resolve().parents[1]
    if not (checkout / ".git").exists():
        return None
    revision = _first_line(["git", "rev-parse", "HEAD"], cwd=checkout)
    changed = _first_line(["git", "status", "--porcelain", "--untracked-files=no"], cwd=checkout)
    return revision and revision + ("+" if changed else "")
