"""The cpp device: Brian2's C++ standalone mode, compiled once per network and found again by later runs."""

import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from brian2 import Network, device, prefs, set_device
from brian2.devices.device import reset_device

from ..errors import DfcError, DiskError, Unavailable
from ..library import cache_folder
from . import Assembly, array_variables
from .explain import model_errors
from .fingerprint import compiler, compiler_version, fingerprint
from .precompiled import PrecompiledHeader


def own_flags() -> list[str]:
    """Compiler flags beside Brian2's own; empty for compilers other than GCC."""
    if "gcc version" not in compiler_version():
        return []
    # GCC gives up vectorising a loop over many arrays unless it may make more alias checks.
    flags = ["--param=vect-max-version-for-alias-checks=100"]
    return [*flags, "-mprefer-vector-width=512"] if platform.machine() in ("x86_64", "AMD64") else flags


@contextmanager
def standalone(folder: Path, precision: str):
    """Brian2's C++ standalone device writing into ``folder``; the user's own device and precision afterwards."""
    dtype = prefs["core.default_float_dtype"]
    set_device("cpp_standalone", directory=str(folder), build_on_run=False)
    try:
        device.reinit()
        device.activate(directory=str(folder), build_on_run=False)
        prefs["core.default_float_dtype"] = np.dtype(precision).type
        yield device
    finally:
        prefs["core.default_float_dtype"] = dtype
        device.reinit()
        reset_device()


def check_tools() -> None:
    """`Unavailable` without a C++ compiler and make."""
    for tool in (compiler()[0], "make"):
        if shutil.which(tool) is None:
            raise Unavailable(
                "the cpp device needs a C++ compiler and make",
                got=f"no '{tool}' on this machine",
                fix="install them (Debian: apt install g++ make), or use --device numpy",
            )


def compiled_program(build: Callable[[], Assembly], identity: Mapping, precision: str) -> "CompiledProgram":
    """The compiled program for ``identity``: found in the cache, or generated, compiled and put there."""
    start = time.perf_counter()
    check_tools()
    key = fingerprint(
        {"identity": identity, "precision": precision, "flags": own_flags(), "compiler": compiler_version()}
    )
    folder = cache_folder() / "programs" / key
    cached = _is_whole(folder)
    if not cached:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            work = Path(tempfile.mkdtemp(prefix=f"{key}.", dir=folder.parent))
        except OSError as error:
            raise DiskError(
                "cannot write compiled programs",
                got=str(error),
                fix="set DFC_BRIAN_CACHE to a folder you can write to",
            ) from error
        try:
            _generate_and_compile(build, work, precision)
            try:
                work.rename(folder)
            except OSError:  # another process was faster
                if not _is_whole(folder):
                    raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return CompiledProgram(folder, cached, time.perf_counter() - start)


def _is_whole(folder: Path) -> bool:
    """Whether a compiled program is there and not damaged."""
    try:
        json.loads((folder / "program.json").read_text())
    except (OSError, ValueError):
        return False
    return os.access(folder / "main", os.X_OK)


def _generate_and_compile(build: Callable[[], Assembly], folder: Path, precision: str) -> None:
    header = PrecompiledHeader(cache_folder() / "headers", own_flags())
    with standalone(folder, precision) as dev:
        with model_errors():
            assembly = build()
            network = Network(assembly.objects)
            network.run(assembly.duration, namespace={})
        dev.build(directory=str(folder), compile=False, run=False)
        arrays = {
            name: {"file": dev.get_array_filename(v), "dtype": np.dtype(v.dtype).name, "size": int(v.size)}
            for name, v in array_variables(network).items()
        }
        tables = {
            f"{table.name}.values": {"dtype": "float64", "size": int(table.values.size)}
            for table in assembly.tables.values()
        }
    compile_project(folder, [*own_flags(), *header.wait()])
    (folder / "program.json").write_text(json.dumps({"arrays": arrays, "tables": tables}, indent=1))


def compile_project(folder: Path, flags: list[str]) -> None:
    """Run make in a project that Brian2 has generated, with these flags beside Brian2's own.

    They are added here because Brian2 tries each flag in its preferences with a compilation of its own.
    """
    with (folder / "makefile").open("a") as makefile:
        makefile.write(f"\nOPTIMISATIONS += {' '.join(flags)}\n")
        makefile.write("objects.o: CXXFLAGS += -O0\n")  # long, and runs once: a third of the whole compilation
    (folder / "make.deps").touch()  # nothing is ever rebuilt here, so the dependency scan is not needed
    log = folder / "make.log"
    with log.open("w") as out:
        command = ["make", f"-j{os.cpu_count() or 1}", "objects.o", "all"]
        code = subprocess.call(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    if code:
        kept = cache_folder() / "failed-make.log"
        shutil.copy(log, kept)
        reason = next((line for line in log.read_text().splitlines() if "error" in line), "see the log")
        raise DfcError("the generated C++ code does not compile", got=reason, fix=f"the compiler's output is in {kept}")
    for path in [*folder.rglob("*.o"), *folder.glob("results/*")]:
        path.unlink()


class CompiledProgram:
    """An executable in the cache. Any number of processes may run it at once: each has its own folder of arrays."""

    def __init__(self, folder: Path, cached: bool, seconds: float):
        self.folder, self.cached, self.seconds = folder, cached, seconds
        described = json.loads((folder / "program.json").read_text())
        self.arrays, self.tables = described["arrays"], described["tables"]
        self._work = tempfile.TemporaryDirectory(prefix="dfc_brian.")

    def run(self, inputs: Mapping[str, np.ndarray], outputs: Iterable[str]) -> dict[str, np.ndarray]:
        """As `Program.run`. `DiskError` if arrays cannot be exchanged, `DfcError` if the program fails."""
        work = Path(self._work.name)
        arguments = ["--results_dir", f"{work}/results/"]
        try:
            (work / "results").mkdir(exist_ok=True)
            for name, value in inputs.items():
                entry = self.tables.get(name) or self.arrays[name]
                value = np.ascontiguousarray(value, dtype=entry["dtype"])
                if value.size != entry["size"]:
                    raise ValueError(f"input {name} has {value.size} elements, the program takes {entry['size']}")
                value.tofile(work / name)
                arguments.append(f"{name}={work / name}")
            self._execute(arguments)
            return {name: self._read(work / "results", name) for name in outputs}
        except OSError as error:
            raise DiskError(
                "cannot exchange arrays with the simulation",
                got=str(error),
                fix=f"free space below {work}, or set TMPDIR",
            ) from error

    def _execute(self, arguments: list[str]) -> None:
        environment = {"OPENBLAS_NUM_THREADS": "1", **os.environ}
        # In a session of its own: Ctrl-C reaches us, not the simulation, and we decide what is kept.
        process = subprocess.Popen(
            ["./main", *arguments],
            cwd=self.folder,
            env=environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _, complaints = process.communicate()
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode or complaints.strip():
            raise DfcError(
                "the simulation failed",
                got=complaints.strip() or f"exit status {process.returncode}",
                fix=f"remove {self.folder} and run again",
            )

    def _read(self, results: Path, name: str) -> np.ndarray:
        entry = self.arrays[name]
        values = np.fromfile(results / entry["file"], dtype=entry["dtype"])
        if values.size != entry["size"]:
            raise DiskError(
                "the simulation wrote an incomplete array",
                got=f"{values.size} of {entry['size']} values of {name}",
                fix="free space for temporary files, or set TMPDIR",
            )
        return values
