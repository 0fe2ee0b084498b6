"""The numbers of a run as figures and exports show them: with units, or without dimensions."""

import numpy as np

from dfc_brian.errors import BadInput
from dfc_brian.physical import map_of

UNITS = ("physical", "dimensionless")
LINEAR = "The output layer is linear: its rates go on below zero and above those of any neuron."


class Units:
    """What a run has, in ``units``: "physical" (voltages in mV, rates in Hz, weights in pA) or "dimensionless".

    Where its own neuron has the other kind of numbers, they go through the exact map of `dfc_brian.physical`.

    Parameters
    ----------
    recipe : Recipe
    units : {"physical", "dimensionless"}
    asleep : bool
        Whether these are numbers of the network asleep, whose neurons may have another model.

    Raises
    ------
    BadInput
        Other ``units``.
    """

    def __init__(self, recipe, units="physical", asleep=False):
        if units not in UNITS:
            raise BadInput("there are no such units", got=units, allowed=UNITS)
        self.kind, self.physical, self.map = units, units == "physical", map_of(recipe, asleep)
        self.symbol = "V" if self.physical else "v"
        own = recipe.neuron_model.roles.get("prediction")
        self._predicted = ("prediction", own) if own else ("basal",)

    def __call__(self, role, values):
        """``values`` of a role ("soma", "basal", "apical", "rate") or of weights ("w1", "q1"): Quantity, or array."""
        if self.physical:
            return self.map.physical(role, values)
        return np.asarray(self.map.dimensionless(role, values))

    def prediction(self, layer, place=...):
        """The somatic voltage that the basal dendrite predicts, V* or v_ff, at ``place`` (indices) of a `Recorded`.

        The neuron model says which variable that is: the one of its role "prediction", or the basal voltage itself.
        """
        name = next((name for name in self._predicted if name in layer), self._predicted[0])
        return self("soma", layer[name][place])

    @property
    def text(self):
        """How these numbers come about, for metadata; empty if they are the run's own, with units."""
        if self.physical:
            return "" if self.map.own else f"physical units through the exact map: {self.map.text}"
        return "dimensionless"

    @property
    def note(self):
        """`text` in a few words, for figures."""
        return f"physical units: exact map of {self.map.name}" if self.physical and self.text else self.text
