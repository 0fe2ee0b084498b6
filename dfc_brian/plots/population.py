"""The apical voltages of all recorded neurons, layer by layer, while one test image is shown."""

import numpy as np
from brian2.units import ms
from matplotlib.ticker import MaxNLocator

from dfc_brian.plots import presented, style
from dfc_brian.plots.figure import Figure
from dfc_brian.units import Units

CAPTION = """\
{image}: how the apical voltage of every recorded neuron moves once the controller sets in at 0 ms, before and after \
learning. A row of pixels is a neuron; they are in the order of their last voltage after learning, in both columns. \
Yellow (light) is up, blue (dark) down, grey no change. The panels of a row have one scale, unless they say \
otherwise. The first kick of the controller may exceed it."""

EARLY = 20
"""The colours of a row are those of the time after one part in so many."""
COLOURS = "cividis"


def draw(run, image=None, units="physical"):
    """A heat map per layer (rows) before and after learning (columns).

    Parameters
    ----------
    run : Run
        With traces of at least one presentation.
    image : int, optional
        Number of a recorded test image; by default one that learning has put right.
    units : {"physical", "dimensionless"}

    Raises
    ------
    BadInput
        Nothing like this was recorded.
    """
    one, scale = presented.OneImage.of(run, image), Units(run.recipe, units)
    shown, last, sample = one.shown, one.last, one.sample
    layers = presented.layers(last)
    heights = [0.7 + min(1.6, 0.08 * last[layer].unit.size) for layer in layers]
    size = (0.6 + 5.2 * len(shown), 1.2 + sum(heights))
    title = one.title("Apical voltages of all recorded neurons")
    figure = Figure(size, title, CAPTION.format(image=one.name), scale)
    with style.look():
        figure.suptitle(one.name, x=0.01, ha="left", fontsize=13)
        panels = figure.subplots(
            len(layers), len(shown), sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
        for row, layer in zip(panels, layers, strict=True):
            order = np.asarray(last[layer].apical)[-1, sample].argsort()
            _row(figure, row, shown.values(), layer, order, sample, scale)
        one.columns(panels)
    return figure


def _row(figure, panels, presentations, layer, order, sample, scale):
    """One layer, in a panel for each presentation, with a bar that says what its colours mean."""
    apical = [scale("apical", each[layer].apical[:, sample][:, order]) for each in presentations]
    changes = [each - each[0] for each in apical]
    late = [[each[len(each) // EARLY :]] for each in changes]
    units = style.units_of(late)
    if style.one_scale(panels, units):
        late = [sum(late, [])] * len(late)
    for panel, presentation, change, kept, (factor, unit) in zip(
        panels, presentations, changes, late, units, strict=True
    ):
        most = style.largest(kept) / factor or 1
        time = presentation.time / ms
        image = panel.imshow(
            np.asarray(change).T / factor,
            aspect="auto",
            origin="lower",
            extent=(time[0], time[-1], -0.5, len(order) - 0.5),
            interpolation="nearest",
            cmap=COLOURS,
            vmin=-most,
            vmax=most,
        )
        panel.set_title(layer.replace("layer", "layer "))
        panel.set_yticks([0, len(order) - 1], [1, len(order)])
        panel.set_ylabel("neuron, in order")
        bar = figure.colorbar(image, ax=panel, pad=0.02, aspect=12)
        bar.set_label(rf"$\Delta {scale.symbol}_A$" + (f" ({unit})" if unit else ""))
        bar.locator = MaxNLocator(nbins=4)
        bar.update_ticks()
