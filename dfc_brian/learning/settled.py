"""What the recipe's models come to when they have settled: the ground of methods that do not simulate them."""

import numpy as np

from ..errors import BadInput
from ..models.expressions import Values
from ..physical import map_of
from ..recipe import Recipe


def steady_leak(recipe: Recipe) -> float:
    """alpha~ in e = alpha~ u, which relates error and control when the recipe's controller has settled.

    It follows from the model's equations and its ``residual``, which vanishes then: alpha where the leak acts on the
    control itself (pi_total_leak), alpha/(K_I + alpha K_P) where it acts on the integral of the error (pi).

    Raises
    ------
    BadInput
        A controller with more than one integrated variable, or one that is not linear.
    """
    model = recipe.controller_model
    states = sorted(model.parsed.diff_eq_names)
    if len(states) != 1:
        raise BadInput(
            f"{model.where}: its steady state is not known", got=f"{len(states)} differential equations", allowed="one"
        )
    parameters = {name: float(value) for name, value in recipe.controller.items()}

    def at(integral, error):
        given = {**parameters, states[0]: integral, model.roles["error"]: error}
        values = Values(model.where, model.parsed, given, {})
        return values.evaluate(model.residual), values[model.roles["control"]]

    (a, c), (b, d), both = at(1.0, 0.0), at(0.0, 1.0), at(2.0, -3.0)
    if any(at(0.0, 0.0)) or not np.allclose(both, (2 * a - 3 * b, 2 * c - 3 * d), rtol=1e-12):
        raise BadInput(f"{model.where}: its steady state is not known", got="equations that are not linear")
    return a / (a * d - b * c)


def check_neuron(recipe: Recipe) -> None:
    """Refuse a neuron that does not settle at v = v^ff + v^fb with v^ff = W r + b, v^fb = Q u and r = phi(v)."""
    model, roles, units = recipe.neuron_model, recipe.neuron_model.roles, map_of(recipe)
    settled = {"feedforward": 0.3, "bias": 0.2, "feedback": 0.1, "basal": 0.5, "apical": 0.1, "soma": 0.6}
    if units.own:
        settled = {role: float(units.physical(role, value)) for role, value in settled.items()}
    size = {roles[role]: abs(value) for role, value in settled.items()}
    settled = {roles[role]: value for role, value in settled.items()} | {roles["rate"]: np.tanh(0.6)}
    parameters = {name: float(value) for name, value in recipe.neuron.items()}

    def right_side(variable, **moved):
        values = Values(model.where, model.parsed, {**parameters, **settled, **moved}, {"phi": np.tanh})
        return values.evaluate(model.parsed[variable].expr.code)

    for role in ("basal", "apical", "soma", "rate"):
        variable = roles[role]
        if variable in model.parsed.diff_eq_names:
            moved = settled[variable] + size[variable]
            wanted, scale = 0.0, abs(right_side(variable, **{variable: moved}))
        else:
            wanted, scale = settled[variable], size.get(variable, 1.0)
        if abs(right_side(variable) - wanted) > 1e-9 * scale:
            raise BadInput(
                f"{model.where}: no closed form is known of where its {role} settles",
                got=str(model.parsed[variable]),
                allowed="neurons like pyramidal, which settle at v = v_basal + v_apical",
                fix='use a method that simulates the network, such as learning.method = "dfc-ss"',
            )
