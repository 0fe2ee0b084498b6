"""Training: epochs of blocks, evaluation, and what a run leaves behind."""

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from .. import datasets, devices, recording
from ..errors import BadInput, Diverged, Unavailable
from ..learning import Learner, learner
from ..network import Network
from ..network.weights import generator
from ..recipe import Recipe
from ..results import Run, RunFolder, load_run
from . import divergence, forward


class Quiet:
    """A progress display that shows nothing; the methods are what a display has to offer."""

    def preparing(self): ...
    def start(self, recipe, folder, epochs, blocks_per_epoch, minibatches_per_block): ...
    def compiled(self, seconds, cached): ...
    def block(self, epoch, block, loss, error, steps, seconds): ...
    def epoch(self, row): ...
    def note(self, text): ...
    def finish(self, folder, row): ...


def train(recipe: Recipe, out: str | Path | None = None, data_dir: str | Path | None = None, progress=None) -> Run:
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
    data = datasets.load(recipe.data, data_dir=data_dir)
    datasets.check_fits(data, recipe)
    devices.check(recipe.train.device)
    network = Network(recipe)
    folder = RunFolder.create(recipe, out)
    try:
        if recipe.train.device != "numpy":
            progress.preparing()
        method = learner(network)
        if method.cached is not None:
            progress.compiled(method.seconds, method.cached)
        row = _epochs(recipe, method, data, folder, progress)
    except (BadInput, Unavailable):  # found while the network was put together: nothing has been learned
        folder.remove()
        raise
    except BaseException as error:
        states = ((KeyboardInterrupt, "interrupted"), (Diverged, "diverged"), (BaseException, "failed"))
        folder.set_status(next(state for kind, state in states if isinstance(error, kind)), reason=str(error))
        recording.finalise(folder.path)
        raise
    folder.set_status("done", epoch=recipe.train.epochs)
    progress.finish(folder.path, row)
    return load_run(folder.path)


