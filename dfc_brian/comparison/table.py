"""The table of a comparison as a person reads it."""

import sys

from rich import box
from rich.console import Console
from rich.table import Table

from . import values

WIDTH = 120
"""Columns where no terminal says how many it has."""


def show(comparison) -> None:
    """Print the table to standard output."""
    _print(comparison, Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH))


def as_text(comparison) -> str:
    """The table as plain text."""
    console = Console(color_system=None, width=WIDTH, highlight=False)
    with console.capture() as captured:
        _print(comparison, console)
    return "\n".join(line.rstrip() for line in captured.get().strip("\n").splitlines())


def _print(comparison, console):
    console.print(_table(comparison))
    for line in _remarks(comparison):
        console.print(line, markup=False, soft_wrap=True)


def _table(comparison):
    metric = comparison.metric
    by = values.JUDGED_BY[metric]
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    value = f"lowest\n{values.name(metric)}" if by == metric else f"{values.name(metric)}\nat best {by.split('_')[0]}"
    drawn.add_column("\nvariant", no_wrap=True)
    for title in ("\nseeds", value, "after the\nlast epoch", "\npublished", "time\nper run"):
        drawn.add_column(title, justify="right", no_wrap=True)
    for row in comparison.summary:
        drawn.add_row(
            row.variant.name,
            str(len(row.outcomes)),
            values.text(row.value, metric),
            values.text(row.last, metric),
            values.text(row.published, metric),
            "-" if row.seconds is None else duration(row.seconds),
        )
    return drawn


def _remarks(comparison):
    recipe, seeds = comparison.jobs[0].recipe, comparison.seeds
    epochs = sorted({job.recipe.train.epochs for job in comparison.jobs})
    several = f"mean ± standard deviation over seeds {_list(seeds)}" if len(seeds) > 1 else f"seed {seeds[0]}"
    length = " or ".join(map(str, epochs)) + f" epoch{'s' * (epochs != [1])} of {recipe.data.train} samples"
    yield f"{recipe.name}, {length}, {several}"
    if missing := len(comparison.jobs) - len(comparison.outcomes):
        yield f"{missing} of {len(comparison.jobs)} runs are still to come"
    for outcome in comparison.failed:
        first, *_ = outcome.problem.splitlines() or ["no reason known"]
        yield f"{outcome.job}: {outcome.state}: {first}"


def _list(seeds):
    return ", ".join(map(str, seeds if len(seeds) < 8 else [*seeds[:3], "...", seeds[-1]]))


def duration(seconds: float) -> str:
    """Such as "0.8 s", "42 s", "12 min" or "3.5 h"."""
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
