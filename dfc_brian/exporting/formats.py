"""The kinds of files that a run's recorded voltages can be written to."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from ..errors import BadInput, Unavailable, unknown
from ..files import replacing
from ..results import Run, load_run
from .content import Content


class Format(NamedTuple):
    """A kind of file: its ending, what it is, and the ``library`` that it needs beyond those that are always there."""

    ending: str
    description: str
    library: str | None = None


FORMATS = {
    "nwb": Format(".nwb", "Neurodata Without Borders: a TimeSeries for each variable, and the trials", "pynwb"),
    "neo": Format(".mat", "a Neo Block with a Segment for each trial, in Neo's MATLAB file", "neo"),
    "csv": Format(".csv", "a table in long form: a row for each neuron and moment"),
    "npz": Format(".npz", "numpy arrays (time, image, unit)"),
    "h5": Format(".h5", "HDF5, as traces.h5 is"),
}


def export(
    run: Run | str | Path,
    to: str,
    out: str | Path | None = None,
    select: Mapping | None = None,
    units: str = "physical",
) -> Path:
    """Write a run's recorded voltages for other tools.

    Parameters
    ----------
    run : Run or path
        A run, or its folder.
    to : {"nwb", "neo", "csv", "npz", "h5"}
    out : path, optional
        The file, by default ``voltages.<ending>`` in the run's folder; it is replaced when the new one is complete.
    select, units
        As of `Content`: which trials, layers, units and variables, in mV and Hz or "dimensionless".

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BadInput
        Nothing was recorded or selected, or ``out`` cannot be such a file.
    Unavailable
        The library that makes such files is missing.
    DiskError
    """
    return write(Content(run if isinstance(run, Run) else load_run(run), select, units), to, out)


def write(content: Content, to: str, out: str | Path | None = None) -> Path:
    """Write a `Content` to a file, as `export`."""
    if to not in FORMATS:
        raise unknown("export format", to, FORMATS)
    _check_library(to)
    ending = FORMATS[to].ending
    path = content.run.destination(out, f"voltages{ending}")
    others = [name for name, kind in FORMATS.items() if kind.ending == path.suffix.lower() and name != to]
    if others:
        fix = f"--to {others[0]}, or --out {path.with_suffix(ending)}"
        raise BadInput(f"{path} has the ending of another format", got=f"--to {to}", fix=fix)
    with replacing(path) as aside:
        import_module(f"{__package__}.{to}").write(content, aside, path.name)
    return path


def _check_library(to: str) -> None:
    library = FORMATS[to].library
    try:
        import_module(library or "h5py")
    except ImportError as problem:
        what = f"the format {to} needs {library}, which cannot be imported"
        raise Unavailable(what, got=str(problem), fix=f"pip install {library}") from None
