"""What a file says of where its numbers come from."""

from datetime import datetime

from ..environment import version
from ..network.describe import describe
from .content import Content


def about(content: Content) -> dict[str, str]:
    """Title, run, date, units, equations, recipe and version, as text."""
    run, recipe = content.run, content.recipe
    return {
        "title": recipe.description or recipe.name,
        "run": run.folder.resolve().name,
        "date": run.status["time"],
        "method": f"{recipe.learning.method}, {recipe.learning.feedback} feedback, seed {recipe.train.seed}",
        "units": content.text,
        "equations": describe(recipe),
        "recipe": recipe.to_toml(),
        "dfc_brian": version(),
    }


def when(content: Content) -> datetime:
    """When the run had recorded the last of it."""
    return datetime.fromisoformat(content.run.status["time"])
