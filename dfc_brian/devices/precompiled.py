"""A precompiled header with the standard headers that every generated source includes: halves the compile time."""

import hashlib
import os
import subprocess
from pathlib import Path

from brian2.codegen.cpp_prefs import get_compiler_and_args

HEADERS = """algorithm chrono climits cmath cstdlib ctime fstream functional iostream iterator list map numeric queue
random set string tuple unordered_map utility vector assert.h inttypes.h stdint.h stdlib.h""".split()


def precompiled_header(folder: Path) -> Path | None:
    """Path of a header to ``-include``, compiled for the compiler and flags in use; None where that does not work.

    Only standard headers: the project's own change, and cblas.h depends on macros that code objects define.
    """
    kind, flags = get_compiler_and_args()
    if kind != "unix":
        return None
    compiler = os.environ.get("CXX", "g++")
    about = subprocess.run([compiler, "-v"], capture_output=True, text=True).stderr
    target = subprocess.run([compiler, "-Q", "--help=target", *[f for f in flags if f.startswith("-m")]],
                            capture_output=True, text=True).stdout
    if "clang" in about:
        return None
    text = "".join(f"#include <{name}>\n" for name in HEADERS)
    key = hashlib.sha256("\0".join([about, target, text, *flags]).encode()).hexdigest()[:16]
    header = folder / key / "standard.h"
    compiled = Path(f"{header}.gch")
    if compiled.exists():
        return header
    try:
        header.parent.mkdir(parents=True, exist_ok=True)
        temporary = header.parent / f"{os.getpid()}.h"
        temporary.write_text(text)
        temporary.replace(header)
        built = header.parent / f"{os.getpid()}.gch"
        command = [compiler, "-x", "c++-header", *flags, str(header), "-o", str(built)]
        if subprocess.run(command, capture_output=True).returncode:
            return None
        built.replace(compiled)  # two builds at once: the last one wins, both are right
    except OSError:
        return None
    return header
