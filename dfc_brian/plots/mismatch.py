"""How far somata are from what their basal dendrites predict, epoch after epoch: what plasticity has left to do."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from dfc_brian.errors import BadInput
from dfc_brian.plots import presented, style
from dfc_brian.plots.figure import Figure
from dfc_brian.units import Units

CAPTION = """\
Soma less its basal prediction, {difference}, under control at the end of a presentation: root mean \
square over the recorded neurons of a layer. Grey: each of the {images} recorded test images; black: their median. \
The basal dendrites learn to predict the soma, so the mismatch shrinks where an image has been learned."""


def draw(run, units="physical"):
    """A panel per layer: mismatch at the last state of each recorded presentation against the epoch.

    Parameters
    ----------
    run : Run
        With traces of at least one presentation; more epochs in ``traces.when`` make more points.
    units : {"physical", "dimensionless"}

    Raises
    ------
    BadInput
        Nothing like this was recorded.
    """
    scale = Units(run.recipe, units)
    shown = {presented.epoch(tag, run): each for tag, each in presented.presentations(run).items()}
    shown.pop(None, None)
    if not shown:
        raise BadInput(f"{run.folder} holds no traces of known epochs", fix='traces.when = ["before", 1, "after"]')
    epochs, last = sorted(shown), shown[max(shown)]
    layers = presented.layers(last)
    mismatches = {layer: [mismatch(shown[epoch][layer], scale) for epoch in epochs] for layer in layers}
    difference = f"V {style.MINUS} V*" if scale.physical else f"v {style.MINUS} v_ff"
    caption = CAPTION.format(images=len(last.image), difference=difference)
    figure = Figure((max(2.6 * len(layers) + 0.7, 5.5), 3.4), "Mismatch of soma and basal prediction", caption, scale)
    factor, unit = style.unit_of(*sum(mismatches.values(), [])) if scale.physical else (1.0, "")
    mismatches = {layer: [np.asarray(each) / factor for each in values] for layer, values in mismatches.items()}
    every = np.concatenate(sum(mismatches.values(), []))
    finite = every[np.isfinite(every)].tolist() or [0.0]
    with style.look():
        panels = figure.subplots(1, len(layers), sharey=True, squeeze=False)[0]
        for panel, (layer, values) in zip(panels, mismatches.items(), strict=True):
            _panel(panel, epochs, values)
            panel.set(title=layer.replace("layer", "layer "), xlabel="epoch")
            style.height(panel, finite)
        symbol = r"rms of $V - V^*$" if scale.physical else r"rms of $v - v^{\mathrm{ff}}$"
        panels[0].set_ylabel(f"{symbol} ({unit})" if unit else symbol)
    return figure


def mismatch(layer, scale):
    """Root mean square over neurons of soma less prediction at the last state, (batch,): Quantity, or array.

    ``layer`` has `soma` and what `Units.prediction` asks for, (time, batch, unit); ``scale`` is a `Units`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        found = scale("soma", layer.soma[-1]) - scale.prediction(layer, -1)
        return (found**2).mean(axis=-1) ** 0.5


def _panel(panel, epochs, values):
    if len({each.shape for each in values}) == 1:
        panel.plot(epochs, values, **style.ALL)
    panel.plot(epochs, [np.median(each) for each in values], color=style.BLACK, linewidth=2.2, marker="o", markersize=5)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
