"""Learning curves of a comparison: the mean over seeds of each variant, and where the published values lie."""

from textwrap import fill

from matplotlib.ticker import MaxNLocator

from dfc_brian.comparison import values
from dfc_brian.plots import style
from dfc_brian.plots.figure import Figure

MARKERS = "os^Dv<>P"
GAP = 0.06
"""Least distance of two names beside the curves, as a part of the height."""

EARLY = 20
"""One part in so many of a long curve is its beginning, which may leave the axis so that the end can be read."""


def draw(comparison):
    """A matplotlib Figure: training loss, and what is compared, against epoch.

    Lines are means over the seeds that are done, bands reach from the lowest to the highest seed, dashed lines are
    published means.
    """
    metric = comparison.metric
    rows = [row for row in comparison.summary if row.outcomes]
    looks = {row.variant: _look(number) for number, row in enumerate(comparison.summary)}
    with style.look():
        panels = list(dict.fromkeys(["train_loss", metric]))
        figure = Figure((2.2 + 4.2 * len(panels), 4.3), "Comparison of methods")
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for panel, key in zip(axes, panels, strict=True):
            published = {row.variant: row.published for row in rows if row.published and key == metric}
            curves = {row.variant: _curve(row.outcomes, key) for row in rows}
            _panel(panel, key, curves, published, looks)
        names = {row.variant: f"{row.variant.name}  {values.text(row.value, metric)}" for row in rows}
        _names(axes[-1], curves, names, looks)
        title = _title(comparison, bool(published), width=60 * len(panels))
        figure.suptitle(title, x=0.01, ha="left", fontsize=10, linespacing=1.5)
    return figure


def _look(number):
    dashes = "-" if number < len(style.COLOURS) else (0, (3, 1))
    return {
        "color": style.COLOURS[number % len(style.COLOURS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": dashes,
    }


def _curve(outcomes, key):
    """Epochs, and the mean, lowest and highest value over seeds at each; errors in per cent."""
    runs = [{row["epoch"]: row[key] * _scale(key) for row in outcome.run.metrics} for outcome in outcomes]
    epochs = sorted(set.intersection(*map(set, runs)))
    at_epoch = [[run[epoch] for run in runs] for epoch in epochs]
    mean = [sum(each) / len(each) for each in at_epoch]
    return epochs, mean, list(map(min, at_epoch)), list(map(max, at_epoch))


def _scale(key):
    return 100 if key.endswith("error") else 1


def _panel(panel, key, curves, published, looks):
    for variant, (epochs, mean, low, high) in curves.items():
        look = looks[variant]
        every = max(1, len(epochs) // 10)
        panel.fill_between(epochs, low, high, color=look["color"], alpha=0.18, linewidth=0)
        panel.plot(epochs, mean, markersize=4.5, markevery=every, **look)
    for variant, value in published.items():
        line = {"linewidth": 1.0, "linestyle": (0, (6, 3)), "zorder": 1}
        panel.axhline(_scale(key) * value.mean, color=looks[variant]["color"], **line)
    first = min(epochs[0] for epochs, *_ in curves.values())
    last = max(epochs[-1] for epochs, *_ in curves.values())
    room = 0.03 * (last - first) or 0.5
    panel.set_xlim(first - room, last + room)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    heights = [value for curve in curves.values() for line in curve[1:] for value in line[len(line) // EARLY :]]
    style.height(panel, heights + [_scale(key) * value.mean for value in published.values()])
    unit = " (%)" if key.endswith("error") else ""
    panel.set(title=values.name(key).capitalize(), xlabel="epoch", ylabel=key.split("_")[1] + unit)


def _names(panel, curves, names, looks):
    """Names to the right of the curves, each as near to the end of its own as the others allow."""
    to_axes = panel.transData + panel.transAxes.inverted()
    ends = {variant: to_axes.transform((epochs[-1], mean[-1])) for variant, (epochs, mean, *_) in curves.items()}
    order = sorted(ends, key=lambda variant: ends[variant][1])
    for variant, height in zip(order, _apart([ends[each][1] for each in order]), strict=True):
        panel.annotate(
            names[variant],
            xy=ends[variant],
            xytext=(1.07, height),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            color=looks[variant]["color"],
            arrowprops={
                "arrowstyle": "-",
                "color": looks[variant]["color"],
                "linewidth": 0.6,
                "alpha": 0.6,
                "relpos": (0, 0.5),
            },
        )


def _apart(heights):
    """The rising ``heights``, moved as little as leaves all `GAP` apart and, if they find room, between 0 and 1."""
    stacks = []  # of names that touch: sum and number of their heights, less the gaps below each
    for place, height in enumerate(heights):
        stacks.append((height - place * GAP, 1))
        while len(stacks) > 1 and stacks[-1][0] / stacks[-1][1] < stacks[-2][0] / stacks[-2][1]:
            (total, count), (more, others) = stacks.pop(), stacks.pop()
            stacks.append((total + more, count + others))
    lowest = [total / count for total, count in stacks for _ in range(count)]
    top = 1 - (len(heights) - 1) * GAP
    return [max(0, min(low, top)) + place * GAP for place, low in enumerate(lowest)]


def _title(comparison, published, width):
    recipe, seeds = comparison.jobs[0].recipe, len(comparison.seeds)
    metric = comparison.metric
    first = f"{recipe.name}: {'-'.join(map(str, recipe.network.sizes))}, {recipe.data.train} training samples"
    parts = [f"numbers: {values.name(metric)} at the epoch with the best {values.name(values.JUDGED_BY[metric])}"]
    parts += [f"mean ± standard deviation of {seeds} seeds", "bands: their range"] if seeds > 1 else []
    parts += ["dashed: published"] if published else []
    return f"{first}\n{fill('; '.join(parts), width)}"
