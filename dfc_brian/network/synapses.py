"""Synapses between the populations: forward weights W_i, biases b_i, feedback weights Q_i."""

from brian2 import NeuronGroup

from ..dense import Again, DenseSynapses
from ..recipe import Recipe
from .timing import FEEDFORWARD, FLUSH, PLASTICITY, Clocks, StepOrder


def forward(
    recipe: Recipe,
    name: str,
    index: int,
    source: NeuronGroup,
    target: NeuronGroup,
    samples: NeuronGroup,
    batch: int,
    clocks: Clocks,
    order: StepOrder,
    extra: str = "",
) -> list:
    """Plastic synapses onto the basal dendrites of layer ``index``: ``w<i>`` from the layer below, ``b<i>`` from
    the constant unit. Their ``update`` is what the plasticity rule has accumulated in this presentation.

    ``extra`` are further equations, of variables that an optimiser keeps for each synapse.
    """
    roles, rule = recipe.neuron_model.roles, recipe.plasticity_model
    receives = roles["bias" if name.startswith("b") else "feedforward"]
    held = source.name in ("input", "constant")
    synapses = DenseSynapses(
        source,
        target,
        f"w : 1\n{receives}_post = w*r_pre : 1 (summed)\n{rule.synapse}\n{extra}",
        batch=batch,
        method="euler",
        hold=clocks.boundary if held else None,
        sample_weight=(samples, "weight"),
        clock=clocks.step,
        name=name,
        namespace={"presentation": recipe.presentation.states * recipe.presentation.dt, **rule.parameters},
    )
    synapses.state_updater.when, synapses.state_updater.order = "start", PLASTICITY
    drive = synapses.summed_updaters[f"{receives}_post"]
    at_load = FEEDFORWARD + 10 * index
    if held:
        drive.when, drive.order = "start", at_load
        if synapses.hold_updater is not None:
            synapses.hold_updater.when, synapses.hold_updater.order = "start", FLUSH
        return [synapses]
    drive.when, drive.order = "groups", order.drive(index)
    return [synapses, Again(drive, clock=clocks.boundary, when="start", order=at_load, name=f"{name}_load")]


def feedback(
    recipe: Recipe,
    index: int,
    source: NeuronGroup,
    target: NeuronGroup,
    batch: int,
    clocks: Clocks,
    order: StepOrder,
) -> DenseSynapses:
    """Synapses ``q<i>`` from the controller onto the apical dendrites of layer ``index``."""
    receives, sends = recipe.neuron_model.roles["feedback"], recipe.controller_model.roles["control"]
    synapses = DenseSynapses(
        source,
        target,
        f"w : 1\n{receives}_post = w*{sends}_pre : 1 (summed)",
        batch=batch,
        clock=clocks.step,
        name=f"q{index}",
    )
    drive = synapses.summed_updaters[f"{receives}_post"]
    drive.when, drive.order = "groups", order.feedback
    return synapses
