"""How long the controller takes until the output of each recorded test image stays at its target."""

import numpy as np
from brian2.units import ms
from brian2.units.fundamentalunits import Quantity, get_dimensions
from matplotlib.ticker import FixedLocator

from dfc_brian.plots import presented, style
from dfc_brian.plots.figure import Figure

WITHIN = 0.05
"""The output has settled when its distance from the target stays below this part of what it was at first."""

LOOKS = (
    {"color": style.ORANGE, "marker": "o", "markerfacecolor": "white", "markeredgewidth": 1.6, "markersize": 8},
    {"color": style.BLACK, "marker": "o", "markersize": 5},
)
CAPTION = """\
Left: the distance of the output from its target, ||r* {minus} r(t)||, as a part of what it was when the controller \
set in, for each of the {count} recorded test images: orange before learning, black after. Right: the settling time \
of each, after which it stays below {within:.0%} (dashed). Triangles at the top: not settled when the presentation \
ended."""


def settling_time(time, output, target, within=WITHIN):
    """When the outputs have come to stay close to their targets.

    Parameters
    ----------
    time : (T,) Quantity or array
    output : (T, batch, n_L)
    target : (batch, n_L)
    within : float
        Close: nearer, in Euclidean distance, than this part of the distance at state 0.

    Returns
    -------
    (batch,) in the unit of ``time``
        The first moment from which on the output stays close; inf if it is not close at the end.
    """
    far = ~(relative_distance(output, target) < within)
    first = np.where(far.any(axis=0), len(far) - far[::-1].argmax(axis=0), 0)  # behind the last far state
    settled = np.append(np.asarray(time, dtype=float), np.inf)[first]
    return Quantity(settled, dim=get_dimensions(time))


def relative_distance(output, target):
    """||r* - r(t)|| / ||r* - r(0)||, (T, batch), of outputs (T, batch, n_L); 0 where there is no way to go."""
    with np.errstate(all="ignore"):
        distance = np.linalg.norm(target - output, axis=-1)
        return np.where(distance[0] > 0, distance / distance[0], 0.0)


def draw(run):
    """Distance from the target against time, and the settling time of each image, before and after learning.

    Parameters
    ----------
    run : Run
        With traces of at least one presentation.

    Raises
    ------
    BadInput
        Nothing like this was recorded.
    """
    shown = presented.first_and_last(run)
    last = next(reversed(shown.values()))
    caption = CAPTION.format(count=len(last.image), within=WITHIN, minus=style.MINUS)
    figure = Figure((9, 3.6), "Settling time of each test image", caption)
    with style.look():
        distance, times = figure.subplots(1, 2, width_ratios=[1, 1 if len(last.image) < 20 else 1.6])
        for (tag, presentation), look in zip(shown.items(), LOOKS[-len(shown) :], strict=True):
            _distance(distance, presentation, look)
            _times(times, presentation, look, presented.when(tag))
        distance.axhline(WITHIN, color=style.GREY, linestyle=(0, (5, 3)), linewidth=1, zorder=0)
        settled = {"textcoords": "offset points", "ha": "right", "fontsize": 9, "color": "#595959"}
        distance.annotate(f"settled: below {WITHIN:.0%}", (1, WITHIN), (0, 3), ("axes fraction", "data"), **settled)
        distance.set(title="Distance from the target", xlabel="time (ms)", ylabel="relative distance", yscale="log")
        times.set(title="Settling time", xlabel="test image", ylabel="settling time (ms)")
        _name(times, last)
        times.legend(loc="lower right", fontsize=9)
    return figure


def _distance(panel, presentation, look):
    distance = relative_distance(presentation.output, presentation.target)
    panel.plot(presentation.time / ms, distance, color=look["color"], linewidth=1)
    panel.margins(x=0.01)


def _times(panel, presentation, look, label):
    longest = presentation.time[-1] / ms
    settled = settling_time(presentation.time, presentation.output, presentation.target) / ms
    place = np.arange(len(settled))
    never = ~np.isfinite(settled)
    panel.plot(place[~never], settled[~never], linestyle="none", label=label, **look)
    late = {"label": f"{label}, not by the end", "marker": "^"} if never.any() else {}
    panel.plot(place[never], np.full(never.sum(), longest), linestyle="none", **look | late)
    panel.set_ylim(0, 1.08 * longest if never.any() else max(panel.get_ylim()[1], 1.3 * settled.max(initial=0)))


def _name(panel, presentation):
    """Numbers of the images below, as many as there is room for."""
    place = np.arange(len(presentation.image))[:: -(-len(presentation.image) // 16)]
    panel.xaxis.set_major_locator(FixedLocator(place))
    panel.set_xticklabels(presentation.image[place])
    panel.set_xlim(-0.6, len(presentation.image) - 0.4)
    panel.grid(axis="y", color="#E6E6E6", linewidth=0.7)
    panel.set_axisbelow(True)
