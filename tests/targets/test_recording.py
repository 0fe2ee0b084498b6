"""Recordings: the variables are what the equations say they are, in files as in memory, of the size that was predicted;
and training does not notice."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from brian2 import ms, mV

import dfc_brian as dfc
from dfc_brian import datasets, recording
from dfc_brian.errors import BadInput, DiskError
from dfc_brian.training import loop
from dfc_brian.training import traces as tracing

RECIPE = {
    "network.sizes": [64, 6, 10],
    "presentation.duration": "20 ms",
    "presentation.drop_unconverged": False,
    "data.train": 32,
    "train.device": "numpy",
}
ALL = {
    "traces.images": {"3": 2, "8": 1},
    "traces.variables": [
        "soma",
        "basal",
        "apical",
        "rate",
        "delta",
        "i_feedback",
        "control",
        "error",
        "u_int",
        "noise",
    ],
    "traces.units": [0, 4, 9],
    "traces.when": ["before", "epochs"],
    "traces.phases": ["feedforward", "controlled", "sleep"],
    "traces.every": "3 ms",
}


def digits(**changes):
    return dfc.Recipe.load("digits", RECIPE | {"train.epochs": 1} | changes)


@pytest.fixture(scope="module")
def net():
    return dfc.Network(digits(), device="numpy")


@pytest.fixture(scope="module")
def data(net):
    return datasets.load(net.recipe.data)


def test_variables_are_what_their_equations_say(net, data):
    shown = net.present(data.x_test[:3], data.y_test[:3], record=["error", "u_int", "delta", "i_feedback", "v", "r"])
    plain = net.present(data.x_test[:3], data.y_test[:3])
    controller, constants = shown["controller"], net.recipe.controller
    for layer in shown.layers:
        phi = np.tanh if layer == "layer1" else np.positive
        recorded = shown[layer]
        assert set(recorded) == {"soma", "basal", "apical", "rate", "delta", "i_feedback", "v", "r"}
        assert np.array_equal(recorded["i_feedback"], recorded.apical) and np.array_equal(recorded["v"], recorded.soma)
        mismatch = phi(recorded.soma) - phi(recorded.basal)
        assert np.abs(recorded["delta"] - mismatch).max() < 1e-12 * np.abs(recorded.soma).max()
        assert all(np.array_equal(plain[layer][name], recorded[name]) for name in ("soma", "basal", "apical", "rate"))
    error = shown.target - shown.output
    assert np.array_equal(controller["r"], shown.output) and np.array_equal(controller["error"], error)
    step = float(net.recipe.presentation.dt / constants["tau_u"])
    change = step * (error - constants["leak"] * shown.control)[:-1]  # by the state before
    assert np.abs(np.diff(controller["u_int"], axis=0) - change).max() < 1e-12 * np.abs(error).max()


def test_without_control_the_drive_alone_moves_the_neurons(net, data):
    x, y = data.x_test[:3], data.y_test[:3]
    shown, free = net.present(x, y), net.present(x, y, control=False)
    for layer in free.layers:
        assert not free[layer].apical.any()
        assert np.array_equal(free[layer].soma, np.broadcast_to(shown[layer].soma[0], free[layer].soma.shape))
    assert np.array_equal(free.target, shown.target)
    assert all(not update.any() for update in free.updates.values()), "the rule finds nothing to learn"
    assert any(update.any() for update in shown.updates.values())


def test_sleep_is_recorded_with_its_noise(net, data):
    slept = net.sleep(data.x_test[:3], record=["noise", "error"])
    phase, layer = net.recipe.sleep, slept["layer1"]
    basal, apical = layer.basal, layer.apical
    drive = (apical[1:] + basal[1:] - layer.soma[:-1]) * float(phase.dt / phase.tau_v)
    assert np.abs(np.diff(layer.soma, axis=0) - drive).max() < 1e-12
    feedback = np.einsum("tbo,io->tbi", slept.control, net.weights["q1"])[:-1]  # not proactive: that of the last step
    noise = phase.sigma * float(phase.tau_u) ** 0.5 * np.asarray(layer["noise"])[1:]
    change = (feedback + noise - apical[:-1]) * float(phase.dt / phase.tau_apical)
    assert np.abs(np.diff(apical, axis=0) - change).max() < 1e-12 * np.abs(apical).max()
    assert np.array_equal(slept["controller"]["error"], slept.target - slept.output)


def test_a_sample_is_nudged_as_in_its_minibatch(net, data):
    """As the first of 8 samples shown together; 1e-12 of the control, as the products of matrices differ."""
    x, y = data.x_test[:8], data.y_test[:8]
    alone, among = net.present(x[:1], y[:1], minibatch=8), net.present(x, y)
    assert np.abs(alone.control[:, 0] - among.control[:, 0]).max() < 1e-12 * np.abs(among.control).max()
    assert np.abs(alone.target[0] - among.target[0]).max() < 1e-12


@pytest.mark.parametrize("wrong, known", [("som", "did you mean 'soma'"), ("noise", "u_int")])
def test_variables_that_do_not_exist_are_refused(net, data, wrong, known):
    with pytest.raises(BadInput, match=f"'{wrong}'(.|\n)*{known}"):
        net.present(data.x_test[:1], data.y_test[:1], record=[wrong])


def test_the_file_holds_what_was_selected(tmp_path, data, monkeypatch):
    """In each phase the numbers of `present`, each sample alone, or `sleep`; and as many bytes as were predicted."""
    recipe = digits(**ALL)
    net = dfc.Network(recipe, device="numpy")
    weights = {"before": net.weights, "epoch1": {name: 0.5 * value for name, value in net.weights.items()}}
    monkeypatch.setattr(tracing, "MEMORY", 1)  # each image by itself
    tracer = tracing.Tracer(recipe, data, SimpleNamespace(path=tmp_path), None)
    tracer.record("before", weights["before"])
    tracer.record(1, weights["epoch1"])
    tracer.record("after", weights["epoch1"])  # not wanted
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert _written(tmp_path) == recording.predicted(recipe, 3)
    traces = recording.Traces(recording.finalise(tmp_path))
    threes, eights = np.flatnonzero(data.y_test == 3)[:2], np.flatnonzero(data.y_test == 8)[:1]
    images = np.sort(np.concatenate([threes, eights]))
    x, y = data.x_test[images], data.y_test[images]
    record = [name for name in recipe.traces.variables if name != "noise"]
    for moment in ("before", "epoch1"):
        net.weights = weights[moment]
        wanted = {
            "controlled": net.present(x, y, record, minibatch=1),
            "feedforward": net.present(x, y, record, control=False, minibatch=1),
        }
        for phase, shown in wanted.items():
            found = traces.phase(phase)[moment]
            groups = ("layer1", "layer2", "controller") if phase == "controlled" else ("layer1", "layer2")
            assert found.groups == (*groups, "output")
            assert np.abs(found["output"]["rate"] - shown.output[::3]).max() < 1e-12
            assert np.array_equal(found.output, found["output"]["rate"]) and list(found["output"].unit) == [*range(10)]
            assert np.allclose(found.time / ms, 3 * np.arange(7), rtol=0, atol=1e-9)
            assert np.array_equal(found.image, images) and np.array_equal(found.label, y)
            for group in groups:
                units = {"layer1": [0, 4], "layer2": [0, 4, 9]}.get(group, slice(None))
                for name, values in found[group].items():
                    # other products of matrices: the images one by one
                    assert np.abs(values - shown[group][name][::3][:, :, units]).max() < 1e-12, (phase, group, name)
        asleep = traces.phase("sleep")[moment]
        assert set(asleep["layer2"]) == {"soma", "basal", "apical", "rate", "i_feedback", "noise"}
        one = net.sleep(x[1:2], stream=1, record=["noise"])
        assert np.array_equal(asleep["layer2"].soma[:, 1:2], one["layer2"].soma[::30][:, :, [0, 4, 9]])
    assert traces.phases == ("feedforward", "controlled", "sleep") and list(traces) == ["before", "epoch1"]


def test_weights_that_move_are_recorded_with_what_they_connect(tmp_path, data):
    """Those of `present_in_turn`, image by image, and what the controller compares with the target."""
    changes = {"learning.method": "dfc-online", "traces.images": [3, 5, 8], "traces.units": [1], "traces.every": 4}
    recipe = digits(**changes, **{"traces.synapses": 5})
    tracer = tracing.Tracer(recipe, data, SimpleNamespace(path=tmp_path), None)
    net = dfc.Network(recipe, device="numpy")
    tracer.record("before", net.weights)
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    found = recording.Traces(recording.finalise(tmp_path))["before"]
    shown = net.present_in_turn(data.x_test[[3, 5, 8]], data.y_test[[3, 5, 8]])
    assert found.groups == ("layer1", "layer2", "controller", "output", "w1", "w2")
    assert np.abs(found["output"]["rate"] - shown.output[::4]).max() < 1e-12
    for name in ("w1", "w2"):
        values, group = shown.weights[name].values, found[name]
        assert group["weight"].shape == (len(found.time), 3, 5) and (np.ptp(values[::4], axis=(0, 1)) > 0).all()
        assert np.array_equal(group["weight"], values[::4]) and np.array_equal(found.weights[name].values, values[::4])
        assert np.array_equal(net.weights[name][group.post, group.pre], values[0, 0])
        assert np.array_equal(group.of_sample("weight", 2), values[::4, 2]) and not group.shared
    assert found["layer1"].pre is None and list(found["layer1"].unit) == [1]


PREDICTION = {"network.neuron": "pyramidal_conductance", "presentation.dt": "0.5 ms", "traces.images": [3, 5]}


@pytest.mark.parametrize(
    "variables, recorded",
    [
        (["soma", "rate"], ["soma", "rate", "prediction"]),
        (["V", "prediction"], ["V", "prediction"]),
        (["V_star", "soma"], ["V_star", "soma"]),
        (["rate", "basal"], ["rate", "basal"]),
    ],
    ids=" ".join,
)
def test_with_the_soma_comes_what_the_basal_dendrite_predicts_of_it(variables, recorded):
    phases = {"traces.phases": ["feedforward", "controlled", "sleep"]}
    recipe = digits(**PREDICTION, **phases, **{"traces.variables": [*variables, "control"]})
    for phase in ("feedforward", "controlled"):
        chosen = recording.selection.select(recipe, phase)
        assert list(chosen["layer1"].names) == list(chosen["layer2"].names) == recorded
        assert phase == "feedforward" or chosen["controller"].names == ("control",)
    asleep = recording.selection.select(recipe, "sleep")  # its neuron has no other prediction than its basal voltage
    awake = {"V", "V_star", "prediction"}
    found = asleep["layer1"].names if "layer1" in asleep else ()
    assert list(found) == [name for name in recorded if name not in awake]
    assert recording.absent(recipe)["controlled"] == ()
    assert recording.absent(recipe)["sleep"] == tuple(name for name in variables if name in awake)


def test_the_prediction_is_in_the_file_and_in_its_predicted_size(tmp_path, data):
    recipe = digits(**PREDICTION, **{"traces.when": ["before"], "traces.variables": ["soma", "basal"]})
    tracer = tracing.Tracer(recipe, data, SimpleNamespace(path=tmp_path), None)
    tracer.record("before", dfc.Network(recipe, device="numpy").weights)
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert _written(tmp_path) == recording.predicted(recipe, 2)
    layer = recording.Traces(recording.finalise(tmp_path))["before"]["layer1"]
    predicted = -55 + 20 / 38 * (layer.basal / mV + 55)
    assert layer["prediction"].dim == layer.soma.dim and np.abs(layer["prediction"] / mV - predicted).max() < 1e-9


def _written(folder):
    """Bytes of the voltages in the parts of a folder: of all arrays of numbers with two axes or more."""
    total = 0
    for part in recording.parts(folder):
        with np.load(part.path) as arrays:
            total += sum(arrays[name].nbytes for name in arrays.files if arrays[name].ndim > 1)
    return total


def test_training_does_not_notice(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_draw", lambda *_: None)
    plain = dfc.train(digits(**{"traces.images": []}), out=tmp_path / "plain")
    traced = dfc.train(digits(**ALL), out=tmp_path / "traced")
    assert all(traced.weights[name].tobytes() == value.tobytes() for name, value in plain.weights.items())
    assert plain.traces is None and list(traced.traces) == ["before", "epoch1"]


def test_a_disk_without_room_is_told_before_anything_happens(tmp_path, monkeypatch):
    recipe, notes = digits(**ALL), []
    needed = 2 * recording.predicted(recipe, 3)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=needed - 1))
    with pytest.raises(DiskError, match=r"no room(.|\n)*free(.|\n)*traces.every"):
        dfc.train(recipe, out=tmp_path / "run", progress=SimpleNamespace(note=notes.append))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "images, expected",
    [({"3": 1000}, "class 3"), ({"11": 1}, "class '11'"), ([300], "0 to 299")],
)
def test_images_that_do_not_exist_are_refused(data, images, expected):
    with pytest.raises(BadInput, match=expected):
        datasets.check_fits(data, digits(**{"traces.images": images}))


def test_images_by_class_come_in_their_order(data):
    found = datasets.test_images(data, {"all": 1, "3": 2})
    assert len(found) == 11 and (np.diff(found) > 0).all()
    assert sorted(data.y_test[found]) == sorted([*range(10), 3])


def test_what_a_phase_cannot_show_is_noted_before_the_run(data, tmp_path):
    wanted = {"network.neuron": "pyramidal_conductance", "traces.variables": ["soma", "V_star", "control"]}
    wanted |= {"traces.phases": ["feedforward", "controlled", "sleep"], "presentation.dt": "0.5 ms"}
    told = {}
    for feedback in ("fixed", "learned"):
        notes = told[feedback] = []
        recipe = digits(**wanted, **{"learning.feedback": feedback})
        loop._announce(recipe, data, tmp_path, None, SimpleNamespace(note=notes.append))
    assert [note for note in told["learned"] if "not in phase" in note] == ["V_star: not in phase sleep"]
    assert any("nothing learns asleep" in note for note in told["fixed"])
    assert not any("nothing learns asleep" in note for note in told["learned"])
