"""All Brian2 objects of a recipe's network, for a batch of samples and a number of minibatches."""

from dataclasses import dataclass

import numpy as np
from brian2 import Function, NeuronGroup, TimedArray
from brian2 import Network as BrianNetwork

from ..dense import Again, DenseSynapses, Recorder
from ..devices import Assembly
from ..recipe import Recipe
from . import populations, synapses
from .timing import COUNT, RECORD_END, RECORD_START, Clocks, StepOrder


@dataclass
class NetworkAssembly(Assembly):
    """An `Assembly` with its parts by name: ``input``, ``layer<i>``, ``controller``, ``w<i>``, ``b<i>``, ``q<i>``."""

    clocks: Clocks = None
    groups: dict[str, NeuronGroup] = None
    synapses: dict[str, DenseSynapses] = None


def assemble(recipe: Recipe, batch: int, minibatches: int = 1, record: bool = False, optimiser=None) -> NetworkAssembly:
    """Build the network.

    Parameters
    ----------
    recipe
        What to build.
    batch
        Samples shown at once, B.
    minibatches
        Presentations that follow one another, K. They read row k of the tables ``images`` (K, n_in*B), ``targets``
        (K, n_L*B), ``counts`` (K,) and ``sample_weights`` (K, B); units vary slower than samples.
    record
        Whether to record every state of every compartment (memory grows with T).
    optimiser
        What changes the weights at the end of a presentation, as ``dfc_brian.learning.adam.Adam``; none by default.
    """
    n_input, *_, n_output = recipe.network.sizes
    states, layers = recipe.presentation.states, len(recipe.network.sizes) - 1
    clocks = Clocks.of(recipe.presentation.dt, states, minibatches)
    order = StepOrder(recipe.presentation.proactive, recipe.presentation.instantaneous_transmission)
    spacing = max(states - 1, 1) * recipe.presentation.dt
    tables = {
        name: TimedArray(np.zeros(shape), dt=spacing, name=name)
        for name, shape in {
            "images": (minibatches, n_input * batch),
            "targets": (minibatches, n_output * batch),
            "counts": (minibatches,),
            "sample_weights": (minibatches, batch),
        }.items()
    }

    groups = {
        "input": populations.input_population(n_input, batch, tables["images"], clocks),
        "constant": populations.constant_unit(batch, clocks),
        "samples": populations.sample_population(batch, tables["sample_weights"], clocks),
    }
    for i in range(1, layers + 1):
        groups[f"layer{i}"] = populations.layer(recipe, i, batch, clocks, order)
    output = groups[f"layer{layers}"]
    groups["controller"], objects = populations.controller(recipe, output, groups["samples"], batch, tables, clocks)

    connections, extra = {}, optimiser.equations if optimiser else ""
    below = groups["input"]
    for i in range(1, layers + 1):
        here = groups[f"layer{i}"]
        for name, source in ((f"w{i}", below), (f"b{i}", groups["constant"])):
            made = synapses.forward(recipe, name, i, source, here, groups["samples"], batch, clocks, order, extra)
            connections[name] = made[0]
            objects += made
            if optimiser:
                objects.append(optimiser.attach(made[0], clocks))
        connections[f"q{i}"] = synapses.feedback(recipe, i, groups["controller"], here, batch, clocks, order)
        objects.append(connections[f"q{i}"])
        below = here

    objects += [
        *groups.values(),
        *_counter(minibatches, clocks),
        *_readings(recipe, groups["controller"], minibatches, clocks),
    ]
    if record:
        objects += _recorders(recipe, groups, layers, states, clocks)
    return NetworkAssembly(
        objects=objects,
        duration=clocks.duration,
        tables=tables,
        clocks=clocks,
        groups=groups,
        synapses=connections,
    )


def _readings(recipe: Recipe, controller: NeuronGroup, minibatches: int, clocks: Clocks) -> list:
    """One row per presentation: output and target at state 0, output and what is left to settle at the end."""
    output = recipe.controller_model.roles["output"]
    target = recipe.controller_model.roles["target"]
    return [
        Recorder(
            controller,
            {"output": output, "target": target},
            minibatches,
            clock=clocks.boundary,
            when="start",
            order=RECORD_START,
            name="at_start",
        ),
        Recorder(
            controller,
            {"output": output, "residual": recipe.controller_model.residual},
            minibatches,
            clock=clocks.ends,
            when="start",
            order=RECORD_END,
            name="at_end",
        ),
    ]


def _recorders(recipe: Recipe, groups: dict, layers: int, states: int, clocks: Clocks) -> list:
    """Every state: row 0 after the presentation is loaded, row t after update t."""
    roles = recipe.neuron_model.roles
    wanted = {
        f"layer{i}": {name: roles[name] for name in ("soma", "basal", "apical", "rate")} for i in range(1, layers + 1)
    }
    wanted["controller"] = {"control": recipe.controller_model.roles["control"]}
    objects = []
    for name, expressions in wanted.items():
        recorder = Recorder(groups[name], expressions, states, clock=clocks.step, when="end", name=f"{name}_traces")
        objects += [
            recorder,
            Again(
                recorder.runner,
                clock=clocks.boundary,
                when="start",
                order=RECORD_START,
                name=f"{name}_traces_load",
            ),
        ]
    return objects


def _counter(minibatches: int, clocks: Clocks) -> list:
    """Stops the run when ``wanted`` presentations have been finished, so that a block may be shorter than K."""
    group = NeuronGroup(
        1,
        "wanted : integer\nbegun : integer\nstopped : 1",
        name="presentations",
        clock=clocks.step,
        namespace={"stop_if": _stop_function()},
    )
    group.wanted = minibatches
    group.run_regularly(
        "stopped = stop_if(int(begun >= wanted))\nbegun += 1",
        clock=clocks.boundary,
        when="start",
        order=COUNT,
        name="presentations_count",
    )
    return [group]


def _stop_function() -> Function:
    """``stop_if(condition)``: the run ends with the current time step, on every device."""

    def stop_if(condition):
        if np.any(condition):
            BrianNetwork._globally_stopped = True
        return np.zeros(np.shape(condition))

    function = Function(
        stop_if, arg_units=[1], return_unit=1, arg_types=["integer"], return_type="float", stateless=False
    )
    function.implementations.add_numpy_implementation(stop_if)
    function.implementations.add_implementation(
        "cpp",
        "static inline double _stop_if(const int condition)"
        " { if (condition) Network::_globally_stopped = true; return 0.0; }",
        name="_stop_if",
        compiler_kwds={"headers": ['"network.h"']},
    )
    return function
