"""What parameters must satisfy, as a model file says it: a condition, and the reason.

Such as
    [limits]
    "E_L < theta" = "the leak must pull the soma below its operating point"
"""

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS

from dfc_brian.errors import BadInput
from dfc_brian.models import constants, quantities
from dfc_brian.models import equations as equation_checks


def check(model, dimensions) -> list[BadInput]:
    """Problems of the conditions themselves, and those of them that the model's own parameters do not satisfy."""
    problems = []
    for condition in model.limits:
        found = equation_checks.check_expression(condition, DIMENSIONLESS, dimensions, model.at(f"limits.{condition}"))
        if not found and constants.origins(condition, model.parsed, model.parameters) is None:
            what = f"{model.at(f'limits.{condition}')}: limits are for parameters"
            found = [BadInput(what, got=condition, allowed=model.parameters)]
        if not found and not isinstance(_value(model, condition, model.parameters), bool):
            what = f"{model.at(f'limits.{condition}')}: a limit is a comparison"
            found = [BadInput(what, got=condition, allowed='such as "E_L < theta"')]
        problems += found
    return problems or [
        BadInput(f"{model.at(f'limits.{condition}')}: {reason}", got=got, allowed=condition)
        for condition, reason, got, _ in broken(model, model.parameters)
    ]


def broken(model, parameters) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """(condition, reason, values as text, names of parameters) of each limit that these parameters do not keep."""
    found = []
    for condition, reason in model.limits.items():
        if not _value(model, condition, parameters):
            names = constants.origins(condition, model.parsed, parameters)
            values = ", ".join(f"{name} = {quantities.to_text(parameters[name])}" for name in names)
            found.append((condition, reason, values, names))
    return found


def _value(model, condition, parameters):
    """Whether a condition holds; what is no condition has a number for a value."""
    value = constants.evaluate(condition, model.parsed, parameters, model.where)
    return bool(value) if isinstance(value, np.bool_) else value
