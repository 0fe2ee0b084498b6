"""Programs in Brian2's standalone modes, compiled once per network and found again by later runs."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
from brian2 import Network, device, prefs, set_device
from brian2.devices.device import reset_device

from ..errors import DfcError, DiskError
from ..library import cache_folder
from . import Assembly, array_variables
from .explain import model_errors
from .fingerprint import fingerprint

REASON = re.compile(r"\berror\b|undefined reference|cannot find", re.IGNORECASE)


class Compiler:
    """What makes and runs the programs of one device; making one of these checks the tools (`Unavailable`)."""

    environment: Mapping[str, str] = {}
    """Variables of the process that a program is, unless the user has set them."""

    def facts(self) -> dict:
        """What programs depend on beside the network and the precision: versions, flags, machine (JSON-able)."""
        raise NotImplementedError

    def device(self, folder: Path, precision: str) -> AbstractContextManager:
        """Brian2's device, active and writing into ``folder``."""
        raise NotImplementedError

    def network(self, objects: list) -> Network:
        """The network of these Brian2 objects."""
        return Network(objects)

    def compile(self, folder: Path) -> None:
        """Make ``folder/main`` of the sources that Brian2 has generated."""
        raise NotImplementedError

    def failure(self, complaints: str, folder: Path) -> DfcError:
        """The error for a program in ``folder`` that failed with these words."""
        return DfcError("the simulation failed", got=complaints, fix=f"remove {folder} and run again")


@contextmanager
def activated(name: str, folder: Path, preferences: Mapping):
    """Brian2's standalone device ``name`` with these preferences; the user's own device and preferences afterwards."""
    before = {key: prefs[key] for key in preferences}
    set_device(name, directory=str(folder), build_on_run=False)
    try:
        device.reinit()
        device.activate(directory=str(folder), build_on_run=False)
        for key, value in preferences.items():
            prefs[key] = value
        yield device
    finally:
        for key, value in before.items():
            prefs[key] = value
        device.reinit()
        reset_device()


def compiled_program(
    compiler: Compiler, build: Callable[[], Assembly], identity: Mapping, precision: str
) -> "CompiledProgram":
    """The compiled program for ``identity``: found in the cache, or generated, compiled and put there."""
    start = time.perf_counter()
    key = fingerprint({"identity": identity, "precision": precision, **compiler.facts()})
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
            _generate_and_compile(compiler, build, work, precision)
            try:
                work.rename(folder)
            except OSError:  # another process was faster
                if not _is_whole(folder):
                    raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return CompiledProgram(compiler, folder, cached, time.perf_counter() - start)


def _is_whole(folder: Path) -> bool:
    """Whether a compiled program is there and not damaged."""
    try:
        json.loads((folder / "program.json").read_text())
    except (OSError, ValueError):
        return False
    return os.access(folder / "main", os.X_OK)


def _generate_and_compile(compiler: Compiler, build: Callable[[], Assembly], folder: Path, precision: str) -> None:
    with compiler.device(folder, precision) as dev:
        with model_errors():
            assembly = build()
            network = compiler.network(assembly.objects)
            network.run(assembly.duration, namespace={})
        dev.build(directory=str(folder), compile=False, run=False)
        arrays = {
            name: {"file": dev.get_array_filename(v), "dtype": np.dtype(v.dtype).name, "size": int(v.size)}
            for name, v in array_variables(network).items()
        }
        tables = {
            f"{table.name}.values": {"file": f"{table.name}_values", "dtype": "float64", "size": int(table.values.size)}
            for table in assembly.tables.values()
        }
    for table in tables.values():
        (folder / "static_arrays" / table["file"]).unlink(missing_ok=True)  # each run has its own
    compiler.compile(folder)
    (folder / "program.json").write_text(json.dumps({"arrays": arrays, "tables": tables}, indent=1))


def make(folder: Path, *arguments: str) -> None:
    """Run make in a project that Brian2 has generated; leaves the executable and no objects."""
    log = folder / "make.log"
    with log.open("w") as out:
        command = ["make", f"-j{os.cpu_count() or 1}", *arguments]
        code = subprocess.call(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    if code:
        kept = cache_folder() / "failed-make.log"
        shutil.copy(log, kept)
        reason = next((line for line in log.read_text().splitlines() if REASON.search(line)), "see the log")
        raise DfcError("the generated code does not compile", got=reason, fix=f"the compiler's output is in {kept}")
    for path in [*folder.rglob("*.o"), *folder.glob("results/*")]:
        path.unlink()


class CompiledProgram:
    """An executable in the cache. Any number of processes may run it at once: each has its own folder of arrays."""

    def __init__(self, compiler: Compiler, folder: Path, cached: bool, seconds: float):
        self.folder, self.cached, self.seconds = folder, cached, seconds
        self._compiler = compiler
        described = json.loads((folder / "program.json").read_text())
        self.arrays, self.tables = described["arrays"], described["tables"]
        self._work = tempfile.TemporaryDirectory(prefix="dfc_brian.")
        static = Path(self._work.name, "static_arrays")  # where a program looks for its tables and constants
        static.mkdir()
        for constant in (folder / "static_arrays").iterdir():
            (static / constant.name).symlink_to(constant)

    def run(self, inputs: Mapping[str, np.ndarray], outputs: Iterable[str]) -> dict[str, np.ndarray]:
        """As `Program.run`; all tables are among the inputs.

        Raises `DiskError` if arrays cannot be exchanged, `DfcError` if the program fails, `Unavailable` without a GPU.
        """
        work = Path(self._work.name)
        arguments = ["--results_dir", "results/"]
        if missing := self.tables.keys() - inputs.keys():
            raise ValueError(f"no input {', '.join(sorted(missing))}")
        try:
            for name in ("inputs", "results"):
                (work / name).mkdir(exist_ok=True)
            for number, (name, value) in enumerate(inputs.items()):
                entry = self.tables.get(name) or self.arrays[name]
                value = np.ascontiguousarray(value, dtype=entry["dtype"])
                if value.size != entry["size"]:
                    raise ValueError(f"input {name} has {value.size} elements, the program takes {entry['size']}")
                if name in self.tables:
                    value.tofile(work / "static_arrays" / entry["file"])
                else:
                    file = f"inputs/{number}"  # not its name: Brian2CUDA makes all letters small
                    value.tofile(work / file)
                    arguments.append(f"{name}={file}")
            self._execute(work, arguments)
            return {name: self._read(work / "results", name) for name in outputs}
        except OSError as error:
            raise DiskError(
                "cannot exchange arrays with the simulation",
                got=str(error),
                fix=f"free space below {work}, or set TMPDIR",
            ) from error

    def _execute(self, work: Path, arguments: list[str]) -> None:
        # In a session of its own: Ctrl-C reaches us, not the simulation, and we decide what is kept.
        process = subprocess.Popen(
            [str(self.folder / "main"), *arguments],
            cwd=work,
            env={**self._compiler.environment, **os.environ},
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
        complaints = complaints.strip()
        if process.returncode or complaints:
            raise self._compiler.failure(complaints or f"exit status {process.returncode}", self.folder)

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
