"""Plasticity models: rules of synapses."""

from dataclasses import dataclass
from functools import cached_property

from brian2 import Equations

from dfc_brian.errors import BadInput, raise_all
from dfc_brian.models import checks as model_checks
from dfc_brian.models import equations as equation_checks
from dfc_brian.models import rule_checks
from dfc_brian.models.base import Model
from dfc_brian.models.controller import ControllerModel
from dfc_brian.models.neuron import NeuronModel


@dataclass(frozen=True, kw_only=True)
class PlasticityModel(Model):
    """A plasticity rule of synapses: of the feedforward synapses, or, asleep, of the controller's.

    Parameters
    ----------
    name, description : str
    postsynaptic : str
        Equations added to the neuron on which the synapse ends.
    initial : str
        Assignments to these variables, executed when a presentation starts, after the neuron's own.
    synapse : str
        Equations of the synapse, with ``dupdate/dt``, what a presentation gives to the optimiser, or with ``dw/dt``,
        which moves the weight ``w`` itself in every moment (`online`). Variables of the two neurons end in ``_pre``
        (the ``rate``, or for the controller's synapses the ``control``, only) and ``_post``; ``presentation`` is the
        duration over which a presentation is averaged.
    parameters, symbols : dict
        As of `NeuronModel`.

    Source: Meulemans et al. 2021, "Credit Assignment in Neural Networks through Deep Feedback Control",
    NeurIPS 2021.
    """

    synapse: str
    postsynaptic: str = ""
    initial: str = ""

    KIND = "plasticity model"
    FOLDER = "models/plasticity"
    TEXTS = ("synapse", "postsynaptic", "initial")
    TABLES = ()
    REQUIRED = ("synapse",)

    def __post_init__(self):
        problems, where = self._read_parameters(), self.where
        both = {**self.parsed_postsynaptic, **self.parsed_synapse}
        problems += model_checks.check_names(both, self.parameters, self.symbols, self.at)
        reserved = model_checks.check_reserved
        problems += reserved(self.parsed_postsynaptic, (), model_checks.NEURON_NAMES, f"{where}: postsynaptic")
        own = [name for name in self.parsed_synapse if not (self.online and name == "w")]
        problems += reserved(own, (), model_checks.SYNAPSE_NAMES, f"{where}: synapse")
        problems += reserved((), self.parameters, (*model_checks.SYNAPSE_NAMES, *model_checks.NEURON_NAMES), where)
        problems += rule_checks.check_learned(self.parsed_synapse, f"{self.at('synapse')}: synapse")
        raise_all(problems)

    @property
    def online(self) -> bool:
        """Whether the rule moves the weights themselves while samples are shown, rather than giving an update."""
        return "w" in self.parsed_synapse.diff_eq_names

    @cached_property
    def parsed_postsynaptic(self) -> Equations:
        """The equations added to the neuron as `brian2.Equations`."""
        return equation_checks.parse(equation_checks.NEURON_FLAGS, self.place("postsynaptic"))

    @cached_property
    def parsed_synapse(self) -> Equations:
        """The equations of the synapse as `brian2.Equations`."""
        return equation_checks.parse(equation_checks.SYNAPSE_FLAGS, self.place("synapse"))

    def problems_with(self, neuron: NeuronModel, controller: ControllerModel | None = None) -> list[BadInput]:
        """Problems (list of BadInput) of this rule on synapses onto neurons of model ``neuron``.

        They come from the ``controller``, or from other neurons if there is none.
        """
        return rule_checks.check_rule(self, neuron, controller)
