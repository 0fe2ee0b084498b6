"""One table: ms per training step, sample-steps per second, and ratios to the pure matrix products.

Everything runs on one core, alternating with the floor; each number is the minimum of several runs.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import tempfile
import time
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from dfc_brian.environment import describe

from . import floor, plain, startup
from .step import BATCH, SIZES, Step

FLOOR_STEPS = 300


def timed(call) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main(rounds: int = 7, plain_synapses: bool = True, start_up: bool = True) -> None:
    """Measure and print."""
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="benchmarks.") as name:
        folder = Path(name)
        program = floor.build(folder)
        table = Table(
            "", "ms/step", "sample-steps/s", "x floor", "per sample, x plain Synapses", title=f"{SIZES}, B = {BATCH}"
        )
        for precision in ("float64", "float32"):
            steps = {"cpp": Step("cpp", precision, 5, 500), "numpy": Step("numpy", precision, 1, 50)}
            found = {"floor": [], "cpp": [], "numpy": [], "plain": []}
            if plain_synapses:
                compiled = plain.build(folder / f"plain_{precision}", precision, SIZES)
            for _ in range(rounds):
                found["floor"].append(floor.seconds_per_step(program, precision, FLOOR_STEPS, BATCH, SIZES))
                for device, step in steps.items():
                    found[device].append(timed(step.block) / step.steps)
                if plain_synapses:
                    found["plain"].append(plain.seconds_per_step(compiled) * BATCH)
            best = {name: min(values) for name, values in found.items() if values}
            for name, seconds in best.items():
                label = {"floor": "matrix products alone (C)", "plain": "Brian2 Synapses, cpp, B = 1 (scaled)"}.get(
                    name, f"dfc_brian, {name}"
                )
                gain = f"{best['plain'] / seconds:.1f}" if "plain" in best else ""
                table.add_row(
                    f"{label}, {precision}", f"{1e3 * seconds:.3f}", f"{BATCH / seconds:,.0f}",
                    f"{seconds / best['floor']:.2f}", gain,
                )  # fmt: skip
            table.add_section()
        console.print(table)
        if start_up:
            starts = Table("start of the training program", "s until ready", "s of them for the program")
            for label in ("cold", "warm"):
                whole, part = startup.start(folder / "cache", "float64")
                starts.add_row(label, f"{whole:.1f}", f"{part:.2f}")
            console.print(starts)
    facts = describe()
    console.print(f"{facts['processor']}, {facts['cores']} cores, {facts['compiler']}, {facts['packages']}")


if __name__ == "__main__":
    typer.run(main)
