"""The C++ compiler of this machine, and what other commands tell."""

import os
import shlex
import shutil
import subprocess
from functools import cache
from typing import NamedTuple

from ..errors import Unavailable


class Told(NamedTuple):
    """What a command has told, and whether it ``failed``."""

    failed: bool
    out: str
    err: str


@cache
def ask(*command: str) -> Told:
    """Run a command, the same one once."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        return Told(True, "", str(error))
    return Told(done.returncode != 0, done.stdout.strip(), done.stderr.strip())


def compiler() -> list[str]:
    """The command of the C++ compiler: ``$CXX``, which may have arguments, or g++."""
    return shlex.split(os.environ.get("CXX", "")) or ["g++"]


def compiler_version() -> str:
    """Version and target of the C++ compiler."""
    return ask(*compiler(), "-v").err


def check_tools(device: str) -> None:
    """`Unavailable` without a C++ compiler and make, which ``device`` needs."""
    for tool in (compiler()[0], "make"):
        if shutil.which(tool) is None:
            raise Unavailable(
                f"the {device} device needs a C++ compiler and make",
                got=f"no '{tool}' on this machine",
                fix="install them (Debian: apt install g++ make), or use --device numpy",
            )
