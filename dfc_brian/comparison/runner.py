"""Carrying out a comparison: one run after the other, reusing what exists, going on where one fails."""

import traceback
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from .. import training
from ..errors import BadInput, CorruptData, DfcError, Diverged
from ..results import Run
from . import files
from .existing import Existing, has_ended, readable
from .plan import Job, check, plan
from .result import Comparison, Outcome


class Quiet:
    """A progress display that shows nothing; the methods are what a display has to offer."""

    def note(self, text): ...

    def planned(self, result, waiting):
        """Before the first of the jobs that are ``waiting`` to be trained; ``result`` is the `Comparison` so far."""

    def begin(self, number, job, result):
        """Before job ``number`` is trained; returns a context manager that gives the display of the training."""
        return nullcontext(training.Quiet())

    def ended(self, number, outcome):
        """After job ``number``, whether it was trained now or was found."""


def compare(
    recipe: str | Path,
    methods: Sequence[str] = ("bp", "dfa", "dfc-ssa", "dfc"),
    feedback: Sequence[str] = ("fixed", "learned"),
    seeds: int | Sequence[int] = 3,
    overrides: Mapping | None = None,
    preset: str | None = None,
    out: str | Path | None = None,
    data_dir: str | Path | None = None,
    progress: Quiet | None = None,
) -> Comparison:
    """Train a recipe's network by several methods and compare what comes out.

    A run that exists already below ./runs/<recipe>/ or ``out`` is not trained again if its recipe is equal; one that
    was interrupted goes on. So the same call can be stopped and repeated. A run that fails is reported in the
    result, and the others go on. The same seed means the same initial weights and the same order of samples.

    Parameters
    ----------
    recipe : str or Path
        A name in runs/ or a .toml file.
    methods, feedback : sequences of str
        Each method learns with each kind of feedback weights that it allows.
    seeds : int or sequence of int
        How many, from the recipe's own seed on, or which.
    overrides, preset
        As in `Recipe.load`.
    out : path, optional
        Folder of the tables and the figure, and of new runs in its ``runs``; by default
        ./runs/<recipe>/compare-<time>, with each new run beside it.
    data_dir : path, optional
        Where the data set lies, in torchvision's layout.
    progress : optional
        A display with the methods of `Quiet`.

    Raises
    ------
    BadInput, CorruptData, Unavailable
        Before anything is trained, with all problems at once.
    DiskError
        When nothing more can be written.
    """
    progress = progress or Quiet()
    jobs, left_out = plan(recipe, methods, feedback, seeds, overrides, preset)
    own = Path("runs") / jobs[0].recipe.name
    result = Comparison(jobs, files.choose_folder(own, out))
    place = own if out is None else result.folder / "runs"
    existing = Existing([own, place])
    found = {job: existing.find(job.recipe) for job in jobs}
    waiting = [job for job in jobs if not (found[job] and has_ended(found[job], job.recipe))]
    check(waiting, data_dir)
    for method in left_out:
        progress.note(f"{method} is left out: its feedback weights cannot be {' or '.join(feedback)}")
    progress.planned(result, waiting)
    for number, job in enumerate(jobs, start=1):
        if job in waiting:
            with progress.begin(number, job, result) as shown:
                outcome = _train(job, found[job], place, data_dir, shown)
        else:
            outcome = _ended(job, found[job])
        result.outcomes.append(outcome)
        progress.ended(number, outcome)
        files.write(result)
        if number % len(result.variants) == 0:  # all variants have this seed
            _draw(result, progress)
    return result


def _ended(job: Job, run: Run) -> Outcome:
    """The outcome of a run that exists and has nothing more to learn."""
    if run.status["state"] == "done":
        return Outcome(job, run, "done", "reused")
    reason = f"{run.status.get('reason', '')}\n  to train it again: remove {run.folder}"
    return Outcome(job, run, run.status["state"], "reused", reason)


def _train(job: Job, begun: Run | None, place: Path, data_dir, shown) -> Outcome:
    """Train a run, or go on with one that has ``begun``. What goes wrong with it alone is an outcome too."""
    options = {"data_dir": data_dir, "progress": shown}
    if begun is not None:
        try:
            return _attempt(job, begun.folder, "resumed", options | {"resume": True})
        except (BadInput, CorruptData) as refusal:
            shown.note(f"{begun.folder} cannot go on, so that this run begins anew: {refusal}")
    folder = files.free(place / f"{datetime.now():%Y%m%d-%H%M%S}-{job.variant.method}-seed{job.seed}")
    try:
        return _attempt(job, folder, "trained", options)
    except (BadInput, CorruptData) as error:
        return Outcome(job, None, "failed", "trained", str(error))


def _attempt(job, folder, origin, options):
    try:
        return Outcome(job, training.train(job.recipe, out=folder, **options), "done", origin)
    except (BadInput, CorruptData, OSError):
        raise
    except DfcError as error:
        state = "diverged" if isinstance(error, Diverged) else "failed"
        return Outcome(job, readable(folder), state, origin, str(error))
    except Exception as error:  # a mistake in one method: the others are still worth having
        options["progress"].note(traceback.format_exc())
        return Outcome(job, readable(folder), "failed", origin, f"{type(error).__name__}: {error}")


def _draw(result: Comparison, progress: Quiet) -> None:
    try:
        files.draw(result)
    except Exception as error:  # a figure never costs what was learned
        progress.note(f"no figure comparison.png: {error}")
