"""What in a recipe changes the generated code."""

from ..recipe import Recipe


def identity(recipe: Recipe) -> dict:
    """The network, its models' texts and constants; not the data, the seed, the number of epochs, or the rate."""
    models = (recipe.neuron_model, recipe.controller_model, recipe.plasticity_model)
    return {
        "network": repr(recipe.network),
        "models": [repr(model) for model in models],
        "constants": repr((sorted(recipe.neuron.items()), sorted(recipe.controller.items()))),
        "presentation": repr(recipe.presentation),
        "nudge": repr(recipe.learning.nudge),
    }
