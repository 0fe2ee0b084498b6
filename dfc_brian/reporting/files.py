"""The files of a report: the page of a run, and its figures in files of their own."""

from pathlib import Path

from dfc_brian import plots
from dfc_brian.files import make_folder, write_text
from dfc_brian.reporting import page
from dfc_brian.results import Run

FORMATS = ("png", "pdf")


def report(run: Run, out: str | Path | None = None, units: str = "physical", figures: str | Path | None = None) -> Path:
    """Write a page about a run: results, figures, equations, recipe and environment, all in one HTML file.

    Parameters
    ----------
    run : Run
    out : path, optional
        The file; by default report.html in the run's folder.
    units : {"physical", "dimensionless"}
        Of voltages, rates and weights in the figures.
    figures : path, optional
        A folder for the figures as PNG and PDF, too.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    BadInput, CorruptData, DiskError
    """
    out = run.destination(out, "report.html")
    drawn, missing = plots.possible(run, units)
    write_text(out, page.render(run, drawn, missing))
    if figures is not None:
        folder = Path(figures).expanduser()
        make_folder(folder)
        for name, figure in drawn.items():
            for ending in FORMATS:
                figure.save(folder / f"{name}.{ending}")
    return out
