"""What the basal dendrite predicts from the last rates, for plasticity at the end of a presentation.

Where rates reach the next layer one time step late, the last basal voltage belongs to the rates before the last.
DFC-SS compares soma and basal dendrite at v_b = W r[T-1] + b and v_s = v_b + (v[T-1] - v_b[T-1]) instead
(Meulemans et al. 2021, released code).
"""

from brian2 import NeuronGroup
from brian2.equations.equations import PARAMETER, SUBEXPRESSION, Equations, SingleEquation

from ..dense import Again, DenseSynapses
from ..errors import BadInput
from .setup import Setup
from .timing import PREDICTION, PlasticityTiming

GAP = "gap"


def is_late(setup: Setup, index: int, timing: PlasticityTiming) -> bool:
    """Whether the last basal voltage of layer ``index`` has to be computed once more."""
    return timing.at_end and index > 1 and not setup.phase.times.instantaneous_transmission


def storage(setup: Setup) -> Equations:
    """The variable of the neurons that keeps v - v_b meanwhile."""
    model = setup.phase.neuron_model
    soma = model.parsed[model.roles["soma"]]
    if soma.type == SUBEXPRESSION:
        raise BadInput(
            "dfc-ss without instantaneous transmission sets the soma's voltage at the end of a presentation",
            got=f"{model.where}: {soma}",
            allowed="a soma with a differential equation",
            fix="presentation.instantaneous_transmission = true, or another neuron model",
        )
    return Equations([SingleEquation(PARAMETER, GAP, soma.dim)])


def renew(setup: Setup, layer: NeuronGroup, synapses: DenseSynapses) -> None:
    """At the end of a presentation, move v_b and v of ``layer`` to what the last rates below give."""
    roles, ends = setup.phase.roles, setup.clocks.ends
    soma, predicted = roles["soma"], roles.get("prediction", roles["basal"])
    layer.run_regularly(
        f"{GAP} = {soma} - {predicted}", clock=ends, when="start", order=PREDICTION, name=f"{layer.name}_gap"
    )
    drive = synapses.summed_updaters[f"{roles['feedforward']}_post"]
    Again(drive, clock=ends, when="start", order=PREDICTION + 1, name=f"{synapses.name}_last")
    layer.run_regularly(
        f"{soma} = {predicted} + {GAP}", clock=ends, when="start", order=PREDICTION + 2, name=f"{layer.name}_last"
    )
