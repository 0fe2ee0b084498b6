"""Voltages before, during and after learning: chosen test samples are shown once, and what was chosen is recorded.

Each is shown as if it were alone, whatever else is recorded: its target is that of a minibatch of one, and what the
controller does to it is B times what it does among B samples.
Where a rule is online they are shown one after the other, and the weights move on from one to the next.
"""

from collections.abc import Mapping

import numpy as np

from .. import datasets, recording
from ..datasets import Dataset
from ..network import Network, Shown, Slept
from ..network.readings import ALWAYS
from ..recipe import Recipe
from .divergence import exceeds
from .folder import RunFolder

MEMORY = 128_000_000
"""Bytes of voltages that one presentation may fill: more images are shown in several."""


class Tracer:
    """Records what the recipe's ``traces`` name, for methods of networks under feedback control.

    It has a network of its own, in double precision: training records nothing.
    """

    def __init__(self, recipe: Recipe, data: Dataset, folder: RunFolder, progress):
        self._progress = progress
        self._data, self._folder = data, folder
        self._phases = recording.phases(recipe)
        self._moments = recipe.traces.moments(recipe.train.epochs)
        self._images = datasets.test_images(data, recipe.traces.images)
        self._network = None
        if self._phases:
            self._network = Network(recipe.replace({"train.precision": "float64"}), device="numpy")

    def record(self, moment: str | int, weights: Mapping[str, np.ndarray]) -> None:
        """Write parts, if the recipe wants some of this moment: "before", "after", or an epoch."""
        moment = f"epoch{moment}" if isinstance(moment, int) else moment
        if self._network is None or moment not in self._moments:
            return
        self._network.weights = dict(weights)
        for phase in self._phases:
            step = self._at_once(phase)
            for first in range(0, len(self._images), step):
                self._record(moment, phase, first, self._images[first : first + step])

    def _record(self, moment: str, phase: str, first: int, images: np.ndarray) -> None:
        x, y = self._data.x_test[images], self._data.y_test[images]
        shown = self._show(phase, x, y, first)
        lost = exceeds(shown.control[-1]).any(-1) | exceeds(shown.output[-1]).any(-1)
        if lost.any():
            self._progress.note(
                f"the network diverges while it is shown test image {', '.join(map(str, images[lost]))}: "
                "see voltages.png; lower presentation.dt or controller.k_p, or let an online rule be slower"
            )
        labels = y if y.ndim == 1 else None
        recording.write_part(self._folder.path, moment, phase, shown, self._network.recipe, images, labels, x, first)

    def _show(self, phase: str, x: np.ndarray, y: np.ndarray, first: int) -> Shown | Slept:
        network = self._network
        record = recording.names(network.recipe, phase)
        if phase == "sleep":
            return network.sleep(x, stream=first, record=record)
        control = phase == "controlled"
        if network.recipe.plasticity_model.online:
            return network.present_in_turn(x, y, record, control)
        return network.present(x, y, record, control, minibatch=1)

    def _at_once(self, phase: str) -> int:
        """How many images are shown in one go; all of them where they are shown in turn."""
        recipe = self._network.recipe
        if recipe.plasticity_model.online and phase != "sleep":
            return max(1, len(self._images))
        times = recipe.sleep if phase == "sleep" else recipe.presentation
        variables = len({*ALWAYS, *recording.names(recipe, phase)})
        return max(1, MEMORY // (8 * times.states * variables * sum(recipe.network.sizes[1:])))
