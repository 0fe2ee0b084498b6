"""Learning: one file per method, named as on the command line."""

from ..methods import METHODS
from .learner import Block as Block
from .learner import Learner as Learner


def learner(network) -> Learner:
    """What changes the forward weights of a `Network` by the method that its recipe names."""
    return METHODS[network.recipe.learning.method].load().Learner(network)
