"""The controlled network against closed forms and symmetries that it must have."""

import numpy as np
import pytest
from oracle import worst
from stepper import continuous_update, present

import dfc_brian as dfc
from dfc_brian.errors import BadInput

SIZES = (6, 5, 4, 3)
BASE = {
    "network.loss": "mse", "presentation.dt": "1 ms", "presentation.duration": "300 ms", "neuron.tau_v": "10 ms",
    "controller.tau_u": "50 ms", "controller.k_p": 2.0, "controller.leak": 0.01, "learning.nudge": 0.5,
    "presentation.drop_unconverged": False, "train.device": "numpy",
}  # fmt: skip


@pytest.fixture
def samples():
    rng = np.random.default_rng(1)
    return rng.normal(size=(4, SIZES[0])), rng.normal(size=(4, SIZES[-1]))


def network(weights=None, **changes):
    return dfc.Network(dfc.Recipe.bare(SIZES, BASE | changes), weights=weights)


def stepper_settings(**changes):
    settings = dict(
        activations=("tanh", "tanh", "linear"), loss="mse", states=300, dt=0.02, tau_v=0.2, k_p=2.0, leak=0.01,
        nudge=0.5, proactive=True, instantaneous_transmission=True,
    )  # fmt: skip
    return settings | changes


@pytest.mark.parametrize(("controller", "leak"), [("pi_total_leak", 0.01), ("pi", 0.01 / (1 + 2 * 0.01))])
def test_linear_network_settles_where_the_algebra_says(samples, controller, leak):
    """u_ss = (J Q + leak I)^-1 (r_L* - r_L), leak = alpha/(k_i + alpha k_p) if alpha acts on the integral."""
    x, y = samples
    net = network(**{"network.activation": "linear", "network.controller": controller, "presentation.duration": "3 s"})
    shown = net.present(x, y)
    w, jacobian = net.weights, np.eye(3)
    jq = np.zeros((3, 3))
    for i in (3, 2, 1):
        jq += jacobian @ w[f"q{i}"]
        jacobian = jacobian @ w[f"w{i}"]
    distance = shown.target - shown.output[0]
    assert worst(shown.control[-1], np.linalg.solve(jq + leak * np.eye(3), distance.T).T) < 1e-6
    assert worst(shown.target - shown.output[-1], leak * shown.control[-1]) < 1e-6
    assert shown.converged.all()


def test_leak_on_the_integral_agrees_with_the_stepper(samples):
    net = network(**{"network.controller": "pi", "controller.k_i": 0.7})
    shown = net.present(*samples)
    expected = present(net.weights, *samples, **stepper_settings(leak_on="u_int", k_i=0.7))
    assert worst(shown.control, expected.control) < 1e-9
    for name, update in continuous_update(expected).items():
        assert worst(shown.updates[name], update) < 1e-9


def test_without_feedback_nothing_moves_and_nothing_is_learned(samples):
    zeros = {f"q{i}": np.zeros((n, 3)) for i, n in enumerate(SIZES) if i}
    shown = network(zeros).present(*samples)
    for layer in shown.layers:
        assert not shown[layer].apical.any()
        assert np.array_equal(shown[layer].soma[-1], shown[layer].soma[0])
    assert not any(update.any() for update in shown.updates.values())


def test_order_of_samples_and_of_units_does_not_matter(samples):
    x, y = samples
    net = network()
    shown = net.present(x, y)
    back = net.present(x[::-1], y[::-1])
    assert worst(back.control[:, ::-1], shown.control) < 1e-12
    order = np.random.default_rng(3).permutation(5)
    w = net.weights
    mixed = {"w1": w["w1"][order], "b1": w["b1"][order], "q1": w["q1"][order], "w2": w["w2"][:, order]}
    other = network(w | mixed).present(x, y)
    assert worst(other["layer1"].soma, shown["layer1"].soma[..., order]) < 1e-12
    assert worst(other.updates["w1"], shown.updates["w1"][order]) < 1e-11


def test_presenting_changes_no_weight_and_repeats_itself(samples):
    net = network()
    before = {name: value.copy() for name, value in net.weights.items()}
    one, two = net.present(*samples), net.present(*samples)
    assert np.array_equal(one.control, two.control)
    assert all(np.array_equal(net.weights[name], before[name]) for name in before)


def test_labels_are_one_hot_for_mse(samples):
    labels = np.array([0, 2, 1, 1])
    net = network()
    assert np.array_equal(net.present(samples[0], labels).target, net.present(samples[0], np.eye(3)[labels]).target)


