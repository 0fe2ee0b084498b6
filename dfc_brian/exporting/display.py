"""The units in which numbers are written: mV, pA, Hz, ms, and SI base units for what is none of these."""

import numpy as np
from brian2 import Hz, amp, farad, ms, mV, nS, pA, pF, second, siemens, volt
from brian2.units.fundamentalunits import DIMENSIONLESS, get_dimensions

SHOWN = {volt.dim: ("mV", mV), amp.dim: ("pA", pA), siemens.dim: ("nS", nS), farad.dim: ("pF", pF)}
SHOWN |= {second.dim: ("ms", ms), Hz.dim: ("Hz", Hz)}
BASE = ("m", "kg", "s", "A", "K", "mol", "cd")


def unit(values) -> str:
    """The unit in which values are shown: "mV"; "1" without dimensions."""
    dimensions = get_dimensions(values)
    if dimensions is DIMENSIONLESS:
        return "1"
    if dimensions in SHOWN:
        return SHOWN[dimensions][0]
    powers = zip(BASE, dimensions._dims, strict=True)
    return "*".join(f"{name}**{power:g}" if power != 1 else name for name, power in powers if power)


def scale(values) -> float:
    """What one of the `unit` is in SI base units."""
    dimensions = get_dimensions(values)
    return float(SHOWN[dimensions][1]) if dimensions in SHOWN else 1.0


def number(values) -> np.ndarray:
    """Values as numbers of their `unit`."""
    plain = np.asarray(values, dtype=float)
    factor = scale(values)
    return plain if factor == 1 else plain / factor