def _epochs(recipe: Recipe, method: Learner, data, folder: RunFolder, progress) -> dict:
    size = recipe.train.batch_size * method.minibatches
    blocks = -(-len(data.x_train) // size)
    progress.start(recipe, folder.path, recipe.train.epochs, blocks, method.minibatches)
    tracer = Network(recipe.replace({"train.precision": "float64"}), device="numpy")
    _traces(tracer, "before", method.weights, data, folder)
    row = {}
    for epoch in range(1, recipe.train.epochs + 1):
        start = time.perf_counter()
        order = generator(recipe.train.seed, "order", epoch).permutation(len(data.x_train))
        seen = SimpleNamespace(loss=0.0, wrong=0.0, converged=0, samples=0)
        for block in range(1, blocks + 1):
            begin = time.perf_counter()
            chosen = order[(block - 1) * size : block * size]
            minibatches = [
                (data.x_train[part], data.y_train[part])
                for part in np.split(chosen, range(recipe.train.batch_size, len(chosen), recipe.train.batch_size))
            ]
            good = dict(method.weights), dict(method.state)
            done = method.block(minibatches)
            _check(recipe, method, good, minibatches, done, folder, epoch, block)
            loss, wrong = _seen(recipe, minibatches, done, seen)
            if epoch == block == 1:
                _warn_of_unsettled(recipe, seen, progress)
            folder.save_weights(method.weights)
            folder.set_status("running", epoch=epoch, block=block)
            steps = len(minibatches) * method.steps
            progress.block(epoch, block, loss, wrong, steps, time.perf_counter() - begin)
        row = {
            "epoch": epoch,
            "train_loss": seen.loss / seen.samples,
            "train_error": seen.wrong / seen.samples,
            **_evaluate(recipe, method.weights, data),
            "converged": seen.converged / seen.samples,
            "seconds": time.perf_counter() - start,
        }
        folder.append_metrics(row)
        progress.epoch(row)
        if epoch in recipe.traces.when:
            _traces(tracer, f"epoch{epoch}", method.weights, data, folder)
    _traces(tracer, "after", method.weights, data, folder)
    recording.finalise(folder.path)
    _draw(load_run(folder.path), progress)
    return row


def _draw(run: Run, progress) -> None:
    """The figures of a run. A figure that fails is said, and costs nothing of what was learned."""
    from ..plots import learning_curves, voltages

    for name, figure, wanted in (("learning_curves", learning_curves, True), ("voltages", voltages, run.traces)):
        if wanted:
            try:
                figure.save(run, run.folder / f"{name}.png")
            except Exception as error:
                progress.note(f"no figure {name}: {error}")


def _seen(recipe: Recipe, minibatches: list, done, seen: SimpleNamespace) -> tuple[float, float]:
    """Add a block to the epoch's sums; returns its own mean loss and error. Outputs are those before the update."""
    outputs = np.concatenate([out[: len(y)] for out, (_, y) in zip(done.output, minibatches, strict=True)])
    wanted = np.concatenate([y for _, y in minibatches])
    loss, wrong = _losses(recipe, outputs, wanted)
    seen.loss += loss.sum()
    seen.wrong += wrong.sum()
    seen.converged += int(done.converged.sum())
    seen.samples += len(wanted)
    return float(loss.mean()), float(wrong.mean())


def _warn_of_unsettled(recipe: Recipe, seen: SimpleNamespace, progress) -> None:
    settled = seen.converged / seen.samples
    if settled < 0.5:
        left_out = " and are left out of learning" if recipe.presentation.drop_unconverged else ""
        progress.note(
            f"only {settled:.0%} of the samples settle while they are shown; the others have not reached their "
            f"target{left_out}: a longer presentation.duration or another controller may help"
        )


def _losses(recipe: Recipe, outputs: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loss and error (1 where the label is missed) per sample; wanted are integer labels."""
    return forward.LOSSES[recipe.network.loss](outputs, wanted), outputs.argmax(-1) != wanted


def _evaluate(recipe: Recipe, weights: dict, data) -> dict[str, float]:
    row = {}
    for part in ("validation", "test"):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        loss, wrong = _losses(recipe, forward.output(weights, recipe.activations, x), y)
        row |= {f"{part}_loss": float(loss.mean()), f"{part}_error": float(wrong.mean())}
    return row


def _traces(tracer: Network, tag: str, weights: dict, data, folder: RunFolder) -> None:
    """Show the images that the recipe's traces name, with the present weights, recording everything."""
    recipe = tracer.recipe
    if not recipe.traces.images or (tag in ("before", "after") and tag not in recipe.traces.when):
        return
    images = np.array(recipe.traces.images)
    x, labels = data.x_test[images], data.y_test[images]
    tracer.weights = dict(weights)
    shown = tracer.present(x, labels)
    recording.write_part(folder.path, tag, shown, recipe, images, labels, x)


def _check(recipe, method, good, minibatches, done, folder, epoch, block) -> None:
    """Stop with `Diverged` if the block left the sensible range, with the last good weights kept."""
    if not (_bad(done.final, minibatches) or _exploded(method)):
        return
    method.weights, method.state = good
    folder.save_weights(method.weights)
    where, culprit = "weights", 0
    for number, (x, y) in enumerate(minibatches, start=1):
        culprit = number
        before = dict(method.weights)
        done = method.block([(x, y)])
        if bad := _bad(done.final, [(x, y)]):
            sample = bad[0][1]
            where = divergence.diagnose(recipe, before, x[sample : sample + 1], y[sample : sample + 1], len(y))
            break
        if exploded := _exploded(method):
            where = f"weights {', '.join(exploded)}"
            break
    raise divergence.error(where, epoch, block, culprit, folder.path / "weights.npz")


def _bad(outputs: np.ndarray, minibatches: list) -> list[tuple[int, int]]:
    """(minibatch, sample) whose output at the end of its presentation is out of range."""
    return [
        (k, int(sample))
        for k, (_, y) in enumerate(minibatches)
        for sample in np.flatnonzero(divergence.exceeds(outputs[k][: len(y)]).any(-1))
    ]


def _exploded(method: Learner) -> list[str]:
    return [name for name in method.learned if divergence.exceeds(method.weights[name]).any()]
