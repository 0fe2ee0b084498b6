"""From the text of a model to what a Brian2 group takes."""

from collections.abc import Callable, Collection, Iterable

from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, SUBEXPRESSION, Equations, SingleEquation
from brian2.stateupdaters.base import StateUpdateMethod
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit


def stored(text: str | Equations, names: Iterable[str]) -> tuple[Equations, str]:
    """Turn the subexpressions ``names`` into stored variables.

    What other objects read (rates, mismatch, control) is computed once per step and kept.

    Returns
    -------
    equations
        With a parameter in the place of each of these subexpressions.
    code
        The statements that compute them, in the order of ``names``.
    """
    equations = Equations(text) if isinstance(text, str) else text
    names = [name for name in names if equations[name].type == SUBEXPRESSION]
    kept = [SingleEquation(PARAMETER, eq.varname, eq.dim) if eq.varname in names else eq for eq in equations.values()]
    return Equations(kept), "\n".join(f"{name} = {equations[name].expr}" for name in names)


def start(equations: Equations, initial: str, *zero: str) -> str:
    """Statements for the start of a presentation: ``initial``, after everything that it does not set is zero.

    That is what has a differential equation, and the variables ``zero``.
    """
    assigned = {statement.split("=")[0].strip() for statement in initial.splitlines()}
    names = [name for name in (*zero, *sorted(equations.diff_eq_names)) if name not in assigned]
    return "\n".join([*(f"{name} = {_zero(equations[name].dim)}" for name in names), initial])


def _zero(dimensions) -> str:
    return "0" if dimensions is DIMENSIONLESS else f"0*{get_unit(dimensions)!r}"


def integrator(
    name: str, afterwards: str, soma: str | None = None, before: str = "", double: Collection[str] = ()
) -> Callable:
    """A Brian2 state updater that lets the ``soma`` see the new voltages of its dendrites, as one code object.

    First the statements ``before``, then a step by ``name`` of all equations but the soma's, then one of the soma's,
    then the statements ``afterwards``. With a single equation, or without ``soma``, the step is ``name``'s own.
    ``double``: variables that are kept in double precision.
    """
    method = StateUpdateMethod.stateupdaters[name]

    def update(equations, variables, method_options=None) -> str:
        last = equations.diff_eq_names & {soma}
        groups = [names for names in (equations.diff_eq_names - last, last) if names]
        steps = [_step(method(_only(equations, names), variables, method_options), names, double) for names in groups]
        return "\n".join([before, *steps, afterwards])

    return update


def _step(text: str, names: Collection[str], double: Collection[str]) -> str:
    """The step of one variable in double precision without the intermediate value, which would have the program's."""
    if len(names) != 1 or not {*names} <= {*double}:
        return text
    (name,) = names
    return text.replace(f"_{name} = ", f"{name} = ").replace(f"{name} = _{name}", "").strip()


def _only(equations: Equations, names: Iterable[str]) -> Equations:
    """The equations, with a parameter in the place of each differential equation that is not among ``names``."""
    return Equations(
        [
            SingleEquation(PARAMETER, eq.varname, eq.dim)
            if eq.type == DIFFERENTIAL_EQUATION and eq.varname not in names
            else eq
            for eq in equations.values()
        ]
    )
