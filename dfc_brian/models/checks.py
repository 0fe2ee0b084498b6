"""What can be wrong with a model beyond single equations: its table, names and roles, and how models fit."""

from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.units import second
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit

from dfc_brian.errors import BadInput, nearest
from dfc_brian.models import equations as equation_checks
from dfc_brian.models import quantities

INPUT_TABLES = ("images", "targets", "counts", "sample_weights")
SYNAPSE_NAMES = ("w", "presentation")
NEURON_NAMES = ("phi", "update", *SYNAPSE_NAMES, *INPUT_TABLES)
CONTROLLER_NAMES = ("y", "peak", "total", "nudge", "n_output", *INPUT_TABLES)
"""Names that the network adds to each kind of group. Synapses see their neuron's variables too."""


def check_table(table, texts, tables, required, where):
    """Problems (list of BadInput) of a model file's content: unknown, missing or unsuitable keys."""
    known = (*texts, *tables)
    problems = [unknown_key(where, key, known) for key in table if key not in known]
    problems += [BadInput(f"{where}: {key} is missing", allowed=known) for key in required if key not in table]
    for key, value in table.items():
        if key in texts and not isinstance(value, str):
            problems.append(BadInput(f"{where}: {key} is not text", got=repr(value)))
        elif key in tables and not isinstance(value, dict):
            problems.append(BadInput(f"{where}: {key} is not a table", got=repr(value)))
        elif key in tables and key != "parameters":
            problems += [
                BadInput(f"{where}: {key}.{name} is not text", got=repr(item))
                for name, item in value.items()
                if not isinstance(item, str)
            ]
    return problems


def read_parameters(given, where):
    """The parameters in ``given`` as dict of Quantity or float, and the problems of the others."""
    parameters, problems = {}, []
    for key, value in given.items():
        label = f"{where}: parameters.{key}"
        try:
            parameters[key] = quantities.parse(value, label)
        except BadInput as problem:
            problems.append(problem)
            continue
        if equation_checks.is_time(parameters[key]) and float(parameters[key]) <= 0:
            problems.append(BadInput(f"{label} is not positive", got=value, allowed="> 0 s"))
    return parameters, problems


def check_names(equations, parameters, symbols, where):
    """Problems: parameters that no equation uses or that are variables, and symbols of nothing."""
    used = set().union(*(equation.identifiers for equation in equations.values()))
    problems = []
    for key in parameters:
        if key in equations:
            problems.append(BadInput(f"{where}: parameters.{key} is also a variable", fix="rename one of them"))
        elif key not in used:
            problems.append(BadInput(f"{where}: parameters.{key} is used in no equation", fix=similar(key, used)))
    known = {*equations, *parameters}
    return problems + [unknown_key(where, key, known, "symbols.") for key in symbols if key not in known]


def check_roles(roles, wanted, inputs, equations, where):
    """Problems of ``roles`` (dict), which should name a variable for each of ``wanted`` and ``inputs``."""
    problems = [unknown_key(where, key, wanted, "roles.") for key in roles if key not in wanted]
    for role in wanted:
        label, variable = f"{where}: roles.{role}", roles.get(role)
        if variable is None:
            problems.append(BadInput(f"{label} is missing", allowed=equations))
        elif variable not in equations:
            fix = similar(variable, equations)
            problems.append(BadInput(f"{label} is no variable", got=variable, allowed=equations, fix=fix))
        elif role in inputs and equations[variable].expr is not None:
            fix = f"declare it as '{variable} : 1'"
            problems.append(BadInput(f"{label} is filled from outside and has no equation", got=variable, fix=fix))
    filled = [roles.get(role) for role in inputs]
    if len(set(filled)) < len(filled):
        problems.append(BadInput(f"{where}: {', '.join(inputs)} must be different variables", got=filled))
    return problems


