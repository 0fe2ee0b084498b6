"""Measures the rows of the table one by one, keeps and prints them."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from dfc_brian.cli.exits import exit_codes
from dfc_brian.devices.gpu import Gpu
from dfc_brian.environment import describe, version
from dfc_brian.errors import DfcError, Unavailable

from .case import Case
from .rows import LOOPS, ROWS, difference
from .table import show

PACKAGES = ("brian2cuda", "torch", "triton", "nvidia-cublas", "nvidia-curand")

HIDDEN, TINY = (256, 256, 256), (8, 8)
EMULATED_STEPS = 50


def attempt(call: Callable[[], float]) -> dict:
    """The number that ``call`` returns as ``value``, or why there is none as ``missing``."""
    try:
        return {"value": call()}
    except (DfcError, RuntimeError, AssertionError) as error:  # those of PyTorch are of the last two kinds
        return {"missing": " ".join(str(error).split())[:300]}


def measure(cases: list[Case], environment: dict, out: Path | None) -> dict:
    """All rows of all cases, first those that ``out`` has; kept there one by one."""
    found = {"network": "-".join(map(str, cases[0].sizes)), "rows": [], "differences": []}
    if out and out.exists():
        found = json.loads(out.read_text(encoding="utf-8"))
    found["environment"] = environment

    def measured(part: str, call: Callable[[], float], **what) -> None:
        known = next((row for row in found[part] if what.items() <= row.items()), {})
        if "value" in known:
            return
        found[part] = [row for row in found[part] if row is not known] + [what | attempt(call)]
        print(json.dumps(found[part][-1]), flush=True)
        if out:
            out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    for case in cases:
        for name, row in ROWS.items():
            measured("rows", partial(row, case), name=name, batch=case.batch, precision=case.precision)
    for case in (case for case in cases if case.batch == cases[0].batch):
        for name, how in LOOPS.items():
            measured("differences", partial(difference, case, how), name=name, precision=case.precision)
    return found


def main(
    out: Annotated[Path | None, typer.Option(help="Where the numbers are kept as JSON.")] = None,
    batches: Annotated[str, typer.Option(help="Samples shown at once.")] = "128,1024,8192",
    precisions: str = "float32,float64",
    steps: Annotated[int, typer.Option(max=25_000, help="Steps of a presentation, and of a PyTorch run.")] = 20_000,
    rounds: int = 3,
    quick: Annotated[bool, typer.Option("--quick", help="Only try that everything works, without a GPU too.")] = False,
) -> None:
    """Measure and print."""
    with exit_codes():
        try:
            gpu, device = asdict(Gpu.find()), "cuda"
        except Unavailable:
            if not quick:
                what, got, fix = "this benchmark needs an NVIDIA GPU", "nvidia-smi finds none", "try it with --quick"
                raise Unavailable(what, got=got, fix=fix) from None
            gpu, device = None, "cpu"
        if quick:
            batches, rounds, steps = "4", 1, steps if gpu else EMULATED_STEPS
        cases = [
            Case(int(batch), precision, TINY if quick else HIDDEN, steps, rounds, device)
            for precision in precisions.split(",")
            for batch in batches.split(",")
        ]
        packages = {name: version(name) for name in PACKAGES}
        show(measure(cases, {"gpu": gpu, **describe(), "gpu packages": packages}, out))


if __name__ == "__main__":
    typer.run(main)
