"""The equations of a recipe's network as text."""

from ..recipe import Recipe


def describe(recipe: Recipe) -> str:
    """Equations of neuron, controller and plasticity with the values in use and the paper's symbols."""
    sizes = recipe.network.sizes
    parts = [
        f"Network {'-'.join(map(str, sizes))}, loss {recipe.network.loss}, activations {', '.join(recipe.activations)}"
    ]
    sections = (
        ("Neuron", recipe.neuron_model, recipe.neuron_model.equations, recipe.neuron),
        ("Controller", recipe.controller_model, recipe.controller_model.equations, recipe.controller),
        (
            "Plasticity",
            recipe.plasticity_model,
            f"{recipe.plasticity_model.postsynaptic}\n{recipe.plasticity_model.synapse}",
            recipe.plasticity_model.parameters,
        ),
    )
    for title, model, equations, values in sections:
        parts.append(f"\n{title} '{model.name}': {model.description}")
        parts += [f"    {line.strip()}" for line in equations.strip().splitlines()]
        parts += [
            f"    {name} = {value}" + (f"   ({model.symbols[name]})" if name in model.symbols else "")
            for name, value in values.items()
        ]
    times = recipe.presentation
    parts.append(
        f"\nPresentation: {times.states} states of {times.dt}, integrator {times.integrator}, "
        f"{'proactive' if times.proactive else 'not proactive'}, "
        f"{'instantaneous' if times.instantaneous_transmission else 'delayed by dt'} transmission"
    )
    parts.append(f"Target: r_L* = r_L - {recipe.learning.nudge} dLoss/dr_L")
    return "\n".join(parts)
