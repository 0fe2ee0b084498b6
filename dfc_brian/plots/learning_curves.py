"""Loss and error against epoch; where feedback weights learn, Condition 2 against the passes asleep."""

from matplotlib.ticker import MaxNLocator, ScalarFormatter

from dfc_brian.errors import BadInput
from dfc_brian.plots import style
from dfc_brian.plots.figure import Figure

PARTS = (  # (part of the data, name, colour, line style, marker)
    ("train", "training", style.ORANGE, (0, (1, 1.2)), "s"),
    ("validation", "validation", style.BLUE, (0, (5, 1.8)), "^"),
    ("test", "test", style.BLACK, "-", "o"),
)


def draw(run):
    """The learning curves of a `Run`, or anything with `metrics` and `sleep`, lists of rows, and `recipe`: a Figure.

    Loss and error of training, validation and test samples, where there are errors; or else the three losses. A dashed
    line is the published value, if the recipe has one. `BadInput` if no epoch is done.
    """
    if not run.metrics:
        raise BadInput("there are no learning curves", got="no epoch is done")
    labels = any("test_error" in row for row in run.metrics)
    asleep = [row for row in run.sleep if "condition_2" in row]
    with style.look():
        count = 1 + labels + bool(asleep)
        figure = Figure((max(4.5 * count, 8), 3.8), "Learning curves", _caption(asleep))
        panels = iter(figure.subplots(1, count, squeeze=False)[0])
        _panel(next(panels), run, "loss", PARTS[:1] if labels else PARTS)
        if labels:
            _panel(next(panels), run, "error", PARTS)
        if asleep:
            _condition(next(panels), asleep)
        figure.suptitle(run.recipe.description, x=0.01, ha="left", fontsize=11)
    return figure


def _caption(asleep):
    parts = ["Training loss: mean over the epoch, of outputs before each update. Validation and test: after the epoch."]
    parts += ["Condition 2: how far the feedback weights span what the forward weights need."] if asleep else []
    parts += ["The dashed line is the published value, if there is one."]
    return " ".join(parts)


def _panel(axes, run, quantity, parts):
    scale, end = (100, "{:.2f} %") if quantity == "error" else (1, "{:.4g}")
    curves = []
    for part, name, colour, line, marker in parts:
        epochs, values = _points(run.metrics, f"{part}_{quantity}")
        if epochs:
            curves.append((epochs, [scale * value for value in values]))
            look = {"color": colour, "linestyle": line, "marker": marker, **_marks(epochs)}
            axes.plot(*curves[-1], label=f"{name} {end.format(curves[-1][1][-1])}", **look)
    published = _published(run.recipe, quantity, parts)
    if published is not None and curves:
        axes.axhline(scale * published, color=style.GREY, linestyle=(0, (5, 3)), linewidth=1, zorder=0)
        place = {"xy": (1, scale * published), "xycoords": ("axes fraction", "data"), "xytext": (0, 2)}
        text = f"published {end.format(scale * published)}"
        axes.annotate(text, **place, textcoords="offset points", ha="right", va="bottom", fontsize=8, color=style.GREY)
        curves.append(([], [scale * published]))
    if quantity == "error":
        axes.set(title="Classification error", xlabel="epoch", ylabel="error (%)")
    else:
        axes.set(title="Loss" if len(parts) > 1 else "Training loss", xlabel="epoch", ylabel="loss per sample")
    _finish(axes, curves)
    if len(parts) > 1 and curves:
        axes.legend(loc="upper right", title="at the end", alignment="left")


def _condition(axes, rows):
    passes = [row["pass"] for row in rows]
    axes.plot(passes, [row["condition_2"] for row in rows], color=style.BLUE, marker="o", **_marks(passes))
    begun = sum(row["epoch"] == 0 for row in rows)
    if 0 < begun < len(rows):
        axes.axvline(begun + 0.5, color=style.GREY, linewidth=1)
        axes.annotate(
            "first epoch", (begun + 0.5, 0.02), (3, 0), ("data", "axes fraction"), "offset points", fontsize=8
        )
    axes.set(title="Condition 2", xlabel="pass asleep", ylabel="1: feedback fits the Jacobian", ylim=(0, 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _published(recipe, quantity, parts):
    """The published mean of a quantity that is drawn, or None."""
    published = recipe.published
    if published is None or published.metric not in [f"{part}_{quantity}" for part, *_ in parts]:
        return None
    found = published.of(recipe.learning.method, recipe.learning.feedback)
    return found and found[0]


def _points(rows, key):
    """([epoch, ...], [value, ...]) of the rows that have `key`."""
    known = [row for row in rows if row.get(key) is not None]
    return [row["epoch"] for row in known], [row[key] for row in known]


def _marks(points):
    """Markers on all points of a short curve, on about ten of a long one."""
    return {"markersize": 5, "markevery": max(1, len(points) // 10)}


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
