"""The methods without simulation against the reference results, autograd, finite differences and plain loops.

1e-9 of each array's largest entry in float64, 2e-4 in float32; a planted error of 1 % fails even the wider of the two.
"""

import numpy as np
import oracle
import pytest
import stepper

import dfc_brian as dfc
from dfc_brian import feedforward
from dfc_brian.jacobian import feedback_product, jacobian
from dfc_brian.learning import dfc_ssa, learner, settled
from dfc_brian.methods import METHODS
from dfc_brian.models import NeuronModel, PlasticityModel
from dfc_brian.theory import condition_2

TOLERANCE = {"float64": 1e-9, "float32": 2e-4}

# what the oracle calls it: (method, overrides)
KINDS = {
    "bp": ("bp", {}),
    "dfa": ("dfa", {}),
    "gn_damp0": ("gn", {}),
    **{f"mn_nl_damp{g}": ("mn", {"learning.damping": float(g)}) for g in (0, 1)},
    **{
        f"mn_damp{g}": ("mn", {"learning.damping": float(g), "learning.rule": "voltage_difference"}) for g in (0, 1)
    },
    **{f"dfc-ssa {rule}": ("dfc-ssa", {"learning.rule": rule}) for rule in oracle.RULES},
}  # fmt: skip
ANALYTIC = ("bp", "dfa", "dfc-ssa", "mn", "gn")


def network(case, kind, changes=None, damage=None):
    """The case's `Network` with the method and rule of this kind."""
    method, overrides = KINDS[kind]
    sizes, common, weights = oracle.network_from(case, oracle.CASES[case][0])
    recipe = dfc.Recipe.bare(sizes, common | {"learning.method": method} | overrides | (changes or {}))
    weights = oracle.damaged(weights, *damage) if damage else weights
    return dfc.Network(recipe, weights=weights, device="numpy")


def updates(net, x, y):
    """What the recipe's method gives, in its precision."""
    recipe, dtype = net.recipe, net.recipe.train.precision
    x, wanted = (samples.astype(dtype) for samples in net.samples(x, y))
    weights = {name: value.astype(dtype) for name, value in net.weights.items()}
    passed = feedforward.present(weights, recipe.activations, x)
    return METHODS[recipe.learning.method].load().updates(passed, weights, wanted, recipe)


def deviations(case, kind, **settings):
    expected = oracle.load_analytic(case)
    found = updates(network(case, kind, **settings), expected.x, expected.y)
    assert found.keys() == expected.updates[kind].keys()
    return {name: oracle.worst(value, expected.updates[kind][name]) for name, value in found.items()}


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", oracle.CASES)
def test_updates_agree_with_the_oracle(case, kind, precision):
    found = deviations(case, kind, changes={"train.precision": precision})
    assert max(found.values()) < TOLERANCE[precision], found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", [("w2", 1.01), ("b1", 1.01), ("q1", 1.01), ("q2", -1.0)])
def test_a_planted_error_in_a_weight_fails(kind, damage):
    without_feedback = kind.startswith(("bp", "mn", "gn"))
    found = deviations("small_tanh_linear", kind, damage=damage)
    if without_feedback and damage[0].startswith("q"):
        assert max(found.values()) < TOLERANCE["float64"]
    else:
        assert max(found.values()) > TOLERANCE["float32"]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("dfa", {"learning.nudge": 0.101}),
        *((f"dfc-ssa {rule}", {"learning.nudge": 0.101}) for rule in oracle.RULES),
        ("dfc-ssa nonlinear_difference", {"controller.leak": 0.06}),
        ("dfc-ssa nonlinear_difference", {"learning.rule": "voltage_difference"}),
        ("mn_nl_damp1", {"learning.damping": 1.01}),
        ("gn_damp0", {"learning.damping": 1.0}),
    ],
)
def test_a_planted_error_in_a_constant_fails(kind, changes):
    assert max(deviations("small_tanh_linear", kind, changes=changes).values()) > 1e-3


