"""All generated CUDA sources of a program as one.

nvcc needs 15 s for each source that Brian2CUDA writes, and 14 of them for the headers of Thrust and cuRAND, which all
include: together they need hardly longer than one.
"""

import re
from pathlib import Path

NAME = "program.cu"
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b.*$", re.MULTILINE)
FUNCTION = re.compile(r"^void\s+(_\w+)\s*\(\s*\)\s*\{", re.MULTILINE)


def merge(folder: Path) -> None:
    """Write ``folder/program.cu``: includes first, then each code object in a namespace of its own, then the rest."""
    includes, parts = {}, []
    for path in sorted(folder.glob("code_objects/*.cu")):
        text = _without_includes(path, folder, includes)
        space = f"in_{path.stem}"
        callers = "".join(f"void {name}() {{ {space}::{name}(); }}\n" for name in FUNCTION.findall(text))
        parts.append(f"namespace {space} {{\n{text}\n}}\n{callers}")
    rest = [path for path in folder.glob("*.cu") if path.name != NAME]
    for path in sorted(rest, key=lambda path: (path.name == "rand.cu", path.name)):  # it opens namespaces for all
        parts.append(_without_includes(path, folder, includes))
    (folder / NAME).write_text("\n".join([*includes, *parts]))


def _without_includes(path: Path, folder: Path, includes: dict[str, None]) -> str:
    """The text with its lines numbered as they were; what it includes is added to ``includes``."""
    text = path.read_text()
    includes.update(dict.fromkeys(line.strip() for line in INCLUDE.findall(text)))
    return f'#line 1 "{path.relative_to(folder)}"\n{INCLUDE.sub("", text)}'
