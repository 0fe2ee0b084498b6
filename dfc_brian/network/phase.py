"""What a simulated phase of a recipe runs on: models, their constants, times."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..models import ControllerModel, NeuronModel, PlasticityModel
from ..models.units import scales
from ..recipe import Recipe
from ..recipe.times import parameters_asleep
from .scale import Scale


@dataclass(frozen=True)
class Phase:
    """Models, constants and times of a phase in which the network is simulated.

    ``neuron`` and ``controller`` are the models' parameters, ``neuron_output`` those of the neurons in the output layer
    that differ; ``rule`` is the plasticity model; ``times`` is a table of the recipe with ``dt``,
    ``states``, ``proactive``, ``instantaneous_transmission`` and ``integrator``.
    """

    neuron_model: NeuronModel
    neuron: dict[str, Any]
    controller_model: ControllerModel
    controller: dict[str, Any]
    rule: PlasticityModel
    times: Any
    neuron_output: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def presentation(cls, recipe: Recipe) -> "Phase":
        """The phase in which samples are shown and the forward weights learn."""
        models = (recipe.neuron_model, recipe.neuron, recipe.controller_model, recipe.controller)
        return cls(*models, recipe.plasticity_model, recipe.presentation)

    @classmethod
    def sleep(cls, recipe: Recipe) -> "Phase":
        """The phase in which the feedback weights learn, with noise and no target but the network's own output."""
        sleep = recipe.sleep
        neuron, controller = recipe.sleep_neuron_model, ControllerModel.of(sleep.controller)
        rule = PlasticityModel.of(sleep.rule)
        given = {name: getattr(sleep, name) for name in ("tau_q", "beta") if getattr(sleep, name) is not None}
        return cls(
            neuron,
            recipe.sleep_neuron,
            controller,
            parameters_asleep(sleep, controller),
            replace(rule, parameters=rule.parameters | _those(rule, given)),
            sleep,
            {} if sleep.sigma_output is None else _those(neuron, {"sigma": sleep.sigma_output}),
        )

    @property
    def roles(self) -> dict[str, str]:
        """The roles of the neuron's variables."""
        return self.neuron_model.roles

    @cached_property
    def scale(self) -> Scale:
        """What dimensionless weights are in the program."""
        return Scale.of(scales(self.neuron_model, self.neuron)[0])


def _those(model: NeuronModel | ControllerModel | PlasticityModel, constants: dict) -> dict:
    """Those of the constants that the model has."""
    return {name: value for name, value in constants.items() if name in model.parameters}
