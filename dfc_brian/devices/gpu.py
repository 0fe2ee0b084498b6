"""The GPU of this machine."""

import os
import shutil
from dataclasses import dataclass

from ..errors import Unavailable
from .host import ask

QUERY = ("--query-gpu=index,uuid,name,compute_cap,driver_version", "--format=csv,noheader")


@dataclass(frozen=True)
class Gpu:
    """The first GPU that programs see: its name, compute capability (such as 9.0) and driver (such as "580.65.06")."""

    name: str
    compute_capability: float
    driver: str

    @classmethod
    def find(cls) -> "Gpu":
        """Ask nvidia-smi. Raises `Unavailable` if there is no GPU, or none that programs may see."""
        command = shutil.which("nvidia-smi")
        if command is None:
            raise _unavailable("no nvidia-smi on the PATH: no NVIDIA driver")
        told = ask(command, *QUERY)
        rows = [[cell.strip() for cell in line.split(",")] for line in told.out.splitlines()]
        if told.failed or not rows or any(len(row) != 5 for row in rows):
            raise _unavailable(f"nvidia-smi: {told.out or told.err or 'no GPU'}")
        row = _first_visible(rows)
        if row is None:
            chosen = os.environ["CUDA_VISIBLE_DEVICES"]
            raise _unavailable(f"CUDA_VISIBLE_DEVICES='{chosen}', which is none of the {len(rows)} that there are")
        _, _, name, capability, driver = row
        return cls(name, float(capability), driver)


def _first_visible(rows: list[list[str]]) -> list[str] | None:
    """The row of the GPU that CUDA takes first, by ``$CUDA_VISIBLE_DEVICES``: numbers, or beginnings of UUIDs."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None or chosen.startswith("MIG-"):
        return rows[0]
    first = chosen.split(",")[0].strip()
    return next((row for row in rows if first and (row[0] == first or row[1].startswith(first))), None)


def _unavailable(why: str) -> Unavailable:
    return Unavailable(
        "the cuda device needs an NVIDIA GPU",
        got=why,
        fix="use --device cpp; or, to compile here what runs elsewhere, name what that GPU has, such as "
        "--set cuda.compute_capability=9.0",
    )
