"""Constants of a model: what its subexpressions make of its parameters alone, such as a time constant C/g."""

from collections.abc import Mapping

import numpy as np
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS
from brian2.equations.equations import SUBEXPRESSION, Equations
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, Quantity
from brian2.utils.stringtools import get_identifiers

from dfc_brian.models.expressions import Values

_ALWAYS = {*DEFAULT_CONSTANTS, *DEFAULT_FUNCTIONS, *DEFAULT_UNITS}


def names(equations: Equations, parameters: Mapping) -> tuple[str, ...]:
    """The subexpressions in ``equations`` that depend on ``parameters`` alone, in their order."""
    found, before = set(), None
    while before != len(found):
        before, known = len(found), {*parameters, *found, *_ALWAYS}
        expressions = ((name, eq) for name, eq in equations.items() if eq.type == SUBEXPRESSION)
        found |= {name for name, eq in expressions if get_identifiers(eq.expr.code) <= known}
    return tuple(name for name in equations if name in found)


def values(equations: Equations, parameters: Mapping, where: str = "model") -> dict[str, Quantity | float]:
    """The constants by name, without the parameters themselves; infinite or NaN where these make a division by zero."""
    return {
        name: quantity(evaluate(name, equations, parameters, where), equations[name].dim)
        for name in names(equations, parameters)
    }


def evaluate(text: str, equations: Equations, parameters: Mapping, where: str = "model"):
    """The value of an expression of constants, in SI units; of a comparison a bool."""
    given = {name: np.float64(value) for name, value in parameters.items()}
    with np.errstate(all="ignore"):
        return Values(where, equations, given, {}).evaluate(text)


def origins(text: str, equations: Equations, parameters: Mapping) -> tuple[str, ...] | None:
    """The parameters on which an expression depends, also by way of constants; None if it depends on a variable."""
    constants, waiting, seen = names(equations, parameters), set(get_identifiers(text)), set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name in constants:
            waiting |= get_identifiers(equations[name].expr.code) - seen
        elif name not in parameters and name not in _ALWAYS:
            return None
    return tuple(name for name in parameters if name in seen)


def quantity(value: float, dimensions: Dimension) -> Quantity | float:
    """A number in SI units as a Quantity, or as a float if it has no dimensions."""
    return float(value) if dimensions is DIMENSIONLESS else Quantity(float(value), dim=dimensions)