@pytest.mark.parametrize("case", oracle.CASES)
def test_feedforward_pass_losses_and_targets(case):
    expected = oracle.load_analytic(case)
    net = network(case, "bp")
    passed = feedforward.present(net.weights, net.recipe.activations, expected.x)
    for voltage, wanted in zip(passed.voltages, expected.voltages, strict=True):
        assert oracle.worst(voltage, wanted) < 1e-12
    _, wanted = net.samples(expected.x, expected.y)
    target = passed.output + feedforward.output_error(net.recipe, passed.output, wanted)
    assert oracle.worst(target, expected.target) < 1e-12
    loss = feedforward.LOSSES[expected.loss](passed.output, expected.y).mean()
    assert abs(loss / expected.loss_value - 1) < 1e-12


@pytest.mark.parametrize("case", oracle.CASES)
def test_steady_state_of_dfc_ssa(case):
    expected = oracle.load_analytic(case)
    net = network(case, "dfc-ssa nonlinear_difference")
    _, wanted = net.samples(expected.x, expected.y)
    passed = feedforward.present(net.weights, net.recipe.activations, expected.x)
    error = feedforward.output_error(net.recipe, passed.output, wanted)
    u = dfc_ssa.control(passed, net.weights, error, settled.steady_leak(net.recipe))
    found = {"control": u}
    for i, (soma, basal, rate) in enumerate(zip(*dfc_ssa.steady_state(passed, net.weights, u), strict=True), start=1):
        found |= {f"soma{i}": soma, f"rate{i}": rate, f"apical{i}": soma - basal}
    assert found.keys() == expected.steady.keys()
    worst = {name: oracle.worst(value, expected.steady[name]) for name, value in found.items()}
    assert max(worst.values()) < TOLERANCE["float64"], worst


@pytest.mark.parametrize("case", oracle.CASES)
def test_jacobian_and_condition_2(case):
    expected = oracle.load_analytic(case)
    passed = feedforward.present(expected.weights, expected.activations, expected.x)
    parts = jacobian(passed, expected.weights)
    assert oracle.worst(np.concatenate(parts, axis=2), expected.jacobian) < 1e-12
    q_bar = np.concatenate([expected.weights[f"q{i}"] for i in (1, 2, 3)])
    assert oracle.worst(feedback_product(passed, expected.weights), expected.jacobian @ q_bar) < 1e-12
    found = condition_2(expected.weights, expected.activations, expected.x)
    assert abs(found / expected.condition_2 - 1) < TOLERANCE["float64"]
    wrong = oracle.damaged(expected.weights, "q1", 1.01)
    assert abs(condition_2(wrong, expected.activations, expected.x) / expected.condition_2 - 1) > 1e-6


def test_condition_2_is_one_for_the_jacobian_itself():
    """Linear network, Q_bar = J_bar^T M: the columns span the row space of J_bar."""
    case = oracle.load_analytic("small_linear_linear")
    mixing = np.random.default_rng(0).normal(size=(3, 3))
    parts = jacobian(feedforward.present(case.weights, case.activations, case.x), case.weights)
    feedback = {f"q{i}": part[0].T @ mixing for i, part in enumerate(parts, start=1)}
    assert abs(condition_2(case.weights | feedback, case.activations, case.x) - 1) < 1e-12


WIDE = [5, 9, 2, 3, 7]  # as an autoencoder: the last hidden layer is narrower than the output


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-10), ("float32", 1e-4)])
@pytest.mark.parametrize("sizes", [WIDE, [5, 9, 2], [5, 4]])
def test_control_of_any_shape_solves_its_equations(sizes, precision, tolerance):
    """(J_bar Q_bar + alpha I) u = error, with J_bar Q_bar put together from the Jacobian."""
    rng = np.random.default_rng(1)
    layers, alpha = range(1, len(sizes)), 0.1
    weights = {}
    for i, (n_pre, n_post) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
        weights |= {f"w{i}": rng.normal(0, 0.5, (n_post, n_pre)), f"b{i}": rng.normal(0, 0.1, n_post)}
        weights |= {f"q{i}": rng.normal(0, 0.2, (n_post, sizes[-1])) + np.eye(n_post, sizes[-1])}
    weights = {name: value.astype(precision) for name, value in weights.items()}
    activations = (("tanh", "linear", "sigmoid")[: len(sizes) - 2]) + ("linear",)
    passed = feedforward.present(weights, activations, rng.normal(size=(400, sizes[0])).astype(precision))
    error = rng.normal(size=(400, sizes[-1])).astype(precision)
    u = dfc_ssa.control(passed, weights, error, alpha)
    assert u.dtype == precision
    parts = jacobian(passed, weights)
    product = sum(parts[i - 1] @ weights[f"q{i}"] for i in layers) + alpha * np.eye(sizes[-1])
    assert oracle.worst(np.einsum("bkl,bl->bk", product, u), error) < tolerance


