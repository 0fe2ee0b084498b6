"""Initial weights: drawn from the seed, or given and checked."""

from collections.abc import Mapping

import numpy as np

from ..errors import BadInput
from ..recipe import Recipe


def generator(seed: int, purpose: str, *position: int) -> np.random.Generator:
    """A random generator of its own for each purpose and position, so that one draw never shifts another."""
    return np.random.default_rng([seed, *purpose.encode(), *position])


def draw(recipe: Recipe) -> dict[str, np.ndarray]:
    """Initial weights of the recipe's network.

    ``w<i>`` (n_i, n_{i-1}) Xavier-normal, standard deviation sqrt(2/(n_i + n_{i-1})); ``b<i>`` (n_i,) zero;
    ``q<i>`` (n_i, n_L): `initial_feedback` (Meulemans et al. 2021).
    """
    sizes = recipe.network.sizes
    weights = {}
    for i, (n_pre, n_post) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
        spread = np.sqrt(2 / (n_pre + n_post))
        weights[f"w{i}"] = generator(recipe.train.seed, "weights", i).normal(0, spread, (n_post, n_pre))
        weights[f"b{i}"] = np.zeros(n_post)
    return weights | initial_feedback(recipe, weights)


def initial_feedback(recipe: Recipe, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feedback weights ``q<i>`` (n_i, n_L) to begin with: the identity for the output layer.

    Where feedback is to be learned, and for direct feedback alignment, Xavier-normal; or else the weight product.
    """
    layers, sizes, seed = len(recipe.network.sizes) - 1, recipe.network.sizes, recipe.train.seed
    if recipe.learning.feedback == "fixed" and recipe.learning.method != "dfa":
        return weight_product(weights, layers)
    feedback = {}
    for i in range(1, layers):
        spread = np.sqrt(2 / (sizes[i] + sizes[-1]))
        feedback[f"q{i}"] = generator(seed, "feedback", i).normal(0, spread, (sizes[i], sizes[-1]))
    return feedback | {f"q{layers}": np.eye(sizes[-1])}


def weight_product(weights: Mapping[str, np.ndarray], layers: int) -> dict[str, np.ndarray]:
    """Feedback weights Q_i = (W_L ... W_{i+1})^T, shape (n_i, n_L), Q_L the identity."""
    feedback = {f"q{layers}": np.eye(len(weights[f"w{layers}"]))}
    for i in range(layers - 1, 0, -1):
        feedback[f"q{i}"] = weights[f"w{i + 1}"].T @ feedback[f"q{i + 1}"]
    return feedback


def shapes(recipe: Recipe) -> dict[str, tuple[int, ...]]:
    """Shape of every weight array of the recipe's network."""
    sizes = recipe.network.sizes
    found = {}
    for i, (n_pre, n_post) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
        found |= {f"w{i}": (n_post, n_pre), f"b{i}": (n_post,), f"q{i}": (n_post, sizes[-1])}
    return found


def complete(recipe: Recipe, given: Mapping[str, np.ndarray] | None) -> dict[str, np.ndarray]:
    """The given weights, checked, and drawn ones for what is not given.

    Feedback weights that are not given follow from the forward weights that are used.
    """
    if given is not None and not isinstance(given, Mapping):
        raise BadInput("weights must be a dict of arrays", got=type(given).__name__, allowed=sorted(shapes(recipe)))
    given, wanted = dict(given or {}), shapes(recipe)
    for name, value in given.items():
        try:
            value = np.asarray(value, dtype=float)
        except (TypeError, ValueError) as error:
            raise BadInput(f"weights {name} must be an array of numbers", got=str(error)) from None
        if name not in wanted:
            raise BadInput("unknown weights", got=name, allowed=sorted(wanted))
        if value.shape != wanted[name]:
            raise BadInput(
                f"weights {name} do not fit the network",
                got=f"shape {value.shape}",
                allowed=f"shape {wanted[name]}",
            )
        if not np.isfinite(value).all():
            raise BadInput(
                f"weights {name} are not finite", got=f"{np.sum(~np.isfinite(value))} NaN or infinite values"
            )
        given[name] = value.copy()
    weights = draw(recipe) | given
    return weights | initial_feedback(recipe, weights) | given
