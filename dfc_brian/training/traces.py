"""Voltages before, during and after learning: chosen test samples are shown once, with everything recorded.

Where a rule is online they are shown one after the other, and the weights move on from one to the next.
"""

from collections.abc import Mapping

import numpy as np

from .. import recording
from ..datasets import Dataset
from ..methods import METHODS
from ..network import Network
from ..recipe import Recipe
from .divergence import exceeds
from .folder import RunFolder


class Tracer:
    """Records what the recipe's ``traces`` name, for methods of networks under feedback control.

    It has a network of its own, in double precision: training records nothing.
    """

    def __init__(self, recipe: Recipe, data: Dataset, folder: RunFolder, progress):
        self._progress = progress
        self._data, self._folder, self._wanted = data, folder, recipe.traces
        controlled = "learned" in METHODS[recipe.learning.method].feedback
        self._network = None
        if controlled and recipe.traces.images and recipe.traces.when:
            self._network = Network(recipe.replace({"train.precision": "float64"}), device="numpy")

    def record(self, moment: str | int, weights: Mapping[str, np.ndarray]) -> None:
        """Write a part, if the recipe wants one of this moment: "before", "after", or an epoch."""
        if self._network is None or moment not in self._wanted.when:
            return
        numbers = np.array(self._wanted.images)
        x, y = self._data.x_test[numbers], self._data.y_test[numbers]
        self._network.weights = dict(weights)
        network = self._network
        shown = (network.present_in_turn if network.recipe.plasticity_model.online else network.present)(x, y)
        lost = exceeds(shown.control[-1]).any(-1) | exceeds(shown.output[-1]).any(-1)
        if lost.any():
            self._progress.note(
                f"the network diverges while it is shown test image {', '.join(map(str, numbers[lost]))}: "
                "see voltages.png; lower presentation.dt or controller.k_p, or let an online rule be slower"
            )
        tag = f"epoch{moment}" if isinstance(moment, int) else moment
        labels = y if y.ndim == 1 else None
        recording.write_part(self._folder.path, tag, shown, self._network.recipe, numbers, labels, x)
