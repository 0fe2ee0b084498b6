"""How far learning has moved the weights: a histogram per layer, beside that of the weights it began with."""

import numpy as np
from matplotlib.ticker import StrMethodFormatter

from dfc_brian.errors import BadInput
from dfc_brian.network import weights
from dfc_brian.plots import style
from dfc_brian.plots.figure import Figure
from dfc_brian.units import Units

CAPTION = """\
What learning has added to the weights of each layer (black), beside the weights that it began with (grey), which \
follow from the seed. w: feedforward synapses onto basal dendrites{feedback}. Above: the root mean square of the \
changes, and what part this is of that of the first weights."""
FEEDBACK = "; q: synapses of the controller onto apical dendrites"


def draw(run, units="physical"):
    """A histogram of the changes of each layer's weights since the beginning.

    Parameters
    ----------
    run : Run
        With weights.
    units : {"physical", "dimensionless"}
        In pA, or dimensionless.

    Raises
    ------
    BadInput
        No weights were saved.
    """
    if not run.weights:
        raise BadInput(f"{run.folder} holds no weights", fix="wait until its first epoch is done")
    scale, begun = Units(run.recipe, units), weights.complete(run.recipe, None)
    kinds = [kind for kind in "wq" if any(_moved(run, begun, name) for name in run.weights if name[0] == kind)]
    kinds = kinds or ["w"]
    layers = range(1, len(run.recipe.network.sizes))
    size = (max(2.7 * len(layers) + 0.5, 5.5), 0.6 + 2.7 * len(kinds))
    caption = CAPTION.format(feedback=FEEDBACK if "q" in kinds else "")
    figure = Figure(size, "Changes of the weights", caption, scale)
    with style.look():
        panels = figure.subplots(len(kinds), len(layers), squeeze=False)
        for row, kind in zip(panels, kinds, strict=True):
            for panel, layer in zip(row, layers, strict=True):
                name = f"{kind}{layer}"
                first = scale(name, begun[name])
                _histogram(panel, name, first, scale(name, run.weights[name]) - first)
            row[0].set_ylabel("synapses")
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure


def _moved(run, begun, name):
    return not np.array_equal(run.weights[name], begun[name])


def _histogram(panel, name, first, change):
    factor, unit = style.unit_of(change, first)
    first, change = (np.ravel(np.asarray(each) / factor) for each in (first, change))
    edges = np.histogram_bin_edges(np.concatenate([first, change]), "rice")
    panel.hist(first, edges, color="#CFCFCF", label="first weights")
    panel.hist(change, edges, histtype="step", color=style.BLACK, linewidth=1.6, label="changes")
    panel.set_yscale("log")
    panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.yaxis.set_minor_formatter("")
    size, before = (float(np.sqrt(np.mean(each**2))) for each in (change, first))
    part = f", {100 * size / before:.0f} %" if before else ""
    panel.set_title(f"{name}: rms change {size:.3g} {unit}".rstrip() + part)
    panel.set_xlabel("weight, change" + (f" ({unit})" if unit else ""))
