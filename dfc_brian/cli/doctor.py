"""``python -m dfc_brian.doctor``: one line for everything that dfc_brian needs or can use, with what to do about it."""

import platform
import re
import shutil
import tempfile
import time
from functools import partial
from importlib import metadata
from pathlib import Path

import numpy as np
import typer

from dfc_brian.cli import options
from dfc_brian.cli.exits import exit_codes
from dfc_brian.errors import DfcError, Unavailable
from dfc_brian.library import cache_folder

SPACE = 0.5
"""Gigabytes: compiled programs and the arrays that are exchanged with them."""
TOLERANCE = 1e-9
"""Of the voltages on a device, relative to the largest on numpy."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def doctor(data_dir: options.DATA_DIR = None):
    """Check this machine: compilers, libraries, data, disk; and run a three-compartment cell on every device.

    Leaves with 69 if something is missing that is not optional.
    """
    with exit_codes():
        options.import_brian2()
        works = [_tell(name, optional, check) for name, optional, check in _checks(data_dir)]
        cells = Cells()
        works += [_tell(f"cell on {device}", False, partial(cells.run, device)) for device in cells.devices]
        if not all(works):
            raise typer.Exit(Unavailable.exit_code)


def main():
    """The command as `python -m dfc_brian.doctor`."""
    app(prog_name="python -m dfc_brian.doctor")


def _tell(name, optional, check):
    """Print the line of a check; whether it found everything that is not optional."""
    try:
        state, text = "ok", check()
    except DfcError as error:
        state, text = "missing", "; ".join(line.strip() for line in str(error).splitlines())
    print(f"{state:<8} {name:<14} {'(optional) ' if optional and state != 'ok' else ''}{text}", flush=True)
    return optional or state == "ok"


def _checks(data_dir):
    yield "Python", False, _python
    yield "C++ compiler", False, _cpp
    yield "BLAS", False, _blas
    yield "Brian2CUDA", True, _brian2cuda
    yield "CUDA", True, _toolkit
    yield "GPU", True, _gpu
    yield "MNIST", True, partial(_mnist, data_dir)
    yield "disk", False, _disk


def _python():
    """Packages of the versions that this one needs."""
    found = []
    for requirement in metadata.requires("dfc-brian"):
        name, pinned = re.match(r"([\w.-]+)(?:==([\w.]+))?", requirement).groups()
        if "extra ==" in requirement:
            continue
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            raise Unavailable(f"the package {name} is not installed", fix=f"pip install '{requirement}'") from None
        if pinned and version != pinned:
            raise Unavailable(f"{name} is of another version", got=version, fix=f"pip install '{requirement}'")
        if name in ("brian2", "numpy"):
            found.append(f"{name} {version}")
    return ", ".join([platform.python_version(), *found])


def _cpp():
    from dfc_brian.devices.host import ask, check_tools, compiler

    check_tools("cpp")
    return ask(*compiler(), "--version").out.partition("\n")[0]


def _blas():
    try:
        import scipy_openblas64 as openblas
    except ImportError:
        raise Unavailable("matrix products are slow without OpenBLAS", fix="pip install scipy-openblas64") from None
    return f"OpenBLAS {metadata.version('scipy-openblas64')} in {openblas.get_lib_dir()}"


def _brian2cuda():
    from dfc_brian.devices.cuda import brian2cuda_version

    return brian2cuda_version()


def _toolkit():
    from dfc_brian.devices.cuda_toolkit import Toolkit

    toolkit = Toolkit.find()
    folders = " and ".join(map(str, dict.fromkeys(file.parent for file in toolkit.libraries.files)))
    return f"{toolkit.version} in {toolkit.root}, cuBLAS and cuRAND in {folders}"


def _gpu():
    from dfc_brian.devices.gpu import Gpu

    gpu = Gpu.find()
    return f"{gpu.name}, compute capability {gpu.compute_capability}, driver {gpu.driver}"


def _mnist(data_dir):
    from dfc_brian.datasets import image_files

    root = Path(data_dir).expanduser() if data_dir else cache_folder() / "data"
    try:
        image_files.load("mnist", root)
    except Unavailable:
        if data_dir:
            raise
        fix = "pip install torchvision, which downloads it for the first run, or --data-dir DIR"
        raise Unavailable("the data set is not on this machine", got=f"no MNIST/raw in {root}", fix=fix) from None
    return str(root / "MNIST" / "raw")


def _disk():
    free = {}
    for variable, folder in (("DFC_BRIAN_CACHE", cache_folder()), ("TMPDIR", Path(tempfile.gettempdir()))):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                free[folder] = shutil.disk_usage(folder).free / 1e9
        except OSError as error:
            raise Unavailable(f"{folder} cannot be written", got=error.strerror, fix=f"set {variable}") from None
        if free[folder] < SPACE:
            fix = f"make room, or set {variable} to another folder"
            raise Unavailable(f"{folder} is nearly full", got=f"{free[folder]:.2f} GB", allowed=f"{SPACE} GB", fix=fix)
    return ", ".join(f"{space:.1f} GB free in {folder}" for folder, space in free.items())


class Cells:
    """One neuron and its controller, shown one sample on every device that there is."""

    def __init__(self):
        from dfc_brian.devices import DEVICES, Target, check

        self.devices, self._expected = [], None
        for device in sorted(DEVICES, key=lambda device: (device != "numpy", device)):
            try:
                check(Target(device))
                self.devices.append(device)
            except DfcError:
                continue

    def run(self, device):
        """Present the sample; how far the voltages are from those on numpy."""
        from dfc_brian import Network, Recipe

        begin = time.perf_counter()
        recipe = Recipe.bare([1, 1], {"network.loss": "mse", "presentation.duration": "50 ms"})
        shown = Network(recipe, device=device).present(np.ones((1, 1)), np.ones((1, 1)))
        voltages = np.stack([getattr(shown["layer1"], part) for part in ("soma", "basal", "apical")])
        seconds = time.perf_counter() - begin
        if self._expected is None:
            self._expected = voltages
            return f"{len(shown.time)} time steps in {seconds:.1f} s"
        error = np.abs(voltages - self._expected).max() / np.abs(self._expected).max()
        if not error < TOLERANCE:
            fix = "remove the cache folder; if it stays so, report it with this output"
            raise Unavailable(f"the device {device} computes something else than numpy", got=f"{error:.1e}", fix=fix)
        return f"as on numpy, to {error:.0e}, in {seconds:.1f} s with compiling"