def test_dfc_ssa_is_where_a_linear_network_settles():
    case = oracle.load("small_linear_linear", "ipk")
    shown = stepper.present(case.weights, case.x, case.y, **(case.settings | {"states": 6000}))
    found = updates(network("small_linear_linear", "dfc-ssa nonlinear_difference"), case.x, case.y)
    for name, expected in stepper.steady_state_update(shown).items():
        assert oracle.worst(found[name], expected) < 1e-9


def test_leak_at_the_steady_state_of_each_controller():
    constants = {"controller.leak": 0.8, "controller.k_p": 2.0, "controller.k_i": 0.5}
    for name, expected in (("pi_total_leak", 0.8), ("pi", 0.8 / (0.5 + 0.8 * 2))):
        recipe = dfc.Recipe.bare([3, 2], {"network.controller": name} | constants)
        assert abs(settled.steady_leak(recipe) / expected - 1) < 1e-12
        assert settled.steady_leak(recipe.replace({"controller.leak": 0.0})) == 0


def test_a_rule_of_ones_own():
    """Every kind of term: both cells, one of them, none, and the weight; a subexpression; parameters with units."""
    rule = PlasticityModel(
        name="own",
        postsynaptic="half : 1\ndelta = exp(v_apical) - half + gain*r + int(v > v_basal)*i_bias : 1",
        initial="half = 0.5*v",
        synapse="""
        dupdate/dt = (2*delta_post*r_pre**2 + delta_post + change)/presentation + 1/pause : 1 (clock-driven)
        change = -decay*w - 3*shift*r_pre*w : 1
        shift = w**2 : 1
        """,
        parameters={"gain": 0.3, "decay": 0.1, "pause": "2 s"},
    )  # fmt: skip
    case = oracle.load_analytic("small_tanh_linear")
    net = network("small_tanh_linear", "dfc-ssa nonlinear_difference", changes={"learning.rule": rule})
    found = updates(net, case.x, case.y)
    duration = float(net.recipe.presentation.duration)
    rates = [case.x, *(case.steady[f"rate{i}"] for i in (1, 2, 3))]
    for i in (1, 2, 3):
        soma, apical = case.steady[f"soma{i}"], case.steady[f"apical{i}"]
        delta = np.exp(apical) - 0.5 * case.voltages[i - 1] + 0.3 * rates[i] + (apical > 0) * case.weights[f"b{i}"]
        for name, pre in ((f"w{i}", rates[i - 1]), (f"b{i}", np.ones((len(soma), 1)))):
            w = case.weights[name].reshape(len(case.weights[name]), -1)
            expected = 2 * delta.T @ pre**2 / len(soma) - 0.1 * w + delta.mean(0)[:, None]
            expected = expected - 3 * w**3 * pre.mean(0) + duration / 2
            assert oracle.worst(found[name], expected.reshape(found[name].shape)) < 1e-9, name


