"""What Brian2 would find wrong with equations, found before anything is compiled."""

import ast

from brian2 import Equations, Function
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS
from brian2.core.variables import Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, SUBEXPRESSION
from brian2.equations.unitcheck import check_dimensions, check_units_statements
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units import second
from brian2.units.fundamentalunits import DimensionMismatchError, get_dimensions
from brian2.utils.stringtools import get_identifiers

from dfc_brian.errors import BadInput, nearest
from dfc_brian.models import syntax

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

_RANDOM = ("xi", "rand", "randn", "poisson")
"""Brian2's own sources of random numbers: they would be others whenever a run goes on."""
_NOISE = "white noise is a variable of its own: 'noise : second**-0.5', with roles.noise = \"noise\""
_SUMS = (ast.Add, ast.Sub)
_PARTS = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Compare)
_PHI = Function(lambda voltage: voltage, arg_units=[1], return_unit=1)
_ALWAYS = {"t": second, "dt": second, "i": 1, "N": 1}


def parse(flags, place):
    """Brian2 Equations of the text at ``place``; `BadInput` naming file and line, the reason and a fix."""
    try:
        equations = Equations(place.text)
        equations.check_flags(flags)
    except Exception as error:
        raise _unreadable(flags, place, error) from None
    return equations


def _unreadable(flags, place, error):
    """`BadInput` for the first definition that cannot be read even alone, or what is wrong with all together."""
    definitions = place.definitions()
    for index, text in definitions:
        try:
            Equations(text).check_flags(flags)
        except Exception as own:
            if syntax.circle([(index, text)]):
                break
            below = getattr(own.__cause__, "lineno", 1) - 1  # where pyparsing stopped
            line = text.splitlines()[below].partition("#")[0].strip()
            reason, fix = syntax.explain(text, own)
            got = reason if line in reason else f"{line}\n    {reason}"
            return BadInput(f"{place.line(index + below)}: cannot be read as Brian2 equations", got=got, fix=fix)
    if found := syntax.twice(definitions):
        index, name = found
        return BadInput(f"{place.line(index)}: '{name}' is defined a second time", fix="leave one out or rename it")
    if found := syntax.circle(definitions):
        index, names = found
        what = f"{place.line(index)}: {' needs '.join((*names, names[0]))}, in a circle"
        return BadInput(what, fix=f"'d{names[0]}/dt = ...', if {names[0]} changes in time, or break the circle")
    return BadInput(f"{place.line(0)}: cannot be read as Brian2 equations", got=syntax.reason(error))


def dimensions_of(equations, parameters):
    """Dimensions by name of the variables in ``equations`` and of ``parameters`` (Quantity or float)."""
    return {name: get_dimensions(item) for name, item in parameters.items()} | equations.dimensions


def check_equations(equations, dimensions, place):
    """Problems (list of BadInput): unknown names and wrong units of the expressions in ``equations``."""
    problems = []
    for name, equation in equations.items():
        if equation.expr is not None:
            unit = equation.dim / second.dim if equation.type == DIFFERENTIAL_EQUATION else equation.dim
            where = f"{place.of(name)}: equation of {name}"
            problems += check_expression(equation.expr.code, unit, dimensions, where)
    return problems


def check_expression(text, unit, dimensions, where):
    """Problems (list of BadInput) of one expression that should have dimensions ``unit``."""
    return _check(where, text, text, dimensions, lambda names: check_dimensions(text, unit, names))


def check_statements(equations, dimensions, place):
    """Problems (list of BadInput) of assignments at ``place``, which may set the state of ``equations`` only."""
    try:
        assignments = ast.parse(place.text).body
        wrong = next(((line.lineno, "") for line in assignments if not isinstance(line, ast.Assign)), None)
    except SyntaxError as error:
        wrong = error.lineno or 1, f"\n    {error.msg}"
    if wrong:
        number, reason = wrong
        what = f"{place.line(number - 1)}: {place.key} is not a list of assignments"
        got = f"{place.text.splitlines()[number - 1].strip()}{reason}"
        return [BadInput(what, got=got, allowed='such as "v = v_basal", one in each line')]
    settable = [name for name, equation in equations.items() if equation.type != SUBEXPRESSION]
    problems = [
        BadInput(
            f"{place.line(line.lineno - 1)}: {place.key}: '{ast.unparse(target)}' cannot be set",
            allowed=settable or "nothing: no variable has a state",
        )
        for line in assignments
        for target in line.targets
        if ast.unparse(target) not in settable
    ]
    for line in () if problems else assignments:
        where, code, value = f"{place.line(line.lineno - 1)}: {place.key}", ast.unparse(line), ast.unparse(line.value)
        problems += _check(where, code, value, dimensions, lambda names, code=code: check_units_statements(code, names))
    return problems


def _check(where, text, expression, dimensions, check):
    """Problems of ``text``, which is an ``expression`` or assigns one; ``check`` is Brian2's own."""
    names = get_identifiers(text)
    if found := syntax.explain_expression(expression, dimensions):
        return [BadInput(f"{where} cannot be read", got=f"{text}\n    {found[0]}", fix=found[1])]
    known = {*dimensions, *FUNCTIONS, *_ALWAYS, *DEFAULT_FUNCTIONS, *DEFAULT_CONSTANTS} - {*_RANDOM}
    missing = sorted(name for name in names if name not in known and name not in DEFAULT_UNITS)
    if missing:
        return [
            BadInput(
                f"{where}: unknown name '{name}'",
                got=text,
                allowed=f"{', '.join((*dimensions, *FUNCTIONS))}, and the functions and units of Brian2",
                fix=_NOISE if name in _RANDOM else (similar := nearest(name, known)) and f"did you mean '{similar}'?",
            )
            for name in missing
        ]
    namespace = _namespace(names, dimensions)
    try:
        check(namespace)
    except DimensionMismatchError as error:
        term = _mismatched(text, namespace)
        what = f"{where}: the units do not agree" + (f" in the term '{term}'" if term else "")
        return [BadInput(what, got=f"{text}\n    {syntax.reason(error)}")]
    except Exception as error:
        return [BadInput(f"{where}: cannot be understood by Brian2", got=f"{text}\n    {syntax.reason(error)}")]
    return []


def _mismatched(text, namespace):
    """The term of an expression whose unit does not agree with the others; None where each is sound in itself."""
    inside = [node for node in ast.walk(ast.parse(text)) if isinstance(node, _PARTS)]
    for node in reversed(inside):  # from the leaves
        try:
            parse_expression_dimensions(ast.unparse(node), namespace)
        except DimensionMismatchError:
            long = isinstance(node, ast.BinOp) and isinstance(node.op, _SUMS) and isinstance(node.left, ast.BinOp)
            return ast.unparse(node.right if long and isinstance(node.left.op, _SUMS) else node)
    return None


def _namespace(names, dimensions):
    """Stand-ins with the right dimensions for all names that an expression uses."""
    always = {name: get_dimensions(unit) for name, unit in _ALWAYS.items()}
    units = {name: DEFAULT_UNITS[name].dim for name in names if name in DEFAULT_UNITS}
    variables = {
        name: Variable(name=name, dimensions=dimensions, scalar=False, dtype=float)
        for name, dimensions in (units | always | dimensions).items()
        if name in names
    }
    return DEFAULT_FUNCTIONS | DEFAULT_CONSTANTS | {name: _PHI for name in FUNCTIONS} | variables


def is_time(quantity):
    """Whether a parameter is a time, such as a time constant."""
    return get_dimensions(quantity) == second.dim
