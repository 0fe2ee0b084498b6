"""The cpp device: Brian2's C++ standalone mode."""

import platform
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from brian2 import prefs

from ..library import cache_folder
from . import one_source
from .host import check_tools, compiler_version
from .precompiled import PrecompiledHeader
from .standalone import Compiler, activated, make

UNOPTIMISED = """#pragma GCC push_options
#pragma GCC optimize ("O0")
{}
#pragma GCC pop_options
"""  # for what is long, and runs once: more than half of the whole compilation
PREFERENCES = ("compiler", "extra_compile_args", "extra_compile_args_gcc", "extra_link_args", "headers", "libraries")


def own_flags() -> list[str]:
    """Compiler flags beside Brian2's own; empty for compilers other than GCC."""
    if "gcc version" not in compiler_version():
        return []
    # GCC gives up vectorising a loop over many arrays unless it may make more alias checks.
    flags = ["--param=vect-max-version-for-alias-checks=100"]
    return [*flags, "-mprefer-vector-width=512"] if platform.machine() in ("x86_64", "AMD64") else flags


class Cpp(Compiler):
    """C++ programs, compiled for the processor that they are built on."""

    environment = {"OPENBLAS_NUM_THREADS": "1"}

    def __init__(self):
        check_tools("cpp")
        self._header = None

    def facts(self) -> dict:
        names = ("dfc_dense.blas", *(f"codegen.cpp.{name}" for name in PREFERENCES))
        return {
            "flags": own_flags(),
            "compiler": compiler_version(),
            "preferences": {name: prefs[name] for name in names},
            "blas": (version("scipy-openblas64"), _openblas_library()),
            "machine": _processor(),
        }

    @contextmanager
    def device(self, folder: Path, precision: str):
        self._header = PrecompiledHeader(cache_folder() / "headers", own_flags())
        preferences = {"core.default_float_dtype": np.dtype(precision).type}
        with activated("cpp_standalone", folder, preferences) as device:
            yield device

    def compile(self, folder: Path) -> None:
        """Flags are added here because Brian2 tries each one in its preferences with a compilation of its own."""
        flags = [*own_flags(), *(self._header.wait() if self._header else [])]
        with (folder / "makefile").open("a") as makefile:
            makefile.write(f"\nOPTIMISATIONS += {' '.join(flags)}\n")
        (folder / "make.deps").touch()  # nothing is ever rebuilt here, so the dependency scan is not needed
        for path in (folder / "objects.cpp", folder / "main.cpp"):
            path.write_text(UNOPTIMISED.format(path.read_text()))
        make(folder, f"SRCS={one_source.merge(folder, 'cpp')}")


def _openblas_library() -> str:
    """Where programs will look for BLAS: they are linked to the environment that they were compiled in."""
    spec = find_spec("scipy_openblas64")
    return spec.origin if spec else ""


@cache
def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return line
    except OSError:
        pass
    return platform.processor() or platform.machine()
