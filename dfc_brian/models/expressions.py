"""Expressions of a model evaluated in numpy: what can be taken from its own text without simulation."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_UNITS
from brian2.equations.equations import PARAMETER, SUBEXPRESSION, SingleEquation
from brian2.parsing.rendering import NumpyNodeRenderer

from dfc_brian.errors import BadInput

NAMES = {
    **{name: float(unit) for name, unit in DEFAULT_UNITS.items()},
    **{name: constant.get_value() for name, constant in DEFAULT_CONSTANTS.items()},
    **{name: getattr(np, name) for name in DEFAULT_FUNCTIONS if hasattr(np, name)},
    "int": np.int64,
}
"""Brian2's functions, constants and units; quantities are bare numbers in SI units here."""


@lru_cache(maxsize=512)
def _compiled(text: str):
    return compile(NumpyNodeRenderer().render_expr(text), text, "eval")


class Values(dict):
    """Values by name: those given, and those that follow from them by the subexpressions of ``equations``.

    Parameters
    ----------
    where : what the equations belong to, for messages
    equations : a parameter that is not given is zero, as it is for Brian2
    given : arrays or numbers by name
    functions : ``phi`` and the like

    Raises
    ------
    BadInput
        When something is asked for that only a simulation can tell: a variable with a differential equation.
    """

    def __init__(
        self,
        where: str,
        equations: Mapping[str, SingleEquation],
        given: Mapping[str, Any],
        functions: Mapping[str, Any],
    ):
        super().__init__(given)
        self.where, self.equations = where, equations
        self.names = {**NAMES, **functions}
        self._derived = set()

    def __missing__(self, name: str):
        equation = self.equations.get(name)
        if equation is None:
            raise KeyError(name)  # so that `eval` goes on to functions, constants and units
        if equation.type == PARAMETER:
            return 0.0
        if equation.type != SUBEXPRESSION:
            raise BadInput(
                f"{self.where}: '{name}' has a differential equation, and no value without a simulation",
                got=f"{equation}",
                fix='use a method that simulates the network, such as learning.method = "dfc-ss"',
            )
        value = self[name] = self.evaluate(equation.expr.code)
        self._derived.add(name)
        return value

    def evaluate(self, expression: str):
        """The value of Brian2 text."""
        try:
            return eval(_compiled(expression), self.names, self)
        except NameError as error:
            raise BadInput(f"{self.where}: '{expression}' needs a simulation", got=str(error)) from None

    def execute(self, statements: str) -> None:
        """Carry out assignments, one in each line; what follows from values follows from the new ones then."""
        for line in filter(None, map(str.strip, statements.splitlines())):
            name, expression = line.split("=", 1)
            self[name.strip()] = self.evaluate(expression.strip())
            for derived in self._derived:
                del self[derived]
            self._derived.clear()
