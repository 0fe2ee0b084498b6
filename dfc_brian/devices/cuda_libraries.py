"""cuBLAS and cuRAND: in the CUDA toolkit, which often comes without them, or from PyPI."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ..errors import Unavailable
from ..library import cache_folder

HEADERS = {"cublas": "cublas_v2.h", "curand": "curand.h"}


@dataclass(frozen=True)
class Libraries:
    """``files``: cuBLAS and cuRAND. ``include``, ``link``, ``folders``: for compiler, linker, and programs that run."""

    files: tuple[Path, ...]
    include: tuple[Path, ...]
    link: tuple[Path, ...]
    folders: tuple[Path, ...]

    @classmethod
    def find(cls, places: list[Path], version: str) -> "Libraries":
        """For a toolkit of this version that lies in ``places``, folders with ``include`` and ``lib``.

        Raises `Unavailable` naming those that are missing.
        """
        major = version.split(".")[0]
        packages = [place for place in wheels() if place.name in (f"cu{major}", *HEADERS)]
        found = {name: _find(name, header, [*places, *packages], major) for name, header in HEADERS.items()}
        missing = [name for name, library in found.items() if library is None]
        if missing:
            raise _unavailable(missing, places[0], version)
        links = _links(found, places)
        runtime = [folder for place in places for folder in _folders(place) if any(folder.glob("libcudart.so*"))]
        files = tuple(file for _, file in found.values())
        folders = tuple(dict.fromkeys(folder.resolve() for folder in (*(file.parent for file in files), *runtime)))
        include = (links / "include",) if (links / "include").is_dir() else ()
        return cls(files, include, (links / "lib", *folders), folders)


def wheels() -> list[Path]:
    """Folders of NVIDIA's PyPI packages, such as .../site-packages/nvidia/cu13."""
    spec = find_spec("nvidia")
    return [path for top in spec.submodule_search_locations for path in sorted(Path(top).iterdir())] if spec else []


def _folders(place: Path) -> list[Path]:
    names = ("lib64", "lib", f"lib/{os.uname().machine}-linux-gnu")
    return [place / name for name in names if (place / name).is_dir()]


def _find(name: str, header: str, places: list[Path], major: str) -> tuple[Path, Path] | None:
    """The folder of the header and the file of a library, both from the first place that has both."""
    versions = f".{major}" if name == "cublas" else ".*"
    for place in places:
        for folder in _folders(place) if (place / "include" / header).is_file() else ():
            for file in (*folder.glob(f"lib{name}.so"), *sorted(folder.glob(f"lib{name}.so{versions}"))):
                return place / "include", file
    return None


def _links(found: dict[str, tuple[Path, Path]], own: list[Path]) -> Path:
    """A folder of the cache with links under the names that compilers look for: PyPI packages have no lib*.so.

    Of their headers only those of the libraries are linked. The others are of another version than the toolkit's.
    """
    links = {f"lib/lib{name}.so": library for name, (_, library) in found.items()}
    for name, (include, _) in found.items():
        if include.parent not in own:
            links |= {f"include/{header.name}": header for header in include.glob(f"{name}*.h")}
    key = hashlib.sha256("\0".join(f"{name}={file}" for name, file in sorted(links.items())).encode()).hexdigest()[:16]
    folder = cache_folder() / "cuda" / key
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            made = Path(work) / "links"
            for name, file in links.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).symlink_to(file.absolute())
            try:
                made.rename(folder)
            except OSError:  # another process was faster
                if not folder.is_dir():
                    raise
    return folder


def _unavailable(missing: list[str], root: Path, version: str) -> Unavailable:
    major, minor, _ = version.split(".")
    suffix = "-cu12" if major == "12" else ""
    pip = " ".join(f"nvidia-{name}{suffix}" for name in missing)
    conda = " ".join(f"lib{name}-dev" for name in missing)
    apt = " ".join(f"lib{name}-dev-{major}-{minor}" for name in missing)
    return Unavailable(
        "the cuda device needs the libraries cuBLAS and cuRAND",
        got=f"no {' and no '.join(missing)} of CUDA {major} in {root} or among Python's packages",
        fix=f"pip install {pip}, or conda install -c nvidia {conda}, or NVIDIA's apt install {apt}",
    )
