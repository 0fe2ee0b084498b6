"""What can be wrong with a model beyond single equations: its table, names and roles."""

from brian2.units import second
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit

from dfc_brian.errors import BadInput, nearest
from dfc_brian.models import equations as equation_checks
from dfc_brian.models import quantities
from dfc_brian.models.quantities import unit_text

NESTED = ("sets", "times")
INPUT_TABLES = ("images", "targets", "counts", "sample_weights")
SYNAPSE_NAMES = ("w", "presentation")
NEURON_NAMES = ("phi", "phi_prime", "update", "gap", "unit", "w_unit", *SYNAPSE_NAMES, *INPUT_TABLES)
CONTROLLER_NAMES = ("y", "peak", "total", "nudge", "n_output", *INPUT_TABLES)
"""Names that the network, or its recording, adds to each kind of group. Synapses see their neuron's variables too."""


def check_table(table, texts, tables, required, where, at):
    """Problems (list of BadInput) of a model file's content: unknown, missing or unsuitable keys.

    Tables are of text, but ``parameters``, and those in `NESTED`, whose own are tables. ``at`` names a key's place.
    """
    known = (*texts, *tables)
    problems = [unknown_key(at(key), key, known) for key in table if key not in known]
    problems += [BadInput(f"{where}: {key} is missing", allowed=known) for key in required if key not in table]
    for key, value in table.items():
        if key in texts and not isinstance(value, str):
            got = "a table" if isinstance(value, dict) else repr(value)
            problems.append(BadInput(f"{at(key)}: {key} is not text", got=got, fix=f'write {key} = """ ... """'))
        elif key in tables and not isinstance(value, dict):
            problems.append(BadInput(f"{at(key)}: {key} is not a table", got=repr(value), fix=f"write [{key}]"))
        elif key in tables and key != "parameters":
            kind, what = (dict, "a table") if key in NESTED else (str, "text")
            problems += [
                BadInput(f"{at(f'{key}.{name}')}: {key}.{name} is not {what}", got=repr(item))
                for name, item in value.items()
                if not isinstance(item, kind)
            ]
    return problems


def read_parameters(given, at, table="parameters"):
    """The parameters in ``given`` as dict of Quantity or float, and the problems of the others.

    ``at`` names the place of a key in messages.
    """
    parameters, problems = {}, []
    for key, value in given.items():
        label = f"{at(f'{table}.{key}')}: {table}.{key}"
        try:
            parameters[key] = quantities.parse(value, label)
        except BadInput as problem:
            problems.append(problem)
            continue
        if equation_checks.is_time(parameters[key]) and float(parameters[key]) <= 0:
            problems.append(BadInput(f"{label} is not positive", got=value, allowed="> 0 s"))
    return parameters, problems


def check_names(equations, parameters, symbols, at):
    """Problems: parameters that no equation uses or that are variables, and symbols of nothing."""
    used = set().union(*(equation.identifiers for equation in equations.values()))
    problems = []
    for key in parameters:
        label = f"{at(f'parameters.{key}')}: parameters.{key}"
        if key in equations:
            problems.append(BadInput(f"{label} is also a variable", fix="rename one of them"))
        elif key not in used:
            problems.append(BadInput(f"{label} is used in no equation", fix=similar(key, used)))
    known = {*equations, *parameters}
    return problems + [unknown_key(at(f"symbols.{key}"), key, known, "symbols.") for key in symbols if key not in known]


def check_roles(roles, wanted, inputs, equations, where, at, optional=()):
    """Problems of ``roles`` (dict), which should name a variable for each of ``wanted``, and may for ``optional``.

    Those in ``inputs`` have no equation. ``at`` names the place of a key in messages.
    """
    known = (*wanted, *optional)
    problems = [unknown_key(at(f"roles.{key}"), key, known, "roles.") for key in roles if key not in known]
    for role in known:
        label, variable = f"{at(f'roles.{role}')}: roles.{role}", roles.get(role)
        if variable is None and role in optional:
            continue
        if variable is None:
            problems.append(BadInput(f"{label} is missing", allowed=equations))
        elif variable not in equations:
            fix = similar(variable, equations)
            problems.append(BadInput(f"{label} is no variable", got=variable, allowed=equations, fix=fix))
        elif role in inputs and equations[variable].expr is not None:
            fix = f"declare it as '{variable} : {get_unit(equations[variable].dim)!r}'"
            problems.append(BadInput(f"{label} is filled from outside and has no equation", got=variable, fix=fix))
    filled = [roles.get(role) for role in inputs if role not in optional or role in roles]
    if len(set(filled)) < len(filled):
        problems.append(BadInput(f"{where}: {', '.join(inputs)} must be different variables", got=filled))
    return problems


def check_flags(roles, inputs, linked, equations, place):
    """Problems of (flags): a cell has no variable that others share, and only the roles ``linked`` are linked."""
    filled = {roles[role]: role for role in inputs if role in roles}
    problems = []
    for name, equation in equations.items():
        wanted = {"linked"} if filled.get(name) in linked else set()
        allowed = wanted if name in filled else {"constant"}
        if not wanted <= set(equation.flags) <= allowed:
            declared = f"{name} : {unit_text(equation.dim)}" + (" (linked)" if wanted else "")
            why = f"is filled from outside (roles.{filled[name]})" if name in filled else "has a value for each cell"
            got, fix = f"({', '.join(equation.flags)})" if equation.flags else "no flag", None
            if equation.expr is None:
                fix = f"write '{declared}'"
            problems.append(BadInput(f"{place.of(name)}: wrong flag: {name} {why}", got=got, fix=fix or "leave it out"))
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


def check_noise(roles, equations, where):
    """Problems: the role ``noise``, if there is one, is no white noise."""
    equation = equations.get(roles.get("noise"))
    if equation is None or equation.dim == (second**-0.5).dim:
        return []
    what = f"{where}: roles.noise has not the unit of white noise"
    allowed = f"{equation.varname} : second**-0.5, of which the network fills in standard normals over sqrt(dt)"
    return [BadInput(what, got=f"{equation.varname} : {get_unit(equation.dim)!r}", allowed=allowed)]


def unknown_key(where, key, choices, table=""):
    """`BadInput` for a key that a model does not have, with the nearest."""
    return BadInput(f"{where}: unknown key {table}{key}", allowed=choices, fix=similar(key, choices))


def similar(name, choices):
    """ "did you mean ...?", or None."""
    found = nearest(name, choices)
    return found and f"did you mean '{found}'?"
