"""What happened while the network slept, and how it is found out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from brian2 import Quantity, second

from ..devices import Program, prepare
from ..errors import BadInput
from ..recorded import Recorded
from . import readings
from .identity import identity_asleep
from .noise import words
from .phase import Phase
from .shown import Layered
from .sleep import assemble, inputs


@dataclass(frozen=True, repr=False)
class Slept(Layered):
    """One sleep phase, all T states of it.

    Attributes
    ----------
    time : Quantity, (T,)
    control : (T, batch, n_L), the control signal u(t)
    target : (batch, n_L), the output target r_L*: the network's own output without noise
    updates : ``q<i>`` (n_i, n_L): the mean over samples and the T-1 steps of what the plasticity rule gives,
        -v_i^fb[t] u[t+1]^T for the rule anti_hebbian, without scale, decay, clip and Adam. A rule that is online moves
        the weights themselves: then the change that they would have made
    """

    time: Quantity
    target: np.ndarray
    updates: dict[str, np.ndarray]
    traces: dict[str, Recorded]


def sleep(
    network, x: np.ndarray, noise: Mapping[str, np.ndarray] | None, stream: int, record: Collection[str]
) -> Slept:
    """As `Network.sleep`."""
    recipe, phase, x = network.recipe, Phase.sleep(network.recipe), network.inputs(x)
    batch, states = len(x), phase.times.states
    values = inputs(x, phase.scale.inputs(network.weights))
    if noise is None:
        if isinstance(stream, bool) or not isinstance(stream, Integral) or stream < 0:
            raise BadInput("stream must be a whole number", got=repr(stream), allowed=">= 0")
        values["noise_key.word"] = words(recipe.train.seed, "sleep", int(stream))
    else:
        values |= _tables(noise, phase, (states - 1, batch), recipe.network.sizes[1:])
    recorded = readings.wanted(phase, len(recipe.network.sizes) - 1, record)
    feedback = [name for name in network.weights if name.startswith("q")]
    names = [*readings.keys(recorded), "at_start.rec_target", *(f"{name}.kept" for name in feedback)]
    found = _program(network, batch, noise is not None, record).run(values, names)

    def trace(key):  # rows of cells (T, unit*batch + sample) as (time, batch, unit)
        return found[key].reshape(states, -1, batch).swapaxes(1, 2)

    updates = {name: found[f"{name}.kept"].reshape(network.weights[name].shape) for name in feedback}
    if phase.rule.online:
        updates = {name: phase.scale.read(name, kept) for name, kept in updates.items()}
        updates = {name: kept - network.weights[name].astype(kept.dtype) for name, kept in updates.items()}
    return Slept(
        time=np.arange(states) * float(phase.times.dt) * second,
        target=found["at_start.rec_target"].reshape(-1, batch).T,
        updates=updates,
        traces=readings.read(recorded, trace),
    )


def _program(network, batch: int, given: bool, record: Collection[str]) -> Program:
    recipe, key = network.recipe, ("sleep", batch, given, *record)
    if key not in network._programs:
        network._programs[key] = prepare(
            network.target,
            lambda: assemble(recipe, batch, record=record, given=given),
            {"sleep": batch, "given": given, "record": list(record), **identity_asleep(recipe)},
        )
    return network._programs[key]


def _tables(noise: Mapping, phase: Phase, shape: tuple[int, int], units: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The inputs for noise that is given, checked: (T-1, batch, n_i) for each layer."""
    if "noise" not in phase.roles:
        fix = 'name the variable of the noise: roles.noise = "..."'
        raise BadInput("the neuron receives no noise", got=phase.neuron_model.where, fix=fix)
    wanted = {f"layer{i}": (*shape, n) for i, n in enumerate(units, start=1)}
    if not isinstance(noise, Mapping) or set(noise) != set(wanted):
        got = sorted(map(str, noise)) if isinstance(noise, Mapping) else type(noise).__name__
        raise BadInput("noise must be a dict of one array for each layer", got=got, allowed=list(wanted))
    tables = {}
    for layer, expected in wanted.items():
        try:
            values = np.asarray(noise[layer], dtype=float)
        except (TypeError, ValueError) as error:
            raise BadInput(f"noise of {layer} must be an array of numbers", got=str(error)) from None
        if values.shape != expected:
            allowed = f"{expected}: steps, samples, units"
            raise BadInput(f"noise of {layer} does not fit", got=f"shape {values.shape}", allowed=allowed)
        if not np.isfinite(values).all():
            raise BadInput(f"noise of {layer} is not finite", got=f"{np.sum(~np.isfinite(values))} NaN or infinite")
        tables[f"{layer}_normals.values"] = values.swapaxes(1, 2)
    return tables
