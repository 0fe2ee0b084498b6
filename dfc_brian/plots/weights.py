"""A few weights of each layer through time, while images are shown one after the other, and what the outputs do.

For online rules: weights move while an image is shown, and move on with the next one.
"""

import numpy as np
from brian2.units import ms

from dfc_brian.errors import BadInput
from dfc_brian.plots import presented, style
from dfc_brian.plots.figure import Figure
from dfc_brian.units import Units

CAPTION = """\
Some weights of each layer while the recorded test images are shown one after the other, before and after learning; \
below, how far the somata of the first recorded layer are from what their basal dendrites predict, and the outputs\
{labels}. Each panel has a scale of its own."""
LABELS = ", with the label of each image and in black the output of that label"


def draw(run, units="physical"):
    """A matplotlib Figure: a column before and one after learning, a row per layer of synapses, then the output.

    Parameters
    ----------
    run : Run
        With traces in which weights were recorded.
    units : {"physical", "dimensionless"}

    Raises
    ------
    BadInput
        No weights were recorded.
    """
    tags = [tag for tag, presentation in run.traces.items() if presentation.weights] if run.traces else []
    if not tags:
        raise BadInput(f"{run.folder} holds no weights through time", fix="set traces.synapses, such as 8")
    tags = [tags[0], tags[-1]] if len(tags) > 1 else tags
    rows = len(run.traces[tags[0]].weights) + 2
    scale = Units(run.recipe, units)
    size = (0.6 + 5.6 * len(tags), 1.0 + 1.5 * rows)
    shown = [run.traces[tag] for tag in tags]
    caption = CAPTION.format(labels="" if shown[0].label is None else LABELS)
    figure = Figure(size, "Weights through time", caption, scale)
    with style.look():
        figure.suptitle(run.recipe.description, x=0.01, ha="left", fontsize=11)
        columns = figure.subfigures(1, len(tags), squeeze=False)[0]
        for column, tag, presentation in zip(columns, tags, shown, strict=True):
            column.suptitle(presented.when(tag), fontsize=11, fontweight="bold")
            _column(column.subplots(rows, 1, sharex=True), presentation, scale)
            column.align_ylabels()
    return figure


def _column(panels, presentation, scale):
    weights = presentation.weights
    *upper, soma, output = panels
    in_turn = next(iter(weights.values())).values.shape[1] > 1
    time, edges = _times(presentation.time / ms, presentation.image if in_turn else presentation.image[:1])
    for panel, (name, recorded) in zip(upper, weights.items(), strict=True):
        values = _in_turn(scale(name, recorded.values))
        curves = [(each, {"linewidth": 1.1}) for each in (values - values[0]).T]
        _plot(panel, time, edges, curves, r"$\Delta w$")
        panel.set_title(f"{name}: {values.shape[1]} weights, change since the first image: w(t) {style.MINUS} w(0)")
    layer = presentation.layers[0]
    voltages = scale("soma", presentation[layer].soma) - scale.prediction(presentation[layer])
    symbol = "$V - V^*$" if scale.physical else r"$v - v^{\mathrm{ff}}$"
    _plot(soma, time, edges, _all(voltages[:, : len(edges)]), symbol)
    soma.set_title(f"{layer.replace('layer', 'layer ')}: soma beyond its basal prediction, {voltages.shape[2]} neurons")
    rates, labels = presentation.output[:, : len(edges)], presentation.label
    curves = _all(rates)
    if labels is not None:
        wanted = [rates[:, place, label] for place, label in enumerate(labels[: len(edges)])]
        curves.append((np.concatenate(wanted), style.ONE))
    _plot(output, time, edges, curves, "$r$")
    output.set_title("output rates" if labels is None else "output rates, and the label of each image")
    if labels is not None:
        output.margins(y=0.3)  # room for the labels
        for start, label in zip(edges, labels, strict=False):
            output.text(start, 1.0, f" {label}", transform=output.get_xaxis_transform(), va="top", fontweight="bold")
    output.set_xlabel("time (ms)")


def _times(time, images):
    """Times of all states of presentations one after the other (ms), and when each begins."""
    length = time[-1] - time[0]
    edges = np.arange(len(images)) * length
    return (edges[:, None] + time[None]).ravel(), edges


def _in_turn(values):
    """(time, presentation, n) as (presentation*time, n)."""
    return values.swapaxes(0, 1).reshape(-1, values.shape[2])


def _all(values):
    """Curves of all units of (time, presentation, n)."""
    return [(each, style.ALL) for each in _in_turn(values).T]


def _plot(panel, time, edges, curves, label):
    panel.set_ylabel(f"{label} {style.scaled(panel, time * ms, curves)}")
    for edge in edges[1:]:
        panel.axvline(edge, color="#DDDDDD", linewidth=0.8, zorder=0)
