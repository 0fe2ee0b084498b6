"""``python -m dfc_brian.report RUN``: one page with a run's results, figures, equations, recipe and environment."""

from pathlib import Path
from typing import Annotated

import typer

from dfc_brian.cli import options
from dfc_brian.cli.exits import exit_codes
from dfc_brian.errors import BadInput

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def report(
    run: Annotated[Path | None, typer.Argument(metavar="RUN", help="The folder of a run.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The page; else report.html in RUN.")] = None,
    units: Annotated[str, typer.Option(metavar="NAME", help="physical (mV, Hz, pA) or dimensionless.")] = "physical",
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the figures to DIR, too, as PNG and PDF.")
    ] = None,
):
    """Make one HTML page about a run. It holds all that it shows: it can be mailed, printed and kept."""
    with exit_codes():
        if run is None:
            raise BadInput("no run named", fix="python -m dfc_brian.report runs/digits/<time>-dfc-seed42")
        options.import_brian2()
        from dfc_brian import reporting, results

        print(f"report in {reporting.report(results.load_run(run), out, units, figures)}", flush=True)


def main():
    """The command as `python -m dfc_brian.report`."""
    app(prog_name="python -m dfc_brian.report")
