"""Synapses between the populations: forward weights W_i, biases b_i, feedback weights Q_i."""

from brian2 import NeuronGroup

from ..dense import Again, DenseSynapses
from ..models import PlasticityModel
from .populations import namespace
from .setup import Setup
from .timing import FEEDFORWARD, FLUSH, PLASTICITY, PlasticityTiming


def plastic(
    setup: Setup,
    name: str,
    index: int,
    source: NeuronGroup,
    target: NeuronGroup,
    samples: NeuronGroup,
    timing: PlasticityTiming,
    *,
    receives: str,
    held: bool,
    extra: str = "",
) -> DenseSynapses:
    """Synapses ``name`` from ``source`` onto the basal dendrites of layer ``index`` that learn by the recipe's rule.

    Their ``update`` is what the rule has accumulated in this presentation; an online rule moves their ``w`` instead.

    Parameters
    ----------
    receives
        The target's variable that the synapses fill.
    held
        Whether the source is constant during a presentation (the input, the constant unit of the biases) and need be
        multiplied only once.
    extra
        Further equations: what an optimiser keeps for each synapse.
    """
    rule, clocks = setup.recipe.plasticity_model, setup.clocks
    rate, scale = setup.phase.roles["rate"], setup.phase.scale
    unit = scale.declared(name)
    weight = "" if rule.online else f"w : {unit}\n"
    held = held and not rule.online and not _refers_to_itself(rule)
    synapses = DenseSynapses(
        source,
        target,
        f"{weight}{receives}_post = w*{rate}_pre : {unit} (summed)\n{scale.rule(name, rule.synapse)}\n{extra}",
        batch=setup.batch,
        method="euler",
        hold=clocks.boundary if held else None,
        steps=timing.steps,
        sample_weight=(samples, "weight"),
        clock=clocks.step,
        name=name,
        namespace={"presentation": timing.presentation, **namespace(setup, index), **scale.namespace(name)},
    )
    synapses.state_updater.when, synapses.state_updater.order = "start", PLASTICITY
    if synapses.hold_updater is not None:
        synapses.hold_updater.when, synapses.hold_updater.order = "start", FLUSH
    place_drive(setup, synapses, receives, index, held)
    return synapses


def place_drive(setup: Setup, synapses: DenseSynapses, receives: str, index: int, held: bool) -> None:
    """When ``synapses`` fill the variable ``receives`` of layer ``index``: at state 0, and unless held in each step."""
    drive, at_load = synapses.summed_updaters[f"{receives}_post"], FEEDFORWARD + 10 * index
    if held:
        drive.when, drive.order = "start", at_load
    else:
        drive.when, drive.order = "groups", setup.order.drive(index)
        Again(drive, clock=setup.clocks.boundary, when="start", order=at_load, name=f"{synapses.name}_load")


def _refers_to_itself(rule: PlasticityModel) -> bool:
    """Whether a change depends on the synapse itself (a decay, say): then it must be computed in every step."""
    equations = rule.parsed_synapse
    own = {"w", *equations}
    return any(own & equation.identifiers for equation in equations.values() if equation.expr is not None)


def feedback(setup: Setup, index: int, source: NeuronGroup, target: NeuronGroup) -> DenseSynapses:
    """Synapses ``q<i>`` from the controller onto the apical dendrites of layer ``index``."""
    receives, sends = setup.phase.roles["feedback"], setup.phase.controller_model.roles["control"]
    unit = setup.phase.scale.declared("q")
    synapses = DenseSynapses(
        source,
        target,
        f"w : {unit}\n{receives}_post = w*{sends}_pre : {unit} (summed)",
        batch=setup.batch,
        clock=setup.clocks.step,
        name=f"q{index}",
    )
    drive = synapses.summed_updaters[f"{receives}_post"]
    drive.when, drive.order = "groups", setup.order.feedback
    return synapses
