"""All Brian2 objects of a recipe's network, for a batch of samples and a number of minibatches."""

from collections.abc import Collection
from dataclasses import dataclass

from brian2 import NeuronGroup

from ..dense import DenseSynapses
from ..devices import Assembly
from ..methods import METHODS
from ..recipe import Recipe
from . import populations, prediction, probes, readings, synapses
from .counter import counter
from .phase import Phase
from .setup import Setup
from .timing import PlasticityTiming


@dataclass
class NetworkAssembly(Assembly):
    """An `Assembly` with its parts by name: ``input``, ``layer<i>``, ``controller``, ``w<i>``, ``b<i>``, ``q<i>``."""

    groups: dict[str, NeuronGroup]
    synapses: dict[str, DenseSynapses]


def assemble(
    recipe: Recipe, batch: int, minibatches: int = 1, record: Collection[str] | None = None, optimiser=None
) -> NetworkAssembly:
    """Build the network.

    Parameters
    ----------
    recipe
        What to build.
    batch
        Samples shown at once, B.
    minibatches
        Presentations that follow one another, K; each reads its row of the input tables (`Setup.tables`).
    record
        Variables to record at every state, beside all compartments and the control signal (memory grows with T); by
        default nothing is recorded.
    optimiser
        What changes the weights at the end of a presentation, as `dfc_brian.learning.adam.Adam`; none by default.
    """
    setup = Setup(recipe, Phase.presentation(recipe), batch, minibatches)
    roles, layers = setup.phase.roles, range(1, len(recipe.network.sizes))
    timing = plasticity_timing(setup)

    groups = {
        "input": populations.input_units(setup),
        "constant": populations.constant_unit(setup),
        "samples": populations.samples(setup),
        **{f"layer{i}": populations.layer(setup, i, timing) for i in layers},
    }
    output, samples = groups[f"layer{layers[-1]}"], groups["samples"]
    groups["controller"], objects = populations.controller(setup, output, samples)

    connections = {}
    below = groups["input"]
    for i in layers:
        here = groups[f"layer{i}"]
        for name, source, receives, held in (
            (f"w{i}", below, roles["feedforward"], i == 1),
            (f"b{i}", groups["constant"], roles["bias"], True),
        ):
            extra = optimiser.equations(setup.phase.scale.declared(name)) if optimiser else ""
            connections[name] = synapses.plastic(
                setup, name, i, source, here, samples, timing, receives=receives, held=held, extra=extra
            )
            if optimiser:
                optimiser.attach(connections[name], setup.clocks)
        if prediction.is_late(setup, i, timing):
            prediction.renew(setup, here, connections[f"w{i}"])
        connections[f"q{i}"] = synapses.feedback(setup, i, groups["controller"], here)
        below = here

    objects += [*groups.values(), *connections.values(), counter(setup)]
    objects += readings.per_presentation(setup, groups["controller"])
    if record is not None:
        objects += readings.every_state(setup, groups, record)
        for i in layers if recipe.traces.synapses else ():
            objects += probes.weights(setup, connections[f"w{i}"])
    return NetworkAssembly(objects, setup.clocks.duration, setup.tables, groups, connections)


def plasticity_timing(setup: Setup) -> PlasticityTiming:
    """When the forward weights' rule acts, by the recipe's method; throughout the presentation if that is analytic."""
    dt, states = setup.phase.times.dt, setup.phase.times.states
    if METHODS[setup.recipe.learning.method].plasticity == "end":
        return PlasticityTiming.end(setup.clocks, dt)
    return PlasticityTiming.continuous(setup.clocks, dt, states)
