"""What the training commands have in common: options, ``--set`` texts, and a quick import of Brian2."""

import gc
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from dfc_brian import toml_text
from dfc_brian.errors import BadInput

DEVICE = Annotated[str | None, typer.Option(metavar="NAME", help="cpp (compiled), cuda (GPU) or numpy.")]
PRECISION = Annotated[str | None, typer.Option(metavar="NAME", help="float64 or float32.")]
PRESET = Annotated[str | None, typer.Option(metavar="NAME", help="A set of values named in the recipe.")]
EPOCHS = Annotated[int | None, typer.Option(metavar="N", help="Passes over the training images.")]
TRAIN_SIZE = Annotated[int | None, typer.Option(metavar="N", help="Training images.")]
BATCH_SIZE = Annotated[int | None, typer.Option(metavar="N", help="Images shown at once.")]
SETTINGS = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help='Any key of a recipe: --set "neuron.tau_v=20 ms". Repeatable.'),
]
DATA_DIR = Annotated[Path | None, typer.Option(metavar="DIR", help="Data in torchvision's layout: DIR/MNIST/raw/*.")]


def overrides(options: dict, texts: list[str] | None) -> dict:
    """The values by dotted key of ``options`` (None: not given) and of ``--set`` texts KEY=VALUE.

    Raises `BadInput` for a text without "=" and for a key that is given twice.
    """
    given = {key: value for key, value in options.items() if value is not None}
    settings = {}
    for text in texts or []:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise BadInput("--set is not KEY=VALUE", got=text, fix='such as --set "neuron.tau_v=20 ms"')
        if key in settings or key in given:
            raise BadInput(f"{key} is given twice", got=text)
        settings[key] = toml_text.value(value.strip())
    return given | settings


def import_brian2() -> None:
    """Import Brian2 without pyplot and pytest, which no command uses and which take a third of the time.

    Without them, Brian2 takes the names that it wants from numpy itself, and offers no tests of its own. Brian2's
    handler of SIGINT fails where the signal is to be ignored, as by a job in the background: it is ignored again.
    """
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    unwanted = [name for name in ("pylab", "pytest") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(unwanted))
    gc.disable()  # thousands of objects are made, and none becomes garbage
    try:
        import brian2  # noqa: F401
    finally:
        gc.enable()
        for name in unwanted:
            del sys.modules[name]
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