def check_reserved(equations, parameters, reserved, where):
    """Problems: variables in ``equations`` and ``parameters`` with a name that the network adds itself."""
    found = [(name, f"variable '{name}'") for name in equations if name in reserved]
    found += [(name, f"parameters.{name}") for name in parameters if name in reserved]
    what, allowed = "has a name that the network adds itself", f"any name but {', '.join(reserved)}"
    return [BadInput(f"{where}: {label} {what}", got=name, allowed=allowed, fix="rename it") for name, label in found]


def check_dimensionless(roles, wanted, equations, where):
    """Problems: roles in ``wanted`` whose variable has a unit, though synapses fill it with weights times rates."""
    return [
        BadInput(
            f"{where}: roles.{role} is not dimensionless",
            got=f"{roles[role]} : {get_unit(equations[roles[role]].dim)!r}",
            allowed=f"{roles[role]} : 1, as weights are dimensionless in this version, and so are rates and control",
            fix="write its equations without units",
        )
        for role in wanted
        if roles.get(role) in equations and equations[roles[role]].dim is not DIMENSIONLESS
    ]


def check_update(equations, where):
    """Problems of the variable ``update`` in the ``equations`` of a plasticity rule's synapse."""
    update, fix = equations.get("update"), "write 'dupdate/dt = ... : 1 (clock-driven)'"
    if update is None:
        return [BadInput(f"{where} has no variable 'update'", got=", ".join(equations) or "no equations", fix=fix)]
    if update.type != DIFFERENTIAL_EQUATION:
        return [BadInput(f"{where}: 'update' has no differential equation", got=str(update), fix=fix)]
    if update.dim is not DIMENSIONLESS:
        allowed = "dupdate/dt = ... : 1, as weights are dimensionless in this version"
        return [BadInput(f"{where}: 'update' is not dimensionless", got=str(update), allowed=allowed)]
    return []


def check_rule(rule, neuron):
    """Problems (list of BadInput) of a PlasticityModel on synapses between neurons of a NeuronModel.

    The presynaptic side may be the network's input, which has but a rate, so ``_pre`` takes the rate only.
    """
    cell = equation_checks.dimensions_of(neuron.parsed, neuron.parameters)
    own = equation_checks.dimensions_of(rule.parsed_postsynaptic, rule.parameters)
    problems = [
        BadInput(f"{rule.where}: '{name}' is also a name of {neuron.where}", fix="rename it")
        for name in sorted(own.keys() & cell.keys())
    ]
    rate = neuron.roles["rate"]
    synapse = {"presentation": second.dim, "w": DIMENSIONLESS, f"{rate}_pre": cell[rate]}
    synapse |= {f"{name}_post": dimensions for name, dimensions in (cell | own).items()}
    synapse |= equation_checks.dimensions_of(rule.parsed_synapse, rule.parameters)
    used = set().union(*(equation.identifiers for equation in rule.parsed_synapse.values()))
    for name in sorted(name for name in used - synapse.keys() if name.endswith("_pre")):
        problems.append(
            BadInput(
                f"{rule.where}: synapse: '{name}' is not the rate of {neuron.where}, which is '{rate}'",
                got=name,
                allowed=f"{rate}_pre, the only presynaptic variable, as the input has but a rate",
                fix=f"write {rate}_pre",
            )
        )
        synapse[name] = cell.get(name.removesuffix("_pre"), cell[rate])
    problems += equation_checks.check_equations(rule.parsed_postsynaptic, cell | own, f"{rule.where}: postsynaptic")
    return problems + equation_checks.check_equations(rule.parsed_synapse, synapse, f"{rule.where}: synapse")


def unknown_key(where, key, choices, table=""):
    """`BadInput` for a key that a model does not have, with the nearest."""
    return BadInput(f"{where}: unknown key {table}{key}", allowed=choices, fix=similar(key, choices))


def similar(name, choices):
    """ "did you mean ...?", or None."""
    found = nearest(name, choices)
    return found and f"did you mean '{found}'?"
