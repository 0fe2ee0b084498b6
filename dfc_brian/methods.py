"""The learning methods that a recipe can name."""

from importlib import import_module
from typing import NamedTuple

BOTH = ("fixed", "learned")


class Method(NamedTuple):
    """What a method does, the kinds of feedback weights with which it can learn (none: it has none), and its module.

    ``plasticity`` of simulated methods: "continuous" (in every moment, summed up for the optimiser), "end" (in the last
    moment of a presentation), "online" (in every moment, on the weights themselves).
    """

    description: str
    feedback: tuple[str, ...]
    module: str
    plasticity: str = ""

    def load(self):
        """The module in `dfc_brian.learning`; its ``Learner`` is a `dfc_brian.learning.Learner`."""
        return import_module(f"dfc_brian.learning.{self.module}")


METHODS = {
    "dfc": Method("Deep feedback control: plasticity throughout the presentation", BOTH, "dfc", "continuous"),
    "dfc-ss": Method("Deep feedback control: plasticity at the last moment of the presentation", BOTH, "dfc_ss", "end"),
    "dfc-ssa": Method("Deep feedback control: the steady state, computed without simulation", BOTH, "dfc_ssa"),
    "dfc-online": Method("Deep feedback control: weights move while images are shown", BOTH, "dfc_online", "online"),
    "dfa": Method("Direct feedback alignment", ("fixed",), "dfa"),
    "bp": Method("Backpropagation of errors", (), "bp"),
    "mn": Method("Minimum-norm change of the voltages (damped pseudo-inverse of the Jacobian)", (), "mn"),
    "gn": Method("Gauss-Newton change of the weights, sample by sample", (), "gn"),
}
