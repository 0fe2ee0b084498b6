"""What can be recorded of a group: the variables of its models, by their own names and by the names of their roles."""

from collections.abc import Iterable, Mapping

from brian2.equations.equations import SingleEquation

from dfc_brian.errors import BadInput, nearest
from dfc_brian.models.controller import ControllerModel
from dfc_brian.models.neuron import NeuronModel
from dfc_brian.models.plasticity import PlasticityModel

COMPARTMENTS = ("soma", "basal", "apical", "rate")
"""What is recorded of neurons unless something else is asked for; of the controller it is `CONTROL`."""
CONTROL = ("control",)


def of_neurons(neuron: NeuronModel, rule: PlasticityModel) -> dict[str, SingleEquation]:
    """Equations by name, of neurons and of what a plasticity rule adds to those that its synapses end on."""
    return _named({**rule.parsed_postsynaptic, **neuron.parsed}, neuron.roles)


def of_controller(controller: ControllerModel) -> dict[str, SingleEquation]:
    """Equations by name, of controller neurons."""
    return _named(controller.parsed, controller.roles)


def check(names: Iterable[str], *groups: Mapping[str, SingleEquation]) -> list[BadInput]:
    """Problems: names that no group has a variable for."""
    known = list(dict.fromkeys(name for group in groups for name in group))
    return [
        BadInput(
            f"variable '{name}' does not exist",
            allowed=known,
            fix=(similar := nearest(name, known)) and f"did you mean '{similar}'?",
        )
        for name in names
        if name not in known
    ]


def _named(equations, roles):
    named = {role: equations[name] for role, name in roles.items()}
    return named | {name: equation for name, equation in equations.items() if name not in named}
