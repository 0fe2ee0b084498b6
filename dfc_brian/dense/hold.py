"""When is it exact to multiply a source only at the ticks of a clock?"""

from .cells import why_varying
from .separate import ONE, NotSeparable


def _refuse(synapses, what, reason):
    raise NotSeparable(
        f"'{synapses.name}' holds its source between ticks, which is not exact for {what}: {reason}.\n"
        "Leave out 'hold', or use a variable that changes only at its ticks."
    )


def _check_constant(synapses, names, what):
    for name in sorted(map(str, names)):
        variables = synapses._cells if name in synapses._cells else synapses.variables
        reason = why_varying(variables, name)
        if reason:
            _refuse(synapses, what, reason)


def check_hold(synapses, equation, side, terms):
    """Refuse a summed variable that is not constant between the ticks."""
    what = f"the summed variable '{equation.varname} = {equation.expr}'"
    if side == "pre":
        _refuse(synapses, what, "it sums over the target")
    for term in terms:
        if term.post != ONE:
            _refuse(synapses, what, f"it depends on the target ('{term.text('post')}')")
        _check_constant(synapses, (term.const * term.syn * term.pre).free_symbols, what)


def held_terms(synapses, split):
    """The terms of differential equations that are integrated per target cell, each with a new array for it.

    Returns a list of ``(synaptic variable, term, name of the array)``.
    """
    held = []
    for equation, terms in split:
        for term in terms:
            if synapses._n_pre == 1 or ONE in (term.post, term.pre):
                continue
            what = f"the equation 'd{equation.varname}/dt = {equation.expr}'"
            if term.syn != ONE:
                _refuse(synapses, what, f"'{term.text('syn')}' of the synapse multiplies variables of cells")
            _check_constant(synapses, term.pre.free_symbols, what)
            name = f"_held_{len(held)}"
            synapses.variables.add_array(
                name,
                size=synapses._n_post * synapses.batch,
                dtype=synapses.variables[equation.varname].dtype,
                index="_held_idx",
            )
            held.append((equation.varname, term, name))
    behind = {name for name, _, _ in held}
    for equation, terms in split:
        used = behind & {str(symbol) for term in terms for symbol in term.syn.free_symbols}
        if used:
            _refuse(
                synapses,
                f"the equation 'd{equation.varname}/dt = {equation.expr}'",
                f"'{min(used)}' gets its own change only at the ticks",
            )
    return held
