"""What a compiled program depends on, as a short text."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).parent.parent


@cache
def compiler_version() -> str:
    """Version and target of the C++ compiler."""
    compiler = os.environ.get("CXX", "g++")
    return subprocess.run([compiler, "-v"], capture_output=True, text=True).stderr


@cache
def _code() -> str:
    """Digest of the sources that generated code follows from."""
    digest = hashlib.sha256()
    files = (p for part in ("dense", "devices", "learning", "network") for p in (PACKAGE / part).rglob("*"))
    for path in sorted(p for p in files if p.suffix in {".py", ".cpp", ".h"}):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def fingerprint(description: Mapping) -> str:
    """A key that changes whenever the description, this package, Brian2, BLAS or the machine changes."""
    versions = {name: version(name) for name in ("brian2", "numpy", "scipy-openblas64")}
    everything = {**description, "code": _code(), "versions": versions, "machine": _processor()}
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
