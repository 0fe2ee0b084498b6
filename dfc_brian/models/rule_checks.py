"""What can be wrong with a plasticity rule: what it learns, how it fits the neurons, and whether it separates."""

from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.parsing.sympytools import str_to_sympy
from brian2.units import second
from brian2.units.fundamentalunits import DIMENSIONLESS

from dfc_brian.dense.separate import NotSeparable, separate
from dfc_brian.errors import BadInput
from dfc_brian.models import equations as equation_checks


def check_learned(equations, where):
    """Problems of what is learned by a plasticity rule's synapse: either ``update`` or the weight ``w`` itself."""
    learned = [name for name in ("update", "w") if name in equations]
    fix = "write 'dupdate/dt = ... : 1 (clock-driven)', or 'dw/dt = ...' for a rule that moves the weight itself"
    if not learned:
        got = ", ".join(equations) or "no equations"
        return [BadInput(f"{where} has no variable 'update', nor 'w'", got=got, fix=fix)]
    if len(learned) > 1:
        return [BadInput(f"{where}: both 'update' and 'w' have an equation", got=", ".join(equations), fix=fix)]
    (name,) = learned
    equation = equations[name]
    if equation.type != DIFFERENTIAL_EQUATION:
        fix = f"write 'd{name}/dt = ... : 1 (clock-driven)'"
        return [BadInput(f"{where}: '{name}' has no differential equation", got=str(equation), fix=fix)]
    if equation.dim is not DIMENSIONLESS:
        allowed = f"d{name}/dt = ... : 1, as weights are dimensionless in this version"
        return [BadInput(f"{where}: '{name}' is not dimensionless", got=str(equation), allowed=allowed)]
    return []


def check_rule(rule, neuron, controller=None):
    """Problems (list of BadInput) of a PlasticityModel on synapses onto neurons of a NeuronModel.

    They come from the controller, if one is given, or else from other neurons and the network's input, which has but
    a rate. So ``_pre`` takes one variable only: the control signal, or the rate.
    """
    cell = equation_checks.dimensions_of(neuron.parsed, neuron.parameters)
    own = equation_checks.dimensions_of(rule.parsed_postsynaptic, rule.parameters)
    problems = [
        BadInput(f"{rule.where}: '{name}' is also a name of {neuron.where}", fix="rename it")
        for name in sorted(own.keys() & cell.keys())
    ]
    source, role = (controller, "control") if controller else (neuron, "rate")
    sent = source.roles[role]
    synapse = {"presentation": second.dim, "w": DIMENSIONLESS, f"{sent}_pre": DIMENSIONLESS}
    synapse |= {f"{name}_post": dimensions for name, dimensions in (cell | own).items()}
    synapse |= equation_checks.dimensions_of(rule.parsed_synapse, rule.parameters)
    used = set().union(*(equation.identifiers for equation in rule.parsed_synapse.values()))
    for name in sorted(name for name in used - synapse.keys() if name.endswith("_pre")):
        problems.append(
            BadInput(
                f"{rule.where}: synapse: '{name}' is not the {role} of {source.where}, which is '{sent}'",
                got=name,
                allowed=f"{sent}_pre, the only presynaptic variable",
                fix=f"write {sent}_pre",
            )
        )
        synapse[name] = cell.get(name.removesuffix("_pre"), DIMENSIONLESS)
    places = {key: rule.place(key) for key in ("postsynaptic", "initial", "synapse")}
    problems += equation_checks.check_equations(rule.parsed_postsynaptic, cell | own, places["postsynaptic"])
    problems += equation_checks.check_statements(rule.parsed_postsynaptic, cell | own, places["initial"])
    problems += equation_checks.check_equations(rule.parsed_synapse, synapse, places["synapse"])
    return problems or check_separable(rule, places["synapse"])


def check_separable(rule, place):
    """Problems: changes of synapses that are no sum of products (synapse)*(target cell)*(source cell)."""
    equations, problems = rule.parsed_synapse, []
    texts = dict(equations.get_substituted_expressions(include_subexpressions=True))

    def side(name):
        return name.rpartition("_")[2] if name.endswith(("_pre", "_post")) else "syn" if name in ("w", *texts) else None

    for name in equations.diff_eq_names:
        try:
            separate(str_to_sympy(texts[name].code, DEFAULT_FUNCTIONS), side, f"d{name}/dt = {equations[name].expr}")
        except NotSeparable as problem:
            what = f"{place.of(name)}: synapse: no matrix product gives d{name}/dt"
            problems.append(BadInput(what, got=str(problem)))
    return problems
