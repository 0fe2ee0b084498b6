"""All Brian2 objects of a recipe's network asleep: feedback weights learn from noise (Meulemans et al. 2021)."""

from collections.abc import Collection

import numpy as np

from ..dense import DenseSynapses, Recorder
from ..recipe import Recipe
from . import asleep, noise, populations, readings
from .assembly import NetworkAssembly
from .counter import counter
from .phase import Phase
from .setup import Setup
from .timing import OPTIMISER, RECORD_START


def assemble(
    recipe: Recipe,
    batch: int,
    minibatches: int = 1,
    record: Collection[str] | None = None,
    given: bool = False,
    optimiser=None,
    frozen: Collection[str] = (),
) -> NetworkAssembly:
    """Build the network that sleeps.

    Parameters
    ----------
    recipe
        What to build; its table ``sleep`` holds the models, constants and times.
    batch
        Samples at once, B. Of each the network replays the forward pass.
    minibatches
        Sleep phases that follow one another, K; each reads its row of the tables ``images`` and ``sample_weights``.
    record
        Variables to record at every state, beside all compartments and the control signal; by default nothing is.
    given
        Whether noise comes from tables ``layer<i>_normals`` (T-1, n_i*B), for one minibatch, and not from a key.
    optimiser
        What changes the feedback weights at the end of a sleep phase, as `dfc_brian.learning.feedback_adam`. Without
        one, ``q<i>.kept`` is the update at the end of the last phase, or, of an online rule, the weight.
    frozen
        Names of feedback synapses that an online rule leaves alone.
    """
    setup = Setup(recipe, Phase.sleep(recipe), batch, minibatches)
    roles, layers = setup.phase.roles, range(1, len(recipe.network.sizes))
    key = noise.key(setup)
    groups = {
        "input": populations.input_units(setup),
        "constant": populations.constant_unit(setup),
        "samples": populations.samples(setup),
        **{f"layer{i}": asleep.layer(setup, i) for i in layers},
    }
    groups["controller"] = asleep.controller(setup, groups[f"layer{layers[-1]}"])

    connections, tables = {}, {name: setup.tables[name] for name in ("images", "sample_weights")}
    below = groups["input"]
    for i in layers:
        here = groups[f"layer{i}"]
        connections[f"w{i}"] = asleep.forward(setup, f"w{i}", i, below, here, roles["feedforward"], held=i == 1)
        connections[f"b{i}"] = asleep.forward(setup, f"b{i}", i, groups["constant"], here, roles["bias"], held=True)
        unit = setup.phase.scale.declared("q")
        extra = optimiser.equations(unit) if optimiser else f"kept : {unit if setup.phase.rule.online else 1}"
        learns = not (setup.phase.rule.online and f"q{i}" in frozen)
        connections[f"q{i}"] = asleep.feedback(
            setup, i, groups["controller"], here, groups["samples"], extra=extra, learns=learns
        )
        if given:
            table = noise.given(setup, i, here)
            tables[table.name] = table
        elif "noise" in roles:
            noise.drawn(setup, i, here, key)
        below = here

    feedback = [connections[f"q{i}"] for i in layers]
    objects = [key, *groups.values(), *connections.values(), counter(setup)]
    objects += optimiser.attach(feedback, setup.clocks) if optimiser else _keep(setup, feedback)
    if record is not None:
        objects += readings.every_state(setup, groups, record)
        objects.append(_target(setup, groups))
    return NetworkAssembly(objects, setup.clocks.duration, tables, groups, connections)


def _keep(setup: Setup, feedback: list[DenseSynapses]) -> list:
    """What has been learned when a sleep phase ends is put aside: the program goes on for one more step."""
    learned = "w" if setup.phase.rule.online else "update"
    for synapses in feedback:
        synapses.run_regularly(
            f"kept = {learned}", clock=setup.clocks.ends, when="start", order=OPTIMISER, name=f"{synapses.name}_keep"
        )
    return []


def _target(setup: Setup, groups: dict) -> Recorder:
    wanted = {"target": setup.phase.controller_model.roles["target"]}
    place = dict(clock=setup.clocks.boundary, when="start", order=RECORD_START)
    return Recorder(groups["controller"], wanted, setup.minibatches, **place, name="at_start")


def inputs(x: np.ndarray, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The inputs of a program of one minibatch: samples ``x`` (B, n_in) and weights, as `Scale.inputs` gives them."""
    return {
        "images.values": x.T,
        "sample_weights.values": np.full(len(x), 1 / len(x)),
        **weights,
    }
