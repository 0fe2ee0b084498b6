"""What every method offers to training."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass
class Block:
    """What one block gave, K minibatches of up to B samples: rows beyond a minibatch's own samples mean nothing.

    ``output``, ``final`` : (K, B, n_L), output rates before the update, and when the presentation ended
    ``converged`` : (K, B) bool
    ``runs`` : how often the block was simulated
    """

    output: np.ndarray
    final: np.ndarray
    converged: np.ndarray
    runs: int = 1


class Learner(Protocol):
    """Changes the forward weights of a network in blocks of minibatches.

    ``weights`` (dict of arrays as in `Network.weights`) and ``state`` (dict of arrays: the optimiser's) are all that
    is kept from block to block. Both may be set: the same weights, state and minibatches give the same bits.
    """

    weights: dict[str, np.ndarray]
    state: dict[str, np.ndarray]
    learned: list[str]
    """Names of the weights that `block` changes."""
    minibatches: int
    """K, the most that `block` takes: the unit of progress, and of what a kill can lose."""
    steps: int
    """Time steps that are simulated for a minibatch; 0 for a method without simulation."""
    cached: bool | None
    """Whether the compiled program was there already; None where nothing is compiled."""
    seconds: float
    """Time that preparing the program took."""

    def block(self, minibatches: list[tuple[np.ndarray, np.ndarray]]) -> Block:
        """Learn from up to K minibatches, (x (b, n_in), y) with b <= the batch size, one after the other."""
