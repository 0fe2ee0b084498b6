"""What a simulated phase of a recipe runs on: models, their constants, times."""

from dataclasses import dataclass
from typing import Any

from ..models import ControllerModel, NeuronModel
from ..recipe import Recipe


@dataclass(frozen=True)
class Phase:
    """Models, constants and times of a phase in which the network is simulated.

    ``neuron`` and ``controller`` are the models' parameters; ``times`` is a table of the recipe with ``dt``,
    ``states``, ``proactive``, ``instantaneous_transmission`` and ``integrator``.
    """

    neuron_model: NeuronModel
    neuron: dict[str, Any]
    controller_model: ControllerModel
    controller: dict[str, Any]
    times: Any

    @classmethod
    def presentation(cls, recipe: Recipe) -> "Phase":
        """The phase in which samples are shown and the forward weights learn."""
        return cls(recipe.neuron_model, recipe.neuron, recipe.controller_model, recipe.controller, recipe.presentation)

    @property
    def roles(self) -> dict[str, str]:
        """The roles of the neuron's variables."""
        return self.neuron_model.roles
