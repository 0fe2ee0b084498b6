"""What a compiled program depends on, as a short text."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).parent.parent


@cache
def _code() -> str:
    """Digest of the sources that generated code follows from."""
    digest = hashlib.sha256()
    files = (p for part in ("dense", "devices", "learning", "models", "network") for p in (PACKAGE / part).rglob("*"))
    for path in sorted(p for p in files if p.suffix in {".py", ".cpp", ".cu", ".h"}):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def fingerprint(description: Mapping) -> str:
    """A key that changes with the description, this package, Brian2 and numpy."""
    versions = {name: version(name) for name in ("brian2", "numpy")}
    everything = {**description, "code": _code(), "versions": versions}
    return hashlib.sha256(json.dumps(everything, sort_keys=True, default=str).encode()).hexdigest()[:20]
