"""The number that a run is judged by, and how numbers are written.

Meulemans et al. 2021 report the test error (or test loss) of the epoch with the best validation error (or loss), as the
mean and the sample standard deviation over seeds; "MNIST-train" is reported by the training loss.
"""

from collections.abc import Mapping, Sequence
from math import floor, log10
from statistics import mean, stdev
from typing import NamedTuple

from ..recipe import Recipe

JUDGED_BY = {"test_error": "validation_error", "test_loss": "validation_loss", "train_loss": "train_loss"}
"""What is reported, and what chooses the epoch: the lowest, and of equal ones the first."""


class Spread(NamedTuple):
    """Mean and standard deviation (with n - 1; None for a single number)."""

    mean: float
    std: float | None


def metric_of(recipe: Recipe) -> str:
    """What is compared: the metric of the published results, or else test error, for regression test loss."""
    if recipe.published:
        return recipe.published.metric
    return "test_error" if recipe.data.task == "classification" else "test_loss"


def best(metrics: Sequence[Mapping], metric: str) -> Mapping:
    """The row of a run's metrics at the epoch that validation (for "train_loss": that itself) finds best."""
    return min(metrics, key=lambda row: row[JUDGED_BY[metric]])


def spread(numbers: Sequence[float]) -> Spread | None:
    """Mean and standard deviation of the numbers, None if there are none."""
    numbers = list(map(float, numbers))
    return Spread(mean(numbers), stdev(numbers) if len(numbers) > 1 else None) if numbers else None


def text(value: Spread | float | None, metric: str) -> str:
    """Such as "2.25 ± 0.09 %" for errors and "(9.42 ± 0.09)e-2" for losses; "-" for None."""
    if value is None:
        return "-"
    centre, deviation = value if isinstance(value, Spread) else (value, None)
    scale, ending = 100.0, " %"
    if not metric.endswith("error"):
        exponent = floor(log10(abs(centre))) if centre else 0
        exponent = 0 if exponent in (0, 1) else exponent
        scale, ending = 10.0**-exponent, f"e{exponent}" if exponent else ""
    number = f"{centre * scale:.2f}" + ("" if deviation is None else f" ± {deviation * scale:.2f}")
    return f"({number}){ending}" if deviation is not None and ending.startswith("e") else number + ending


def name(metric: str) -> str:
    """The metric in words, such as "test error"."""
    return metric.replace("_", " ")
