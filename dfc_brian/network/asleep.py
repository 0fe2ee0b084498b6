"""The parts of a sleeping network that differ from those of a network that is awake.

Neurons receive noise, the controller's target is the network's own output, and the synapses that learn are those from
the controller onto the apical dendrites. Their rule sees the apical voltage before and the control signal after a
step, v_i^fb[t] and u[t+1] (Meulemans et al. 2021, released code): noise comes first, and then what answers it.
"""

from brian2 import NeuronGroup, linked_var
from brian2.equations.equations import Equations

from ..dense import DenseSynapses
from . import populations
from .equations import integrator, start, stored
from .setup import Setup
from .synapses import place_drive
from .timing import FEEDFORWARD, TARGET


def namespace(setup: Setup, index: int) -> dict:
    """What the equations of the neurons of layer ``index``, and of the synapses onto them, refer to by name."""
    phase = setup.phase
    constants = phase.neuron | (phase.neuron_output if index == len(setup.recipe.activations) else {})
    return {**populations.functions(setup, index), **constants, **phase.rule.parameters}


def layer(setup: Setup, index: int) -> NeuronGroup:
    """Layer ``index`` (from 1) of neurons.

    The apical voltage is stored, so that plasticity finds that of the last step.
    """
    phase, roles, rule = setup.phase, setup.phase.roles, setup.phase.rule
    factors = Equations(rule.postsynaptic)
    equations, before = stored(Equations(phase.neuron_model.equations) + factors, [roles["apical"]])
    equations, afterwards = stored(equations, [roles["rate"], *factors.subexpr_names])
    double = populations.dtypes(setup)
    group = NeuronGroup(
        setup.recipe.network.sizes[index] * setup.batch,
        equations,
        method=integrator(phase.times.integrator, afterwards, soma=roles["soma"], before=before, double=double),
        dtype=double,
        name=f"layer{index}",
        clock=setup.clocks.step,
        namespace=namespace(setup, index),
    )
    group.state_updater.order = setup.order.neurons(index)
    silent = [roles[role] for role in ("feedback", "noise") if role in roles]
    begin = start(equations, f"{before}\n{phase.neuron_model.initial}".strip(), *silent)
    group.run_regularly(
        f"{begin}\n{rule.initial}\n{afterwards}",
        clock=setup.clocks.boundary,
        when="start",
        order=FEEDFORWARD + 10 * index + 1,
        name=f"layer{index}_load",
    )
    return group


def controller(setup: Setup, output: NeuronGroup) -> NeuronGroup:
    """The controller neurons, one for each unit of the layer ``output``, which hold it where it is at state 0."""
    phase, model = setup.phase, setup.phase.controller_model
    roles = model.roles
    equations, afterwards = stored(model.equations, [roles["control"]])
    group = NeuronGroup(
        setup.recipe.network.sizes[-1] * setup.batch,
        equations,
        method=integrator(phase.times.integrator, afterwards),
        name="controller",
        clock=setup.clocks.step,
        namespace=dict(phase.controller),
    )
    setattr(group, roles["output"], linked_var(output, phase.roles["rate"]))
    group.run_regularly(
        f"{start(equations, model.initial, roles['control'])}\n{roles['target']} = {roles['output']}",
        clock=setup.clocks.boundary,
        when="start",
        order=TARGET,
        name="controller_load",
    )
    return group


def forward(
    setup: Setup, name: str, index: int, source: NeuronGroup, target: NeuronGroup, receives: str, held: bool
) -> DenseSynapses:
    """Synapses ``name`` from ``source`` onto the basal dendrites of layer ``index``; they do not learn.

    ``held``: the source is constant while the network sleeps, and need be multiplied only once.
    """
    unit = setup.phase.scale.declared(name)
    synapses = DenseSynapses(
        source,
        target,
        f"w : {unit}\n{receives}_post = w*{setup.phase.roles['rate']}_pre : {unit} (summed)",
        batch=setup.batch,
        hold=setup.clocks.boundary if held else None,
        clock=setup.clocks.step,
        name=name,
    )
    place_drive(setup, synapses, receives, index, held)
    return synapses


def feedback(
    setup: Setup,
    index: int,
    source: NeuronGroup,
    target: NeuronGroup,
    samples: NeuronGroup,
    *,
    extra: str = "",
    learns: bool = True,
) -> DenseSynapses:
    """Synapses ``q<index>`` from the controller onto the apical dendrites of layer ``index``.

    They learn by the rule of the phase, or not at all. ``extra``: further equations, what an optimiser keeps for each
    synapse.
    """
    phase, rule, times = setup.phase, setup.phase.rule, setup.phase.times
    receives, sends = phase.roles["feedback"], phase.controller_model.roles["control"]
    scale, unit = phase.scale, phase.scale.declared("q")
    own = scale.rule("q", rule.synapse) if learns else ""
    weight = "" if learns and rule.online else f"w : {unit}\n"
    synapses = DenseSynapses(
        source,
        target,
        f"{weight}{receives}_post = w*{sends}_pre : {unit} (summed)\n{own}\n{extra}",
        batch=setup.batch,
        method="euler",
        sample_weight=(samples, "weight"),
        clock=setup.clocks.step,
        name=f"q{index}",
        namespace={
            "presentation": (times.states - 1) * times.dt,
            **namespace(setup, index),
            **scale.namespace("q"),
        },
    )
    if learns:
        synapses.state_updater.when, synapses.state_updater.order = "groups", setup.order.plasticity
    drive = synapses.summed_updaters[f"{receives}_post"]
    drive.when, drive.order = "groups", setup.order.feedback
    return synapses
