"""The voltages of one neuron per layer while one test image is shown, before and after learning.

The apical dendrite moves a neuron by a thousandth of its voltage or less. So each panel shows what changes:
soma and basal dendrite as differences from the state before control sets in, where the apical voltage is zero.
"""

from math import isqrt

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, get_dimensions
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dfc_brian.errors import BadInput
from dfc_brian.plots import style

COMPARTMENTS = {
    "soma": {"color": style.BLACK, "linewidth": 2.2},
    "basal": {"color": style.BLUE, "linestyle": (0, (4, 1.5))},
    "apical": {"color": style.ORANGE},
}
WHEN = {"before": "Before learning", "after": "After learning"}
MINUS = "\N{MINUS SIGN}"


def draw(run, image=None):
    """A matplotlib Figure: a column before and one after learning, a row per layer, then control and output.

    Parameters
    ----------
    run : Run
        With traces of at least one presentation.
    image : int, optional
        Number of a recorded test image; by default one that learning has put right.
    """
    if not run.traces:
        raise BadInput(f"{run.folder} holds no voltage traces", fix="name images, layers and units in [traces]")
    tags = list(run.traces)
    tags = [tags[0], tags[-1]] if len(tags) > 1 else tags
    shown = [run.traces[tag] for tag in tags]
    sample = _sample(shown, image)
    neurons = {layer: _liveliest(shown[-1][layer], sample) for layer in shown[-1].layers if shown[-1][layer].unit.size}
    rows = len(neurons) + 2
    with style.look():
        figure = Figure(figsize=(0.6 + 4.6 * len(tags), 1.1 + 1.5 * rows), layout="constrained")
        head, body = figure.subfigures(2, 1, height_ratios=[0.7, 0.4 + 1.5 * rows])
        _head(head, shown[-1], sample)
        columns = body.subfigures(1, len(tags), squeeze=False)[0]
        for column, tag, presentation in zip(columns, tags, shown, strict=True):
            column.suptitle(_heading(tag, presentation, sample), fontsize=11, fontweight="bold")
            *layers, control, output = column.subplots(rows, 1, sharex=True)
            for panel, (layer, neuron) in zip(layers, neurons.items(), strict=True):
                _neuron(panel, presentation, layer, neuron, sample)
            _control(control, presentation, sample)
            _output(output, presentation, sample)
            output.set_xlabel("time (ms)")
            column.align_ylabels()
    return figure


def save(run, path, image=None):
    """Draw `run` to the file `path` (png, pdf or svg)."""
    return style.save(draw(run, image), path)


def _sample(shown, image):
    """The index of test image `image`, or of one that was wrong in the first presentation and right in the last."""
    first, last = shown[0], shown[-1]
    images = last.image.tolist()
    if image is not None:
        if image not in images:
            raise BadInput("that test image was not recorded", got=image, allowed=images)
        return images.index(image)
    if last.label is None or last.prediction is None:
        return 0
    return int(np.argmax((first.prediction != last.label) & (last.prediction == last.label)))


def _liveliest(layer, sample):
    """The index, among the recorded units, of the one whose apical voltage moves most."""
    return int(np.ptp(np.asarray(layer.apical)[:, sample], axis=0).argmax())


def _heading(tag, presentation, sample):
    when = WHEN.get(tag, tag.replace("epoch", "After epoch "))
    if presentation.label is None or presentation.prediction is None:
        return when
    prediction, label = presentation.prediction[sample], presentation.label[sample]
    return f"{when}: predicts {prediction}, {'correct' if prediction == label else 'wrong'}"


def _head(head, presentation, sample):
    """The image, what it is, and what the lines mean."""
    left, side = 0.015, 0
    if presentation.input is not None:
        pixels = presentation.input[sample]
        side = isqrt(pixels.size)
    if side and side**2 == pixels.size:
        picture = head.add_axes((0.01, 0.0, 0.07, 1.0))
        picture.imshow(pixels.reshape(side, side), cmap="gray_r")
        picture.set_axis_off()
        left = 0.09
    label = "" if presentation.label is None else f", label {presentation.label[sample]}"
    head.text(left, 0.7, f"Test image {presentation.image[sample]}{label}", fontsize=13, va="center")
    head.text(left, 0.25, f"change since control set in: v(t) {MINUS} v(0)", va="center", color="#444444")
    lines = [Line2D([], [], label=name, **look) for name, look in COMPARTMENTS.items()]
    head.legend(handles=lines, loc="center right", ncols=3, handlelength=2.6)


def _neuron(panel, presentation, layer, neuron, sample):
    recorded = presentation[layer]
    voltages = {name: getattr(recorded, name)[:, sample, neuron] for name in COMPARTMENTS}
    changes = {name: voltage - voltage[0] for name, voltage in voltages.items()}
    scale = style.scaled(panel, presentation.time, [(changes[name], look) for name, look in COMPARTMENTS.items()])
    title = f"{layer.replace('layer', 'layer ')}, neuron {recorded.unit[neuron]}"
    panel.set_title(f"{title}    v(0) = {_text(voltages['soma'][0])}")
    panel.set_ylabel(rf"$\Delta v$ {scale}")


def _control(panel, presentation, sample):
    control = presentation.control[:, sample]
    curves = [(each, {"color": "#BBBBBB", "linewidth": 0.9}) for each in control.T]
    title = "control u, all outputs"
    if presentation.label is not None:
        label = presentation.label[sample]
        curves.append((control[:, label], {"color": style.BLACK, "linewidth": 2.2}))
        title = f"control u of all outputs (grey), of output {label} (black)"
    scale = style.scaled(panel, presentation.time, curves)
    panel.set_title(title)
    panel.set_ylabel(f"$u$ {scale}")


def _output(panel, presentation, sample):
    """The output of the labelled unit, else of the one with the farthest target."""
    output, target = presentation.output[:, sample], presentation.target[sample]
    unit = int(np.abs(target - output[0]).argmax()) if presentation.label is None else presentation.label[sample]
    start = output[0, unit]
    goal = np.full(len(output), target[unit] - start)
    curves = [
        (goal, {"color": style.BLUE, "linestyle": (0, (1, 1.5))}),
        (output[:, unit] - start, {"color": style.BLACK, "linewidth": 2.2}),
    ]
    scale = style.scaled(panel, presentation.time, curves)
    panel.set_title(f"output {unit} (line) and its target (dots)    r(0) = {_text(start)}")
    panel.set_ylabel(rf"$\Delta r$ {scale}")


def _text(value):
    """A voltage with its unit, in four digits."""
    if get_dimensions(value) is not DIMENSIONLESS:
        return value.in_best_unit(precision=4)
    return f"{float(value):.3f}".replace("-", MINUS)
