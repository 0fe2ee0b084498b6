"""Figures of a small run: the numbers that are drawn, their units, and what is said beside them."""

import re
from base64 import b64decode
from types import SimpleNamespace

import numpy as np
import pytest
from brian2 import ms
from matplotlib.text import Text

import dfc_brian as dfc
from dfc_brian import plots
from dfc_brian.errors import BadInput, DiskError
from dfc_brian.plots import controller, mismatch, population, settling, style, voltages, weight_changes, weights
from dfc_brian.recorded import Recorded
from dfc_brian.training import loop
from dfc_brian.units import Units

SMALL = {
    "network.sizes": [64, 6, 10], "data.train": 64, "data.validation": 20, "data.test": 20, "train.epochs": 2,
    "presentation.duration": "60 ms", "presentation.drop_unconverged": False, "train.device": "numpy",
    "traces.images": [3, 5, 8], "traces.when": ["before", "some", "after"],
}  # fmt: skip
PREFIX = {"nV": 1e-9, "µV": 1e-6, "mV": 1e-3, "V": 1.0, "pA": 1e-12, "fA": 1e-15, "Hz": 1.0}
SOMA, BASAL, APICAL = 6e-3, 6e-3 * 38 / 20, 6e-3 * 38 / 12
"""Volts for one unit of voltage of the default parameters: 2 k, over g/(g_L + g_B + g_A) for dendrites."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_draw", lambda *_: None)
        return dfc.train(dfc.Recipe.load("digits", SMALL), out=tmp_path_factory.mktemp("figures") / "run")


def unit_of(label):
    """The unit in the brackets of a label, as a number: "ΔV (µV)" 1e-6, "Δv ($10^{-3}$)" 1e-3."""
    name = re.search(r"\((.*)\)$", label)
    power = re.fullmatch(r"\$10\^\{(-?\d+)\}\$", name[1]) if name else None
    return 10.0 ** int(power[1]) if power else PREFIX[name[1]] if name else 1.0


def drawn(line, axis):
    return line.get_ydata() * unit_of(axis.get_ylabel())


class Presentation(SimpleNamespace):
    def __getitem__(self, layer):
        return self.recorded[layer]


class Layer(Recorded):
    unit = property(lambda self: np.arange(self.soma.shape[2]))


def presentation(traces, output):
    """One of two images, of a network of one layer with the ``traces`` of its compartments (time, 2, unit)."""
    return Presentation(
        time=np.arange(len(output)) * ms, layers=("layer1",), control=output, output=output, target=output[0] + 1,
        input=None, image=np.array([3, 4]), label=None, prediction=None, recorded={"layer1": Layer(traces)},
    )  # fmt: skip


def words(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text))


@pytest.mark.parametrize("units", ["physical", "dimensionless"])
def test_voltages_are_changes_since_control_set_in(run, units):
    figure = voltages.draw(run, image=5, neurons={"layer1": 2, "layer2": 7}, units=units)
    panels = [axis for axis in figure.axes if axis.get_ylabel()]
    assert len(panels) == 4
    scales = (SOMA, BASAL, APICAL) if units == "physical" else (1, 1, 1)
    shown = [(layer, unit, tag) for layer, unit in (("layer1", 2), ("layer2", 7)) for tag in ("before", "after")]
    for (layer, unit, tag), panel in zip(shown, panels, strict=True):
        recorded = run.traces[tag][layer]
        assert f"neuron {unit}" in panel.get_title(loc="left")
        for line, role, scale in zip(panel.lines, ("soma", "basal", "apical"), scales, strict=False):
            voltage = recorded[role][:, 1, unit]
            expected = (voltage - voltage[0]) * scale
            np.testing.assert_allclose(drawn(line, panel), expected, rtol=1e-9, atol=1e-9 * abs(expected).max())
            np.testing.assert_allclose(line.get_xdata(), run.traces[tag].time / ms)
        soma_at_start = recorded.soma[0, 1, unit]
        start = f"{-55 + 6 * soma_at_start:.3g} mV" if units == "physical" else f"{soma_at_start:.3g}"
        assert f"(0) = {start}".replace("-", "−") in panel.get_title(loc="left")
    said = words(figure)
    for word in ("Test image 5", "soma", "basal", "apical", "time (ms)", "Before learning", "After learning"):
        assert word in said, word
    assert ("exact map of pyramidal_conductance" in said) == (units == "physical")
    assert ("dimensionless" in said) == (units == "dimensionless")


def test_the_grey_area_lies_between_the_soma_and_its_prediction(run):
    figure = voltages.draw(run, image=5, neurons={"layer2": 4})
    panel = next(axis for axis in figure.axes if axis.get_ylabel())
    (area,) = panel.collections
    recorded = run.traces["before"]["layer2"]
    soma, predicted = recorded.soma[:, 1, 4], recorded.basal[:, 1, 4]
    edges = SOMA * np.stack([soma, predicted]) - SOMA * soma[0]
    drawn_edges = area.get_datalim(panel.transData).intervaly * unit_of(panel.get_ylabel())
    np.testing.assert_allclose(drawn_edges, [edges.min(), edges.max()], rtol=1e-9, atol=1e-15)


def test_the_first_kick_may_leave_a_panel_but_its_height_is_said():
    panel = voltages.Figure((2, 2), "").subplots()
    time = np.arange(100.0)
    apical = np.where(time == 1, -50.0, -1.0)
    panel.plot(time, apical)
    voltages._crop(panel, apical, np.array([-2.0, 0.0]))
    voltages._beyond(panel, time, apical, "µV")
    assert -4 < panel.get_ylim()[0] < -2 < 0 < panel.get_ylim()[1] < 1
    assert panel.texts[0].get_text() == "apical up to −50.0 µV"
    before = panel.get_ylim()
    voltages._crop(panel, np.full(100, np.nan), np.array([-2.0, 0.0]))
    voltages._crop(panel, np.full(100, 3.0), np.array([-2.0, 0.0]))
    assert panel.get_ylim() == before
    panel.set_ylim(-60, 1)
    voltages._beyond(panel, time, apical, "µV")
    assert len(panel.texts) == 1, "what can be seen is not said"


def test_the_controller_is_drawn_as_recorded(run):
    figure = controller.draw(run, image=8)
    control, _, error, _, output, _ = figure.axes
    recorded = run.traces["before"]
    label = recorded.label[2]
    others = [i for i in range(10) if i != label]
    error_of = (recorded.target - recorded.output)[:, 2]
    hertz = 75  # a rate of one
    for panel, values in ((control, recorded.control[:, 2]), (error, error_of)):
        lines = np.array([drawn(line, panel) for line in panel.lines[:10]])
        np.testing.assert_allclose(lines, values[:, [*others, label]].T, rtol=1e-9, atol=1e-15)
    goal, rate = (drawn(line, output) for line in output.lines[:2])
    np.testing.assert_allclose(goal - rate, hertz * error_of[:, label], rtol=1e-9, atol=1e-10)
    assert rate[0] == 0 and f"output {label}" in output.get_title(loc="left") and "Hz" in output.get_ylabel()
    plain = controller.draw(run, image=8, units="dimensionless").axes[4]
    np.testing.assert_allclose(hertz * drawn(plain.lines[1], plain), rate, rtol=1e-9, atol=1e-10)


def test_the_heat_map_has_a_row_for_each_neuron_in_one_order(run):
    figure = population.draw(run, image=3)
    maps = [axis.images[0] for axis in figure.axes if axis.images]
    assert len(maps) == 4
    shown = [(layer, tag) for layer in ("layer1", "layer2") for tag in ("before", "after")]
    for number, (layer, tag) in enumerate(shown):
        apical = {each: run.traces[each][layer].apical[:, 0] for each in ("before", "after")}
        order = apical["after"][-1].argsort()
        bar = figure.axes[4 + number]
        scale = unit_of(bar.get_ylabel())
        expected = APICAL * apical[tag][:, order].T  # apical voltages begin at zero
        np.testing.assert_allclose(maps[number].get_array() * scale, expected, rtol=1e-9, atol=1e-18)
    for before, after in (maps[:2], maps[2:]):
        assert before.get_clim() == after.get_clim() and before.norm.vmin == -before.norm.vmax


def test_a_heat_map_has_colours_of_its_own_where_it_would_be_empty(run):
    """Ten thousand times as much happens before learning as after it."""
    change = np.tile(np.outer(np.arange(30.0), [1.0, -1.0])[:, None], (1, 2, 1))
    roles = ("soma", "basal", "apical", "rate")
    sizes = {"before": 1.0, "after": 1e-4}
    shown = {tag: presentation(dict.fromkeys(roles, size * change), change) for tag, size in sizes.items()}
    figure = population.draw(SimpleNamespace(traces=shown, folder="there", recipe=run.recipe))
    maps = [axis.images[0] for axis in figure.axes if axis.images]
    for heat, bar, size in zip(maps, figure.axes[2:], (1, 1e-4), strict=True):
        assert heat.get_clim() == (-abs(heat.get_array()).max(), abs(heat.get_array()).max())
        np.testing.assert_allclose(heat.get_clim()[1] * unit_of(bar.get_ylabel()), 29 * size * APICAL, rtol=1e-9)
    assert words(figure).count("a scale of its own") == 2


@pytest.mark.parametrize(("number", "said"), [(4.0, False), (-6.0, True)])
def test_voltages_that_no_cell_has_are_said(run, number, said):
    traces = dict.fromkeys(("soma", "basal", "apical", "rate"), np.full((30, 2, 3), number))
    shown = {"after": presentation(traces, np.zeros((30, 2, 3)))}
    one = SimpleNamespace(traces=shown, folder="there", recipe=run.recipe)
    assert ("far from −55 mV it is such as no cell has" in voltages.draw(one).caption) == said
    assert "no cell has" not in voltages.draw(one, units="dimensionless").caption


def test_the_mismatch_is_of_soma_and_prediction_at_the_end(run):
    figure = mismatch.draw(run)
    for panel, layer in zip(figure.axes, ("layer1", "layer2"), strict=True):
        found = [run.traces[tag][layer] for tag in ("before", "epoch1", "after")]
        expected = np.array([SOMA * np.sqrt(((each.soma - each.basal)[-1] ** 2).mean(-1)) for each in found])
        *images, median = panel.lines
        scale = unit_of(figure.axes[0].get_ylabel())
        np.testing.assert_allclose(np.array([line.get_ydata() for line in images]).T * scale, expected, rtol=1e-9)
        np.testing.assert_allclose(median.get_ydata() * scale, np.median(expected, axis=1), rtol=1e-9)
        assert list(median.get_xdata()) == [0, 1, 2]


def test_changes_of_weights_are_counted_since_the_first(run):
    figure = weight_changes.draw(run)
    first = dfc.Network(run.recipe, device="numpy").weights
    for panel, name in zip(figure.axes, ("w1", "w2"), strict=True):
        change = 114e-12 * (run.weights[name] - first[name])
        scale = unit_of(panel.get_xlabel())
        (outline,) = (patch for patch in panel.patches if len(patch.get_xy()) > 5)
        heights = outline.get_xy()[:, 1]
        assert round(np.unique(outline.get_xy()[:, 0]).size) == np.ceil(2 * (2 * change.size) ** (1 / 3)) + 1
        assert abs(heights[1::2].sum() - change.size) < 1.5  # each bin is there once, but for the closing corner
        assert f"{np.sqrt(np.mean(change**2)) / scale:.3g}" in panel.get_title(loc="left")


def test_a_decay_settles_when_it_should():
    tau, time = 20.0, np.arange(0, 200, 0.5)
    decay = np.exp(-time / tau)
    output = np.stack([decay, decay * 0 + 1, 0 * decay, decay * np.where(time == 100, 100, 1)], axis=-1)[..., None]
    found = settling.settling_time(time * ms, output, np.zeros((4, 1)))
    assert abs(found[0] / ms - tau * np.log(20)) <= 0.5
    assert np.isinf(found[1])
    assert found[2] == 0 * ms
    assert found[3] == 100.5 * ms


def test_settling_times_are_drawn_and_the_unsettled_marked(run):
    figure = settling.draw(run)
    distance, times = figure.axes
    recorded = run.traces["after"]
    assert len(distance.lines) == 7
    expected = settling.settling_time(recorded.time, recorded.output, recorded.target) / ms
    settled, never = times.lines[2:]
    np.testing.assert_allclose(settled.get_ydata(), expected[np.isfinite(expected)])
    assert len(never.get_ydata()) == np.isinf(expected).sum() and never.get_marker() == "^"
    assert [text.get_text() for text in times.get_xticklabels()] == ["3", "5", "8"]


def test_some_epochs_are_the_first_ones_and_fewer_later():
    traces = dfc.Recipe.load("digits").traces
    assert traces.when == ("before", "some", "after")
    assert traces.moments(1) == ("before", "after")
    assert traces.moments(20) == ("before", "epoch1", "epoch2", "epoch5", "epoch10", "after")
    assert traces.moments(101)[-3:] == ("epoch50", "epoch100", "after") and "epoch12" not in traces.moments(101)


def test_every_axis_says_what_it_shows_and_in_which_unit(run):
    figures, missing = plots.possible(run)
    assert list(missing) == ["weights"] and "traces.synapses" in str(missing["weights"])
    for name, figure in figures.items():
        said = words(figure)
        assert figure.caption and figure.title, name
        if name in ("voltages", "controller", "population", "settling"):
            assert "time (ms)" in said
        if name not in ("learning_curves", "settling"):
            assert re.search("[mµn]V|[pf]A|Hz", said) and "exact map" in said and "-55 mV" in figure.units, name


def test_a_figure_shows_itself_and_goes_to_files(run, tmp_path):
    figure = mismatch.draw(run)
    assert repr(figure).startswith("<Figure: Mismatch of soma and basal prediction; 2 panels")
    assert str(figure) == repr(figure)
    shown = figure._repr_mimebundle_()
    assert b64decode(shown["image/png"]).startswith(b"\x89PNG") and figure.caption in shown["text/html"]
    assert shown["image/png"] in shown["text/html"]
    for ending, start in ((".pdf", b"%PDF"), (".png", b"\x89PNG"), (".svg", b"<?xml")):
        assert figure.save(tmp_path / f"a{ending}").read_bytes().startswith(start)
    assert figure.save(tmp_path / "new" / "a.png").exists()
    with pytest.raises(DiskError):
        figure.save(tmp_path / "a.png" / "a.png")


def test_what_is_not_there_cannot_be_drawn(run):
    for options, said in (
        ({"image": 4}, "3, 5, 8"),
        ({"neurons": {"layer1": 99}}, "0, 1, 2"),
        ({"neurons": {"layer9": 0}}, "layer1"),
        ({"units": "volts"}, "physical, dimensionless"),
    ):
        with pytest.raises(BadInput, match=said):
            voltages.draw(run, **options)
    with pytest.raises(BadInput, match="controlled presentations"):
        voltages.draw(SimpleNamespace(traces=None, folder="there", recipe=run.recipe))
    with pytest.raises(BadInput, match="no epoch is done"):
        plots.draw(SimpleNamespace(metrics=[], sleep=[], recipe=run.recipe), "learning_curves")
    with pytest.raises(BadInput, match="no weights"):
        plots.draw(SimpleNamespace(weights={}, folder="there"), "weight_changes")


@pytest.mark.parametrize("name", ["voltages", "controller", "population", "mismatch", "settling"])
@pytest.mark.parametrize("value", [np.inf, 0.0])
def test_a_network_that_diverged_or_stood_still_can_be_drawn(run, name, value):
    draw = np.random.default_rng(0).normal
    draws = {role: draw(size=(30, 2, 3)) for role in ("soma", "basal", "apical", "rate")}
    for each in draws.values():
        each[20:] = value
        each[10:20] *= 1e150
        each[:] *= value != 0
    output = draw(size=(30, 2, 3)) * (value != 0)
    output[20:] = value
    shown = presentation(draws, output)
    broken = SimpleNamespace(
        traces={"before": shown, "after": shown}, recipe=run.recipe, folder="there", status={"epoch": 1}
    )
    plots.draw(broken, name).draw_without_rendering()


def test_numbers_are_written_to_be_read():
    from brian2 import mV, uvolt, volt

    assert style.number(-54.321 * mV) == "−54.3 mV"
    assert style.number(12 * uvolt) == "12 µV"
    assert style.number(1.789) == "1.79"
    assert style.number(-1.7e-5) == r"−1.7 $\times 10^{-5}$"
    assert style.unit_of(np.array([0.0, 2e-5]) * volt, np.array([np.nan, np.inf]) * volt) == (1e-6, "µV")
    assert style.unit_of(np.array([0.0, 2e-5])) == (10.0**-5, "$10^{-5}$")
    assert style.unit_of(np.zeros(3)) == (1.0, "")


@pytest.mark.parametrize("name", ["prediction", "V_star"])
def test_the_prediction_is_the_model_s_own_by_either_name(name):
    from brian2 import mV

    recipe = dfc.Recipe.load("digits", SMALL | {"network.neuron": "pyramidal_conductance"})
    own = np.array([[[-51.0, -54.0]]]) * mV
    told, plain = Recorded({"basal": own + 1 * mV, name: own}), Recorded({"basal": np.array([[[0.5, -1.0]]])})
    np.testing.assert_allclose(Units(recipe).prediction(told) / mV, own / mV, rtol=1e-12)
    np.testing.assert_allclose(Units(recipe, "dimensionless").prediction(told, -1), (own[-1] / mV + 55) / 6, rtol=1e-12)
    with pytest.raises(BadInput, match="prediction"):
        Units(recipe).prediction(plain)
    own = Units(dfc.Recipe.load("digits", SMALL)).prediction(plain)  # which has no other than its basal voltage
    np.testing.assert_allclose(own / mV, [[[-55 + 3, -55 - 6]]], rtol=1e-12)


def test_figures_show_the_prediction_of_a_dendrite_that_saturates(tmp_path, monkeypatch):
    """Twice as strong as the map has it for small voltages, never more than 1.5 mV."""
    from brian2 import mV

    text = (dfc.library.folder("models/neurons") / "pyramidal_conductance.toml").read_text()
    linear = "V_star = theta + lambda_B*(V_B - theta) : volt"
    assert linear in text
    text = text.replace(linear, "V_star = theta + limit*tanh(2*lambda_B*(V_B - theta)/limit) : volt")
    (tmp_path / "saturating.toml").write_text(text.replace("[parameters]\n", '[parameters]\nlimit = "1.5 mV"\n'))
    monkeypatch.setattr(loop, "_draw", lambda *_: None)
    own = {"network.neuron": str(tmp_path / "saturating.toml"), "train.epochs": 1, "data.train": 32}
    own |= {"presentation.dt": "0.5 ms", "presentation.duration": "20 ms", "traces.synapses": 2}
    own |= {"traces.when": ["before", "after"]}
    traced = dfc.train(dfc.Recipe.load("digits", SMALL | own), out=tmp_path / "run")

    def predicted(layer):
        return -55 + 1.5 * np.tanh(2 * 20 / 38 * (layer.basal / mV + 55) / 1.5)

    layer = traced.traces["after"]["layer1"]
    beyond = layer.soma / mV - predicted(layer)
    mapped = layer.soma / mV + 55 - 20 / 38 * (layer.basal / mV + 55)
    assert np.abs(beyond[-1] - mapped[-1]).max() > 1, "visibly not the same"
    panel = mismatch.draw(traced, units="physical").axes[0]
    found = [drawn(line, panel)[-1] for line in panel.lines[: len(traced.traces["after"].image)]]
    np.testing.assert_allclose(found, 1e-3 * np.sqrt(np.mean(beyond[-1] ** 2, axis=-1)), rtol=1e-9)
    figure = voltages.draw(traced, image=5, neurons={"layer1": 2})
    panel = next(axis for axis in figure.axes if axis.get_ylabel())
    shown = traced.traces["before"]["layer1"]
    edges = 1e-3 * (np.stack([shown.soma / mV, predicted(shown)]) - shown.soma[0] / mV)[:, :, 1, 2]
    area = panel.collections[0].get_datalim(panel.transData).intervaly * unit_of(panel.get_ylabel())
    np.testing.assert_allclose(area, [edges.min(), edges.max()], rtol=1e-9, atol=1e-15)
    panel = weights.draw(traced).axes[2]  # below w1 and w2
    expected = 1e-3 * (shown.soma / mV - predicted(shown))[:, 0, 4]
    np.testing.assert_allclose(drawn(panel.lines[4], panel), expected, rtol=1e-9, atol=1e-12)


def test_a_row_has_one_scale_unless_a_panel_would_be_flat():
    time, wave = np.arange(50) * ms, np.sin(np.arange(50.0))
    for part, one in ((0.5, True), (0.01, False)):
        panels = voltages.Figure((4, 2), "").subplots(1, 2)
        units = style.in_row(panels, time, [[(wave, {})], [(part * wave, {})]])
        assert (panels[0].get_ylim() == panels[1].get_ylim()) == one
        assert all(("a scale of its own" in panel.get_title(loc="right")) != one for panel in panels)
        for panel, unit, size in zip(panels, units, (1, part), strict=True):
            np.testing.assert_allclose(panel.lines[0].get_ydata() * unit_of(f" {unit}"), size * wave, rtol=1e-12)
