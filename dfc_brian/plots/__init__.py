"""Figures of a run, one per file: `draw(run)` gives a `Figure`, matplotlib's own with a title and a caption."""

from importlib import import_module

from dfc_brian.errors import BadInput, unknown
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


def draw(run, name, **options):
    """The figure of this name (a key of `FIGURES`), with the options of its own `draw`, such as ``image`` or ``units``.

    `BadInput` if there is no such figure, or if the run has not what it shows.
    """
    if name not in FIGURES:
        raise unknown("figure", name, FIGURES)
    return import_module(f"{__name__}.{name}").draw(run, **options)


def possible(run, units="physical"):
    """{name: Figure} of all for which the run has data, and {name: BadInput} of the others."""
    Units(run.recipe, units)  # wrong units are nobody's missing data
    drawn, missing = {}, {}
    for name, choice in FIGURES.items():
        try:
            drawn[name] = draw(run, name, **({"units": units} if choice else {}))
        except BadInput as problem:
            missing[name] = problem
    return drawn, missing
