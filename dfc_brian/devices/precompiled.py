"""A precompiled header with the standard headers that every generated source includes: halves the compile time."""

import hashlib
import os
import subprocess
from pathlib import Path

from brian2.codegen.cpp_prefs import get_compiler_and_args

from .host import compiler, compiler_version

HEADERS = (
    "algorithm chrono climits cmath cstdlib ctime fstream functional iostream iterator list map numeric queue random "
    "set string tuple unordered_map utility vector assert.h inttypes.h stdint.h stdlib.h"
)


class PrecompiledHeader:
    """A header to ``-include``, compiled in the background for the compiler and flags in use.

    Only standard headers: the project's own change, and cblas.h depends on macros that code objects define. Where it
    cannot be made, compiling is only slower: a header that is not compiled is simply read.
    """

    def __init__(self, folder: Path, more_flags: list[str]):
        kind, flags = get_compiler_and_args()
        flags = [*flags, *more_flags]
        self.path, self._build = None, None
        if kind != "unix" or "clang" in compiler_version():
            return
        machine = [flag for flag in flags if flag.startswith("-m")]
        target = subprocess.run([*compiler(), "-Q", "--help=target", *machine], capture_output=True, text=True).stdout
        text = "".join(f"#include <{name}>\n" for name in HEADERS.split())
        key = hashlib.sha256("\0".join([compiler_version(), target, text, *flags]).encode()).hexdigest()[:16]
        path = folder / key / "standard.h"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                temporary = path.with_name(f"{os.getpid()}.h")
                temporary.write_text(text)
                temporary.replace(path)
        except OSError:
            return
        self.path, self._compiled = path, Path(f"{path}.gch")
        if not self._compiled.exists():
            self._temporary = path.with_name(f"{os.getpid()}.gch")
            command = [*compiler(), "-x", "c++-header", *flags, str(path), "-o", str(self._temporary)]
            self._build = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait(self) -> list[str]:
        """The flags that use the header, once it is compiled. Of two builds the last one wins, and both are right."""
        if self._build is not None and self._build.wait() == 0:
            self._temporary.replace(self._compiled)
        self._build = None
        return [f'-include"{self.path}"'] if self.path else []
