"""Groups of cells: the input, the layers of neurons, the controller. A group of n units has n*batch cells."""

import numpy as np
from brian2 import NeuronGroup, linked_var
from brian2.equations.equations import Equations

from ..dense import vector_function
from ..recipe import Recipe
from .equations import integrator, stored
from .losses import LOSSES
from .timing import FEEDFORWARD, LOAD, TARGET, Clocks, StepOrder


def input_population(n_input: int, batch: int, images, clocks: Clocks) -> NeuronGroup:
    """Input rates r_0 = x, constant during a presentation."""
    group = NeuronGroup(n_input * batch, "r : 1", name="input", clock=clocks.step, namespace={"images": images})
    group.run_regularly("r = images(t, i)", clock=clocks.boundary, when="start", order=LOAD, name="input_load")
    return group


def constant_unit(batch: int, clocks: Clocks) -> NeuronGroup:
    """One unit whose rate is always 1: the presynaptic side of the biases."""
    group = NeuronGroup(batch, "r : 1", name="constant", clock=clocks.step)
    group.r = 1
    return group


def sample_population(batch: int, weights, clocks: Clocks) -> NeuronGroup:
    """One cell per sample: its weight in the mean over samples (1/count, or 0 if it is left out), and softmax sums."""
    group = NeuronGroup(
        batch,
        "weight : 1\npeak : 1\ntotal : 1",
        name="samples",
        clock=clocks.step,
        namespace={"sample_weights": weights},
    )
    group.run_regularly(
        "weight = sample_weights(t, i)", clock=clocks.boundary, when="start", order=LOAD, name="samples_load"
    )
    return group


def layer(recipe: Recipe, index: int, batch: int, clocks: Clocks, order: StepOrder) -> NeuronGroup:
    """Layer ``index`` (from 1) of three-compartment neurons with the recipe's equations.

    The rate and the plasticity rule's postsynaptic factor are stored after each update, in the same loop.
    """
    model, rule = recipe.neuron_model, recipe.plasticity_model
    factors = Equations(rule.postsynaptic)
    equations, afterwards = stored(Equations(model.equations) + factors, [model.roles["rate"], *factors.subexpr_names])
    group = NeuronGroup(
        recipe.network.sizes[index] * batch,
        equations,
        method=integrator(recipe.presentation.integrator, afterwards),
        name=f"layer{index}",
        clock=clocks.step,
        namespace={"phi": vector_function(recipe.activations[index - 1]), **recipe.neuron, **rule.parameters},
    )
    group.state_updater.order = order.neurons(index)
    group.run_regularly(
        f"{model.roles['feedback']} = 0*{model.roles['feedback']}\n{model.initial}\n{afterwards}",
        clock=clocks.boundary,
        when="start",
        order=FEEDFORWARD + 10 * index + 1,
        name=f"layer{index}_load",
    )
    return group


def controller(recipe: Recipe, output: NeuronGroup, samples: NeuronGroup, batch: int, tables: dict, clocks: Clocks):
    """The controller neurons, one per output unit, and the objects that its target needs.

    Returns
    -------
    group, objects
        The `NeuronGroup` and a list of further Brian2 objects.
    """
    model, n_output = recipe.controller_model, recipe.network.sizes[-1]
    roles = model.roles
    equations, afterwards = stored(model.equations, [roles["control"]])
    equations += Equations("y : 1\npeak : 1 (linked)\ntotal : 1 (linked)")
    group = NeuronGroup(
        n_output * batch,
        equations,
        method=integrator(recipe.presentation.integrator, afterwards),
        name="controller",
        clock=clocks.step,
        namespace={**tables, **recipe.controller, "nudge": recipe.learning.nudge, "n_output": n_output},
    )
    setattr(group, roles["output"], linked_var(output, recipe.neuron_model.roles["rate"]))
    sample = np.tile(np.arange(batch), n_output)
    group.peak = linked_var(samples, "peak", index=sample)
    group.total = linked_var(samples, "total", index=sample)
    target, objects = LOSSES[recipe.network.loss](group, samples, batch, clocks)
    group.run_regularly(
        f"{model.initial}\n{roles['control']} = 0\ny = targets(t, i)\n{target}",
        clock=clocks.boundary,
        when="start",
        order=TARGET + 2,
        name="controller_load",
    )
    return group, objects
