"""What is recorded: one row per presentation always, every state if wanted."""

from collections.abc import Collection, Mapping

import numpy as np
from brian2 import NeuronGroup, Quantity
from brian2.equations.equations import SingleEquation
from brian2.units.fundamentalunits import DIMENSIONLESS

from ..dense import Again, Recorder
from ..errors import raise_all
from ..models import variables
from ..recorded import Recorded
from .phase import Phase
from .setup import Setup
from .timing import RECORD_END, RECORD_START

ENDS = ("at_start.rec_output", "at_start.rec_target", "at_end.rec_output", "at_end.rec_residual")
"""The outputs of a program that `per_presentation` makes."""
ALWAYS = (*variables.COMPARTMENTS, *variables.CONTROL)


def per_presentation(setup: Setup, controller: NeuronGroup) -> list[Recorder]:
    """Output and target at state 0 (``at_start``), output and what is left to settle at the end (``at_end``)."""
    model, clocks = setup.phase.controller_model, setup.clocks
    output, target = model.roles["output"], model.roles["target"]
    moments = (
        ("at_start", {"output": output, "target": target}, clocks.boundary, RECORD_START),
        ("at_end", {"output": output, "residual": model.residual}, clocks.ends, RECORD_END),
    )
    return [
        Recorder(controller, wanted, setup.minibatches, clock=clock, when="start", order=order, name=name)
        for name, wanted, clock, order in moments
    ]


def wanted(phase: Phase, layers: int, names: Collection[str] = ()) -> dict[str, dict[str, SingleEquation]]:
    """By group, the variables to record, by name: compartments, control signal, and more ``names``.

    Each group has those of the names that its models have; `BadInput` for one that none has.
    """
    names = (names,) if isinstance(names, str) else names
    cells = variables.of_neurons(phase.neuron_model, phase.rule)
    controls = variables.of_controller(phase.controller_model)
    raise_all(variables.check(names, cells, controls))
    groups = {f"layer{i}": cells for i in range(1, layers + 1)} | {"controller": controls}
    names = dict.fromkeys((*ALWAYS, *names))
    return {group: {name: known[name] for name in names if name in known} for group, known in groups.items()}


def every_state(setup: Setup, groups: dict[str, NeuronGroup], names: Collection[str]) -> list:
    """What is `wanted`: row 0 after a presentation is loaded, row t after update t."""
    clocks, recorders = setup.clocks, []
    layers = sum(name.startswith("layer") for name in groups)
    for name, equations in wanted(setup.phase, layers, names).items():
        rows = setup.minibatches * setup.phase.times.states
        expressions = {key: equation.varname for key, equation in equations.items()}
        recorder = Recorder(groups[name], expressions, rows, clock=clocks.step, when="end", name=f"{name}_traces")
        load = Again(
            recorder.runner, clock=clocks.boundary, when="start", order=RECORD_START, name=f"{name}_traces_load"
        )
        recorders += [recorder, load]
    return recorders


def keys(recorded: Mapping[str, Mapping]) -> list[str]:
    """The outputs of a program in which ``recorded``, as of `wanted`, is."""
    return [f"{group}_traces.rec_{name}" for group, equations in recorded.items() for name in equations]


def read(recorded: Mapping[str, Mapping[str, SingleEquation]], trace) -> dict[str, Recorded]:
    """By group what was recorded, with the units of the model; ``trace(key)`` gives the array of one of the `keys`."""
    return {
        group: Recorded(
            {name: _with_unit(trace(f"{group}_traces.rec_{name}"), equation) for name, equation in equations.items()}
        )
        for group, equations in recorded.items()
    }


def _with_unit(values: np.ndarray, equation: SingleEquation) -> np.ndarray | Quantity:
    return values if equation.dim is DIMENSIONLESS else Quantity(values, dim=equation.dim)
