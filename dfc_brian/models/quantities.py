"""Quantities as text ("10 ms", "0.5 nS/mV"), read without evaluating anything."""

import math
import numbers
import re

from brian2.core.namespace import DEFAULT_UNITS
from brian2.units import ms, second
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity, get_dimensions, get_unit

from dfc_brian.errors import BadInput, nearest

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_UNIT = r"[A-Za-z_]\w*(?:(?:\*\*|\^)[+-]?\d{1,2})?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})((?:\s*[*/]?\s*{_UNIT}(?:(?:\s*[*/]\s*|\s+){_UNIT})*)?)\s*")
_FACTOR = re.compile(r"(/?)\s*([A-Za-z_]\w*)(?:(?:\*\*|\^)([+-]?\d+))?")
_UNITS = {**DEFAULT_UNITS, "s": second}
_BASE_UNITS = ("metre", "kilogram", "second", "amp", "kelvin", "mole", "candle")


def parse(value, what: str = "value") -> Quantity | float:
    """A number, Brian2 Quantity or text as a finite scalar Quantity, or a float if it has no unit.

    Text is a number and then units of Brian2 joined by ``*``, ``/`` or a space, with whole powers:
    "10 ms", "3/second", "2.5 uF/cm**2". `BadInput` names ``what`` and, for a unit, the nearest one.
    """
    if isinstance(value, str):
        quantity = _parse_text(value, what)
    elif isinstance(value, Quantity) and value.shape == ():
        quantity = value
    elif isinstance(value, numbers.Real) and not isinstance(value, bool):
        quantity = float(value)
    else:
        raise BadInput(f"{what} is not a quantity", got=value, allowed='a number, or text such as "10 ms"')
    if not math.isfinite(float(quantity)):
        raise BadInput(f"{what} is not finite", got=str(value))
    return float(quantity) if get_dimensions(quantity) is DIMENSIONLESS else Quantity(quantity)


def parse_as(value, dimensions, what: str = "value") -> Quantity | float:
    """`parse`, and `BadInput` unless the result has these ``dimensions`` (given as Dimension or Quantity)."""
    quantity = parse(value, what)
    wanted = get_dimensions(dimensions)
    if get_dimensions(quantity) != wanted:
        raise BadInput(f"{what} has the wrong unit", got=to_text(quantity), allowed=_unit_name(wanted))
    return quantity


def to_text(quantity: Quantity | float) -> str:
    """Text that `parse` turns back into exactly ``quantity``, a scalar Quantity or number: "10 ms", "0.5"."""
    if get_dimensions(quantity) is DIMENSIONLESS:
        return repr(float(quantity))
    unit = ms if quantity.dim == ms.dim else quantity.get_best_unit()
    number = float(quantity) / float(unit)
    candidates = (f"{number:.{digits}g} {name}" for name in (str(unit), repr(unit)) for digits in (12, 15, 17))
    exact = (text for text in candidates if _reads_back(text, quantity))
    return next(exact, f"{float(quantity)!r} {_base_unit(quantity.dim)}")


def short(quantity: Quantity | float) -> str:
    """Text in four digits for messages and captions: "5.263 ms"."""
    if get_dimensions(quantity) is DIMENSIONLESS:
        return f"{float(quantity):.4g}"
    unit = ms if quantity.dim == ms.dim else quantity.get_best_unit()
    return f"{float(quantity) / float(unit):.4g} {unit}"


def _parse_text(text, what):
    parts = _QUANTITY.fullmatch(text)
    if not parts:
        raise BadInput(f"{what} is not a quantity", got=text, allowed='a number, or text such as "10 ms", "3/second"')
    unit = 1.0
    for division, name, power in _FACTOR.findall(parts[2]):
        exponent = int(power or 1)
        unit = unit * _unit(name, what, text) ** (-exponent if division else exponent)
    return float(parts[1]) * unit


def _unit(name, what, text):
    if name in _UNITS:
        return _UNITS[name]
    similar = nearest(name, _UNITS)
    raise BadInput(
        f"{what} has an unknown unit '{name}'",
        got=text,
        allowed="the units of Brian2, such as ms, second, mV, nS, pF",
        fix=similar and f"did you mean '{similar}'?",
    )


def _unit_name(dimensions):
    if dimensions is DIMENSIONLESS:
        return "a number without unit"
    return f"a unit such as {ms if dimensions == ms.dim else repr(get_unit(dimensions))}"


def unit_text(dimensions):
    """The SI unit with these dimensions as it stands in equations: "volt", or "1" without dimensions."""
    return "1" if dimensions is DIMENSIONLESS else repr(get_unit(dimensions))


def _base_unit(dimensions):
    return "*".join(
        f"{unit}**{power:g}" if power != 1 else unit
        for unit, power in zip(_BASE_UNITS, dimensions._dims, strict=True)
        if power
    )


def _reads_back(text, quantity):
    try:
        back = parse(text)
    except BadInput:
        return False
    return get_dimensions(back) == quantity.dim and float(back) == float(quantity)
