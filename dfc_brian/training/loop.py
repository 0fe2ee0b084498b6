"""`train`: a recipe's network from its first weights, or from a checkpoint, to a folder of results."""

import shlex
from contextlib import suppress
from pathlib import Path

from .. import datasets, recording
from ..errors import BadInput, DiskError, Diverged, Unavailable
from ..methods import METHODS
from ..network import Network
from ..recipe import Recipe
from ..results import Run, load_run
from . import checkpoint
from . import resume as resuming
from .display import Quiet
from .folder import RunFolder
from .schedule import sleeps
from .session import Session


def train(
    recipe: Recipe,
    out: str | Path | None = None,
    data_dir: str | Path | None = None,
    progress=None,
    resume: bool = False,
) -> Run:
    """Train a recipe's network.

    Parameters
    ----------
    recipe : Recipe
    out : path, optional
        Folder for the results; by default ``runs/<recipe>/<time>-<method>-seed<n>`` below the current folder.
    data_dir : path, optional
        Where the data set lies, in torchvision's layout.
    progress : optional
        A display with the methods of `Quiet`.
    resume : bool
        Go on with the run in ``out``, or by default with the newest run of this recipe that is not done; it ends with
        the same bits as one that was never stopped. Where there is none, one begins; where it is done, nothing is left
        to do.

    Returns
    -------
    Run
        Metrics per epoch, weights, traces, folder and recipe.

    Raises
    ------
    BadInput, CorruptData, Unavailable, DiskError
        Before anything is computed, if the input cannot be used.
    Diverged
        Naming layer, compartment and block; the last good weights are in the folder.
    """
    progress = progress or Quiet()
    place = resuming.find(recipe, out) if resume else None
    if place and resuming.done(place):
        with suppress(BadInput, DiskError), RunFolder(place):  # a kill may have come before this
            checkpoint.remove(place)
        return _finished(place, progress)
    data = datasets.load(recipe.data, data_dir=data_dir, sizes=recipe.network.sizes)
    datasets.check_fits(data, recipe)
    network = Network(recipe)
    _announce(recipe, data, out, place, progress)
    with RunFolder(place) if place else RunFolder.create(recipe, out) as folder:
        if place and resuming.done(place):  # while we were waiting
            return _finished(place, progress)
        saved = checkpoint.read(folder.path, recipe)
        session = None
        try:
            if recipe.train.device != "numpy" and (METHODS[recipe.learning.method].plasticity or sleeps(recipe)):
                progress.preparing()
            session = Session(network, data, folder, progress)
            if saved:
                session.restore(saved)
            row = session.run()
            recording.finalise(folder.path)
            _draw(load_run(folder.path), progress)
            session.tell("done")
            checkpoint.remove(folder.path)
        except BaseException as error:
            if isinstance(error, BadInput | Unavailable) and not (place or _learned(session)):
                folder.remove()  # found while the network was put together
                raise
            if isinstance(error, KeyboardInterrupt):
                error.add_note(f"Continue with: {_command(folder.path, data_dir)}")
            _stop(folder, session, error)
            raise
    progress.finish(folder.path, row)
    return load_run(folder.path)


def _announce(recipe: Recipe, data: datasets.Dataset, out: str | Path | None, place: Path | None, progress) -> None:
    """Say how much a run will record, and refuse what the disk cannot hold; a run that goes on has begun already."""
    images = len(datasets.test_images(data, recipe.traces.images))
    size = recording.predicted(recipe, images)
    if size:
        if not place:
            recording.check_room(recipe, images, Path(out or "."))
        moments = len(recipe.traces.moments(recipe.train.epochs))
        many = f"{images} test image{'s' * (images != 1)} at {moments} moment{'s' * (moments != 1)}"
        progress.note(f"records voltages of {many}: about {recording.text(size)} in traces.h5")
    for phase, names in recording.absent(recipe).items():
        if names:
            progress.note(f"{', '.join(names)}: not in phase {phase}")
    if "sleep" in recording.phases(recipe) and not sleeps(recipe):
        progress.note("records phase sleep, but feedback weights are fixed: nothing learns asleep in this run")


def _stop(folder: RunFolder, session: Session | None, error: BaseException) -> None:
    """Leave what was learned and recorded in order, and say why the run stopped."""
    states = ((KeyboardInterrupt, "interrupted"), (Diverged, "diverged"), (BaseException, "failed"))
    state = next(state for kind, state in states if isinstance(error, kind))
    if session is None:
        folder.set_status(state, epoch=0, block=0, reason=str(error))
        return
    session.tell(state, reason=str(error))
    if _learned(session):
        folder.save_weights(session.weights)
    recording.finalise(folder.path)


def _learned(session: Session | None) -> bool:
    return session is not None and bool(session.reached.passes or session.reached.blocks)


def _finished(place: Path, progress) -> Run:
    run = load_run(place)
    progress.note("this run is done: there is nothing to go on with")
    progress.finish(place, run.metrics[-1])
    return run


def _command(folder: Path, data_dir: str | Path | None) -> str:
    """What a user types to go on."""
    words = ["--resume", "--out", str(folder), *(["--data-dir", str(data_dir)] if data_dir else [])]
    return f"python -m dfc_brian.run {shlex.join(words)}"


def _draw(run: Run, progress) -> None:
    """The figures for which a run has data. One that fails is said, and costs nothing of what was learned."""
    from .. import plots

    for name in plots.AT_THE_END:
        try:
            plots.draw(run, name).save(run.folder / f"{name}.png")
        except BadInput:
            continue
        except Exception as error:
            progress.note(f"no figure {name}: {error}")
