"""Figures of a run, one per file: `draw(run)` gives a `Figure`, matplotlib's own with a title and a caption."""

from importlib import import_module

from dfc_brian.errors import BadInput
from dfc_brian.units import Units

FIGURES = {
    "learning_curves": False,
    "voltages": True,
    "controller": False,
    "population": True,
    "mismatch": True,
    "settling": False,
    "weight_changes": True,
    "weights": True,
}
"""All figures of a run, and whether they have a choice of units."""
AT_THE_END = ("learning_curves", "voltages", "controller", "weights")
"""Those that training draws; `dfc_brian.reporting` draws them all."""


def draw(run, name, units="physical"):
    """The figure of this name (a key of `FIGURES`), in ``units`` where it has a choice.

    `BadInput` if the run has not what it shows.
    """
    figure = import_module(f"{__name__}.{name}")
    return figure.draw(run, units=units) if FIGURES[name] else figure.draw(run)


def possible(run, units="physical"):
    """{name: Figure} of all for which the run has data, and {name: BadInput} of the others."""
    Units(run.recipe, units)  # wrong units are nobody's missing data
    drawn, missing = {}, {}
    for name in FIGURES:
        try:
            drawn[name] = draw(run, name, units)
        except BadInput as problem:
            missing[name] = problem
    return drawn, missing
