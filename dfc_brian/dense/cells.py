"""The variables of the source and target cells, as the equations of synapses name them."""

import numpy as np
from brian2.core.clocks import BaseClock
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import ArrayVariable, Subexpression
from brian2.equations.equations import DIFFERENTIAL_EQUATION, SUBEXPRESSION

from .codeobject import owner_of


def add_cells(variables, group, suffix, batch=1):
    """Add references ``name + suffix`` to all variables of ``group``.

    They are read at the position ``_idx`` of the arrays of its owner. Linked variables keep their index array, under
    a name with the suffix too. ``i`` and ``N`` count units, not cells.
    """
    owner, start = owner_of(group)
    variables.add_constant(f"N{suffix}", len(group) // batch)
    if "i" in owner.variables:
        variables.add_reference(f"_cell{suffix}", owner, "i", index="_idx")
        variables.add_subexpression(
            f"i{suffix}", expr=f"(_cell{suffix} - {start})//{batch}", dtype=np.int32, index="_idx"
        )
    for name in owner.variables:
        if name.startswith("_") or name in ("i", "N"):
            continue
        index = owner.variables.indices[name]
        if index not in ("_idx", "0"):
            variables.add_reference(index + suffix, owner, index, index="_idx")
            index += suffix
        variables.add_reference(name + suffix, owner, name, index=index)


def in_place(variables, name, dtype):
    """Whether ``name`` is an array that a matrix product can read where it lies."""
    var = variables.get(name)
    return type(var) is ArrayVariable and not var.scalar and variables.indices[name] == "_idx" and var.dtype == dtype


def why_varying(variables, name, seen=()):
    """Why the variable ``name`` may change at any time (text), or None if nothing is known that changes it."""
    var = variables.get(name)
    if var is None:
        function = DEFAULT_FUNCTIONS.get(name)
        return f"'{name}' is random" if function is not None and not function.stateless else None
    if isinstance(var, Subexpression):
        return _first(variables, var.identifiers, (*seen, name), name)
    if not isinstance(var, ArrayVariable):
        return None
    if isinstance(var.owner, BaseClock) or var.name in ("t", "t_in_timesteps", "timestep"):
        return None if var.name == "dt" else "the time 't' changes"
    for attribute in ("equations", "user_equations"):
        equation = (getattr(var.owner, attribute, None) or {}).get(var.name)
        if equation is None:
            continue
        if equation.type == DIFFERENTIAL_EQUATION:
            return f"'{var.name}' of '{var.owner.name}' has a differential equation"
        if equation.type == SUBEXPRESSION:  # "constant over dt": stored, and evaluated again in every step
            return _first(var.owner.variables, equation.identifiers, (*seen, name), var.name)
    return None


def _first(variables, names, seen, via):
    for name in sorted(names):
        reason = why_varying(variables, name, seen) if name not in seen else None
        if reason:
            return reason if "(through" in reason else f"{reason} (through '{via.rsplit('_', 1)[0]}')"
    return None
