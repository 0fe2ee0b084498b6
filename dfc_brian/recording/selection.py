"""What table [traces] of a recipe selects: in which phases, and which variables and units of which groups."""

from typing import NamedTuple

import numpy as np

from dfc_brian.methods import METHODS
from dfc_brian.models import ControllerModel, NeuronModel, PlasticityModel, variables
from dfc_brian.recipe import Recipe

PHASES = ("feedforward", "controlled", "sleep")


class Chosen(NamedTuple):
    """What is recorded of a group: ``names`` of variables, and the numbers of the units, (n,) int."""

    names: tuple[str, ...]
    unit: np.ndarray


def phases(recipe: Recipe) -> tuple[str, ...]:
    """The phases that a run records; none where the method has no controller or there is nothing to record."""
    controlled = "learned" in METHODS[recipe.learning.method].feedback
    wanted = recipe.traces
    return tuple(phase for phase in PHASES if controlled and wanted.images and wanted.when and phase in wanted.phases)


def select(recipe: Recipe, phase: str) -> dict[str, Chosen]:
    """What a phase records, by group: ``layer<i>`` and, where it is at work, ``controller``."""
    wanted, sizes = recipe.traces, recipe.network.sizes
    cells, controls = _known(recipe, phase)
    layers = range(1, len(sizes)) if wanted.layers == "all" else sorted(wanted.layers)
    groups = {f"layer{i}": (cells, wanted.units, sizes[i]) for i in layers}
    if phase != "feedforward":
        groups["controller"] = (controls, "all", sizes[-1])
    chosen = {
        group: Chosen(
            tuple(name for name in dict.fromkeys(wanted.variables) if name in known),
            np.arange(n) if units == "all" else np.array([i for i in units if i < n], dtype=int),
        )
        for group, (known, units, n) in groups.items()
    }
    return {group: each for group, each in chosen.items() if each.names and len(each.unit)}


def names(recipe: Recipe, phase: str) -> tuple[str, ...]:
    """All variables that a phase records."""
    return tuple(dict.fromkeys(name for each in select(recipe, phase).values() for name in each.names))


def absent(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """The variables that ``traces`` names and no model of a phase has, by phase; without control, none of control."""
    return {
        phase: tuple(name for name in recipe.traces.variables if not any(name in group for group in found))
        for phase in phases(recipe)
        for found in [_known(recipe, phase)]
    }


def _known(recipe, phase):
    """The variables of neurons, and those of the controller, that are simulated in a phase."""
    models = recipe.neuron_model, recipe.plasticity_model, recipe.controller_model
    if phase == "sleep":
        asleep = recipe.sleep
        models = NeuronModel.of(asleep.neuron), PlasticityModel.of(asleep.rule), ControllerModel.of(asleep.controller)
    return variables.of_neurons(*models[:2]), variables.of_controller(models[2])
