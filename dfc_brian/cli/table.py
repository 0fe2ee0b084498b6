"""The table of epochs: which columns a recipe's runs have, and how a row is written."""

from dfc_brian.methods import METHODS

COLUMNS = {
    "epoch": "{:>5.0f}",
    "train_loss": "{:>10.4g}",
    "train_error": "{:>11.2%}",
    "validation_loss": "{:>15.4g}",
    "validation_error": "{:>16.2%}",
    "test_loss": "{:>9.4g}",
    "test_error": "{:>10.2%}",
    "condition_2": "{:>11.3f}",
    "converged": "{:>9.1%}",
    "seconds": "{:>7.1f}",
}
ERRORS = ("train_error", "validation_error", "test_error")
LOSSES = ("validation_loss", "test_loss")
"""Shown where there are no errors."""


def columns(recipe):
    """The columns (list of keys of a metrics row) that say something of this recipe's runs."""
    method = METHODS[recipe.learning.method]
    hidden = set(LOSSES if recipe.task == "classification" else ERRORS)
    hidden |= set() if recipe.learning.feedback == "learned" and method.feedback else {"condition_2"}
    hidden |= set() if method.plasticity in ("continuous", "end") else {"converged"}
    return [name for name in COLUMNS if name not in hidden]


def head(names):
    """The titles of these columns (keys of a metrics row), as one line."""
    return "  ".join(_title(name) for name in names)


def line(names, row):
    """A metrics row as one line; what it does not have stays blank."""
    return "  ".join(_cell(name, row) for name in names)


def _title(name):
    return name.replace("_", " ").rjust(len(COLUMNS[name].format(0)))


def _cell(name, row):
    return COLUMNS[name].format(row[name]) if row.get(name) is not None else "".rjust(len(_title(name)))
