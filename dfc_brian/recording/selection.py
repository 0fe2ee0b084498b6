"""What table [traces] of a recipe selects: in which phases, and which variables and units of which groups."""

from typing import NamedTuple

import numpy as np

from dfc_brian.methods import METHODS
from dfc_brian.models import variables
from dfc_brian.network.phase import Phase
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
    """What a phase records, by group: ``layer<i>`` and, where it is at work, ``controller``.

    With the soma comes what the basal dendrite predicts of it, where the neuron model has a variable for that.
    """
    wanted, sizes = recipe.traces, recipe.network.sizes
    simulated = _simulated(recipe, phase)
    cells = variables.of_neurons(simulated.neuron_model, simulated.rule)
    cells = _with_prediction(_named(wanted, cells), simulated.roles)
    layers = range(1, len(sizes)) if wanted.layers == "all" else sorted(wanted.layers)
    groups = {f"layer{i}": (cells, wanted.units, sizes[i]) for i in layers}
    if phase != "feedforward":
        groups["controller"] = (_named(wanted, variables.of_controller(simulated.controller_model)), "all", sizes[-1])
    chosen = {
        group: Chosen(found, np.arange(n) if units == "all" else np.array([i for i in units if i < n], dtype=int))
        for group, (found, units, n) in groups.items()
    }
    return {group: each for group, each in chosen.items() if each.names and len(each.unit)}


def names(recipe: Recipe, phase: str) -> tuple[str, ...]:
    """All variables that a phase records."""
    return tuple(dict.fromkeys(name for each in select(recipe, phase).values() for name in each.names))


def absent(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """The variables that ``traces`` names and no model of a phase has, by phase; without control, none of control."""
    missing = {}
    for phase in phases(recipe):
        simulated = _simulated(recipe, phase)
        cells = variables.of_neurons(simulated.neuron_model, simulated.rule)
        known = {*cells, *variables.of_controller(simulated.controller_model)}
        missing[phase] = tuple(name for name in recipe.traces.variables if name not in known)
    return missing


def _simulated(recipe, phase):
    return Phase.sleep(recipe) if phase == "sleep" else Phase.presentation(recipe)


def _named(wanted, known):
    """The names in ``wanted.variables`` of ``known`` variables, each once."""
    return tuple(name for name in dict.fromkeys(wanted.variables) if name in known)


def _with_prediction(names, roles):
    """``names``, and with the soma the role "prediction", unless it is among them by this name or its variable's."""
    if "prediction" not in roles:
        return names
    soma, predicted = ({role, roles[role]} & {*names} for role in ("soma", "prediction"))
    return (*names, "prediction") if soma and not predicted else names