def test_a_users_own_neuron_runs_by_its_path(samples, tmp_path):
    """An adaptation variable in a copied model file; without adaptation it is the shipped neuron."""
    from dfc_brian import library

    text = (library.folder("models/neurons") / "pyramidal.toml").read_text()
    text = text.replace(
        "dv/dt = (v_basal + v_apical - v)/tau_v : 1", "dv/dt = (v_basal + v_apical - v - gain*a)/tau_v : 1"
    )
    text = text.replace("v_apical = i_feedback", "da/dt = (v - v_basal - a)/tau_a : 1\nv_apical = i_feedback")
    text = text.replace('tau_v = "10 ms"', 'tau_v = "10 ms"\ntau_a = "100 ms"\ngain = 0.0', 1)
    path = tmp_path / "adapting.toml"
    path.write_text(text)
    plain = network().present(*samples)
    same = network(**{"network.neuron": str(path)}).present(*samples)
    other = network(**{"network.neuron": str(path), "neuron.gain": 0.5}).present(*samples)
    assert np.array_equal(same["layer1"].soma, plain["layer1"].soma)
    assert worst(other["layer1"].soma, plain["layer1"].soma) > 1e-6


def test_brian2_objects_stay_reachable(samples):
    from brian2 import Network, NeuronGroup, StateMonitor, ms

    net = network()
    assert isinstance(net.brian_network, Network)
    assert isinstance(net["layer1"].group, NeuronGroup)
    assert np.allclose(net["w2"].group.w[:].reshape(4, 5), net.weights["w2"])
    live = net.live(*samples)
    monitor = StateMonitor(net["layer1"].group, ["v", "v_basal"], record=[0, 1], clock=net["layer1"].group.clock)
    live.add(monitor)
    live.run(100 * ms)
    shown = net.present(*samples)
    assert worst(monitor.v[0, :99], shown["layer1"].soma[:99, 0, 0]) < 1e-12
    net.brian_network.run(10 * ms)
    text = net.describe()
    for part in ("dv/dt", "tau_v", "W_i", "k_p", "update/dt", "6-5-4-3"):
        assert part in text
    with pytest.raises(BadInput, match="layer9"):
        net["layer9"]


@pytest.mark.parametrize(
    ("weights", "message"),
    [({"w1": np.zeros((5, 5))}, "w1"), ({"w9": np.zeros((5, 5))}, "w9"), ({"b1": np.full(5, np.nan)}, "b1")],
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    with pytest.raises(BadInput, match=message):
        network(weights)


@pytest.mark.parametrize(
    ("x", "y"),
    [(np.zeros((2, 5)), np.zeros((2, 3))), (np.zeros((2, 6)), np.zeros((2, 4))), (np.zeros((0, 6)), np.zeros((0, 3))),
     (np.zeros((2, 6)), np.array([0, 3])), (np.full((2, 6), np.nan), np.zeros((2, 3))), ("text", np.zeros((2, 3)))],
)  # fmt: skip
def test_samples_that_do_not_fit_are_refused(x, y):
    with pytest.raises(BadInput):
        network().present(x, y)


def test_unknown_device_names_the_nearest():
    with pytest.raises(BadInput, match="numpy"):
        dfc.Network(dfc.Recipe.bare(SIZES), device="nunpy")


def test_every_presentation_starts_afresh(samples):
    """What a user's neuron remembers (an adaptation variable) does not reach the next image of a block."""
    from dfc_brian import NeuronModel
    from dfc_brian.learning.dfc import Learner

    plain = NeuronModel.load("pyramidal")
    adapting = NeuronModel(
        **plain.to_table()
        | {
            "name": "adapting",
            "equations": plain.equations.replace("- v)/tau_v", "- v - a)/tau_v") + "da/dt = (v - a)/tau_a : 1",
            "parameters": {"tau_v": "10 ms", "tau_a": "100 ms"},
        }
    )
    frozen = {"network.neuron": adapting, "train.batch_size": 4, "learning.rate": 1e-30}
    method = Learner(network(**frozen))
    block = method.block([samples, samples, samples])
    assert np.array_equal(block.final[0], block.final[1]) and np.array_equal(block.final[0], block.final[2])


def test_a_rule_with_a_decay_is_integrated_in_every_step(samples):
    """Also in layer 1, whose input is otherwise multiplied only once per presentation."""
    from dfc_brian import PlasticityModel

    shipped = PlasticityModel.load("nonlinear_difference").to_table()
    synapse = "dupdate/dt = (delta_post*r_pre - 30*update)/presentation : 1 (clock-driven)"
    rule = PlasticityModel(**shipped | {"name": "decaying", "synapse": synapse})
    net = network(**{"learning.rule": rule})
    shown, expected = net.present(*samples), present(net.weights, *samples, **stepper_settings())
    for i, phi in ((1, np.tanh), (3, lambda v: v)):
        update = np.zeros_like(net.weights[f"w{i}"])
        for soma, basal, rate in zip(expected.soma[i], expected.basal[i], expected.rate[i - 1], strict=True):
            product = (phi(soma) - phi(basal)).T @ rate / len(rate)
            update = update + (product - 30 * update) / 300
        assert worst(shown.updates[f"w{i}"], update) < 1e-9
