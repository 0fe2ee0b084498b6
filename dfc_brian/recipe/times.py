"""Problems of times: steps, durations and the time constants of models, awake and asleep; and what to write instead.

``at(key, *others)`` names a dotted key and where it, or another key at fault, was read.
"""

import math

from brian2.units.fundamentalunits import get_dimensions

from dfc_brian.errors import BadInput
from dfc_brian.models import ControllerModel, NeuronModel, quantities
from dfc_brian.models import equations as equation_checks
from dfc_brian.recipe.checks import check_limits

MOST_STATES = 10**7
ASLEEP = ("tau_u", "tau_v", "tau_apical", "k_p", "leak", "sigma")
"""Keys of the table ``sleep`` that are parameters of the models asleep, of those that have them."""


def check_times(phase, times, parameters, at):
    """Problems of dt with the duration of a phase (the table ``times``) and the time constants in ``parameters``.

    ``parameters`` are dicts by table name.
    """
    dt, text = times.dt, quantities.to_text
    states = float(times.duration) / float(dt)
    problems = []
    if not 1.5 < states <= MOST_STATES or abs(states - round(states)) > 1e-6:
        what = f"{at(f'{phase}.duration', f'{phase}.dt')} is no whole number of steps dt"
        got = f"{text(times.duration)} / {text(dt)} = {states:.9g}"
        near = min(max(2, round(states)), MOST_STATES) * float(dt)
        fix = _option(f"{phase}.duration", near)
        problems.append(BadInput(what, got=got, allowed=f"2 to {MOST_STATES}", fix=fix))
    for table, values in parameters.items():
        for key, value in values.items():
            if equation_checks.is_time(value) and 0 < float(value) < float(dt) * (1 - 1e-9):
                what = f"{at(f'{phase}.dt', f'{table}.{key}')} is larger than {table}.{key}"
                longest = quantities.short(value)
                allowed = f"dt <= {longest}, for Euler steps that neither oscillate nor diverge"
                fix = shorter_steps(phase, times, parameters)
                problems.append(BadInput(what, got=f"{text(dt)} > {longest}", allowed=allowed, fix=fix))
    return problems


def shorter_steps(phase, times, parameters):
    """What to set so that dt is a round number, half the shortest time constant or less, and fits the duration.

    Where the controller is slow beside such a neuron, the other times may be shorter by as much.
    """
    constants = {
        table: {key: float(value) for key, value in values.items() if equation_checks.is_time(value)}
        for table, values in parameters.items()
    }
    longest = min(time for values in constants.values() for time in values.values() if time > 0) / 2
    decade = 10.0 ** math.floor(math.log10(longest) + 1e-9)
    dt = max(step * decade for step in (1, 2, 5) if step * decade <= longest * (1 + 1e-9))
    duration, before = float(times.duration), float(times.dt)
    options, steps = [_option(f"{phase}.dt", dt)], duration / dt
    if abs(steps - round(steps)) > 1e-6:
        options.append(_option(f"{phase}.duration", max(2, round(steps)) * dt))
    neuron, controller = constants.get("neuron"), constants.get("controller")
    if neuron and controller and min(controller.values()) > 20 * max(neuron.values()):
        shorter = [_option(f"{phase}.dt", dt), _option(f"{phase}.duration", max(2, round(duration / before)) * dt)]
        shorter += [_option(f"controller.{key}", time * dt / before) for key, time in controller.items()]
        return f"{' '.join(shorter)}, or, as slow as before, {' '.join(options)}"
    return " ".join(options)


def parameters_asleep(sleep, model):
    """The parameters (dict) of a neuron or controller model asleep: the table ``sleep`` sets those in `ASLEEP`."""
    return model.parameters | {key: getattr(sleep, key) for key in ASLEEP if key in model.parameters}


def check_sleep(sleep, at):
    """Problems of constants asleep with the units and limits of the models asleep, and of dt with times."""
    models = NeuronModel.of(sleep.neuron), ControllerModel.of(sleep.controller)
    given = [parameters_asleep(sleep, model) for model in models]
    problems = []
    for model, values in zip(models, given, strict=True):
        for key, value in values.items():
            if get_dimensions(value) != get_dimensions(model.parameters[key]):
                what = f"{at(f'sleep.{key}')} has another unit than parameters.{key} of {model.where}"
                got, allowed = quantities.to_text(value), f"one as of {quantities.to_text(model.parameters[key])}"
                problems.append(BadInput(what, got=got, allowed=allowed, fix="give the model's parameter another name"))
    if problems:
        return problems
    used = {key: values[key] for values in given for key in ASLEEP if key in values}
    problems = check_limits("sleep", models[0], given[0], at)
    return problems + check_times("sleep", sleep, {"sleep": used | models[0].constants(given[0])}, at)


def _option(key, seconds):
    return f'--set {key}="{1e3 * seconds:.10g} ms"'
