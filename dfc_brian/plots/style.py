"""One look for all figures: colours of Okabe and Ito that differ in lightness too, quiet axes, direct labels."""

from pathlib import Path

import matplotlib

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
