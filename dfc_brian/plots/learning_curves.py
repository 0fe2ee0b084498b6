"""Training loss, and training, validation and test error, against epoch."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from dfc_brian.plots import style

ERRORS = (  # (key of a metrics row, name, colour, line style, marker)
    ("train_error", "training", style.ORANGE, (0, (1, 1.2)), "s"),
    ("validation_error", "validation", style.BLUE, (0, (5, 1.8)), "^"),
    ("test_error", "test", style.BLACK, "-", "o"),
)


def draw(run):
    """The learning curves of `run` (anything with `metrics`, a list of rows) as a matplotlib Figure."""
    rows = run.metrics
    with style.look():
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        left, right = figure.subplots(1, 2)
        loss = _points(rows, "train_loss")
        left.plot(*loss, color=style.ORANGE, marker="s", **_marks(loss))
        left.set(title="Training loss", xlabel="epoch", ylabel="loss per sample")
        _finish(left, [loss])
        curves = []
        for key, name, colour, line, marker in ERRORS:
            epochs, fractions = _points(rows, key)
            if not epochs:
                continue
            curve = (epochs, [100 * fraction for fraction in fractions])
            label = f"{name} {curve[1][-1]:.2f} %"
            right.plot(*curve, color=colour, linestyle=line, marker=marker, label=label, **_marks(curve))
            curves.append(curve)
        right.set(title="Classification error", xlabel="epoch", ylabel="error (%)")
        _finish(right, curves)
        if curves:
            right.legend(loc="upper right", title="at the end", alignment="left")
        figure.suptitle(_title(run), x=0.01, ha="left", fontsize=11)
    return figure


def save(run, path):
    """Draw `run` to the file `path` (png, pdf or svg)."""
    return style.save(draw(run), path)


def _points(rows, key):
    """([epoch, ...], [value, ...]) of the rows that have `key`."""
    known = [row for row in rows if row.get(key) is not None]
    return [row["epoch"] for row in known], [row[key] for row in known]


def _marks(curve):
    """Markers on all points of a short curve, on about ten of a long one."""
    return {"markersize": 5, "markevery": max(1, len(curve[0]) // 10)}


def _finish(axes, curves):
    values = [value for _, ys in curves for value in ys]
    epochs = [epoch for xs, _ in curves for epoch in xs]
    if not values:
        return
    if min(values) > 0 and max(values) > 20 * min(values):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(ScalarFormatter())
    else:
        axes.set_ylim(0, 1.08 * max(values) or 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if max(epochs) == min(epochs):
        axes.set_xlim(epochs[0] - 1, epochs[0] + 1)
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.7)
    axes.set_axisbelow(True)


def _title(run):
    return run.recipe.description
