"""Groups of cells: the input, the layers of neurons, the controller. A group of n units has n*batch cells."""

import numpy as np
from brian2 import NeuronGroup, linked_var
from brian2.equations.equations import Equations

from ..dense import vector_function
from ..models import units
from . import prediction
from .equations import integrator, start, stored
from .losses import LOSSES
from .setup import Setup
from .timing import FEEDFORWARD, LOAD, TARGET, PlasticityTiming


def input_units(setup: Setup) -> NeuronGroup:
    """Input rates r_0 = x, constant during a presentation."""
    cells = setup.recipe.network.sizes[0] * setup.batch
    rate = setup.phase.roles["rate"]
    group = NeuronGroup(cells, f"{rate} : 1", name="input", clock=setup.clocks.step, namespace=setup.tables)
    group.run_regularly(
        f"{rate} = images(t, i)", clock=setup.clocks.boundary, when="start", order=LOAD, name="input_load"
    )
    return group


def constant_unit(setup: Setup) -> NeuronGroup:
    """One unit whose rate is always 1: the presynaptic side of the biases."""
    rate = setup.phase.roles["rate"]
    group = NeuronGroup(setup.batch, f"{rate} : 1", name="constant", clock=setup.clocks.step)
    setattr(group, rate, 1)
    return group


def samples(setup: Setup) -> NeuronGroup:
    """One cell per sample: its weight in the mean over samples (1/count, 0 if it is left out), and softmax sums."""
    group = NeuronGroup(
        setup.batch,
        "weight : 1\npeak : 1\ntotal : 1",
        name="samples",
        clock=setup.clocks.step,
        namespace=setup.tables,
    )
    load = "weight = sample_weights(t, i)"
    group.run_regularly(load, clock=setup.clocks.boundary, when="start", order=LOAD, name="samples_load")
    return group


def layer(setup: Setup, index: int, timing: PlasticityTiming) -> NeuronGroup:
    """Layer ``index`` (from 1) of three-compartment neurons with the recipe's equations.

    The rate is stored after each update, in the same loop, and so is the plasticity rule's postsynaptic factor, unless
    plasticity acts at the end only, and evaluates it then.
    """
    recipe, phase = setup.recipe, setup.phase
    model, rule = phase.neuron_model, recipe.plasticity_model
    factors = Equations(rule.postsynaptic)
    kept = () if timing.at_end else factors.subexpr_names
    equations, afterwards = stored(Equations(model.equations) + factors, [model.roles["rate"], *kept])
    if prediction.is_late(setup, index, timing):
        equations += prediction.storage(setup)
    double = dtypes(setup)
    group = NeuronGroup(
        recipe.network.sizes[index] * setup.batch,
        equations,
        method=integrator(phase.times.integrator, afterwards, soma=model.roles["soma"], double=double),
        dtype=double,
        name=f"layer{index}",
        clock=setup.clocks.step,
        namespace=namespace(setup, index),
    )
    group.state_updater.order = setup.order.neurons(index)
    group.run_regularly(
        f"{start(equations, model.initial, model.roles['feedback'])}\n{rule.initial}\n{afterwards}",
        clock=setup.clocks.boundary,
        when="start",
        order=FEEDFORWARD + 10 * index + 1,
        name=f"layer{index}_load",
    )
    return group


def namespace(setup: Setup, index: int) -> dict:
    """What the equations of the neurons of layer ``index``, and of the synapses onto them, refer to by name."""
    return {**functions(setup, index), **setup.phase.neuron, **setup.recipe.plasticity}


def dtypes(setup: Setup) -> dict[str, type]:
    """Voltages whose zero is not 0 mV are kept in double precision: beside -55 mV single holds small changes badly."""
    model = setup.phase.neuron_model
    offset = {model.parsed[model.roles[role]].dim for role in model.zero if role in units.VARIABLES}
    return {name: float for name, equation in model.parsed.items() if equation.dim in offset}


def functions(setup: Setup, index: int) -> dict:
    """The activation function of layer ``index`` and its slope, ``phi`` and ``phi_prime``."""
    activation = setup.recipe.activations[index - 1]
    return {"phi": vector_function(activation), "phi_prime": vector_function(f"{activation}_slope")}


def controller(setup: Setup, output: NeuronGroup, samples: NeuronGroup) -> tuple[NeuronGroup, list]:
    """The controller neurons, one per unit of the layer ``output``, and the objects that their target needs."""
    recipe, phase, model = setup.recipe, setup.phase, setup.phase.controller_model
    n_output, roles = recipe.network.sizes[-1], model.roles
    equations, afterwards = stored(model.equations, [roles["control"]])
    equations += Equations("y : 1\npeak : 1 (linked)\ntotal : 1 (linked)")
    group = NeuronGroup(
        n_output * setup.batch,
        equations,
        method=integrator(phase.times.integrator, afterwards),
        name="controller",
        clock=setup.clocks.step,
        namespace={**setup.tables, **phase.controller, "nudge": recipe.learning.nudge, "n_output": n_output},
    )
    setattr(group, roles["output"], linked_var(output, phase.roles["rate"]))
    sample = np.tile(np.arange(setup.batch), n_output)
    group.peak = linked_var(samples, "peak", index=sample)
    group.total = linked_var(samples, "total", index=sample)
    target, objects = LOSSES[recipe.network.loss](setup, group, samples)
    group.run_regularly(
        f"{start(equations, model.initial, roles['control'])}\ny = targets(t, i)\n{target}",
        clock=setup.clocks.boundary,
        when="start",
        order=TARGET + 2,
        name="controller_load",
    )
    return group, objects
