"""``--list``: what can be run. It reads recipes and models without importing Brian2."""

from dfc_brian import library, toml_text
from dfc_brian.methods import METHODS

MODELS = {
    "Neuron models (network.neuron, sleep.neuron)": "models/neurons",
    "Controller models (network.controller, sleep.controller)": "models/controllers",
    "Plasticity models (learning.rule, sleep.rule)": "models/plasticity",
}


def text():
    """Recipes with their variants and presets, methods, and models with their sets of parameters, as lines of text."""
    lines = ["Recipes"]
    for name in library.names("runs"):
        recipe = toml_text.read(library.folder("runs") / f"{name}.toml")
        lines.append(_entry(name, recipe.get("description", "")))
        lines += _variants(recipe)
        for preset, values in recipe.get("preset", {}).items():
            lines.append(_entry(f"  --preset {preset}", values.get("description", "")))
            lines += _variants(values)
    lines += ["", "Methods"]
    for name, method in METHODS.items():
        kinds = f"feedback {' or '.join(method.feedback)}" if method.feedback else "no feedback weights"
        lines.append(_entry(name, f"{method.description}; {kinds}"))
    for title, folder in MODELS.items():
        lines += ["", title]
        for name in library.names(folder):
            model = toml_text.read(library.folder(folder) / f"{name}.toml")
            lines.append(_entry(name, _first_line(model.get("description", ""))))
            lines += _further("sets of parameters", (f":{chosen}" for chosen in model.get("sets", {})))
    return "\n".join(lines)


def _entry(name, description):
    return f"  {name:<20}{description}" if len(name) < 20 else f"  {name}\n{'':22}{description}"


def _first_line(description):
    return description.strip().partition("\n")[0].rstrip(".:")


def _variants(table):
    """A line with the methods and kinds of feedback for which a recipe or preset has constants of their own."""
    return _further("constants of their own", table.get("variant", ()))


def _further(what, names):
    names = ", ".join(names)
    return [f"{'':22}{what}: {names}"] if names else []
