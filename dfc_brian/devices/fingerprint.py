"""What a compiled program depends on, as a short text."""

import hashlib
import json
import os
import platform
import shlex
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from brian2 import prefs

PREFERENCES = ("compiler", "extra_compile_args", "extra_compile_args_gcc", "extra_link_args", "headers", "libraries")
PACKAGE = Path(__file__).parent.parent


def compiler() -> list[str]:
    """The command of the C++ compiler: ``$CXX``, which may have arguments, or g++."""
    return shlex.split(os.environ.get("CXX", "")) or ["g++"]


@cache
def compiler_version() -> str:
    """Version and target of the C++ compiler."""
    return subprocess.run([*compiler(), "-v"], capture_output=True, text=True).stderr


def openblas_library() -> str:
    """Where programs will look for BLAS: they are linked to the environment that they were compiled in."""
    spec = find_spec("scipy_openblas64")
    return spec.origin if spec else ""


@cache
def _code() -> str:
    """Digest of the sources that generated code follows from."""
    digest = hashlib.sha256()
    files = (p for part in ("dense", "devices", "learning", "network") for p in (PACKAGE / part).rglob("*"))
    for path in sorted(p for p in files if p.suffix in {".py", ".cpp", ".h"}):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def fingerprint(description: Mapping) -> str:
    """A key that changes with the description, this package, Brian2 and its preferences, BLAS and the machine."""
    versions = {name: version(name) for name in ("brian2", "numpy", "scipy-openblas64")}
    preferences = {name: prefs[name] for name in ("dfc_dense.blas", *(f"codegen.cpp.{name}" for name in PREFERENCES))}
    everything = {
        **description,
        "code": _code(),
        "versions": versions,
        "preferences": preferences,
        "blas": openblas_library(),
        "machine": _processor(),
    }
    return hashlib.sha256(json.dumps(everything, sort_keys=True, default=str).encode()).hexdigest()[:20]


@cache
def _processor() -> str:
    """Programs are compiled for the processor they are built on."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return line
    except OSError:
        pass
    return platform.processor() or platform.machine()
