"""``python -m dfc_brian.run RECIPE``: train a recipe's network and keep what it learned and showed."""

from pathlib import Path
from typing import Annotated

import typer

from dfc_brian import library
from dfc_brian.cli import listing, options
from dfc_brian.cli.exits import exit_codes
from dfc_brian.errors import BadInput
from dfc_brian.methods import BOTH, METHODS

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def run(
    recipe: Annotated[str | None, typer.Argument(metavar="RECIPE", help="A name (see --list) or a .toml file.")] = None,
    method: Annotated[str | None, typer.Option(metavar="NAME", help=f"Learning method: {', '.join(METHODS)}.")] = None,
    feedback: Annotated[
        str | None, typer.Option(metavar="KIND", help=f"Feedback weights: {' or '.join(BOTH)}.")
    ] = None,
    device: options.DEVICE = None,
    precision: options.PRECISION = None,
    preset: options.PRESET = None,
    epochs: options.EPOCHS = None,
    train_size: options.TRAIN_SIZE = None,
    batch_size: options.BATCH_SIZE = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the weights and of the order.")] = None,
    settings: options.SETTINGS = None,
    data_dir: options.DATA_DIR = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Results; else ./runs/<recipe>/<time>-<method>-seed<n>."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the run in --out (then RECIPE may be left out), or with the newest unfinished one of this "
            "recipe; begin if there is none.",
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the results folder and nothing else.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List recipes, presets, methods and models.")] = False,
):
    """Train the network of a recipe and keep its weights, metrics, voltage traces and figures."""
    with exit_codes():
        if list_:
            print(listing.text())
            return
        if recipe is None and not (resume and out):
            fix = "python -m dfc_brian.run --resume --out DIR" if resume else "python -m dfc_brian.run digits"
            raise BadInput("no recipe named", allowed=library.names("runs"), fix=fix)
        given = {
            "learning.method": method,
            "learning.feedback": feedback,
            "train.device": device,
            "train.precision": precision,
            "train.epochs": epochs,
            "data.train": train_size,
            "train.batch_size": batch_size,
            "train.seed": seed,
        }
        _train(recipe, options.overrides(given, settings), preset, data_dir, out, resume, quiet)


def main():
    """The command as `python -m dfc_brian.run`."""
    app(prog_name="python -m dfc_brian.run")


def _train(name, overrides, preset, data_dir, out, resume, quiet):
    if name is not None:
        library.find("runs", name, "recipe")  # a misspelt name is told at once, before Brian2 is imported
    options.import_brian2()
    from dfc_brian.recipe import Recipe

    if name is not None:
        recipe = Recipe.load(name, overrides, preset)
    else:
        from dfc_brian.training import resume as resuming

        recipe = resuming.recipe_of(out, overrides, preset)

    from dfc_brian import training
    from dfc_brian.cli import display

    with display.choose(quiet) as progress:
        progress.opening(recipe)
        training.train(recipe, out=out, data_dir=data_dir, progress=progress, resume=resume)
