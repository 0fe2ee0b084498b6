"""The floor: the step's matrix products alone, in C, with the BLAS that the programs use."""

import os
import subprocess
from pathlib import Path

import scipy_openblas64 as openblas


def build(folder: Path) -> Path:
    """Compile floor.c; returns the executable."""
    macros = [
        "-DBLAS_SYMBOL_PREFIX=scipy_",
        "-DBLAS_SYMBOL_SUFFIX=64_",
        "-DHAVE_BLAS_ILP64",
        "-DOPENBLAS_ILP64_NAMING_SCHEME",
    ]
    library = openblas.get_lib_dir()
    command = [
        "gcc",
        "-O3",
        "-march=native",
        "-I",
        openblas.get_include_dir(),
        *macros,
        str(Path(__file__).with_name("floor.c")),
    ]
    command += ["-o", str(folder / "floor"), "-L", library, f"-Wl,-rpath,{library}", f"-l{openblas.get_library()}"]
    subprocess.run(command, check=True)
    return folder / "floor"


def seconds_per_step(
    program: Path, precision: str, steps: int, batch: int, sizes: tuple[int, ...], phase: str = "awake"
) -> float:
    """``phase``: "awake", where the forward weights learn, or "asleep", where the feedback weights do."""
    command = [str(program), phase, precision, str(steps), str(batch), *map(str, sizes)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
