"""dfc-online, weights that move while samples are shown: against plain numpy and against brian2.Synapses; its blocks,
its recording, and that it learns. 1e-9 of the largest change in float64, 1e-3 in float32."""

import brian2 as b2
import numpy as np
import online
import oracle
import pytest

import dfc_brian as dfc
from dfc_brian import datasets, recording
from dfc_brian.errors import BadInput
from dfc_brian.learning import learner
from dfc_brian.recording import Traces

TOLERANCE = {"float64": 1e-9, "float32": 1e-3}
STATES = 40
ONLINE = {"learning.method": "dfc-online", "learning.rule": "nonlinear_difference_online"}


def recipe(variant, batch, precision="float64", **changes):
    case = oracle.load("small_tanh_linear", variant)
    sizes, overrides, _ = oracle.network_from("small_tanh_linear", variant)
    own = {
        "plasticity.tau_w": "50 ms",
        "presentation.duration": f"{STATES * case.settings['dt'] * 50:.12g} ms",
        "presentation.drop_unconverged": True,  # not applied
        "train.batch_size": batch,
        "train.precision": precision,
        "traces.synapses": 5,
    }
    return dfc.Recipe.bare(sizes, overrides | ONLINE | own | changes)


def network(variant, batch, device="numpy", precision="float64", damage=None, **changes):
    weights = oracle.network_from("small_tanh_linear", variant)[2]
    if damage:
        weights = oracle.damaged(weights, *damage)
    return dfc.Network(recipe(variant, batch, precision, **changes), weights=weights, device=device)


def minibatches(batch):
    """Seven samples: with batch 3, the last minibatch is smaller."""
    case = oracle.load("small_tanh_linear", "ipk")
    return [(case.x[k : min(k + batch, 7)], case.y[k : min(k + batch, 7)]) for k in range(0, 7, batch)]


def expected(variant, given, tau_w=1.0):
    """(changes of the weights, their history) by numpy."""
    case = oracle.load("small_tanh_linear", variant)
    weights, history = online.learn(case.weights, given, tau_w=tau_w, **case.settings | {"states": STATES})
    return {name: weights[name] - case.weights[name] for name in history}, history


def deviations(learned, before, changes):
    return {name: oracle.worst(learned[name] - before[name], change) for name, change in changes.items()}


CELLS = [
    ("ipk", 1, "numpy", "float64"),
    ("d0", 1, "numpy", "float64"),
    ("ipk", 3, "numpy", "float64"),
    ("dpk", 3, "numpy", "float64"),
    ("ipk", 3, "numpy", "float32"),
    ("ipk", 1, "cpp", "float64"),
    ("ipk", 3, "cpp", "float64"),
]


@pytest.mark.parametrize(("variant", "batch", "device", "precision"), CELLS)
def test_weights_move_as_in_numpy(variant, batch, device, precision):
    one, given = learner(network(variant, batch, device, precision)), minibatches(batch)
    before, (changes, _) = dict(one.weights), expected(variant, given)
    block = one.block(given)
    found = deviations(one.weights, before, changes)
    assert max(found.values()) < TOLERANCE[precision], found
    assert block.runs == 1 and one.state == {}
    assert not block.converged.all(), "that some did not converge changes nothing"


