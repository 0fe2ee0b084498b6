"""One look for all figures: colours of Okabe and Ito that differ in lightness too, quiet axes, direct labels."""

import re
from contextlib import contextmanager
from math import floor, log10

import matplotlib
import numpy as np
from brian2.units import ms
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity, get_dimensions
from cycler import cycler
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

BLACK, BLUE, ORANGE, GREY = "#000000", "#0072B2", "#E69F00", "#8C8C8C"
COLOURS = (BLACK, ORANGE, BLUE, "#009E73", "#D55E00", "#56B4E9", "#CC79A7", GREY)
ALL = {"color": "#B3B3B3", "linewidth": 0.9}
ONE = {"color": BLACK, "linewidth": 2.2}
"""Curves of all units, and of the one that matters."""
MINUS = "\N{MINUS SIGN}"
FAINT = 0.1
"""Panels of a row have one scale, unless what is in one is less than this part of what is in another."""
LOOK = {
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.edgecolor": "#444444",
    "axes.titlecolor": "#222222",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "axes.prop_cycle": cycler(color=COLOURS),
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 10,
    "figure.facecolor": "white",
    "savefig.dpi": 150,
    "pdf.fonttype": 42,  # text stays text
}


@contextmanager
def look():
    """A context in which figures get this look, and numbers may overflow; nothing global stays changed."""
    with matplotlib.rc_context(LOOK), np.errstate(over="ignore", invalid="ignore"):
        yield


def scaled(panel, time, curves):
    """Plot (values, look) pairs in a unit that suits the largest, and return its name, such as "(µV)"."""
    scale, name = unit_of(*(values for values, _ in curves))
    for values, look in curves:
        panel.plot(time / ms, np.asarray(values) / scale, **look)
    quiet(panel)
    return f"({name})" if name else ""


def in_row(panels, time, columns):
    """Plot a list of (values, look) pairs into each panel of a row, to one scale (`units_of`); return their units."""
    units = units_of([[values for values, _ in curves] for curves in columns])
    for panel, curves, (scale, _) in zip(panels, columns, units, strict=True):
        for values, look in curves:
            panel.plot(time / ms, np.asarray(values) / scale, **look)
        quiet(panel)
    level(panels, units)
    return [f"({name})" if name else "" for _, name in units]


def units_of(columns):
    """A unit, as of `unit_of`, for each list of arrays: one object for all, or their own if some are `FAINT`."""
    sizes = [largest(column) for column in columns]
    if min(sizes) < FAINT * max(sizes):
        return [unit_of(*column) for column in columns]
    return [unit_of(*(each for column in columns for each in column))] * len(columns)


def level(panels, units):
    """The same limits for all panels of a row if they have `one_scale`."""
    if not one_scale(panels, units):
        return
    low, high = zip(*(panel.get_ylim() for panel in panels), strict=True)
    for panel in panels:
        panel.set_ylim(min(low), max(high))


def one_scale(panels, units):
    """Whether the panels of a row have one scale, as their units (`units_of`) have it; if not, each says so."""
    one = all(unit is units[0] for unit in units)
    for panel in () if one else panels:
        panel.set_title("a scale of its own", loc="right", fontsize=8, style="italic")
    return one


def quiet(panel):
    """Few numbers on the vertical axis, room above the curves, and a line at zero."""
    panel.margins(x=0.01, y=0.12)
    panel.locator_params(axis="y", nbins=4)
    panel.axhline(0, color="#DDDDDD", linewidth=0.8, zorder=0)


def height(panel, heights):
    """A logarithmic axis for values that differ much, with plain numbers if they are few; else one from zero."""
    least, most = min(heights), max(heights)
    if least > 0 and most > 8 * least:
        panel.set_yscale("log")
        panel.set_ylim(least / 1.15, most * 1.15)
        if most < 2000 * least and least > 1e-3:
            panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.yaxis.set_major_formatter(ScalarFormatter())
        panel.yaxis.set_minor_formatter(NullFormatter())
    else:
        panel.set_ylim(0, 1.08 * most or 1)
    panel.grid(axis="y", color="#E6E6E6", linewidth=0.7)
    panel.set_axisbelow(True)


def unit_of(*values):
    """(scale, name): arrays of the same dimensions, divided by scale, are easily read numbers in the unit "µV".

    Without dimensions, a power of ten, or nothing where none is needed.
    """
    dimensions = get_dimensions(values[0])
    if dimensions is not DIMENSIONLESS:
        unit = Quantity(largest(values), dim=dimensions).get_best_unit()
        return float(unit), re.sub("^u", "µ", str(unit))
    most = largest(values)
    exponent = floor(log10(most)) if most > 0 else 0
    return (1.0, "") if exponent in (-1, 0, 1) else (10.0**exponent, f"$10^{{{exponent}}}$")


def largest(values):
    """The largest finite magnitude in some arrays, without its unit; 0 if there is none."""
    numbers = np.concatenate([np.ravel(np.asarray(each)) for each in values])
    return np.abs(numbers[np.isfinite(numbers)]).max(initial=0)


def number(value, digits=3):
    """A scalar with its unit in so many digits, such as "−54.3 mV" or "1.7 × 10⁻⁵" (in matplotlib's notation)."""
    scale, name = unit_of(value) if get_dimensions(value) is not DIMENSIONLESS else (1.0, "")
    mantissa, _, exponent = f"{float(value) / scale:.{digits}g}".replace("-", MINUS).partition("e")
    if exponent:
        power = int(exponent.replace(MINUS, "-"))
        mantissa += rf" $\times 10^{{{power}}}$"
    return f"{mantissa} {name}".strip()
