"""Neuron models: equations, and for those with units what the dimensionless numbers are there."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from dfc_brian.errors import unknown
from dfc_brian.models import checks as model_checks
from dfc_brian.models import constants, limits, units
from dfc_brian.models import sets as parameter_sets
from dfc_brian.models.base import GroupModel, plain


@dataclass(frozen=True, kw_only=True)
class NeuronModel(GroupModel):
    """Equations of a neuron.

    Parameters
    ----------
    name, description : str
    equations : str
        Brian2 equations; ``phi`` is the activation function that the recipe chooses.
    initial : str
        Assignments executed when a presentation starts, after the feedforward drive has arrived.
    parameters : dict of str to Quantity, float or text such as "10 ms"
    sets : dict of str to dict
        Other values of the parameters, by name; "name:set" in the place of a model's name chooses them.
    times : dict of str to dict
        By set, times of a recipe that suit it, such as {"presentation.dt": "0.1 ms"}: a recipe that chooses the set
        takes them, but for those that are written together with the choice or after it.
    limits : dict of str to str
        Conditions on parameters, such as "E_L < theta", and the reasons.
    roles : dict
        Which variable is the ``soma``, ``basal`` and ``apical`` compartment, the ``rate``, and the inputs
        ``feedforward``, ``bias`` and ``feedback`` that the synapses fill. A neuron with ``noise``, a variable in
        second**-0.5, gets white noise in the phases that have some (sleep). ``prediction`` is the somatic voltage that
        the basal dendrite predicts, if that is another variable than ``basal``.
    units, zero : dict of str to str
        Of a neuron with units: what one unit of the dimensionless model is in the variable of each role, and what zero
        is. Weights, rates and control are dimensionless outside the simulation; see `dfc_brian.physical`.
    symbols : dict
        The paper's symbols of variables and parameters.

    Source: Meulemans et al. 2021, "Credit Assignment in Neural Networks through Deep Feedback Control",
    NeurIPS 2021.
    """

    sets: dict = field(default_factory=dict)
    times: dict = field(default_factory=dict)
    limits: dict = field(default_factory=dict)
    units: dict = field(default_factory=dict)
    zero: dict = field(default_factory=dict)

    KIND = "neuron model"
    FOLDER = "models/neurons"
    TABLES = ("roles", "sets", "times", "limits", "units", "zero")
    ROLES = ("soma", "basal", "apical", "rate", "feedforward", "bias", "feedback")
    OPTIONAL = ("noise", "prediction")
    INPUTS = ("feedforward", "bias", "feedback", "noise")
    DIMENSIONLESS = ("rate",)
    RESERVED = model_checks.NEURON_NAMES

    @classmethod
    def load(cls, name_or_path: str | Path) -> "NeuronModel":
        """The shipped model of this name, or the model in this file; with ":set" behind it, one of its sets."""
        file, chosen = split(name_or_path)
        return super().load(file).of_set(chosen) if chosen else super().load(file)

    def of_set(self, chosen: str) -> "NeuronModel":
        """This model with the parameters of one of its ``sets``."""
        if chosen not in self.sets:
            raise unknown(f"{self.where}: set", chosen, self.sets)
        return replace(self, name=f"{self.name}:{chosen}", parameters=self.parameters | self.sets[chosen])

    @property
    def suggested(self) -> dict[str, str]:
        """The ``times`` of the set that has been chosen, by the recipe's dotted keys."""
        return self.times.get(split(self.name)[1], {})

    def to_table(self) -> dict:
        """The content of a model file (dict of texts and tables) that makes this model again."""
        table = super().to_table() | {"sets": {name: plain(values) for name, values in self.sets.items()}}
        return {key: value for key, value in table.items() if value or key not in self.TABLES}

    def constants(self, parameters: dict | None = None) -> dict:
        """What follows from parameters alone (dict of Quantity or float), by default from the model's own."""
        return constants.values(self.parsed, self.parameters if parameters is None else parameters, self.where)

    def _check_more(self, dimensions):
        problems = model_checks.check_noise(self.roles, self.parsed, self.where)
        sets = {}
        for name, values in self.sets.items():
            sets[name], found = model_checks.read_parameters(values, self.at, f"sets.{name}")
            problems += found
        object.__setattr__(self, "sets", sets)
        problems += parameter_sets.check(self) + parameter_sets.check_times(self)
        return problems + limits.check(self, dimensions) + units.check(self)


def split(name_or_path: str | Path) -> tuple[str | Path, str]:
    """A model's name or path, and the set of parameters chosen behind a colon ("" if there is none)."""
    name, colon, chosen = str(name_or_path).rpartition(":")
    return (name_or_path, "") if not colon or Path(name_or_path).is_file() else (name, chosen)
