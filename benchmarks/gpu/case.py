"""What is measured: one network, batch and precision."""

from dataclasses import dataclass

import numpy as np

from dfc_brian import Recipe


@dataclass(frozen=True)
class Case:
    """``hidden``: sizes of the hidden layers; ``steps`` of one run; ``rounds``: runs; ``device``: PyTorch's."""

    batch: int
    precision: str
    hidden: tuple[int, ...]
    steps: int
    rounds: int
    device: str

    @property
    def sizes(self) -> tuple[int, ...]:
        return 784, *self.hidden, 10

    def recipe(self, steps: int, **settings) -> Recipe:
        """With presentations of so many steps."""
        given = {
            "network.sizes": list(self.sizes),
            "presentation.duration": f"{steps + 1} ms",
            "presentation.drop_unconverged": False,
            "train.batch_size": self.batch,
            "train.precision": self.precision,
            "traces.units": [0],
        }
        if self.device != "cuda":  # an emulated GPU
            given["cuda.compute_capability"] = 9.0
        return Recipe.load("mnist", given | settings)

    def samples(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        return rng.normal(size=(self.batch, self.sizes[0])), rng.integers(0, self.sizes[-1], self.batch)
