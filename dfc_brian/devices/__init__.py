"""Where a network runs: ``numpy`` (Brian2's runtime), ``cpp`` (C++ standalone) or ``cuda`` (Brian2CUDA, on a GPU).

All turn an `Assembly`, the Brian2 objects of one network, into a `Program` that takes arrays, presents, and
gives arrays back. A program depends on nothing that changes between blocks: data, weights and rates are inputs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from brian2 import Network, Quantity, TimedArray

from ..errors import unknown

DEVICES = ("cpp", "cuda", "numpy")


@dataclass(frozen=True)
class Target:
    """What a program is made for.

    Parameters
    ----------
    device : {"cpp", "cuda", "numpy"}
    precision : {"float64", "float32"}
    compute_capability : float, optional
        Of the GPU, such as 9.0; that of the GPU in this machine by default. For ``cuda``.
    graph : bool
        Whether a time step is one CUDA graph where it can be one. For ``cuda``.
    """

    device: str
    precision: str = "float64"
    compute_capability: float | None = None
    graph: bool = True


@dataclass
class Assembly:
    """Brian2 objects that make one program.

    ``tables`` are the `TimedArray` inputs by name; every array variable of one of the ``objects`` is an input and an
    output under the name ``"<object>.<variable>"``.
    """

    objects: list
    duration: Quantity
    tables: dict[str, TimedArray]


class Program(Protocol):
    """A network that is ready to run as often as one likes, always from the same initial state."""

    cached: bool | None
    """Whether the compiled program was there already; None where nothing is compiled."""
    seconds: float
    """Time that preparing the program took."""

    def run(self, inputs: Mapping[str, np.ndarray], outputs: Iterable[str]) -> dict[str, np.ndarray]:
        """Run once: ``inputs`` are all tables, and initial values (flat or shaped, right size); returns flat arrays."""


def check(target: Target) -> None:
    """`BadInput` for an unknown device, `Unavailable` for one that lacks what it needs here."""
    _compiler(target)


def prepare(target: Target, build: Callable[[], Assembly], identity: Mapping) -> Program:
    """Make a `Program` of what ``build()`` returns.

    Parameters
    ----------
    target
        What it is made for.
    build
        Creates the Brian2 objects; called with the device active, or not at all if a compiled program is found.
    identity
        JSON-able description of everything that ``build`` depends on: two programs with the same identity are the same.

    Raises
    ------
    BadInput
        Unknown device.
    Unavailable
        The device needs a compiler, a GPU or a library that is not there.
    """
    compiler = _compiler(target)
    if compiler is None:
        from .runtime import RuntimeProgram

        return RuntimeProgram(build, target.precision)
    from .standalone import compiled_program

    return compiled_program(compiler, build, identity, target.precision)


def _compiler(target: Target):
    """The `standalone.Compiler` of a target, None where nothing is compiled. Raises as `check`."""
    if target.device not in DEVICES:
        raise unknown("device", target.device, DEVICES)
    if target.device == "numpy":
        return None
    if target.device == "cpp":
        from .cpp import Cpp

        return Cpp()
    from .cuda import Cuda

    return Cuda(target.compute_capability, target.graph)


def array_variables(network: Network) -> dict:
    """All array variables of the objects in a network, by ``"<object>.<variable>"``."""
    from brian2.core.variables import ArrayVariable

    found = {}
    for obj in network.sorted_objects:
        group = getattr(obj, "group", None) or obj
        for owner in (obj, group):
            for variable in getattr(owner, "variables", {}).values():
                if isinstance(variable, ArrayVariable) and variable.owner is not None:
                    found[f"{variable.owner.name}.{variable.name}"] = variable
    return found
