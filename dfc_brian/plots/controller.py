"""What the controller does while one test image is shown, before and after learning: control, error, output, target."""

import numpy as np

from dfc_brian.errors import BadInput
from dfc_brian.plots import presented, style
from dfc_brian.plots.figure import Figure
from dfc_brian.units import LINEAR, Units

TARGET = {"color": style.BLUE, "linestyle": (0, (1, 1.5)), "linewidth": 2.2}
CAPTION = """\
{image}: the control signal u(t), the error e(t) that is left, and the output r(t) on its way to its target, before \
and after learning. Black: output {unit}{why}; thin grey: all the others; dots: its target. Control and \
error are without dimensions; of the output, the change since control set in is shown. The panels of a row have one \
scale, unless they say otherwise."""


def draw(run, image=None, units="physical"):
    """A column before and one after learning; rows: control, error, one output and its target.

    Parameters
    ----------
    run : Run
        With traces of at least one presentation.
    image : int, optional
        Number of a recorded test image; by default one that learning has put right.
    units : {"physical", "dimensionless"}
        Of the output and its target.

    Raises
    ------
    BadInput
        Nothing like this was recorded.
    """
    one, scale = presented.OneImage.of(run, image), Units(run.recipe, units)
    shown, last, sample = one.shown, one.last, one.sample
    if last.control is None:
        raise BadInput("the control signal was not recorded", fix='"control" in traces.variables')
    unit = _unit(last, sample)
    caption = CAPTION.format(image=one.name, unit=unit, why="" if last.label is None else ", that of the label")
    caption += f" {LINEAR}" if scale.physical else ""
    figure = Figure((0.6 + 4.6 * len(shown), 5.2), one.title("Controller"), caption, scale)
    with style.look():
        figure.suptitle(one.name, x=0.01, ha="left", fontsize=13)
        panels = figure.subplots(3, len(shown), sharex=True, squeeze=False)
        lines = [_lines(presentation, sample, unit, scale) for presentation in shown.values()]
        for row, symbol, columns in zip(panels, ("$u$", "$e$", r"$\Delta r$"), zip(*lines, strict=True), strict=True):
            units = style.in_row(row, last.time, [curves for _, curves in columns])
            for panel, (title, _), name in zip(row, columns, units, strict=True):
                panel.set(ylabel=f"{symbol} {name}")
                panel.set_title(title)
        one.columns(panels)
        figure.align_ylabels()
    return figure


def _unit(presentation, sample):
    """The output of the label, or else the one that is farthest from its target."""
    if presentation.label is not None:
        return int(presentation.label[sample])
    return int(np.abs(presentation.target[sample] - presentation.output[0, sample]).argmax())


def _lines(presentation, sample, unit, scale):
    """Titles and curves of the panels of a column."""
    rates, target = presentation.output[:, sample], presentation.target[sample]
    output, goal = scale("rate", rates[:, unit]), scale("rate", np.full(len(rates), target[unit]))
    return (
        ("control of each output", _all_and(presentation.control[:, sample], unit)),
        ("error, target less output", _all_and(target - rates, unit)),
        (
            f"output {unit} and its target    r(0) = {style.number(output[0])}",
            [(goal - output[0], TARGET), (output - output[0], style.ONE)],
        ),
    )


def _all_and(values, unit):
    """Curves of all outputs (time, output), that of one unit above the others."""
    others = [(values[:, other], style.ALL) for other in range(values.shape[1]) if other != unit]
    return [*others, (values[:, unit], style.ONE)]
