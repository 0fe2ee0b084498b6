"""A plasticity rule's own text, applied in numpy to a network that stands still."""

from functools import lru_cache

import numpy as np
import sympy
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, Equations
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str

from ..dense.separate import ONE, separate
from ..errors import BadInput
from ..feedforward import ACTIVATIONS, SLOPES
from ..models.expressions import Values
from ..physical import map_of
from ..recipe import Recipe

SIDES = ("const", "syn", "post", "pre")


def updates(
    recipe: Recipe,
    layer: int,
    weights: dict[str, np.ndarray],
    soma: np.ndarray,
    basal: np.ndarray,
    presynaptic: np.ndarray,
    resting: np.ndarray,
) -> dict[str, np.ndarray]:
    """What the recipe's rule makes of a whole presentation in this one state, the mean over its samples.

    Parameters
    ----------
    layer : counted from 1
    soma, basal : v_i and v_i^ff, (batch, n_i); their difference is the apical voltage
    presynaptic : r_{i-1}, (batch, n_{i-1})
    resting : v_i^-, (batch, n_i), the feedforward voltage at which the rule's ``initial`` is executed

    Returns
    -------
    dict
        ``w<i>`` (n_i, n_{i-1}) and ``b<i>`` (n_i,), before the optimiser's factor 2.
    """
    rule, roles = recipe.plasticity_model, recipe.neuron_model.roles
    common = {"presentation": float(recipe.presentation.duration), **_bare(rule.parameters)}
    post = _cell(recipe, layer, weights[f"b{layer}"], common, soma, basal, resting)
    duration, batch = common["presentation"], len(soma)
    terms = _terms(rule.synapse, rule.where, roles["rate"])
    found = {}
    for name, source in ((f"w{layer}", presynaptic), (f"b{layer}", np.ones((batch, 1), soma.dtype))):
        w = weights[name].reshape(len(weights[name]), -1)
        pre = Values(rule.where, rule.parsed_synapse, {roles["rate"]: source, **common}, {})
        own = Values(rule.where, rule.parsed_synapse, {"w": w, **common}, {})
        total = None
        for const, syn, post_factor, pre_factor in terms:
            scale = float(own.evaluate(const)) * duration / batch
            left = np.broadcast_to(scale * post.evaluate(post_factor), soma.shape)
            right = np.broadcast_to(pre.evaluate(pre_factor), source.shape)
            product = left.T @ right.astype(soma.dtype, copy=False)
            if syn != "1":
                product = product * own.evaluate(syn)
            total = product if total is None else total + product
        found[name] = total.reshape(weights[name].shape)
    return found


def _cell(recipe, layer, bias, common, soma, basal, resting) -> Values:
    """The variables of the neurons and of the rule's postsynaptic part, in this state."""
    model, rule, units = recipe.neuron_model, recipe.plasticity_model, map_of(recipe)
    activation = recipe.activations[layer - 1]
    phi = ACTIVATIONS[activation]
    functions = {"phi": phi, "phi_prime": lambda v: SLOPES[activation](phi(v))}
    equations = {**model.parsed, **rule.parsed_postsynaptic}

    def values(soma, basal, **more):
        """With what synapses and integration would fill."""
        numbers = {"soma": soma, "basal": basal, "apical": soma - basal, "feedback": soma - basal}
        numbers |= {"feedforward": basal - bias, "bias": bias}
        if units.own:
            numbers = {role: np.asarray(units.physical(role, each.astype(float))) for role, each in numbers.items()}
        filled = {model.roles[role]: each for role, each in numbers.items()}
        return Values(rule.where, equations, {**_bare(recipe.neuron), **common, **filled, **more}, functions)

    start = values(resting, resting)
    start.execute(rule.initial)
    kept = {name: start[name] for name, equation in rule.parsed_postsynaptic.items() if equation.type == PARAMETER}
    return values(soma, basal, **kept)


@lru_cache(maxsize=32)
def _terms(synapse: str, where: str, rate: str) -> list[tuple[str, str, str, str]]:
    """d update/dt as a sum of (constant)*(synapse)*(target cell)*(source cell), each as text without _pre and _post."""
    equations = Equations(synapse)
    for name, equation in equations.items():
        if equation.type == DIFFERENTIAL_EQUATION and (name != "update" or "update" in equation.identifiers):
            raise BadInput(
                f"{where}: synapse: d{name}/dt has no closed form for a presentation",
                got=str(equation.expr),
                fix='use a method that simulates the network, such as learning.method = "dfc"',
            )

    def side(name):
        if name == "w":
            return "syn"
        return "pre" if name == f"{rate}_pre" else "post" if name.endswith("_post") else None

    texts = dict(equations.get_substituted_expressions(include_subexpressions=True))
    expression = str_to_sympy(texts["update"].code, DEFAULT_FUNCTIONS)
    plain = {
        symbol: sympy.Symbol(str(symbol).removesuffix("_post").removesuffix("_pre"), real=True)
        for symbol in expression.free_symbols
    }
    terms = separate(expression, side, f"{where}: dupdate/dt")
    return [tuple(_text(getattr(term, part), plain) for part in SIDES) for term in terms]


def _text(factor, plain) -> str:
    return "1" if factor == ONE else sympy_to_str(factor.xreplace(plain))


def _bare(parameters: dict) -> dict[str, float]:
    return {name: float(value) for name, value in parameters.items()}
