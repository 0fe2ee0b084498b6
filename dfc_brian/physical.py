"""The exact map between the numbers of the dimensionless model and the physical values of neurons with units.

A neuron model with units says in its tables ``units`` and ``zero`` what these numbers are there:

    value = zero + unit * number

    =========================  ======================  ====================  ==================================
    number                     value                   unit                  of the model pyramidal_conductance
    =========================  ======================  ====================  ==================================
    soma v_i                   V = theta + U_0 v_i     U_0 = 2 k             6 mV, from -55 mV
    basal dendrite v_i^ff      V_B                     U_0/lambda_B          11.4 mV, from -55 mV
    apical dendrite v_i^fb     V_A                     U_0/lambda_A          19 mV, from -55 mV
    rate r_i                   f = f_max (1 + r_i)/2   f_max/2               75 Hz, from 75 Hz
    weight W_i, bias b_i       current                 U_0 g_LB/lambda_B     114 pA
    feedback weight Q_i        current                 U_0 g_LA/lambda_A     190 pA
    time t/tau_v               t                       C/(g_L + g_B + g_A)   5.263 ms
    =========================  ======================  ====================  ==================================

with lambda_X = g_X/(g_L + g_B + g_A). The output layer is linear, and so is its firing rate there: no rate of a real
neuron, but a readout around f_max/2. Two-way dendrites contain the soma: theirs are the values without feedback.

So a network of neurons "pyramidal" whose ``tau_v`` is this one, and a network of neurons "pyramidal_conductance", are
the same network, moment by moment: the map is exact, both ways. What there is outside a simulation (weights, updates,
rates that synapses send, control) is always dimensionless.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity, get_dimensions

from dfc_brian.models import NeuronModel, units
from dfc_brian.models.quantities import short

DEFAULT = "pyramidal_conductance"
"""The neuron model whose parameters show dimensionless networks in mV, Hz and pA."""
WEIGHTS = {"w": "feedforward", "b": "bias", "q": "feedback"}


@dataclass(frozen=True)
class Map:
    """The map of one neuron model with its parameters; `map_of` makes one.

    ``own``: whether it is that of the recipe's own neuron model. ``unit``, ``zero``: Quantities by role. Roles are
    "soma", "basal", "apical", "rate", "feedforward", "bias", "feedback" and "time"; the names of weights, such as
    "w1", "b2" or "q", stand for the last three.
    """

    name: str
    own: bool
    unit: dict
    zero: dict

    def physical(self, role: str, values) -> Quantity:
        """The physical values of dimensionless ``values`` (array); of another role, or with a unit, as they are."""
        role = _role(role)
        if role not in self.unit or get_dimensions(values) is not DIMENSIONLESS:
            return values
        return self.zero[role] + self.unit[role] * np.asarray(values)

    def dimensionless(self, role: str, values) -> np.ndarray:
        """The dimensionless numbers of physical ``values`` (Quantity); plain arrays come back as they are.

        Of other roles, the values in SI units.
        """
        role = _role(role)
        if role not in self.unit or get_dimensions(values) is DIMENSIONLESS:
            return np.asarray(values)
        return np.asarray((values - self.zero[role]) / self.unit[role])

    @property
    def text(self) -> str:
        """The map in a sentence, for captions and metadata."""
        parts = [f"{role} {self.formula(role)}" for role in ("soma", "basal", "apical", "rate") if role in self.unit]
        return f"{', '.join(parts)}: parameters of {self.name}"

    def formula(self, role: str) -> str:
        """Such as "-55 mV + 6 mV * v_i"."""
        number = {"soma": "v_i", "basal": "v_i^ff", "apical": "v_i^fb", "rate": "r_i", "feedforward": "W_i"}
        number |= {"bias": "b_i", "feedback": "Q_i", "time": "t/tau_v"}
        unit, zero = short(self.unit[role]), self.zero[role]
        return (f"{short(zero)} + " if float(zero) else "") + f"{unit} * {number[role]}"


def map_of(recipe, asleep: bool = False) -> Map:
    """The map of a `Recipe`'s own neuron model if that has units, or else of the model `DEFAULT`.

    ``asleep``: that of the neuron model with which the network sleeps, if that has units; its numbers are not those of
    another model.
    """
    if asleep and recipe.sleep_neuron_model.units:
        model, parameters = recipe.sleep_neuron_model, recipe.sleep_neuron
    else:
        model, parameters = recipe.neuron_model, recipe.neuron
    return Map(model.name, True, *units.scales(model, parameters)) if model.units else default()


@lru_cache(maxsize=1)
def default() -> Map:
    """The map of the model `DEFAULT` with its own parameters."""
    model = NeuronModel.load(DEFAULT)
    return Map(model.name, False, *units.scales(model, model.parameters))


def _role(name: str) -> str:
    kind = name.rstrip("0123456789")
    return WEIGHTS.get(kind, kind)
