"""The equations of a recipe's network as text."""

from ..models.quantities import short
from ..physical import map_of
from ..recipe import Recipe
from .phase import Phase


def describe(recipe: Recipe) -> str:
    """Equations of neuron, controller and plasticity with the values in use and the paper's symbols.

    Where feedback weights learn, also those of the phase in which the network sleeps.
    """
    sizes = recipe.network.sizes
    parts = [
        f"Network {'-'.join(map(str, sizes))}, loss {recipe.network.loss}, activations {', '.join(recipe.activations)}",
        *_phase(Phase.presentation(recipe), recipe.plasticity, "", "Presentation"),
        f"Target: r_L* = r_L - {recipe.learning.nudge} dLoss/dr_L",
        *_map(recipe),
    ]
    if recipe.learning.feedback == "learned":
        asleep = Phase.sleep(recipe)
        parts += [*_phase(asleep, asleep.rule.parameters, " asleep", "Sleep"), "Target: r_L* = r_L without noise"]
        parts += [f"Output layer: {name} = {value}" for name, value in asleep.neuron_output.items()]
    return "\n".join(parts)


def _phase(phase: Phase, plasticity: dict, when: str, title: str) -> list[str]:
    rule, times, parts = phase.rule, phase.times, []
    sections = (
        ("Neuron", phase.neuron_model, phase.neuron_model.equations, phase.neuron),
        ("Controller", phase.controller_model, phase.controller_model.equations, phase.controller),
        ("Plasticity", rule, f"{rule.postsynaptic}\n{rule.synapse}", plasticity),
    )
    for kind, model, equations, values in sections:
        parts.append(f"\n{kind}{when} '{model.name}': {model.description}")
        parts += [f"    {line.strip()}" for line in equations.strip().splitlines()]
        parts += [
            f"    {name} = {value}" + (f"   ({model.symbols[name]})" if name in model.symbols else "")
            for name, value in values.items()
        ]
        if kind == "Neuron":
            constants, parsed = model.constants(values), model.parsed
            parts += [f"    {name} = {short(value)}   (= {parsed[name].expr})" for name, value in constants.items()]
    parts.append(
        f"\n{title}: {times.states} states of {times.dt}, integrator {times.integrator}, "
        f"{'proactive' if times.proactive else 'not proactive'}, "
        f"{'instantaneous' if times.instantaneous_transmission else 'delayed by dt'} transmission"
    )
    return parts


def _map(recipe: Recipe) -> list[str]:
    """What the dimensionless numbers are in mV, Hz and pA."""
    found, roles = map_of(recipe), recipe.neuron_model.roles
    if not found.own:
        return [f"In mV and Hz, by the exact map of dfc_brian.physical: {found.text}"]
    lines = ["", "Exact map to the dimensionless model: value = zero + unit * number"]
    for role in found.unit:
        what = {"rate": "firing rate", "time": "time"}.get(role) or f"{role} {roles[role]}"
        lines.append(f"    {what} = {found.formula(role)}")
    return lines
