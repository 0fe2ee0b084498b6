"""Losses as Brian2 statements: each moves the output target down its own gradient.

r_L* = r_L - nudge * dLoss/dr_L, with Loss the mean over the true samples of a minibatch (Meulemans et al. 2021,
eq. 3). ``y`` is the wanted output (one-hot for labels), ``counts(t)`` the number of true samples.
"""

from brian2 import NeuronGroup

from ..dense import Reduce
from .setup import Setup
from .timing import TARGET


def cross_entropy(setup: Setup, controller: NeuronGroup, samples: NeuronGroup) -> tuple[str, list]:
    """Softmax cross-entropy of the output rates (logits); dLoss/dr = (softmax(r) - y)/count."""
    r, target = _roles(setup)
    common = dict(per_sample=True, batch=setup.batch, clock=setup.clocks.boundary, when="start")
    objects = [
        Reduce(controller, r, into=(samples, "peak"), op="max", order=TARGET, name="softmax_peak", **common),
        Reduce(
            controller, f"exp({r} - peak)", into=(samples, "total"), order=TARGET + 1, name="softmax_total", **common
        ),
    ]
    return f"{target} = {r} - nudge*(exp({r} - peak)/total - y)/counts(t)", objects


def mse(setup: Setup, controller: NeuronGroup, samples: NeuronGroup) -> tuple[str, list]:
    """Mean squared error over all units and true samples; dLoss/dr = 2 (r - y)/(count n_L)."""
    r, target = _roles(setup)
    return f"{target} = {r} - nudge*2*({r} - y)/(counts(t)*n_output)", []


def _roles(setup: Setup) -> tuple[str, str]:
    roles = setup.phase.controller_model.roles
    return roles["output"], roles["target"]


LOSSES = {"cross_entropy": cross_entropy, "mse": mse}
