"""Other sets of a neuron's parameters, and the times that suit them, as a model file says it.

Such as
    [sets.fast]
    C = "20 pF"
    [times.fast]
    "presentation.dt" = "0.1 ms"
"""

from brian2.units import second
from brian2.units.fundamentalunits import get_dimensions

from dfc_brian.errors import BadInput
from dfc_brian.models import checks as model_checks
from dfc_brian.models import quantities

TIMED = ("presentation", "controller", "plasticity")
"""Tables of a recipe that hold times."""


def check(model):
    """Problems: sets of values for parameters that the model does not have, or with another unit."""
    problems = []
    for name, values in model.sets.items():
        for key, value in values.items():
            label = f"{model.at(f'sets.{name}.{key}')}: sets.{name}.{key}"
            if key not in model.parameters:
                problems.append(model_checks.unknown_key(label, key, model.parameters))
            elif get_dimensions(value) != get_dimensions(model.parameters[key]):
                got, allowed = quantities.to_text(value), quantities.to_text(model.parameters[key])
                problems.append(BadInput(f"{label} has the wrong unit", got=got, allowed=f"one as of {allowed}"))
    return problems


def check_times(model):
    """Problems: times of a recipe for sets that there are not, or of no kind that a recipe has, or no times."""
    problems = []
    for name, values in model.times.items():
        if name not in model.sets:
            problems.append(model_checks.unknown_key(model.at(f"times.{name}"), name, model.sets, "times."))
        for key, value in values.items():
            label = f"{model.at(f'times.{name}.{key}')}: times.{name}.{key}"
            if key.partition(".")[0] not in TIMED or "." not in key:
                allowed = (f"{table}. ..." for table in TIMED)
                problems.append(BadInput(f"{label} is no time of a recipe", allowed=allowed))
                continue
            try:
                quantities.parse_as(value, second, label)
            except BadInput as problem:
                problems.append(problem)
    return problems
