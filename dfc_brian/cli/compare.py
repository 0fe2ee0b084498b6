"""``python -m dfc_brian.compare RECIPE``: train by several methods with several seeds, and compare what comes out."""

from pathlib import Path
from typing import Annotated

import typer

from dfc_brian import library
from dfc_brian.cli import options
from dfc_brian.cli.exits import exit_codes
from dfc_brian.errors import BadInput

SOME_FAILED = 70

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def compare(
    recipe: Annotated[str | None, typer.Argument(metavar="RECIPE", help="A name in runs/ or a .toml file.")] = None,
    methods: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Learning methods, with commas; python -m dfc_brian.run --list has all."),
    ] = "bp,dfa,dfc-ssa,dfc",
    feedback: Annotated[
        str, typer.Option(metavar="KINDS", help="Feedback weights; a method takes those that it allows.")
    ] = "fixed,learned",
    seeds: Annotated[
        str, typer.Option(metavar="N|LIST", help="How many, from the recipe's seed on, or which, such as 1,5,9.")
    ] = "3",
    preset: options.PRESET = None,
    epochs: options.EPOCHS = None,
    train_size: options.TRAIN_SIZE = None,
    batch_size: options.BATCH_SIZE = None,
    device: options.DEVICE = None,
    precision: options.PRECISION = None,
    settings: options.SETTINGS = None,
    data_dir: options.DATA_DIR = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Tables, figure and new runs; else ./runs/<recipe>/compare-<time>."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the results folder and nothing else.")] = False,
):
    """Compare learning methods on one recipe: same initial weights and order of samples for the same seed.

    Runs that exist are reused and interrupted ones go on, so the same command continues what was stopped.
    """
    with exit_codes():
        if recipe is None:
            fix = "python -m dfc_brian.compare digits --methods bp,dfa,dfc"
            raise BadInput("no recipe named", allowed=library.names("runs"), fix=fix)
        values = {
            "train.epochs": epochs,
            "data.train": train_size,
            "train.batch_size": batch_size,
            "train.device": device,
            "train.precision": precision,
        }
        overrides = options.overrides(values, settings)
        failed = _compare(
            recipe, _names(methods), _names(feedback), _seeds(seeds), overrides, preset, out, data_dir, quiet
        )
    if failed:
        raise typer.Exit(SOME_FAILED)


def main():
    """The command as `python -m dfc_brian.compare`."""
    app(prog_name="python -m dfc_brian.compare")


def _compare(recipe, methods, feedback, seeds, overrides, preset, out, data_dir, quiet):
    """Whether any run failed."""
    options.import_brian2()
    from dfc_brian import comparison
    from dfc_brian.cli import compare_display

    progress = compare_display.Silent() if quiet else compare_display.Lines()
    try:
        result = comparison.compare(
            recipe, methods, feedback, seeds, overrides, preset, out=out, data_dir=data_dir, progress=progress
        )
    except KeyboardInterrupt as stop:  # its own notes say how to go on with the one run
        stop.__notes__ = ["What has been trained is kept: the same command goes on from here."]
        raise
    progress.finish(result)
    return bool(result.failed)


def _names(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def _seeds(text):
    """A number of seeds, or a list of them; what is no number is left for the comparison to refuse."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        return text
    return list(map(int, parts)) if len(parts) > 1 else int(text)
