"""What in a recipe changes the generated code."""

from ..methods import METHODS
from ..recipe import Recipe
from .phase import Phase


def identity_asleep(recipe: Recipe) -> dict:
    """As `identity`, for the phase in which the network sleeps."""
    phase = Phase.sleep(recipe)
    constants = (phase.neuron, phase.neuron_output, phase.controller, phase.rule.parameters)
    return {
        "phase": "sleep",
        "network": repr(recipe.network),
        "models": [repr(model) for model in (phase.neuron_model, phase.controller_model, phase.rule)],
        "constants": repr([sorted(each.items()) for each in constants]),
        "sleep": repr(recipe.sleep),
    }


def identity(recipe: Recipe) -> dict:
    """The network, its models' texts and constants; not the data, the seed, the number of epochs, or the rate."""
    models = (recipe.neuron_model, recipe.controller_model, recipe.plasticity_model)
    return {
        "network": repr(recipe.network),
        "models": [repr(model) for model in models],
        "constants": repr([sorted(each.items()) for each in (recipe.neuron, recipe.controller, recipe.plasticity)]),
        "plasticity": METHODS[recipe.learning.method].plasticity,
        "presentation": repr(recipe.presentation),
        "nudge": repr(recipe.learning.nudge),
    }
