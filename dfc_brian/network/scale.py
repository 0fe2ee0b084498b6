"""Weights inside and outside a program: outside without dimension, inside in the unit of what they evoke.

A synapse onto a neuron with units has a current for a weight, ``I_post = w*r_pre : amp``; the neuron model says what a
dimensionless weight of one is there (`dfc_brian.physical`). Of models without units both are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from brian2 import Equations, Quantity
from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.units.fundamentalunits import get_dimensions
from brian2.utils.stringtools import word_substitute

from ..models.quantities import unit_text
from ..physical import WEIGHTS


@dataclass(frozen=True)
class Scale:
    """``units``: what a weight of one is (Quantity) by kind, "w", "b" and "q"; kinds without a unit are left out."""

    units: dict[str, Quantity | float] = field(default_factory=dict)

    @classmethod
    def of(cls, unit: Mapping) -> "Scale":
        """With the ``unit`` of a `dfc_brian.physical.Map`."""
        return cls({kind: unit[role] for kind, role in WEIGHTS.items() if role in unit})

    def unit(self, name: str) -> Quantity | float:
        """What one is of the weights ``name``, such as "w1"."""
        return self.units.get(name[0], 1.0)

    def declared(self, name: str) -> str:
        """Their unit as it stands in equations."""
        return unit_text(get_dimensions(self.unit(name)))

    def inputs(self, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What a program takes for these weights."""
        return {f"{name}.w": value * float(self.unit(name)) if self.units else value for name, value in weights.items()}

    def read(self, name: str, values: np.ndarray) -> np.ndarray:
        """The weights ``name`` of which a program gives these values; in double precision where they have a unit.

        Whatever the precision of the program, it gets the same values back when it is given these weights again.
        """
        return values.astype(float) / float(self.unit(name)) if name[0] in self.units else values

    def rule(self, name: str, equations: str) -> str:
        """The equations of a plasticity rule for the weights ``name``: to the rule ``w`` is still without dimension."""
        unit = self.declared(name)
        if name[0] not in self.units:
            return equations
        lines = []
        for equation in Equations(equations).values():
            variable = equation.varname
            left = f"d{variable}/dt" if equation.type == DIFFERENTIAL_EQUATION else variable
            if equation.expr is not None:
                right = word_substitute(equation.expr.code, {"w": "(w/w_unit)"})
                left = f"{left} = w_unit*({right})" if variable == "w" else f"{left} = {right}"
            flags = f" ({', '.join(equation.flags)})" if equation.flags else ""
            lines.append(f"{left} : {unit if variable == 'w' else unit_text(equation.dim)}{flags}")
        return "\n".join(lines)

    def namespace(self, name: str) -> dict[str, Quantity | float]:
        """What the equations of `rule` refer to."""
        return {"w_unit": self.units[name[0]]} if name[0] in self.units else {}
