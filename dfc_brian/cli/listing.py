"""``--list``: what can be run. It reads the recipes without importing Brian2."""

from dfc_brian import library, toml_text
from dfc_brian.methods import METHODS


def text():
    """The recipes with their presets, and the methods, as lines of text."""
    lines = ["Recipes"]
    for name in library.names("runs"):
        recipe = toml_text.read(library.folder("runs") / f"{name}.toml")
        lines.append(f"  {name:<16}{recipe.get('description', '')}")
        for preset, values in recipe.get("preset", {}).items():
            lines.append(f"    --preset {preset:<16}{values.get('description', '')}")
    lines += ["", "Methods"]
    for name, method in METHODS.items():
        lines.append(f"  {name:<16}{method.description}; feedback {', '.join(method.feedback)}")
    return "\n".join(lines)
