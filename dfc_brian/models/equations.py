"""What Brian2 would find wrong with equations, found before anything is compiled."""

import ast

from brian2 import Equations, Function
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS
from brian2.core.variables import Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, SUBEXPRESSION
from brian2.equations.unitcheck import check_dimensions, check_units_statements
from brian2.units import second
from brian2.units.fundamentalunits import DimensionMismatchError, get_dimensions
from brian2.utils.stringtools import get_identifiers

from dfc_brian.errors import BadInput, nearest

FUNCTIONS = ("phi", "phi_prime")
"""Functions that the network supplies: phi, the activation function of the layer, and its derivative."""

NEURON_FLAGS = {
    DIFFERENTIAL_EQUATION: (),
    PARAMETER: ("constant", "shared", "linked"),
    SUBEXPRESSION: ("shared",),
}
SYNAPSE_FLAGS = {
    DIFFERENTIAL_EQUATION: ("clock-driven",),
    PARAMETER: ("constant", "shared"),
    SUBEXPRESSION: ("summed", "shared"),
}

_PHI = Function(lambda voltage: voltage, arg_units=[1], return_unit=1)
_ALWAYS = {"t": second, "dt": second, "i": 1, "N": 1}


def parse(text, flags, where):
    """Brian2 Equations of ``text``; `BadInput` naming ``where`` (file and key) with Brian2's reason."""
    try:
        equations = Equations(text)
        equations.check_flags(flags)
    except Exception as error:
        raise BadInput(f"{where}: cannot be read as Brian2 equations", got=_reason(error)) from None
    return equations


def dimensions_of(equations, parameters):
    """Dimensions by name of the variables in ``equations`` and of ``parameters`` (Quantity or float)."""
    return {name: get_dimensions(item) for name, item in parameters.items()} | equations.dimensions


def check_equations(equations, dimensions, where):
    """Problems (list of BadInput): unknown names and wrong units of the expressions in ``equations``."""
    problems = []
    for name, equation in equations.items():
        if equation.expr is not None:
            unit = equation.dim / second.dim if equation.type == DIFFERENTIAL_EQUATION else equation.dim
            problems += check_expression(equation.expr.code, unit, dimensions, f"{where}: equation of {name}")
    return problems


def check_expression(text, unit, dimensions, where):
    """Problems (list of BadInput) of one expression that should have dimensions ``unit``."""
    return _check(where, get_identifiers(text), dimensions, lambda names: check_dimensions(text, unit, names))


def check_statements(code, equations, dimensions, where):
    """Problems (list of BadInput) of assignments ``code``, which may set the state of ``equations`` only."""
    try:
        assignments = ast.parse(code).body
    except SyntaxError:
        assignments = [None]
    if not all(isinstance(line, ast.Assign) for line in assignments):
        return [BadInput(f"{where}: not a list of assignments", got=code, allowed='such as "v = v_basal"')]
    targets = [ast.unparse(target) for line in assignments for target in line.targets]
    settable = [name for name, equation in equations.items() if equation.type != SUBEXPRESSION]
    problems = [
        BadInput(f"{where}: '{target}' cannot be set", allowed=settable) for target in targets if target not in settable
    ]
    return problems or _check(
        where, get_identifiers(code), dimensions, lambda names: check_units_statements(code, names)
    )


def _check(where, names, dimensions, check):
    known = {*dimensions, *FUNCTIONS, *_ALWAYS, *DEFAULT_FUNCTIONS, *DEFAULT_CONSTANTS}
    missing = sorted(name for name in names if name not in known and name not in DEFAULT_UNITS)
    if missing:
        return [
            BadInput(
                f"{where}: unknown name '{name}'",
                allowed=f"{', '.join((*dimensions, *FUNCTIONS))}, and the functions and units of Brian2",
                fix=(similar := nearest(name, known)) and f"did you mean '{similar}'?",
            )
            for name in missing
        ]
    try:
        check(_namespace(names, dimensions))
    except DimensionMismatchError as error:
        return [BadInput(f"{where}: the units do not agree", got=_reason(error))]
    except Exception as error:
        return [BadInput(f"{where}: cannot be understood by Brian2", got=_reason(error))]
    return []


def _namespace(names, dimensions):
    """Stand-ins with the right dimensions for all names that an expression uses."""
    always = {name: get_dimensions(unit) for name, unit in _ALWAYS.items()}
    units = {name: DEFAULT_UNITS[name].dim for name in names if name in DEFAULT_UNITS}
    variables = {
        name: Variable(name=name, dimensions=dimensions, scalar=False)
        for name, dimensions in (units | always | dimensions).items()
    }
    return DEFAULT_FUNCTIONS | DEFAULT_CONSTANTS | {name: _PHI for name in FUNCTIONS} | variables


def _reason(error):
    """The text of an error and of those it came from, as one indented block."""
    reasons = []
    while error is not None:
        reasons.append(str(error).strip() or type(error).__name__)
        error = error.__cause__
    return "\n    ".join(line for text in reasons for line in text.splitlines())


def is_time(quantity):
    """Whether a parameter is a time, such as a time constant."""
    return get_dimensions(quantity) == second.dim
