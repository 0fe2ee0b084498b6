"""Printing what was found."""

from rich.console import Console
from rich.table import Table

from .rows import EAGER, FLOOR, ROWS


def show(found: dict) -> None:
    """The table; why rows are missing; whether the PyTorch loops compute the same; on what machine."""
    console = Console(width=120, highlight=False)
    columns = ("B", "", "ms/step", "sample-steps/s", "x floor", "x faster than eager PyTorch")
    table = Table(*columns, title=found["network"])
    seconds = {(row["precision"], row["batch"], row["name"]): row.get("value") for row in found["rows"]}
    for precision, batch in dict.fromkeys(case[:2] for case in seconds):
        floor, eager = (seconds.get((precision, batch, name)) for name in (FLOOR, EAGER))
        for name in ROWS:
            own = seconds.get((precision, batch, name))
            numbers = [f"{1e3 * own:.4f}", f"{batch / own:,.0f}"] if own else ["missing", ""]
            numbers += [f"{a / b:.2f}" if a and b else "" for a, b in ((own, floor), (eager, own))]
            table.add_row(str(batch), f"{name}, {precision}", *numbers)
        table.add_section()
    console.print(table)
    missing = {}
    for row in found["rows"]:
        if "missing" in row:
            missing.setdefault(row["missing"], {})[row["name"]] = None
    for reason, names in missing.items():
        console.print(f"missing, {'; '.join(names)}: {reason}")
    console.print("Largest relative difference of updates from those of dfc_brian (numpy):")
    for row in found["differences"]:
        told = f"{row['value']:.1e}" if "value" in row else row["missing"]
        console.print(f"  {row['name']}, {row['precision']}: {told}")
    for name, value in found["environment"].items():
        console.print(f"{name}: {value}")
