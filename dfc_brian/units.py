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
        self._predicted = recipe.neuron_model.roles.get("prediction")

    def __call__(self, role, values):
        """``values`` of a role ("soma", "basal", "apical", "rate") or of weights ("w1", "q1"): Quantity, or array."""
        if self.physical:
            return self.map.physical(role, values)
        return np.asarray(self.map.dimensionless(role, values))

    def prediction(self, layer, place=...):
        """The somatic voltage that the basal dendrite predicts, V* or v_ff, at ``place`` (indices) of a `Recorded`.

        The role "prediction" where it was recorded; else, by the map, V* = theta + lambda (V_B - theta).
        """
        name = self._recorded(layer)
        if name:
            return self("soma", layer[name][place])
        return self("soma", np.asarray(self.map.dimensionless("basal", layer.basal[place])))

    def caveat(self, *layers):
        """A sentence for captions if `prediction` cannot ask the model itself about some of ``layers``, or nothing."""
        if not self._predicted or all(self._recorded(layer) for layer in layers):
            return ""
        return (
            f" The prediction is that of the map, from the basal voltage: the model's own, {self._predicted}, was not "
            'recorded ("prediction" in traces.variables).'
        )

    def _recorded(self, layer):
        """The name by which the model's own prediction was recorded, or None."""
        names = ("prediction", self._predicted) if self._predicted else ()
        return next((name for name in names if name in layer), None)

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
