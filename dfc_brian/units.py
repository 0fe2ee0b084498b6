"""The numbers of a run as figures and exports show them: with units, or without dimensions."""

import numpy as np

from dfc_brian.errors import BadInput
from dfc_brian.physical import map_of

UNITS = ("physical", "dimensionless")


class Units:
    """What a run has, in ``units``: "physical" (voltages in mV, rates in Hz, weights in pA) or "dimensionless".

    Where its own neuron has the other kind of numbers, they go through the exact map of `dfc_brian.physical`.

    Parameters
    ----------
    recipe : Recipe
    units : {"physical", "dimensionless"}

    Raises
    ------
    BadInput
        Other ``units``.
    """

    def __init__(self, recipe, units="physical"):
        if units not in UNITS:
            raise BadInput("there are no such units", got=units, allowed=UNITS)
        self.physical, self._map = units == "physical", map_of(recipe)
        self.symbol = "V" if self.physical else "v"

    def __call__(self, role, values):
        """``values`` of a role ("soma", "basal", "apical", "rate") or of weights ("w1", "q1"): Quantity, or array."""
        if self.physical:
            return self._map.physical(role, values)
        return np.asarray(self._map.dimensionless(role, values))

    def prediction(self, basal):
        """The somatic voltage that the basal dendrite predicts, V* = theta + lambda (V_B - theta), or v_ff."""
        return self("soma", np.asarray(self._map.dimensionless("basal", basal)))

    @property
    def text(self):
        """How these numbers come about, for metadata; empty if they are the run's own, with units."""
        if self.physical:
            return "" if self._map.own else f"physical units through the exact map: {self._map.text}"
        return "dimensionless"

    @property
    def note(self):
        """`text` in a few words, for figures."""
        return f"physical units: exact map of {self._map.name}" if self.physical and self.text else self.text
