"""One sitting of a run: from its beginning or a checkpoint through the schedule, block by block."""

import time
from collections.abc import Mapping

import numpy as np

from ..datasets import Dataset
from ..learning import learner
from ..network import Network
from . import checkpoint, divergence, evaluate
from .checkpoint import Checkpoint, Reached
from .folder import RunFolder
from .schedule import Pass, schedule, sized, sleeps
from .traces import Tracer

EVERY = 5.0
"""Seconds between two writings of status.json."""


class Session:
    """Trains a network: forward and feedback learners share its weights and take their turns.

    ``weights`` (dict of arrays) and ``reached`` are those after the last block; with the learners' states they are
    what a checkpoint holds, so that a run that goes on from one ends with the same bits.
    """

    def __init__(self, network: Network, data: Dataset, folder: RunFolder, progress):
        self.recipe, self.data, self.folder, self.progress = network.recipe, data, folder, progress
        self.learners = {"forward": learner(network)}
        if sleeps(self.recipe):
            from ..learning.feedback import FeedbackLearner

            self.learners["sleep"] = FeedbackLearner(network)
        self.passes = sized(schedule(self.recipe), self.recipe, len(data.x_train), self.learners)
        self.weights, self.reached = dict(network.weights), Reached()
        self.tracer = Tracer(self.recipe, data, folder, progress)
        self._text, self._told = self.recipe.to_toml(), -np.inf

    def restore(self, saved: Checkpoint) -> None:
        """Go on from a checkpoint; what the folder shows is put back to that moment too."""
        self.weights, self.reached = saved.weights, saved.reached
        for kind, each in self.learners.items():
            each.state = getattr(saved, kind)
        self.folder.save_weights(self.weights)
        self._save_rows()

    def run(self) -> dict:
        """All that remains; returns the last epoch's row. Raises `Diverged`."""
        self._tell_compiled()
        reached, passes = self.reached, self.passes
        done = sum(each.blocks for each in passes[: reached.passes]) + reached.blocks
        self.progress.start(self.recipe, self.folder.path, passes, done)
        if not done:
            self.tracer.record("before", self.weights)
        while reached.passes < len(passes):
            now = passes[reached.passes]
            self._pass(now)
            self._close(now)
            reached.passes, reached.blocks, reached.seconds = reached.passes + 1, 0, 0.0
        self.tracer.record("after", self.weights)
        return reached.metrics[-1]

    def tell(self, state: str, **more) -> None:
        """Write how far the run got."""
        passes, blocks = self.reached.passes, self.reached.blocks
        now = self.passes[passes if blocks else passes - 1] if passes or blocks else None
        reached = {"epoch": now.epoch, "block": blocks or now.blocks} if now else {"epoch": 0, "block": 0}
        asleep = {"pass": now.title} if now and now.kind == "sleep" else {}
        self.folder.set_status(state, **reached, **asleep, **more)

    def _pass(self, now: Pass) -> None:
        reached = self.reached
        order = now.order(self.recipe, len(self.data.x_train))
        if now.kind == "sleep" and not reached.blocks and now.number in (1, self.recipe.feedback.pretraining + 1):
            self.learners["sleep"].state = self.learners["sleep"].initial_state()
        for block in range(reached.blocks + 1, now.blocks + 1):
            begin = time.perf_counter()
            minibatches = [(self.data.x_train[part], self.data.y_train[part]) for part in order[block - 1]]
            shown = (self._asleep if now.kind == "sleep" else self._forward)(now, block, minibatches)
            seconds = time.perf_counter() - begin
            reached.blocks = block
            reached.seconds += seconds
            self._keep()
            self.progress.block(now, block, len(minibatches), seconds, **shown)

    def _forward(self, now: Pass, block: int, minibatches: list) -> dict[str, float]:
        """One block of forward learning; returns its mean loss and error, of outputs before each update."""
        learner, good = self._take("forward")
        done = learner.block(minibatches)
        if divergence.outputs(done, minibatches) or divergence.weights(learner):
            learner.weights, learner.state = good
            raise divergence.error(now, block, *divergence.find(self.recipe, learner, minibatches), self.folder.path)
        self._give(learner)
        outputs = np.concatenate([out[: len(y)] for out, (_, y) in zip(done.output, minibatches, strict=True)])
        judged = evaluate.judge(self.recipe, outputs, np.concatenate([y for _, y in minibatches]))
        sums = {key: float(values.sum()) for key, values in judged.items()}
        sums |= {"converged": float(done.converged.sum()), "samples": float(len(outputs))}
        if now.number == block == 1:
            self._warn_of_unsettled(sums["converged"] / sums["samples"])
        before = self.reached.sums if block > 1 else {}
        self.reached.sums = {key: before.get(key, 0.0) + value for key, value in sums.items()}
        return {key: float(values.mean()) for key, values in judged.items()}

    def _asleep(self, now: Pass, block: int, minibatches: list) -> dict[str, float]:
        """One block of feedback learning, each with noise of its own."""
        feedback, inputs = self.recipe.feedback, [x for x, _ in minibatches]
        how = {"rate": feedback.rate if now.epoch else feedback.pretraining_rate, "key": (now.number, block)}
        learner, good = self._take("sleep")
        learner.block(inputs, **how)
        if divergence.weights(learner):
            learner.weights, learner.state = good
            raise divergence.error(now, block, *divergence.find_asleep(learner, inputs, **how), self.folder.path)
        self._give(learner)
        return {}

    def _take(self, kind: str) -> tuple:
        """A learner with the shared weights, and its weights and state to return to."""
        learner = self.learners[kind]
        learner.weights = dict(self.weights)
        return learner, (dict(self.weights), dict(learner.state))

    def _give(self, learner) -> None:
        """Share what a learner has changed. Arrays in one order: the layout of a matrix decides its products' bits."""
        learner.state = _ordered(learner.state)
        self.weights = self.weights | _ordered({name: learner.weights[name] for name in learner.learned})

    def _close(self, now: Pass) -> None:
        """What follows the last block of a pass. After a kill, it follows again."""
        reached = self.reached
        reached.epoch_seconds += reached.seconds if now.epoch else 0.0
        found = evaluate.feedback(self.recipe, self.weights, self.data)
        if now.kind == "sleep":
            row = {"epoch": now.epoch, "pass": now.number, **found, "seconds": reached.seconds}
            reached.sleep.append(row)
            self.progress.slept(now, row)
        if now.closes:
            begin = time.perf_counter()
            samples = reached.sums["samples"]
            row = {"epoch": now.epoch}
            row |= {f"train_{key}": reached.sums[key] / samples for key in ("loss", "error") if key in reached.sums}
            row |= evaluate.evaluate(self.recipe, self.weights, self.data) | found
            row |= {"converged": reached.sums["converged"] / samples}
            reached.metrics.append(row | {"seconds": reached.epoch_seconds + time.perf_counter() - begin})
            reached.epoch_seconds = 0.0
        self.folder.save_weights(self.weights)
        self._save_rows()
        if now.closes:
            self.progress.epoch(reached.metrics[-1])
            self.tracer.record(now.epoch, self.weights)

    def _keep(self) -> None:
        states = {kind: each.state for kind, each in self.learners.items()}
        saved = Checkpoint(self.weights, states["forward"], states.get("sleep", {}), self.reached)
        checkpoint.write(self.folder.path, self._text, saved)
        if time.monotonic() - self._told > EVERY:
            self.tell("running")
            self._told = time.monotonic()

    def _save_rows(self) -> None:
        self.folder.save_metrics(self.reached.metrics)
        self.folder.save_metrics(self.reached.sleep, "sleep")

    def _tell_compiled(self) -> None:
        compiled = [each for each in self.learners.values() if each.cached is not None]
        if compiled:
            self.progress.compiled(sum(each.seconds for each in compiled), all(each.cached for each in compiled))

    def _warn_of_unsettled(self, settled: float) -> None:
        if settled < 0.5 and not self.recipe.plasticity_model.online:
            dropped = self.recipe.presentation.drop_unconverged
            self.progress.note(
                f"only {settled:.0%} of the samples settle at their target while they are shown"
                f"{', and the others are left out of learning' if dropped else ''}: a longer presentation.duration or "
                f"another controller may help{', or presentation.drop_unconverged=false' if dropped else ''}"
            )


def _ordered(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.asarray(value, order="C") for name, value in arrays.items()}
