"""The models and recipes that ship with dfc_brian: where they are and what they are called."""

import os
from pathlib import Path

from platformdirs import user_cache_path

from dfc_brian.errors import BadInput, unknown


def folder(name: str) -> Path:
    """The folder of shipped files ``name`` ("runs" or, for instance, "models/neurons").

    In an installed wheel it lies inside the package, in a checkout or an editable install beside it.
    """
    package = Path(__file__).resolve().parent
    inside = package / "shipped" / name
    return inside if inside.is_dir() else package.parent / name


def names(kind: str) -> tuple[str, ...]:
    """The names (sorted tuple of str) of the shipped files in folder ``kind``."""
    return tuple(sorted(path.stem for path in folder(kind).glob("*.toml")))


def find(kind: str, name_or_path: str | Path, what: str) -> Path:
    """The file (Path) of a shipped name or of a user's own path.

    Whatever ends in .toml or contains a folder is a path, anything else a name in folder ``kind``.
    Raises `BadInput` naming ``what`` ("recipe", "neuron model") with the nearest name if there is none.
    """
    path = Path(name_or_path).expanduser()
    if path.suffix != ".toml" and len(path.parts) == 1:
        if path.name not in names(kind):
            raise unknown(what, name_or_path, names(kind))
        return folder(kind) / f"{path.name}.toml"
    if not path.is_file():
        raise BadInput(
            f"{what} file {path} does not exist" if not path.exists() else f"{what} {path} is not a file",
            fix=f"give a .toml file or one of the names {', '.join(names(kind))}",
        )
    return path


def cache_folder() -> Path:
    """Where downloads are kept: ``$DFC_BRIAN_CACHE``, or the platform's cache folder of the user (Path)."""
    return Path(os.environ.get("DFC_BRIAN_CACHE") or user_cache_path("dfc_brian")).resolve()