def test_a_rule_that_needs_time_is_refused():
    slow = PlasticityModel(
        name="slow",
        postsynaptic="dtrace/dt = (v - trace)/tau : 1",
        synapse="dupdate/dt = trace_post*r_pre/presentation : 1 (clock-driven)",
        parameters={"tau": "20 ms"},
    )
    forgetting = PlasticityModel(
        name="forgetting", synapse="dupdate/dt = (r_pre - update)/presentation : 1 (clock-driven)"
    )
    for rule, named in ((slow, "trace"), (forgetting, "update")):
        net = network("small_tanh_linear", "dfc-ssa nonlinear_difference", changes={"learning.rule": rule})
        with pytest.raises(dfc.errors.BadInput, match=named):
            updates(net, np.ones((1, 6)), np.ones((1, 3)))


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("dv/dt = (v_basal + v_apical - v)", "dv/dt = (v_basal + 0.99*v_apical - v)"),
        ("v_basal = i_feedforward + i_bias", "v_basal = i_feedforward"),
        ("r = phi(v)", "r = phi(1.01*v)"),
    ],
)
def test_a_neuron_that_settles_elsewhere_is_refused(line, instead):
    table = NeuronModel.load("pyramidal").to_table()
    assert line in table["equations"]
    own = table | {"name": "own", "equations": table["equations"].replace(line, instead)}
    for kind in ("dfc-ssa nonlinear_difference", "mn_nl_damp0"):
        net = network("small_tanh_linear", kind, changes={"network.neuron": own})
        with pytest.raises(dfc.errors.BadInput, match="settles"):
            updates(net, np.ones((1, 6)), np.ones((1, 3)))


@pytest.mark.parametrize("case", oracle.CASES)
def test_bp_is_the_gradient_by_finite_differences(case):
    expected = oracle.load_analytic(case)
    net = network(case, "bp")

    def loss(weights):
        outputs = feedforward.output(weights, net.recipe.activations, expected.x)
        return feedforward.LOSSES[expected.loss](outputs, expected.y).mean()

    step = 1e-6
    for name, update in updates(net, expected.x, expected.y).items():
        numeric = np.zeros_like(update)
        for index in np.ndindex(update.shape):
            moved = {sign: {**net.weights, name: net.weights[name].copy()} for sign in (1, -1)}
            for sign in moved:
                moved[sign][name][index] += sign * step
            numeric[index] = (loss(moved[1]) - loss(moved[-1])) / (2 * step)
        assert oracle.worst(-2 * update, numeric) < 1e-7, name


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_bp_is_the_gradient_by_autograd(loss):
    torch = pytest.importorskip("torch", reason="needs PyTorch, which is no dependency of dfc_brian")
    rng = np.random.default_rng(2)
    activations = ["tanh", "sigmoid", "relu"]
    recipe = dfc.Recipe.bare(
        [7, 6, 5, 6, 4],
        {"network.activation": activations, "network.loss": loss, "learning.method": "bp"},
    )
    net = dfc.Network(recipe, device="numpy")
    x = rng.normal(size=(9, 7))
    y = rng.integers(0, 4, 9) if loss == "cross_entropy" else rng.normal(size=(9, 4))
    tensors = {
        name: torch.tensor(value, requires_grad=True) for name, value in net.weights.items() if not name.startswith("q")
    }
    rate = torch.tensor(x)
    for i, phi in enumerate([torch.tanh, torch.sigmoid, torch.relu, lambda v: v], start=1):
        rate = phi(rate @ tensors[f"w{i}"].T + tensors[f"b{i}"])
    criterion = {"cross_entropy": torch.nn.functional.cross_entropy, "mse": torch.nn.functional.mse_loss}[loss]
    criterion(rate, torch.tensor(y)).backward()
    for name, update in updates(net, x, y).items():
        assert oracle.worst(-2 * update, tensors[name].grad.numpy()) < 1e-12, name


def test_present_gives_the_updates_of_the_method():
    expected = oracle.load_analytic("small_mask")
    programs = {}  # the simulation is the same for all methods
    for method in ANALYTIC:
        kind = {"dfc-ssa": "dfc-ssa nonlinear_difference", "mn": "mn_nl_damp1", "gn": "gn_damp0"}.get(method, method)
        net = network("small_mask", kind, changes={"presentation.duration": "20 ms"})
        net._programs = programs
        shown = net.present(expected.x, expected.y)
        for name, update in expected.updates[kind].items():
            assert oracle.worst(shown.updates[name], update) < TOLERANCE["float64"]
        assert shown["layer1"].soma.shape == (20, 8, 5)


# The learner: blocks of minibatches with Adam


def minibatches(count, last=8):
    rng = np.random.default_rng(3)
    sizes = [8] * (count - 1) + [last]
    return [(rng.normal(size=(n, 6)), rng.integers(0, 3, n)) for n in sizes]


