"""The compartments of one neuron per layer while one test image is shown, before and after learning.

The apical dendrite moves a neuron by a thousandth of its voltage or less. So each panel shows what changes:
differences from the state before control sets in, where the feedback is zero.
"""

from collections.abc import Mapping
from math import isqrt

import numpy as np
from brian2.units import ms
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from dfc_brian.errors import BadInput
from dfc_brian.plots import presented, style
from dfc_brian.plots.figure import Figure
from dfc_brian.units import Units

COMPARTMENTS = {
    "soma": {"color": style.BLACK, "linewidth": 2.2},
    "basal": {"color": style.BLUE, "linestyle": (0, (4, 1.5))},
    "apical": {"color": style.ORANGE},
}
MISMATCH = {"color": "#D9D9D9", "linewidth": 0, "label": "soma beyond its prediction"}
EARLY, MOST = 20, 2.5
"""The apical voltage may leave a panel in one part of so many of the time, if it is so many times as large there."""

CAPTION = """\
{image}, shown to the network before and after learning: how the compartments of one neuron of each layer move once \
the controller sets in at 0 ms. The apical dendrite carries the feedback, the basal dendrite the drive from below. \
Grey is what the basal dendrite does not predict of the soma, and what its synapses learn to predict.{predicted}\
{neurons} The panels of a row have one scale, unless they say otherwise."""
PREDICTED = " What it predicts is its own change, attenuated on the way to the soma."
FAR, UNBOUNDED = 5, (
    " Nothing in the model bounds a voltage: far from {zero} it is such as no cell has, above all in the output layer, "
    "which is linear."
)
"""Said where a soma is so many units of the activation function away from its middle."""
LIVELIEST = " Of the recorded neurons, these are the ones whose apical voltage moves most."


def draw(run, image=None, neurons=None, units="physical"):
    """A column before and one after learning, a row per layer.

    Parameters
    ----------
    run : Run
        With traces of at least one presentation.
    image : int, optional
        Number of a recorded test image; by default one that learning has put right.
    neurons : dict, optional
        The number of a recorded neuron by layer, such as {"layer1": 12}; by default the liveliest of each layer.
    units : {"physical", "dimensionless"}

    Raises
    ------
    BadInput
        Nothing like this was recorded.
    """
    one, scale = presented.OneImage.of(run, image), Units(run.recipe, units)
    shown, last, sample = one.shown, one.last, one.sample
    chosen = _neurons(last, sample, neurons)
    size = (0.6 + 4.6 * len(shown), 1.1 + 1.6 * len(chosen))
    predicted, which = PREDICTED if scale.physical else "", "" if neurons else LIVELIEST
    caption = CAPTION.format(image=one.name, predicted=predicted, neurons=which)
    somata = [each[layer].soma[:, sample, index] for each in shown.values() for layer, index in chosen.items()]
    caption += _far(scale, somata)
    figure = Figure(size, one.title("Voltages of soma and dendrites"), caption, scale)
    with style.look():
        head, body = figure.subfigures(2, 1, height_ratios=[0.7, 0.4 + 1.6 * len(chosen)])
        _head(head, last, sample, one.name, scale.symbol)
        panels = body.subplots(len(chosen), len(shown), sharex=True, squeeze=False)
        for row, (layer, index) in zip(panels, chosen.items(), strict=True):
            _row(row, shown.values(), layer, index, sample, scale)
        one.columns(panels)
        body.align_ylabels()
    return figure


def _far(scale, somata):
    """A sentence for the caption if some of these voltages, shown in mV, are far from those of cells."""
    if not scale.physical or style.largest([scale.map.dimensionless("soma", each) for each in somata]) < FAR:
        return ""
    return UNBOUNDED.format(zero=style.number(scale.map.zero["soma"]))


def _neurons(presentation, sample, wanted):
    """{layer: index among the recorded units}: those that are wanted, or of each layer the liveliest."""
    if wanted is None:
        layers = presented.layers(presentation)
        return {layer: _liveliest(presentation[layer], sample) for layer in layers}
    if not isinstance(wanted, Mapping):
        raise BadInput("neurons are named by layer", got=repr(wanted), fix='neurons={"layer1": 12}')
    chosen = {}
    for layer, number in wanted.items():
        recorded = presentation[layer].unit.tolist()
        if number not in recorded:
            raise BadInput(f"that neuron of {layer} was not recorded", got=number, allowed=recorded)
        chosen[layer] = recorded.index(number)
    return chosen


