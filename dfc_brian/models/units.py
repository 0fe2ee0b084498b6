"""What the numbers of the dimensionless model are in a neuron with units: value = zero + unit*number.

Such as
    [units]
    soma = "2*k"                # one unit of voltage, 6 mV
    feedforward = "2*k*g_LB"    # the current that a weight of one evokes at a rate of one
    [zero]
    soma = "theta"              # the soma's voltage where the dimensionless one is zero
with expressions of parameters, and of what follows from them alone.
"""

import math
from collections.abc import Mapping

from brian2.units import hertz, second
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity, get_unit

from dfc_brian.errors import BadInput, nearest
from dfc_brian.models import constants
from dfc_brian.models import equations as equation_checks

VARIABLES = ("soma", "basal", "apical", "feedforward", "bias", "feedback")
"""Roles of variables that may have a unit."""
OTHERS = {"rate": hertz.dim, "time": second.dim}
"""The firing rate for a rate r of one; and what one time constant of the dimensionless soma is."""


def check(model) -> list[BadInput]:
    """Problems of a model's tables ``units`` and ``zero``: wrong keys, units, and what depends on variables."""
    dimensions, problems = _dimensions(model), []
    roles = (*VARIABLES, *OTHERS)
    known = equation_checks.dimensions_of(model.parsed, model.parameters)
    for table in ("units", "zero"):
        for key, text in getattr(model, table).items():
            label = model.at(f"{table}.{key}")
            if key not in roles:
                similar = nearest(key, roles)
                fix = similar and f"did you mean '{similar}'?"
                problems.append(BadInput(f"{label}: {table}.{key} is unknown", allowed=roles, fix=fix))
            if key not in dimensions:  # a role of nothing is told elsewhere
                continue
            found = equation_checks.check_expression(text, dimensions[key], known, f"{label}: {table}.{key}")
            if not found and constants.origins(text, model.parsed, model.parameters) is None:
                what = f"{label}: {table}.{key} depends on variables"
                found = [BadInput(what, got=text, allowed=f"an expression of {', '.join(model.parameters)}")]
            problems += found
    if problems or not model.units.keys() <= dimensions.keys():
        return problems
    return _missing(model, dimensions) or broken(model, model.parameters)


def broken(model, parameters: Mapping) -> list[BadInput]:
    """Problems: units that are zero, negative or infinite with these parameters."""
    return [
        BadInput(f"{model.at(f'units.{key}')}: units.{key} is not positive", got=f"{model.units[key]} = {value}")
        for key, value in scales(model, parameters)[0].items()
        if not 0 < float(value) < math.inf
    ]


def scales(model, parameters: Mapping) -> tuple[dict[str, Quantity | float], dict[str, Quantity | float]]:
    """(unit, zero) of each role in ``model.units``, for these parameters."""
    dimensions = _dimensions(model)

    def evaluate(text, key):
        return constants.quantity(constants.evaluate(text, model.parsed, parameters, model.where), dimensions[key])

    unit = {key: evaluate(text, key) for key, text in model.units.items()}
    return unit, {key: evaluate(model.zero.get(key, "0"), key) for key in unit}


def _dimensions(model) -> dict:
    variables = {role: model.roles.get(role) for role in VARIABLES}
    return {role: model.parsed[name].dim for role, name in variables.items() if name in model.parsed} | OTHERS


def _missing(model, dimensions) -> list[BadInput]:
    """Problems: roles whose variable has a unit, of which nothing says what a dimensionless number is there."""
    return [
        BadInput(
            f"{model.at(f'roles.{role}')}: roles.{role} has a unit, and units.{role} is missing",
            got=f"{model.roles[role]} : {get_unit(dimensions[role])!r}",
            allowed="a variable without unit, as weights, rates and control are dimensionless outside the simulation",
            fix=f"say in the table [units] what one is there: {role} = ... , an expression of the parameters",
        )
        for role in VARIABLES
        if dimensions.get(role, DIMENSIONLESS) is not DIMENSIONLESS and role not in model.units
    ]