ADAM = {"learning.rate": 0.05, "learning.epsilon": 1e-3, "learning.beta1": 0.9, "learning.beta2": 0.95}
PLAIN = ("bp", "dfa", "dfc-ssa nonlinear_difference", "mn_nl_damp1", "gn_damp0")


def make(kind, changes=None):
    return learner(network("small_mask", kind, ADAM | {"train.batch_size": 8} | (changes or {})))


def plain_loop(method, data, clip):
    """Weights after `data` by the textbook's Adam."""
    net, constants = method.network, method.recipe.learning
    m, s = {}, {}
    for n, (x, y) in enumerate(data, start=1):
        for name, update in updates(net, x, y).items():
            gradient = -2 * update
            gradient *= min(1.0, clip / (np.linalg.norm(gradient) + 1e-6))
            m[name] = constants.beta1 * m.get(name, 0) + (1 - constants.beta1) * gradient
            s[name] = constants.beta2 * s.get(name, 0) + (1 - constants.beta2) * gradient**2
            step = m[name] / (1 - constants.beta1**n)
            step /= np.sqrt(s[name] / (1 - constants.beta2**n)) + constants.epsilon
            net.weights = net.weights | {name: net.weights[name] - constants.rate * step}
    return net.weights


@pytest.mark.parametrize("kind", PLAIN)
def test_learner_is_adam_on_clipped_gradients(kind):
    data = minibatches(4, last=5)
    method = make(kind, {"learning.clip": 1e-3})
    method.block(data)
    expected = plain_loop(make(kind), data, np.inf if kind == "bp" else 1e-3)
    before = make(kind).weights
    for name, value in method.weights.items():
        assert oracle.worst(value, expected[name]) < 1e-12, name
        assert np.array_equal(value, before[name]) == name.startswith("q")
    unclipped = plain_loop(make(kind), data, 1.0)
    changed = max(oracle.worst(method.weights[name], unclipped[name]) for name in method.learned)
    assert changed < 1e-12 if kind == "bp" else changed > 1e-4


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("kind", PLAIN)
def test_one_block_of_two_is_two_blocks_of_one(kind, precision):
    first, second = minibatches(2)
    together, apart, resumed = (make(kind, {"train.precision": precision}) for _ in range(3))
    both = together.block([first, second])
    one = apart.block([first])
    weights, state = dict(apart.weights), dict(apart.state)
    copies = {name: value.copy() for name, value in (weights | state).items()}
    two = apart.block([second])
    assert all(np.array_equal(value, copies[name]) for name, value in (weights | state).items())  # left alone
    resumed.weights, resumed.state = weights, state
    resumed.block([second])
    for other in (apart, resumed):
        assert all(np.array_equal(together.weights[name], other.weights[name]) for name in together.weights)
        assert all(np.array_equal(together.state[name], other.state[name]) for name in together.state)
    assert np.array_equal(both.output, np.concatenate([one.output, two.output]))
    assert {value.dtype for value in together.weights.values()} == {np.dtype(precision)}


@pytest.mark.parametrize("kind", PLAIN)
def test_a_smaller_minibatch_counts_its_own_samples(kind):
    (data,) = minibatches(1, last=5)
    padded, exact = make(kind), make(kind, {"train.batch_size": 5})
    done = padded.block([data])
    exact.block([data])
    assert all(np.array_equal(padded.weights[name], exact.weights[name]) for name in exact.weights)
    assert done.output.shape == (1, 8, 3)
    assert done.converged.tolist() == [[True] * 5 + [False] * 3]
    outputs = feedforward.output(make(kind).weights, padded.recipe.activations, data[0])
    assert np.array_equal(done.output[0, :5], outputs)


def test_learner_says_that_it_does_not_simulate():
    method = make("bp")
    assert (method.steps, method.minibatches, method.cached) == (0, 50, None)
    assert sorted(method.learned) == ["b1", "b2", "b3", "w1", "w2", "w3"]


def test_a_singular_system_ends_in_nan_not_in_a_crash():
    method = make("dfc-ssa nonlinear_difference", {"controller.leak": 0.0})
    method.weights |= {name: np.zeros_like(value) for name, value in method.weights.items() if name.startswith("q")}
    method.block(minibatches(1))
    assert np.isnan(method.weights["w1"]).all()
