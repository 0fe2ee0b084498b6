"""Where a network runs: ``numpy`` (Brian2's runtime) or ``cpp`` (C++ standalone).

Both turn an `Assembly`, the Brian2 objects of one network, into a `Program` that takes arrays, presents, and
gives arrays back. A program depends on nothing that changes between blocks: data, weights and rates are inputs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from brian2 import Network, Quantity, TimedArray

from ..errors import unknown

DEVICES = ("cpp", "numpy")


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
        """Run once: ``inputs`` replace initial values (flat or shaped, right size); returns flat arrays."""


def check(device: str) -> None:
    """`BadInput` for an unknown device, `Unavailable` for one that lacks what it needs here."""
    if device not in DEVICES:
        raise unknown("device", device, DEVICES)
    if device == "cpp":
        from .standalone import check_tools

        check_tools()


def prepare(device: str, build: Callable[[], Assembly], identity: Mapping, precision: str) -> Program:
    """Make a `Program` of what ``build()`` returns.

    Parameters
    ----------
    device
        ``"numpy"`` or ``"cpp"``.
    build
        Creates the Brian2 objects; called with the device active, or not at all if a compiled program is found.
    identity
        JSON-able description of everything that ``build`` depends on: two programs with the same identity are the same.
    precision
        ``"float64"`` or ``"float32"``.

    Raises
    ------
    BadInput
        Unknown device.
    Unavailable
        The device needs a compiler that is not there.
    """
    check(device)
    if device == "numpy":
        from .runtime import RuntimeProgram

        return RuntimeProgram(build, precision)
    from .standalone import compiled_program

    return compiled_program(build, identity, precision)


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
