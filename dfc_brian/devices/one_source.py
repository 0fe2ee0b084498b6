"""All generated sources of a program as one.

Nearly all of a compiler's time goes into headers: nvcc needs 15 s for each source that Brian2CUDA writes, and 14 of
them for the headers of Thrust and cuRAND; g++ 0.3 s, and hardly less for the standard library. All sources include
them: together they need little longer than one.
"""

import re
from pathlib import Path

INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b.*$", re.MULTILINE)
FUNCTION = re.compile(r"^void\s+(_\w+)\s*\(\s*\)\s*\{", re.MULTILINE)


def merge(folder: Path, suffix: str) -> str:
    """Write includes, then each code object in a namespace of its own, then the rest, to one file; returns its name."""
    merged, includes, parts = f"program.{suffix}", {}, []
    for path in sorted(folder.glob(f"code_objects/*.{suffix}")):
        text = _without_includes(path, folder, includes)
        space = f"in_{path.stem}"
        callers = "".join(f"void {name}() {{ {space}::{name}(); }}\n" for name in FUNCTION.findall(text))
        parts.append(f"namespace {space} {{\n{text}\n}}\n{callers}")
    rest = [path for path in folder.glob(f"*.{suffix}") if path.name != merged]
    for path in sorted(rest, key=lambda path: (path.stem == "rand", path.name)):  # it opens namespaces for all
        parts.append(_without_includes(path, folder, includes))
    (folder / merged).write_text("\n".join([*includes, *parts]))
    return merged


def _without_includes(path: Path, folder: Path, includes: dict[str, None]) -> str:
    """The text with its lines numbered as they were; what it includes is added to ``includes``."""
    text = path.read_text()
    includes.update(dict.fromkeys(line.strip() for line in INCLUDE.findall(text)))
    return f'#line 1 "{path.relative_to(folder)}"\n{INCLUDE.sub("", text)}'
