"""What the programs of a recipe are made for."""

from ..devices import Target
from ..recipe import Recipe


def target_of(recipe: Recipe, device: str | None = None) -> Target:
    """The recipe's device, unless another one is given, with the precision and what the recipe says of the GPU."""
    return Target(device or recipe.train.device, recipe.train.precision, **dict(recipe.cuda))
