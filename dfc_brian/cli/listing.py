"""``--list``: what can be run. It reads the recipes without importing Brian2."""

from dfc_brian import library, toml_text
from dfc_brian.methods import METHODS


def text():
    """The recipes with their variants and presets, and the methods, as lines of text."""
    lines = ["Recipes"]
    for name in library.names("runs"):
        recipe = toml_text.read(library.folder("runs") / f"{name}.toml")
        lines.append(f"  {name:<20}{recipe.get('description', '')}")
        lines += _variants(recipe)
        for preset, values in recipe.get("preset", {}).items():
            lines.append(f"    --preset {preset:<9}{values.get('description', '')}")
            lines += _variants(values)
    lines += ["", "Methods"]
    for name, method in METHODS.items():
        kinds = f"feedback {' or '.join(method.feedback)}" if method.feedback else "no feedback weights"
        lines.append(f"  {name:<20}{method.description}; {kinds}")
    return "\n".join(lines)


def _variants(table):
    """A line with the methods and kinds of feedback for which a recipe or preset has constants of their own."""
    names = table.get("variant")
    return [f"{'':22}constants of their own: {', '.join(names)}"] if names else []
