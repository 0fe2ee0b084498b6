"""``python -m dfc_brian.run RECIPE``: train a recipe's network and keep what it learned and showed."""

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from dfc_brian import library, toml_text
from dfc_brian.cli import listing
from dfc_brian.cli.exits import exit_codes
from dfc_brian.errors import BadInput

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def run(
    recipe: Annotated[str | None, typer.Argument(metavar="RECIPE", help="A name (see --list) or a .toml file.")] = None,
    method: Annotated[str | None, typer.Option(metavar="NAME", help="Learning method: dfc.")] = None,
    feedback: Annotated[str | None, typer.Option(metavar="KIND", help="Feedback weights: fixed.")] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="cpp (compiled) or numpy.")] = None,
    precision: Annotated[str | None, typer.Option(metavar="NAME", help="float64 or float32.")] = None,
    preset: Annotated[str | None, typer.Option(metavar="NAME", help="A set of values named in the recipe.")] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", help="Passes over the training images.")] = None,
    train_size: Annotated[int | None, typer.Option(metavar="N", help="Training images.")] = None,
    batch_size: Annotated[int | None, typer.Option(metavar="N", help="Images shown at once.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the weights and of the order.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help='Any key of a recipe: --set "neuron.tau_v=20 ms". Repeatable.'),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data in torchvision's layout: DIR/MNIST/raw/*.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Results; else ./runs/<recipe>/<time>-<method>-seed<n>."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the results folder and nothing else.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List recipes, presets and methods.")] = False,
):
    """Train the network of a recipe and keep its weights, metrics, voltage traces and figures."""
    with exit_codes():
        if list_:
            print(listing.text())
            return
        if recipe is None:
            raise BadInput("no recipe named", allowed=library.names("runs"), fix="python -m dfc_brian.run digits")
        options = {
            "learning.method": method,
            "learning.feedback": feedback,
            "train.device": device,
            "train.precision": precision,
            "train.epochs": epochs,
            "data.train": train_size,
            "train.batch_size": batch_size,
            "train.seed": seed,
        }
        given = {key: value for key, value in options.items() if value is not None}
        _train(recipe, given | _settings(settings or [], given), preset, data_dir, out, quiet)


def main():
    """The command as `python -m dfc_brian.run`."""
    app(prog_name="python -m dfc_brian.run")


def _settings(texts, given):
    """The dict of dotted keys that ``--set`` texts stand for."""
    settings = {}
    for text in texts:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise BadInput("--set is not KEY=VALUE", got=text, fix='such as --set "neuron.tau_v=20 ms"')
        if key in settings or key in given:
            raise BadInput(f"{key} is given twice", got=text)
        settings[key] = toml_text.value(value.strip())
    return settings


def _import_brian2():
    """Import Brian2 without pyplot and pytest, which no command uses and which take a third of the time.

    Without them, Brian2 takes the names that it wants from numpy itself, and offers no tests of its own.
    """
    unwanted = [name for name in ("pylab", "pytest") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(unwanted))
    gc.disable()  # thousands of objects are made, and none becomes garbage
    try:
        import brian2  # noqa: F401
    finally:
        gc.enable()
        for name in unwanted:
            del sys.modules[name]


def _train(name, overrides, preset, data_dir, out, quiet):
    library.find("runs", name, "recipe")  # a misspelt name is told at once, before Brian2 is imported
    _import_brian2()
    from dfc_brian.recipe import Recipe

    recipe = Recipe.load(name, overrides, preset)

    from dfc_brian import training
    from dfc_brian.cli import display

    with display.choose(quiet) as progress:
        progress.opening(recipe)
        training.train(recipe, out=out, data_dir=data_dir, progress=progress)
