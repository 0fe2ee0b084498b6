"""The sleep step of 784-256-256-256-10, minibatches of 128, against its matrix products.

    python -m benchmarks.sleep

On one core, alternating with the floor. What is compared is the processor's time, so that other work on the machine
disturbs less; each number is the minimum of several runs. Blocks of 20 sleep phases, start and end included.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import resource
import tempfile
from pathlib import Path

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from dfc_brian import Network, Recipe
from dfc_brian.environment import describe
from dfc_brian.learning.feedback import FeedbackLearner

from . import floor
from .step import BATCH, SIZES

FLOOR_STEPS = 1000


def processor_seconds(call) -> float:
    """Processor time of the processes that ``call`` starts and waits for."""
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    call()
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime


class SleepStep:
    """A program that learns feedback weights and can be timed: one call of `block` is one block."""

    def __init__(self, precision: str):
        recipe = Recipe.bare(SIZES, {"train.precision": precision, "train.batch_size": BATCH})
        self.learner = FeedbackLearner(Network(recipe, device="cpp"))
        rng = np.random.default_rng(0)
        self.minibatches = [rng.normal(size=(BATCH, SIZES[0])) for _ in range(self.learner.minibatches)]
        self.steps = len(self.minibatches) * self.learner.steps
        self.rounds = 0

    def block(self) -> None:
        self.rounds += 1
        self.learner.block(self.minibatches, 1e-4, (self.rounds,))


def main(rounds: int = 7) -> None:
    """Measure and print."""
    console = Console(width=110)
    table = Table("", "ms/step", "x floor", title=f"asleep, {SIZES}, B = {BATCH}")
    with tempfile.TemporaryDirectory(prefix="benchmarks.") as folder:
        program = floor.build(Path(folder))
        for precision in ("float64", "float32"):
            step = SleepStep(precision)
            products = lambda: floor.seconds_per_step(program, precision, FLOOR_STEPS, BATCH, SIZES, "asleep")  # noqa: B023, E731
            found = [
                (
                    processor_seconds(products) / (1.1 * FLOOR_STEPS),  # a tenth more to warm up
                    processor_seconds(step.block) / step.steps,
                )
                for _ in range(rounds)
            ]
            least, own = (min(values) for values in zip(*found, strict=True))
            table.add_row(f"matrix products alone (C), {precision}", f"{1e3 * least:.3f}", "1")
            table.add_row(f"dfc_brian, cpp, {precision}", f"{1e3 * own:.3f}", f"{own / least:.2f}")
    console.print(table)
    facts = describe()
    console.print(f"{facts['processor']}, {facts['cores']} cores, {facts['compiler']}, {facts['packages']}")


if __name__ == "__main__":
    typer.run(main)
