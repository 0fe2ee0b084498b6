"""The files of a comparison: comparison.csv (runs), summary.csv (variants), comparison.png (learning curves)."""

import csv
import io
import os
from datetime import datetime
from itertools import count
from pathlib import Path

from ..errors import BadInput
from ..files import make_folder, write_text
from .result import Comparison

NAMES = {"comparison.csv", "summary.csv", "comparison.png", "runs"}


def choose_folder(own: Path, out: str | Path | None) -> Path:
    """The folder for the files: ``out``, or a new name ``own``/compare-<time>. It is made when first needed.

    Raises `BadInput` if ``out`` holds something that is not of a comparison.
    """
    if out is not None:
        out = Path(out).expanduser()
        if out.exists() and not out.is_dir():
            raise BadInput(f"the output folder {out} is a file", fix="choose another folder")
        held = sorted(path.name for path in out.iterdir() if not path.name.startswith(".")) if out.exists() else []
        if foreign := [name for name in held if name not in NAMES]:
            fix = "choose a new folder, or that of an earlier comparison"
            raise BadInput(f"the output folder {out} holds something else", got=foreign[0], fix=fix)
        return out
    return free(own / f"compare-{datetime.now():%Y%m%d-%H%M%S}")


def free(path: Path) -> Path:
    """``path``, or ``path``-2, -3 ... if that exists."""
    return next(place for place in _numbered(path) if not place.exists())


def _numbered(path):
    yield path
    yield from (path.with_name(f"{path.name}-{attempt}") for attempt in count(2))


def write(comparison: Comparison) -> None:
    """Write both tables and the figure, each complete or not at all. `DiskError` if that is impossible."""
    make_folder(comparison.folder)
    write_text(comparison.folder / "comparison.csv", _csv(_runs(comparison)))
    write_text(comparison.folder / "summary.csv", _csv(_variants(comparison)))


def draw(comparison: Comparison) -> None:
    """Write the figure, if any run is done."""
    from ..plots import comparison as figure

    if any(outcome.done for outcome in comparison.outcomes):
        figure.draw(comparison).save(comparison.folder / "comparison.png")


def _runs(comparison):
    """A row for each run: errors as fractions, ``folder`` as seen from the comparison's, unknown values empty."""
    for outcome in comparison.outcomes:
        row = {"variant": outcome.variant.name, "method": outcome.variant.method}
        row |= {"feedback": outcome.variant.feedback, "seed": outcome.seed, "state": outcome.state}
        row |= {"metric": outcome.metric, "best_epoch": None, "value": None, "last": None}
        if outcome.done:
            row |= {"best_epoch": outcome.best["epoch"], "value": outcome.value, "last": outcome.last}
        run = outcome.run
        row |= {"epochs": len(run.metrics) if run else 0, "seconds": round(outcome.seconds, 3) if run else None}
        row |= {"folder": os.path.relpath(run.folder, comparison.folder) if run else None}
        yield row | {"problem": " ".join(outcome.problem.split())}


def _variants(comparison):
    """A row for each variant."""
    for each in comparison.summary:
        mean, std = each.value or (None, None)
        published_mean, published_std = each.published or (None, None)
        yield {
            "variant": each.variant.name,
            "method": each.variant.method,
            "feedback": each.variant.feedback,
            "metric": comparison.metric,
            "n": len(each.outcomes),
            "failed": len(each.failed),
            "mean": mean,
            "std": std,
            "published_mean": published_mean,
            "published_std": published_std,
        }


def _csv(rows):
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
