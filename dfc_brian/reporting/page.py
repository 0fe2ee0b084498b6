"""What stands on the page of a run, and the page itself: the template page.html.jinja, filled in."""

import json
from base64 import b64encode
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from dfc_brian import environment
from dfc_brian.comparison import values
from dfc_brian.errors import CorruptData
from dfc_brian.methods import METHODS
from dfc_brian.models import quantities
from dfc_brian.network.phase import Phase

MOST_ROWS = 25
"""Epochs of which each has a row of its own."""


def render(run, figures, missing):
    """The page (str) of a `Run`, with ``figures`` and what is ``missing``: dicts of Figure and BadInput by name."""
    pages = Environment(
        loader=PackageLoader("dfc_brian.reporting", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    recipe = run.recipe
    return pages.get_template("page.html.jinja").render(
        recipe=recipe,
        run=run,
        facts=_facts(run),
        best=values.best(run.metrics, values.metric_of(recipe))["epoch"] if run.metrics else None,
        table=_table(run.metrics),
        figures={name: (each.title, each.caption, _inline(each)) for name, each in figures.items()},
        units="; ".join(dict.fromkeys(each.units for each in figures.values() if each.units)),
        missing=_by_reason(missing),
        phases=_phases(recipe),
        recipe_text=(run.folder / "recipe.toml").read_text(encoding="utf-8"),
        environment=_environment(run.folder / "environment.json"),
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
        version=environment.version(),
    )


def _inline(figure):
    return "data:image/svg+xml;base64," + b64encode(figure.image("svg")).decode()


def _by_reason(missing):
    """{reason: names of the figures that are missing for it}"""
    found = {}
    for name, problem in missing.items():
        found.setdefault(str(problem), []).append(name.replace("_", " "))
    return {reason: ", ".join(names) for reason, names in found.items()}


def _facts(run):
    """(name, value) of what a reader wants to know first."""
    recipe, status = run.recipe, run.status
    learning, train, metric = recipe.learning, recipe.train, values.metric_of(recipe)
    sizes, neuron = "-".join(map(str, recipe.network.sizes)), recipe.neuron_model.name
    yield "Method", METHODS[learning.method].description
    if METHODS[learning.method].feedback:
        yield "Feedback weights", learning.feedback
    yield "Network", f"{sizes} of neurons {neuron}, {recipe.network.loss.replace('_', ' ')}"
    yield "Data", f"{recipe.data.name}: {recipe.data.train} training, {recipe.data.validation} validation samples"
    yield "State", ", ".join([status["state"], *([f"epoch {status['epoch']}"] if "epoch" in status else [])])
    if run.metrics:
        best = values.best(run.metrics, metric)
        judge = values.name(values.JUDGED_BY[metric])
        yield _capital(metric), f"{values.text(best[metric], metric)} at epoch {best['epoch']}, the best {judge}"
    if recipe.published and (found := recipe.published.of(learning.method, learning.feedback)):
        yield "Published", values.text(values.Spread(*found), recipe.published.metric)
    if run.metrics:
        yield "Time", f"{sum(row['seconds'] for row in run.metrics):.0f} s for {len(run.metrics)} epochs"
    if run.traces is not None:
        yield "Recorded", "; ".join(f"{phase}: {', '.join(run.traces.phase(phase))}" for phase in run.traces.phases)
    yield "Seed, device", f"{train.seed}, {train.device}, {train.precision}"


def _capital(metric):
    return values.name(metric).capitalize()


def _table(rows):
    """Titles and rows of text; of many epochs, the first, some and the last."""
    every = -(-len(rows) // MOST_ROWS)
    kept = [row for row in rows if row["epoch"] in (1, len(rows)) or row["epoch"] % every == 0]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return {
        "titles": [key.replace("_", " ") for key in keys],
        "rows": [(row["epoch"], [_cell(key, row.get(key)) for key in keys]) for row in kept],
        "every": every,
    }


def _cell(key, value):
    if value is None:
        return ""
    if key == "epoch":
        return str(value)
    if key.endswith("error") or key == "converged":
        return f"{100 * value:.2f} %"
    return f"{value:.1f}" if key == "seconds" else f"{value:.4g}"


def _phases(recipe):
    """The models of each phase: title, times, and (kind, model, equations, parameters with the paper's symbols)."""
    phases = {"Presentation": (Phase.presentation(recipe), recipe.plasticity)}
    if recipe.learning.feedback == "learned":
        asleep = Phase.sleep(recipe)
        phases["Sleep"] = (asleep, asleep.rule.parameters)
    for title, (phase, plasticity) in phases.items():
        rule, times = phase.rule, phase.times
        models = (
            ("Neuron", phase.neuron_model, [phase.neuron_model.equations], phase.neuron),
            ("Controller", phase.controller_model, [phase.controller_model.equations], phase.controller),
            ("Plasticity", rule, [rule.postsynaptic, rule.synapse], plasticity),
        )
        described = [
            (kind, model, "\n".join(text.strip("\n") for text in texts if text.strip()), _parameters(model, given))
            for kind, model, texts, given in models
        ]
        yield title, f"{times.states} states of {quantities.to_text(times.dt)}", described


def _parameters(model, given):
    return [(name, quantities.to_text(value), model.symbols.get(name, "")) for name, value in given.items()]


def _environment(path):
    """(name, value) of environment.json; packages by their names."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as problem:
        raise CorruptData(f"{path} is not JSON", got=str(problem)) from None
    for name, value in found.items():
        if isinstance(value, dict):
            yield from value.items()
        elif value is not None:
            yield name, value
