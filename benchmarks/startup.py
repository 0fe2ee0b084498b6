"""How long a user waits before the first training step: with nothing compiled, and the second time."""

import os
import subprocess
import sys
import time
from pathlib import Path

CODE = """
from dfc_brian.cli.options import import_brian2; import_brian2()
from benchmarks.step import Learner, Network, recipe
print(Learner(Network(recipe({precision!r}), device="cpp")).program.seconds)
"""


def start(cache: Path, precision: str) -> tuple[float, float]:
    """Seconds from the start of Python until the program is ready, and those spent on the program itself."""
    environment = {**os.environ, "DFC_BRIAN_CACHE": str(cache)}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(precision=precision)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return time.perf_counter() - begin, float(done.stdout.split()[-1])
