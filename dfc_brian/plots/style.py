"""One look for all figures: colours of Okabe and Ito that differ in lightness too, quiet axes, direct labels."""

from math import floor, log10
from pathlib import Path

import matplotlib
import numpy as np
from brian2.units import ms
from brian2.units.fundamentalunits import DIMENSIONLESS, get_dimensions, get_unit

from dfc_brian.files import replacing

BLACK, BLUE, ORANGE, GREY = "#000000", "#0072B2", "#E69F00", "#8C8C8C"
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
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 10,
    "figure.facecolor": "white",
    "savefig.dpi": 150,
}


def look():
    """A context in which figures get this look; nothing global stays changed."""
    return matplotlib.rc_context(LOOK)


def save(figure, path):
    """Write `figure` to `path`, whole or not at all; its ending names the format (png, pdf, svg)."""
    path = Path(path)
    with replacing(path) as aside:
        figure.savefig(aside, format=path.suffix.removeprefix(".") or "png")
    return path


def scaled(panel, time, curves):
    """Plot (values, look) pairs in units of a power of ten, and return the name of that unit."""
    unit = get_dimensions(curves[0][0])
    largest = max(np.abs(np.asarray(values)).max() for values, _ in curves)
    exponent = floor(log10(largest)) if largest > 0 else 0
    exponent = 0 if exponent in (-1, 0, 1) else exponent
    for values, look in curves:
        panel.plot(time / ms, np.asarray(values) / 10.0**exponent, **look)
    panel.margins(x=0.01, y=0.12)
    panel.locator_params(axis="y", nbins=4)
    panel.axhline(0, color="#DDDDDD", linewidth=0.8, zorder=0)
    names = [f"$10^{{{exponent}}}$"] if exponent else []
    names += [] if unit is DIMENSIONLESS else [str(get_unit(unit))]
    return f"({' '.join(names)})" if names else ""
