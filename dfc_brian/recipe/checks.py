"""Problems of a recipe that concern several keys, and pydantic's findings in the words of this package.

In all of them ``at(key, *others)`` names a dotted key and where it, or another key at fault, was read.
"""

from dfc_brian.datasets import KNOWN as DATASETS
from dfc_brian.errors import BadInput, MultipleErrors, nearest, unknown
from dfc_brian.methods import METHODS
from dfc_brian.models import PlasticityModel, limits, quantities, units, variables
from dfc_brian.models import equations as equation_checks
from dfc_brian.recipe.variants import all_names


def translate(error, table, cls, at):
    """The problems (list of BadInput) in pydantic's ValidationError about ``table``, which is a ``cls``."""
    problems = []
    for item in error.errors():
        key, *inside = item["loc"]
        label = at(f"{table}.{key}") + "".join(f"[{index}]" for index in inside if isinstance(index, int))
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, MultipleErrors):
            problems += [BadInput(f"{label}: {problem}") for problem in cause.problems]
        elif isinstance(cause, BadInput):
            problems.append(BadInput(f"{label}: {cause}"))
        elif item["type"] == "extra_forbidden":
            problems.append(unknown_key(label, key, cls.model_fields))
        elif item["type"] == "missing":
            problems.append(BadInput(f"{label} is missing"))
        else:
            allowed = item["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            problems.append(BadInput(f"{label} is not allowed", got=repr(item["input"]), allowed=allowed))
    return problems


def unknown_key(label, key, choices):
    """`BadInput` for a key that does not exist, with the nearest that does."""
    similar = nearest(key, choices)
    fix = similar and f"did you mean '{similar}'?"
    return BadInput(f"{label} is no key of a recipe", allowed=choices, fix=fix)


def merge_parameters(table, model, given, at):
    """The model's parameters (dict) with the recipe's values, and the problems (list of BadInput) of them."""
    merged, problems = dict(model.parameters), []
    for key, value in given.items():
        label = at(f"{table}.{key}")
        if key not in model.parameters:
            problems.append(unknown_key(label, key, model.parameters))
            continue
        try:
            merged[key] = quantities.parse_as(value, model.parameters[key], "it")
        except BadInput as problem:
            problems.append(BadInput(f"{label}: {problem}"))
            continue
        if equation_checks.is_time(merged[key]) and float(merged[key]) <= 0:
            problems.append(BadInput(f"{label} is not positive", got=value, allowed="> 0 s"))
    return merged, problems


def check_limits(table, model, parameters, at):
    """Problems of a neuron model's ``parameters`` with its limits, and the reasons."""
    problems = []
    for condition, reason, values, names in limits.broken(model, parameters):
        changed = sorted(names, key=lambda name: parameters[name] == model.parameters[name])
        label = at(*(f"{table}.{name}" for name in changed))
        problems.append(BadInput(f"{label}: {reason}", got=values, allowed=condition))
    return problems or [BadInput(f"{at(table)}: {problem}") for problem in units.broken(model, parameters)]


def check_network(network, at):
    """Problems of the network's keys with each other."""
    problems, hidden = [], len(network.sizes) - 2
    if isinstance(network.activation, tuple) and len(network.activation) != hidden:
        what = f"{at('network.activation', 'network.sizes')} does not fit network.sizes"
        got = f"{len(network.activation)} activation functions for {hidden} hidden layers"
        problems.append(BadInput(what, got=got, allowed="one name for all hidden layers, or a list with one for each"))
    if network.loss == "cross_entropy" and network.sizes[-1] < 2:
        what = f"{at('network.sizes', 'network.loss')}: the output layer is too small for cross_entropy"
        problems.append(BadInput(what, got=network.sizes[-1], allowed="2 units or more"))
    return problems


def check_data(data, network, at):
    """Problems of the data set with the numbers of images asked for and, unless None, the network."""
    facts, problems = DATASETS[data.name], []
    if network and data.task == "regression" and network.loss != "mse":
        what = f"{at('network.loss', 'data.name', 'data.target')} does not fit what is to be learned, numbers"
        problems.append(BadInput(what, got=network.loss, allowed="mse"))
    ends = [("input", 0, facts.n_in, "pixels"), ("output", -1, facts.n_classes, "classes")]
    if network and data.target == "input":
        ends[1] = ("output", -1, network.sizes[0], "units of the input")
    for end, index, wanted, unit in ends if network else ():
        if wanted and network.sizes[index] != wanted:
            what = f"{at('network.sizes', 'data.name')}: the {end} layer does not fit data set {data.name}"
            problems.append(BadInput(what, got=f"{network.sizes[index]} units for {wanted} {unit}", allowed=wanted))
    split = {"train": data.train, "validation": data.validation} | ({} if facts.test else {"test": data.test or 1})
    if sum(split.values()) > facts.images:
        what = f"{at(*(f'data.{part}' for part in split))}: {' + '.join(split)} is more than {data.name} has"
        problems.append(BadInput(what, got=sum(split.values()), allowed=f"up to {facts.images} images"))
    if facts.test and (data.test or 0) > facts.test:
        what = f"{at('data.test')} is more than {data.name} has"
        problems.append(BadInput(what, got=data.test, allowed=f"up to {facts.test} images"))
    return problems


def check_learning(learning, at):
    """Problems of the method with the kind of feedback, and with the plasticity rule."""
    allowed, problems = METHODS[learning.method].feedback, check_rule_of_method(learning, at)
    if learning.feedback in allowed or not allowed:
        return problems
    what = f"{at('learning.feedback', 'learning.method')}: {learning.method} cannot learn with this feedback"
    return [*problems, BadInput(what, got=learning.feedback, allowed=allowed)]


def check_noise(learning, neuron, at):
    """Problems of the neuron model asleep with feedback weights that are to be learned: they learn from noise."""
    if learning.feedback != "learned" or "noise" in neuron.roles:
        return []
    what = f"{at('sleep.neuron', 'learning.feedback')} receives no noise, from which feedback weights learn"
    fix = 'sleep.neuron = "pyramidal_asleep", or a variable "noise : second**-0.5" with roles.noise = "noise"'
    return [BadInput(what, got=neuron.where, fix=fix)]


def check_rule_of_method(learning, at):
    """Problems of the method with the plasticity rule: one that moves the weights themselves is for dfc-online only."""
    rule, online = PlasticityModel.of(learning.rule), METHODS[learning.method].plasticity == "online"
    if rule.online == online:
        return []
    what = f"{at('learning.rule', 'learning.method')} does not fit the method {learning.method}"
    if online:
        fix = 'recipe mnist_online, or learning.rule = "nonlinear_difference_online" with a plasticity.tau_w to suit'
        return [BadInput(what, got=f"'{rule.name}' with dupdate/dt", allowed="a rule with dw/dt = ...", fix=fix)]
    fix = 'learning.rule = "nonlinear_difference", or learning.method = "dfc-online"'
    return [BadInput(what, got=f"'{rule.name}' with dw/dt", allowed="a rule with dupdate/dt = ...", fix=fix)]


def check_traces(traces, network, at):
    """Problems of the layers and units to be recorded with the layers and units that there are."""
    problems, layers = [], range(1, len(network.sizes))
    chosen = layers if traces.layers == "all" else [layer for layer in traces.layers if layer in layers]
    if traces.layers != "all" and len(chosen) < len(traces.layers):
        what = f"{at('traces.layers', 'network.sizes')} names a layer that does not exist"
        problems.append(BadInput(what, got=list(traces.layers), allowed=f"1 to {layers[-1]}"))
    largest = max((network.sizes[layer] for layer in chosen), default=0)
    if traces.units != "all" and chosen and max(traces.units, default=0) >= largest:
        what = f"{at('traces.units', 'network.sizes')} names a unit that no recorded layer has"
        problems.append(BadInput(what, got=max(traces.units), allowed=f"0 to {largest - 1}"))
    return problems


def check_variables(traces, models, at):
    """Problems of the variables to be recorded with those that the ``models``, by key, have in the recorded phases."""
    awake = ("network.neuron", "network.controller", "learning.rule")
    asleep = ("sleep.neuron", "sleep.controller", "sleep.rule")
    used = [awake] * (set(traces.phases) != {"sleep"}) + [asleep] * ("sleep" in traces.phases)
    groups = []
    for neuron, controller, rule in used:
        groups.append(variables.of_neurons(models[neuron], models[rule]))
        groups.append(variables.of_controller(models[controller]))
    label = at("traces.variables", *(key for keys in used for key in keys))
    return [BadInput(f"{label}: {problem}") for problem in variables.check(traces.variables, *groups)]


def check_interval(traces, presentation, sleep, at):
    """Problems of the interval between recorded states with the durations of the recorded phases."""
    used = {"sleep" if phase == "sleep" else "presentation" for phase in traces.phases}
    times = {"presentation": presentation, "sleep": sleep}
    return [
        BadInput(
            f"{at('traces.every', f'{key}.duration', f'{key}.dt')}: of the phase {key} one state alone would be kept",
            got=f"{traces.every}, of {times[key].states} states in {quantities.to_text(times[key].duration)}",
            fix="a shorter interval, such as 1: every state",
        )
        for key in sorted(used)
        if traces.stride(times[key].dt) >= times[key].states
    ]


def check_moments(traces, train, at):
    """Problems of the epochs after which to record with the number of epochs."""
    late = [item for item in traces.when if isinstance(item, int) and item > train.epochs]
    if not late:
        return []
    what = f"{at('traces.when', 'train.epochs')} names an epoch that is never reached"
    allowed = f'"before", "after" and 1 to {train.epochs} (train.epochs)'
    return [BadInput(what, got=", ".join(map(str, late)), allowed=allowed, fix="leave it out or raise train.epochs")]


def check_published(published, at):
    """Problems of the names of published results: each is the name of a variant."""
    return [
        unknown(f"{at('published.values')}: variant", name, all_names())
        for name in published.values
        if name not in all_names()
    ]


def check_arguments(*arguments):
    """Problems of the arguments of a call: each is (name, value, types, what is allowed in words)."""
    return [
        BadInput(f"{name} cannot be used", got=repr(value), allowed=allowed)
        for name, value, types, allowed in arguments
        if not isinstance(value, types)
    ]
