"""The checks of what `DenseSynapses` is given."""

from numbers import Integral

from brian2.core.variables import ArrayVariable
from brian2.equations.equations import (
    DIFFERENTIAL_EQUATION,
    PARAMETER,
    SUBEXPRESSION,
    Equations,
    extract_constant_subexpressions,
)
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .codeobject import owner_of

SUPPORTED = (
    "source, target, model, batch, method, hold, sample_weight, namespace, dtype, dt, clock, order, name"  # in order
)
#: The arguments of `brian2.Synapses` that dense synapses do not have, and why.
UNSUPPORTED = {
    **dict.fromkeys(
        ("on_pre", "pre", "on_post", "post", "on_event"),
        "there is no code for spikes; write a (summed) variable or a differential equation",
    ),
    "connect": "all sources connect to all targets",
    "multisynaptic_index": "all sources connect to all targets, once",
    "delay": "there are no delays",
    "method_options": "the method is 'euler'",
    "codeobj_class": "the class of code objects is that of the device",
}


def check_keywords(keywords):
    """Refuse all arguments that `DenseSynapses` does not have."""
    for name in keywords:
        reason = UNSUPPORTED.get(name)
        what = f"does not support the argument '{name}' of brian2.Synapses: {reason}" if reason else f"has no '{name}'"
        raise TypeError(f"DenseSynapses {what}.\nSupported: {SUPPORTED}. Use brian2.Synapses for others.")


def check_batch(batch, *groups):
    if not isinstance(batch, Integral) or isinstance(batch, bool) or batch < 1:
        raise ValueError(f"'batch' must be a positive integer, got {batch!r}.")
    for group in groups:
        if len(group) % batch:
            raise ValueError(
                f"The group '{group.name}' has {len(group)} cells, not a multiple of batch={batch}.\n"
                "A group of n units and B samples needs n*B cells, with the index unit*B + sample."
            )
    return int(batch)


def check_weight(weight, batch):
    """The sample weights must be an array with one value for each sample."""
    try:
        group, name = weight
        owner, _ = owner_of(group)
        var = owner.variables.get(name)
    except (TypeError, ValueError, AttributeError):
        raise TypeError(f"'sample_weight' must be (group, 'variable'), got {weight!r}.") from None
    if type(var) is not ArrayVariable or owner.variables.indices[name] != "_idx":
        raise ValueError(f"sample_weight: '{name}' is no parameter of the group '{group.name}'.")
    if len(group) != batch:
        raise ValueError(
            f"sample_weight: the group '{group.name}' has {len(group)} cells; it must have one for each of "
            f"the {batch} samples."
        )
    return group


def check_equations(model):
    """The equations, with stored ("constant over dt") subexpressions as parameters, and those
    subexpressions."""
    equations = Equations(model) if isinstance(model, str) else model
    if not isinstance(equations, Equations):
        raise TypeError(f"'model' must be a text or Equations, got {type(model).__name__}.")
    equations.check_flags(
        {
            DIFFERENTIAL_EQUATION: ["clock-driven"],
            SUBEXPRESSION: ["summed", "shared", "constant over dt"],
            PARAMETER: ["constant", "shared"],
        },
        incompatible_flags=[("summed", "shared", "constant over dt")],
    )
    for name in ("i", "j", "delay"):
        if name in equations.names:
            raise SyntaxError(f"'{name}' is a reserved name that cannot be used as a variable name.")
    return extract_constant_subexpressions(equations)


def check_name(varname, source, target):
    """A synaptic variable must not have the name of a variable of the cells."""
    for group, side in ((source, "source"), (target, "target")):
        if varname in owner_of(group)[0].variables:
            raise ValueError(
                f"The synaptic variable '{varname}' has the name of a variable of the {side} group "
                f"'{group.name}': rename it, for example to '{varname}_syn'."
            )


def check_summed(equation, synapses):
    """A summed variable must be a parameter of a group, with its dimensions; returns side and group."""
    varname = equation.varname
    if not varname.endswith(("_pre", "_post")):
        raise ValueError(f"The summed variable '{varname}' does not end in '_pre' or '_post'.")
    name, side = varname.rsplit("_", 1)
    group = synapses.source if side == "pre" else synapses.target
    target = (getattr(group, "equations", None) or {}).get(name)
    if target is None or target.type != PARAMETER or varname not in synapses._cells:
        raise ValueError(
            f"The summed variable '{varname}' needs a corresponding parameter '{name}' in the group '{group.name}'."
        )
    fail_for_dimension_mismatch(
        equation.dim,
        synapses._cells[varname].dim,
        f"The summed variable '{varname}' must have the units of '{name}' in the group '{group.name}'.",
    )
    for other, updater in synapses.summed_updaters.items():
        if updater.target is synapses._cells[varname] and updater.overlaps(side):
            raise ValueError(f"The target variable '{name}' is already updated by the summed variable '{other}'.")
    return side, group


class Context:
    """What Brian2's checks of equations need of a group: the synapses with the variables of cells."""

    def __init__(self, synapses):
        self.variables = {**synapses._cells, **synapses.variables}
        self.resolve_all = synapses.resolve_model
