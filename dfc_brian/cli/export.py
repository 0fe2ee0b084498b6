"""``python -m dfc_brian.export RUN --to nwb``: write what a run has recorded for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from dfc_brian.cli import options
from dfc_brian.cli.exits import exit_codes
from dfc_brian.errors import BadInput

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def export(
    run: Annotated[Path | None, typer.Argument(metavar="RUN", help="The folder of a run.")] = None,
    to: Annotated[str | None, typer.Option(metavar="FORMAT", help="nwb, neo, csv, npz or h5.")] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUES",
            help="Only these: phase, moment, image, label, layer, unit or variable, such as layer=1,2 or unit=0-9. "
            "Repeatable.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The file; else RUN/voltages.<ending>.")] = None,
    units: Annotated[str, typer.Option(metavar="KIND", help="physical (mV, Hz) or dimensionless.")] = "physical",
):
    """Write the recorded voltages of a run in a format that other tools open, in mV and Hz unless told otherwise."""
    with exit_codes():
        if run is None or to is None:
            what = "no run named" if run is None else "no format named"
            fix = "python -m dfc_brian.export runs/digits/20260101-120000-dfc-seed42 --to nwb"
            raise BadInput(what, allowed=None if run is None else ("nwb", "neo", "csv", "npz", "h5"), fix=fix)
        options.import_brian2()
        from dfc_brian import exporting, recording
        from dfc_brian.exporting import selection
        from dfc_brian.results import load_run

        content = exporting.Content(load_run(run), selection.parse(select or []), units)
        path = exporting.write(content, to, out)
        print(f"{content!r}\n{content.text}\nwritten to {path} ({recording.text(path.stat().st_size)})")


def main():
    """The command as `python -m dfc_brian.export`."""
    app(prog_name="python -m dfc_brian.export")
