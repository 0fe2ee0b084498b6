"""Our C++ and CUDA headers in code objects.

A `Function` is Brian2's public way of giving a code object headers and libraries (``compiler_kwds``).
"""

import hashlib
import re
from pathlib import Path

from brian2.core.functions import Function

INCLUDE = str(Path(__file__).parent / "include")


def header_code(*names):
    """A comment with the digests of our headers, and of ours that they include: code changes whenever they change."""
    names, lines = list(names), []
    for name in names:  # which grows meanwhile
        text = (Path(INCLUDE) / name).read_bytes()
        names += [n for n in re.findall(r'#include "(dense_\w+\.h)"', text.decode()) if n not in names]
        lines.append(f"// {name} {hashlib.sha256(text).hexdigest()[:16]}\n")
    return "".join(lines)


def implement(function, target, name, *headers, **keywords):
    """Give a `Function` the implementation ``name`` in our ``headers`` for a target, ``"cpp"`` or ``"cuda"``."""
    included = {"headers": [f'"{header}"' for header in headers], "include_dirs": [INCLUDE]}
    function.implementations.add_implementation(
        target, code=header_code(*headers), name=name, compiler_kwds={**included, **keywords}
    )


def template_function():
    """A `Function` that no abstract code calls, but templates do."""
    return Function(lambda: None, arg_units=[], return_unit=1, arg_types=[], return_type="float")
