"""Figures of a run, one per file: `draw(run)` gives a `Figure`, matplotlib's own with a title and a caption."""

from importlib import import_module
from inspect import signature

from dfc_brian.errors import BadInput, raise_all, unknown
from dfc_brian.units import Units

FIGURES = (
    "learning_curves",
    "voltages",
    "controller",
    "population",
    "mismatch",
    "settling",
    "weight_changes",
    "weights",
)
"""All figures of a run."""
AT_THE_END = ("learning_curves", "voltages", "controller", "weights")
"""Those that training draws; `dfc_brian.reporting` draws them all."""


def draw(run, name, **options):
    """The figure of this name (one of `FIGURES`), with the options of its own `draw`, such as ``image`` or ``units``.

    `BadInput` if there is no such figure or option, or if the run has not what it shows.
    """
    if name not in FIGURES:
        raise unknown("figure", name, FIGURES)
    known = options_of(name)
    raise_all(unknown(f"option of the figure {name}", option, known) for option in options if option not in known)
    return import_module(f"{__name__}.{name}").draw(run, **options)


def options_of(name):
    """The names (tuple of str) of a figure's options."""
    return tuple(signature(import_module(f"{__name__}.{name}").draw).parameters)[1:]


def possible(run, units="physical"):
    """{name: Figure} of all for which the run has data, and {name: BadInput} of the others."""
    Units(run.recipe, units)  # wrong units are nobody's missing data
    drawn, missing = {}, {}
    for name in FIGURES:
        try:
            drawn[name] = draw(run, name, **({"units": units} if "units" in options_of(name) else {}))
        except BadInput as problem:
            missing[name] = problem
    return drawn, missing