WRONG = {
    "tau_w": {"plasticity.tau_w": "50.5 ms"},
    "weight": {"damage": ("w2", 1.01)},
    "feedback": {"damage": ("q1", 1.01)},
    "nudge": {"learning.nudge": 1.01 * oracle.load("small_tanh_linear", "ipk").settings["nudge"]},
    "transmission": {"presentation.instantaneous_transmission": False},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_planted_error_of_one_percent_fails(wrong):
    one, given = learner(network("ipk", 3, **WRONG[wrong])), minibatches(3)
    before = dict(one.weights)
    one.block(given)
    assert max(deviations(one.weights, before, expected("ipk", given)[0]).values()) > 5 * TOLERANCE["float32"]


def test_blocks_continue_to_the_bit():
    given = minibatches(3)
    whole, parts = learner(network("ipk", 3, "cpp")), learner(network("ipk", 3, "cpp"))
    whole.block(given)
    for part in (given[:2], given[2:]):
        parts.block(part)
    for name in whole.learned:
        assert np.array_equal(whole.weights[name], parts.weights[name]), name


def test_weights_move_as_with_brian2_synapses():
    """One sample; the same equations as ordinary Brian2 objects, wired by hand."""
    one = network("ipk", 1, **{"presentation.drop_unconverged": False})
    case = oracle.load("small_tanh_linear", "ipk")
    x, y = case.x[:1], case.y[:1]
    weights = plain_brian(case, x[0], y[0])
    shown = one.present(x, y)
    for name, value in weights.items():
        assert oracle.worst(shown.updates[name], value - case.weights[name]) < TOLERANCE["float64"], name


def plain_brian(case, x, y):
    """The weights after one presentation, by NeuronGroup and Synapses (instantaneous transmission, proactive)."""
    settings, weights, sizes = case.settings, case.weights, case.sizes
    tau_u, last = 50 * b2.ms, len(sizes) - 1
    clock = b2.Clock(settings["dt"] * tau_u)
    common = {
        "tau_v": settings["tau_v"] * tau_u, "tau_u": tau_u, "tau_w": 50 * b2.ms,
        "leak": settings["leak"], "k_p": settings["k_p"],
    }  # fmt: skip
    b2.prefs.codegen.target = "numpy"
    below = b2.NeuronGroup(sizes[0], "r : 1", clock=clock)
    one = b2.NeuronGroup(1, "r : 1", clock=clock)
    below.r, one.r, rate = x, 1, x
    objects, learned, layers = [below, one], {}, {}
    for i in range(1, last + 1):
        phi = "tanh(v)" if i < last else "1*v"
        layer = b2.NeuronGroup(
            sizes[i],
            f"""dv/dt = (v_basal + i_feedback - v)/tau_v : 1
            v_basal = i_feedforward + i_bias : 1
            r = {phi} : 1
            predicted = {phi.replace("(v)", "(v_basal)").replace("*v", "*v_basal")} : 1
            i_feedforward : 1
            i_bias : 1
            i_feedback : 1""",
            method="euler", clock=clock, namespace=common,
        )  # fmt: skip
        layer.state_updater.order = 10 * i + 1
        for name, source, receives in ((f"w{i}", below, "i_feedforward"), (f"b{i}", one, "i_bias")):
            synapses = b2.Synapses(
                source, layer,
                f"""dw/dt = (r_post - predicted_post)*r_pre/tau_w : 1 (clock-driven)
                {receives}_post = w*r_pre : 1 (summed)""",
                method="euler", clock=clock, namespace=common,
            )  # fmt: skip
            synapses.connect()
            synapses.w = weights[name].T.ravel()  # all-to-all: the source varies slowest
            synapses.state_updater.when = "start"
            synapses.summed_updaters[f"{receives}_post"].order = 10 * i
            objects.append(synapses)
            learned[name] = synapses
        drive = weights[f"w{i}"] @ rate + weights[f"b{i}"]
        layer.v = layer.i_feedforward = drive
        layer.i_feedforward, layer.i_bias = drive - weights[f"b{i}"], weights[f"b{i}"]
        rate = np.tanh(drive) if i < last else drive
        objects.append(layer)
        layers[i] = below = layer
    controller = b2.NeuronGroup(
        sizes[last],
        """du_int/dt = (target - r - leak*u)/tau_u : 1
        r : 1 (linked)
        target : 1
        u : 1""",
        method="euler", clock=clock, namespace=common,
    )  # fmt: skip
    controller.r = b2.linked_var(below, "r")
    controller.target = rate - settings["nudge"] * 2 * (rate - y) / len(y)
    controller.state_updater.order = 0
    controller.run_regularly("u = u_int + k_p*(target - r)", clock=clock, when="groups", order=1)
    objects.append(controller)
    for i, layer in layers.items():
        synapses = b2.Synapses(controller, layer, "w : 1\ni_feedback_post = w*u_pre : 1 (summed)", clock=clock)
        synapses.connect()
        synapses.w = weights[f"q{i}"].T.ravel()
        synapses.summed_updaters["i_feedback_post"].order = 2
        objects.append(synapses)
    b2.Network(objects).run(STATES * clock.dt, namespace={})  # the last step moves the weights by the last state
    return {name: np.array(s.w).reshape(weights[name].T.shape).T for name, s in learned.items()}


def test_samples_in_turn_and_the_weights_that_are_recorded():
    one = network("ipk", 1)
    given = minibatches(1)[:4]
    x, y = np.concatenate([x for x, _ in given]), np.concatenate([y for _, y in given])
    before = dict(one.weights)
    shown = one.present_in_turn(x, y)
    changes, history = expected("ipk", given)
    assert max(oracle.worst(shown.updates[name], change) for name, change in changes.items()) < TOLERANCE["float64"]
    assert all(np.array_equal(before[name], one.weights[name]) for name in before)
    for name, recorded in shown.weights.items():
        wanted = np.stack(history[name], axis=1)[:, :, recorded.post, recorded.pre]
        assert recorded.values.shape == (STATES, 4, 5)
        assert oracle.worst(recorded.values - wanted[0, 0], wanted - wanted[0, 0]) < TOLERANCE["float64"], name
    assert shown.output.shape == (STATES, 4, one.recipe.network.sizes[-1])
    first = one.present(x[:1], y[:1])
    assert np.array_equal(first["layer2"].soma[:, 0], shown["layer2"].soma[:, 0])
    assert not np.array_equal(one.present(x[1:2], y[1:2])["layer2"].soma[:, 0], shown["layer2"].soma[:, 1])


def test_recorded_weights_are_found_in_the_file(tmp_path):
    one = network("ipk", 1)
    case = oracle.load("small_tanh_linear", "ipk")
    shown = one.present_in_turn(case.x[:2], case.y[:2])
    (tmp_path / "recipe.toml").write_text(one.recipe.to_toml())
    recording.write_part(tmp_path, "before", "controlled", shown, one.recipe, np.arange(2), x=case.x[:2])
    found = Traces(recording.finalise(tmp_path))["before"].weights
    assert list(found) == ["w1", "w2", "w3"]
    for name, recorded in shown.weights.items():
        assert np.array_equal(found[name].values, recorded.values)
        assert np.array_equal(found[name].post, recorded.post) and np.array_equal(found[name].pre, recorded.pre)


def test_other_rules_do_not_move_the_weights():
    case = oracle.load("small_tanh_linear", "ipk")
    plain = dfc.Network(dfc.Recipe.bare(case.sizes, {"network.loss": "mse"}), device="numpy")
    with pytest.raises(BadInput, match="no weights move"):
        plain.present_in_turn(case.x, case.y)


@pytest.mark.parametrize("given", [{"learning.method": "dfc-online"}, {"learning.rule": ONLINE["learning.rule"]}])
def test_method_and_rule_must_fit(given):
    with pytest.raises(BadInput, match="does not fit the method"):
        dfc.Recipe.bare([3, 4, 2], given)


def test_parameters_of_the_rule_are_set_in_the_recipe():
    own = dfc.Recipe.bare([3, 4, 2], ONLINE | {"plasticity.tau_w": 3 * b2.ms})
    assert own.plasticity == {"tau_w": 3 * b2.ms} and own.replace({}) == own
    for wrong, message in (({"plasticity.tau_w": "3 mV"}, "wrong unit"), ({"plasticity.tau": "3 ms"}, "tau_w")):
        with pytest.raises(BadInput, match=message):
            dfc.Recipe.bare([3, 4, 2], ONLINE | wrong)


def test_it_learns_digits():
    """Each of 400 digits is shown once, four at a time, for 30 ms."""
    own = {"learning.nudge": 4.0, "plasticity.tau_w": "0.5 second", "presentation.duration": "30 ms"}
    recipe = dfc.Recipe.load("digits", ONLINE | own | {"train.batch_size": 4, "train.precision": "float32"})
    data = datasets.load(recipe.data)
    one = learner(dfc.Network(recipe, device="numpy"))
    assert error(one, data) > 0.7
    for start in range(0, 400, 4 * one.minibatches):
        parts = [slice(k, k + 4) for k in range(start, min(start + 4 * one.minibatches, 400), 4)]
        one.block([(data.x_train[part], data.y_train[part]) for part in parts])
    assert error(one, data) < 0.2


def error(one, data):
    rate = data.x_test
    for i in (1, 2, 3):
        rate = rate @ one.weights[f"w{i}"].T + one.weights[f"b{i}"]
        rate = np.tanh(rate) if i < 3 else rate
    return np.mean(rate.argmax(1) != data.y_test)