def _liveliest(layer, sample):
    """The index, among the recorded units, of the one whose apical voltage moves most."""
    return int(np.ptp(np.asarray(layer.apical)[:, sample], axis=0).argmax())


def _head(head, presentation, sample, name, symbol):
    """The image, what it is, and what the lines mean."""
    left, side = 0.015, 0
    if presentation.input is not None:
        pixels = presentation.input[sample]
        side = isqrt(pixels.size)
    if side and side**2 == pixels.size:
        picture = head.add_axes((0.01, 0.06, 0.07, 0.86))
        picture.imshow(pixels.reshape(side, side), cmap="gray_r")
        picture.set(xticks=[], yticks=[])
        picture.spines[:].set(visible=True, color="#D9D9D9")
        left = 0.09
    head.text(left, 0.7, name, fontsize=13, va="center")
    head.text(
        left, 0.25, f"change since control set in: {symbol}(t) {style.MINUS} {symbol}(0)", va="center", color="#444444"
    )
    lines = [Line2D([], [], label=name, **look) for name, look in COMPARTMENTS.items()]
    head.legend(handles=[*lines, Patch(**MISMATCH)], loc="center right", ncols=2, handlelength=2.6)


def _row(panels, presentations, layer, index, sample, scale):
    """One neuron, in a panel for each presentation."""
    curves = [_changes(presentation, layer, index, sample, scale) for presentation in presentations]
    units = style.units_of([(each["soma"], each["basal"], each["late"]) for each in curves])
    for panel, presentation, changes, (factor, unit) in zip(panels, presentations, curves, units, strict=True):
        recorded, time = presentation[layer], presentation.time / ms
        changes = {name: np.asarray(each) / factor for name, each in changes.items()}
        for role, look in COMPARTMENTS.items():
            panel.plot(time, changes[role], **look)
        panel.fill_between(time, changes["soma"], changes["predicted"], zorder=0.5, **MISMATCH)
        style.quiet(panel)
        _crop(panel, changes["apical"], np.concatenate([changes[key] for key in ("soma", "basal", "late")]))
        start = style.number(scale("soma", recorded.soma[0, sample, index]))
        title = f"{layer.replace('layer', 'layer ')}, neuron {recorded.unit[index]}"
        panel.set_title(f"{title}    {scale.symbol}(0) = {start}")
        panel.set_ylabel(rf"$\Delta {scale.symbol}$" + (f" ({unit})" if unit else ""))
    style.level(panels, units)
    for panel, presentation, changes, (factor, unit) in zip(panels, presentations, curves, units, strict=True):
        _beyond(panel, presentation.time / ms, np.asarray(changes["apical"]) / factor, unit)


def _changes(presentation, layer, index, sample, scale):
    """What has changed since control set in: of each compartment, of the prediction, of the apical one later on."""
    recorded, place = presentation[layer], np.s_[:, sample, index]
    voltages = {role: scale(role, recorded[role][place]) for role in COMPARTMENTS}
    changes = {role: voltage - voltage[0] for role, voltage in voltages.items()}
    late = changes["apical"][len(changes["apical"]) // EARLY :]
    return changes | {"predicted": scale.prediction(recorded, place) - voltages["soma"][0], "late": late}


def _crop(panel, apical, kept):
    """Let the controller's first kick leave the panel if else all else would be flat."""
    low, high = kept.min(), kept.max()
    peak = apical[int(np.abs(apical).argmax())]
    if not np.isfinite([low, high, peak]).all() or abs(peak) <= MOST * max(high, -low):
        return
    room = high - low
    below, above = (0.12, 0.3) if peak > 0 else (0.3, 0.12)
    panel.set_ylim(low - below * room, high + above * room)


def _beyond(panel, time, apical, unit):
    """How high the apical voltage is where it has left the panel, beside the place where it comes back."""
    low, high = panel.get_ylim()
    gone = np.flatnonzero((apical < low) | (apical > high))
    if not gone.size or not np.isfinite(apical).all():
        return
    peak = apical[int(np.abs(apical).argmax())]
    up = peak > 0
    place = {"xy": (time[gone[-1]], 0.97 if up else 0.03), "xycoords": ("data", "axes fraction"), "xytext": (5, 0)}
    look = {"textcoords": "offset points", "va": "top" if up else "bottom", "fontsize": 8}
    height = f"{peak:.{0 if abs(peak) >= 100 else 1}f}".replace("-", style.MINUS)
    times = r"$\times$ " if unit.startswith("$") else ""
    panel.annotate(f"apical up to {height} {times}{unit}".strip(), **place, **look)
