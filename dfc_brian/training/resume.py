"""Which run ``--resume`` goes on with."""

from pathlib import Path

from ..errors import BadInput
from ..recipe import Recipe
from ..results import load_run
from . import checkpoint


def find(recipe: Recipe, out: str | Path | None) -> Path | None:
    """The folder of the run to go on with; None if one has to be begun.

    ``out``, if there is a run in it; by default the newest run of this recipe in ./runs/<recipe>/ that is not done, or
    else the newest that is.

    Raises
    ------
    BadInput
        The run in ``out`` has another recipe, or was written by another version; it names what differs.
    CorruptData
        Its checkpoint is damaged.
    """
    if out is not None:
        path = Path(out).expanduser()
        if not (path / "recipe.toml").is_file():
            return None
        checkpoint.read(path, recipe)
        checkpoint.check_recipe(path / "recipe.toml", _text(path / "recipe.toml"), recipe)
        return path
    found = sorted(Path("runs", recipe.name).glob("*/recipe.toml"), key=lambda file: -file.stat().st_mtime_ns)
    same = [file.parent for file in found if _same(file, recipe)]
    return next((path for path in same if not done(path)), same[0] if same else None)


def recipe_of(folder: str | Path, overrides: dict | None = None, preset: str | None = None) -> Recipe:
    """The recipe of the run in a folder. Raises `BadInput` if there is none, or one of another version."""
    path = Path(folder).expanduser()
    if not (path / "recipe.toml").is_file():
        raise BadInput(
            f"there is no run in {path} to go on with",
            fix="name a recipe, and one begins there: python -m dfc_brian.run RECIPE --resume --out DIR",
        )
    checkpoint.read(path)
    return Recipe.load(path / "recipe.toml", overrides, preset)


def done(folder: Path) -> bool:
    """Whether the run in the folder came to its end."""
    return load_run(folder).status["state"] == "done"


def _same(file: Path, recipe: Recipe) -> bool:
    try:
        return not checkpoint.differences(_text(file), recipe)
    except ValueError:
        return False  # damaged: no run to go on with


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
