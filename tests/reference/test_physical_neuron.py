"""Neurons in mV, nS and pF: the exact map to the dimensionless model, and a program in plain Brian2 beside ours.

`oracles/brian2_oneway.npz` holds one presentation to a 3-5-2 network of one-way neurons (default parameters, 400 ms in
steps of 0.1 ms, tau_u 50 ms) and its integrated updates, made by a Brian2 script independent of this package. It takes
the events of a step in another order, so that its states differ from ours by the order of dt.
"""

from pathlib import Path

import numpy as np
import oracle
import pytest
import stepper
from brian2 import Hz, Quantity, amp, get_dimensions, ms, mV, nS, pA, volt

import dfc_brian as dfc
from dfc_brian import response
from dfc_brian.learning import learner
from dfc_brian.learning.feedback import FeedbackLearner
from dfc_brian.models import units
from dfc_brian.physical import default, map_of

EXACT = ("pyramidal_conductance", "pyramidal_conductance_push_pull")
ALL = (*EXACT, "pyramidal_conductance_two_way")
NUMPY = {"train.device": "numpy", "presentation.drop_unconverged": False}
SIZES = [6, 5, 4]
SMALL = NUMPY | {"presentation.duration": "40 ms", "train.batch_size": 4, "learning.rate": 1e-3}


def similar(got, expected):
    """Cosine, and ratio of norms."""
    norms = np.linalg.norm(got), np.linalg.norm(expected)
    return (got * expected).sum() / norms[0] / norms[1], norms[0] / norms[1]


def stepped(network, x, y):
    """The continuous updates of the same network without units, in plain numpy."""
    recipe, tau_u = network.recipe, network.recipe.controller["tau_u"]
    shown = stepper.present(
        network.weights,
        x,
        y,
        activations=recipe.activations,
        loss=recipe.network.loss,
        states=recipe.presentation.states,
        dt=float(recipe.presentation.dt / tau_u),
        tau_v=float(map_of(recipe).unit["time"] / tau_u),
        k_p=recipe.controller["k_p"],
        leak=recipe.controller["leak"],
        nudge=recipe.learning.nudge,
        proactive=recipe.presentation.proactive,
        instantaneous_transmission=recipe.presentation.instantaneous_transmission,
    )
    last = recipe.learning.method == "dfc-ss"
    return stepper.steady_state_update(shown) if last else stepper.continuous_update(shown)


def dimensionless(recipe, **changes):
    """The same network of neurons without dimension: theirs is the time constant."""
    return recipe.replace({"network.neuron": "pyramidal", "neuron.tau_v": map_of(recipe).unit["time"], **changes})


def samples(count=4):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, SIZES[0])), rng.integers(SIZES[-1], size=count)


# The map


@pytest.mark.parametrize("name", EXACT)
def test_the_default_parameters_give_the_round_numbers(name):
    model = dfc.NeuronModel.load(name)
    unit, zero = units.scales(model, model.parameters)
    expected = {"soma": 6 * mV, "basal": 11.4 * mV, "apical": 19 * mV, "rate": 75 * Hz, "time": 200 / 38 * ms}
    expected |= {"feedforward": 114 * pA, "bias": 114 * pA, "feedback": 190 * pA}
    assert {role: get_dimensions(value) for role, value in unit.items()} == {
        role: get_dimensions(value) for role, value in expected.items()
    }
    assert all(float(unit[role]) == pytest.approx(float(value), rel=1e-12) for role, value in expected.items())
    assert all(float(zero[role] / mV) == pytest.approx(-55) for role in ("soma", "basal", "apical"))


@pytest.mark.parametrize("chosen", ["", ":sacramento", ":nest_urbanczik"])
@pytest.mark.parametrize("name", ALL)
def test_the_map_is_exact_both_ways(name, chosen):
    recipe = dfc.Recipe.bare([2, 2], {"network.neuron": name + chosen, "presentation.dt": "0.05 ms"})
    found, numbers = map_of(recipe), np.linspace(-2.5, 2.5, 101)
    assert found.own
    for role in (*found.unit, "w1", "b2", "q"):
        values = found.physical(role, numbers)
        assert isinstance(values, Quantity)
        assert np.allclose(found.dimensionless(role, values), numbers, rtol=0, atol=5e-14)
        assert found.physical(role, values) is values
    assert found.physical("error", numbers) is numbers


def test_the_range_of_the_sigmoid():
    found = default()
    assert not found.own
    assert np.allclose(found.physical("soma", np.array([-2.5, 0, 2.5])) / mV, [-70, -55, -40])
    assert np.allclose(found.physical("rate", np.array([-1, 0, 1])) / Hz, [0, 75, 150])
    assert "-55 mV + 6 mV" in found.text and "pyramidal_conductance" in found.text


def test_for_tanh_the_firing_rate_is_the_logistic_one():
    voltage = np.linspace(-75, -35, 41) * mV
    rate = np.tanh(default().dimensionless("soma", voltage))
    logistic = 150 * Hz / (1 + np.exp(-(voltage + 55 * mV) / (3 * mV)))
    assert np.allclose(default().physical("rate", rate) / Hz, logistic / Hz, rtol=1e-12)


# Beside plain Brian2


@pytest.fixture(scope="module")
def case():
    with np.load(Path(__file__).parent / "oracles" / "brian2_oneway.npz") as file:
        return {name: file[name] for name in file.files}


def show(case, neuron, **more):
    overrides = NUMPY | {
        "network.neuron": neuron,
        "network.loss": "mse",
        "learning.nudge": 1.0,  # of two outputs: the target is y itself
        "controller.tau_u": "50 ms",
        "controller.k_p": float(case["k_p"]),
        "controller.leak": float(case["leak"]),
        "presentation.dt": "0.4 ms",
        "presentation.duration": "400 ms",
        "presentation.instantaneous_transmission": False,
    }
    weights = {name: case[name] for name in ("w1", "b1", "q1", "w2", "b2", "q2")}
    network = dfc.Network(dfc.Recipe.bare([3, 5, 2], overrides | more), weights=weights)
    return network, network.present(case["x"][None], case["target"][None])


def test_voltages_are_those_of_plain_brian2(case):
    _, shown = show(case, EXACT[0], **{"presentation.dt": "0.1 ms", "presentation.duration": "60 ms"})
    layer, times = shown["layer1"], case["times"][case["times"] < 600]
    for role in ("soma", "basal", "apical"):
        values, expected = getattr(layer, role), case[f"{role}_mV"][: len(times)]
        assert values.dim == volt.dim
        off, late = np.abs(values[times, 0] / mV - expected), times > 4
        # the basal dendrites see a constant input; the others move by up to 10 mV in the first step of 0.1 ms
        assert off[late].max() < {"soma": 0.05, "basal": 1e-9, "apical": 0.1}[role]
        assert off[times >= 200].max() < {"soma": 3e-3, "basal": 1e-9, "apical": 5e-3}[role]
        assert role == "basal" or np.ptp(expected[late], axis=0).max() > 0.5


@pytest.mark.parametrize("name", EXACT)
def test_updates_are_those_of_plain_brian2(case, name):
    network, shown = show(case, name, **{"presentation.instantaneous_transmission": True})
    for weights in ("w1", "w2"):
        for expected in (case[f"update_{weights}"], case[f"dimensionless_{weights}"]):
            cosine, ratio = similar(shown.updates[weights], expected)
            assert cosine > 0.9999 and abs(ratio - 1) < 1e-3
    found = map_of(network.recipe)
    for i in (1, 2):
        assert np.allclose(found.dimensionless("soma", shown[f"layer{i}"].soma[-1, 0]), case[f"soma{i}"], atol=1e-5)


# Beside the dimensionless model


def test_a_minibatch_of_the_published_network():
    """784-256-256-256-10: updates parallel to those of deep feedback control (cosine 0.9999, norm ratio 1 +- 0.001)."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 784)), np.array([3, 1])
    changes = NUMPY | {"presentation.duration": "20 ms"}
    for name in EXACT:
        recipe = dfc.Recipe.bare([784, 256, 256, 256, 10], changes | {"network.neuron": name})
        network = dfc.Network(recipe)
        physical = network.present(x, y)
        for weights, expected in stepped(network, x, y).items():
            cosine, ratio = similar(physical.updates[weights], expected)
            assert cosine > 1 - 1e-9 and abs(ratio - 1) < 1e-9, weights


VARIANTS = {
    "dfc-ss with delays": {
        "learning.method": "dfc-ss",
        "presentation.instantaneous_transmission": False,
        "presentation.proactive": False,
    },
    "dfc, derivative_matrix": {"learning.rule": "derivative_matrix"},
    "dfc-online": {
        "learning.method": "dfc-online",
        "learning.rule": "nonlinear_difference_online",
        "plasticity.tau_w": "200 ms",
        "traces.synapses": 3,
    },
}


@pytest.mark.parametrize("variant", ["dfc-ss with delays", "dfc-online"])
def test_states_and_updates_are_the_same_numbers(variant):
    recipe = dfc.Recipe.bare(SIZES, SMALL | {"network.neuron": "pyramidal_conductance"} | VARIANTS[variant])
    x, y = samples()
    physical, plain = (dfc.Network(each).present(x, y) for each in (recipe, dimensionless(recipe)))
    found = map_of(recipe)
    for layer in plain.layers:
        for role in ("soma", "basal", "apical"):
            values = getattr(physical[layer], role)
            assert values.dim == volt.dim
            off = np.abs(found.dimensionless(role, values) - getattr(plain[layer], role)).max()
            assert off < 1e-13, (layer, role)
        assert np.allclose(physical[layer].rate, plain[layer].rate, atol=1e-13)
    for name, expected in plain.updates.items():
        assert oracle.worst(physical.updates[name], expected) < 1e-8, name
    for name, expected in plain.weights.items():
        assert oracle.worst(physical.weights[name].values, expected.values) < 1e-12, name


@pytest.mark.parametrize("variant", ["dfc, derivative_matrix", "dfc-online"])
def test_learning_is_the_same_to_rounding(variant):
    """Weights after blocks of three minibatches and Adam; and a learner goes on from another's weights exactly."""
    recipe = dfc.Recipe.bare(SIZES, SMALL | {"network.neuron": "pyramidal_conductance"} | VARIANTS[variant])
    x, y = samples(12)
    minibatches = [(x[k : k + 4], y[k : k + 4]) for k in (0, 4, 8)]
    physical, plain = (learner(dfc.Network(each)) for each in (recipe, dimensionless(recipe)))
    kept = {}
    for each in (physical, plain):
        each.block(minibatches[:2])
        kept[each] = each.weights, each.state
        each.block(minibatches[2:])
    for name in plain.learned:
        moved = plain.weights[name] - plain.network.weights[name]
        assert oracle.worst(physical.weights[name] - physical.network.weights[name], moved) < 1e-6, name
    final, (physical.weights, physical.state) = physical.weights, kept[physical]
    physical.block(minibatches[2:])
    assert all(np.array_equal(physical.weights[name], value) for name, value in final.items())


def test_single_precision_is_nearly_as_good_as_without_units():
    """Voltages around -55 mV are kept in double precision: single would cost a digit."""
    recipe = dfc.Recipe.bare(SIZES, SMALL | {"network.neuron": "pyramidal_conductance"})
    x, y = samples()
    exact = dfc.Network(recipe).present(x, y).updates
    shown = dfc.Network(recipe.replace({"train.precision": "float32"})).present(x, y)
    worst = max(oracle.worst(shown.updates[name], expected) for name, expected in exact.items())
    assert worst < 1.5e-3


@pytest.mark.parametrize("method", ["dfc-ssa", "mn"])
def test_methods_without_simulation_know_where_it_settles(method):
    recipe = dfc.Recipe.bare(SIZES, SMALL | {"network.neuron": EXACT[1], "learning.method": method})
    x, y = samples()
    physical, plain = (learner(dfc.Network(each)) for each in (recipe, dimensionless(recipe)))
    for each in (physical, plain):
        each.block([(x, y)])
    for name in plain.learned:
        assert oracle.worst(physical.state[f"{name}.adam_m"], plain.state[f"{name}.adam_m"]) < 1e-9
    with pytest.raises(dfc.errors.BadInput, match="no closed form is known of where its basal settles"):
        learner(dfc.Network(recipe.replace({"network.neuron": ALL[2]}))).block([(x, y)])


@pytest.mark.parametrize(
    "changes", [{}, {"sleep.rule": "anti_hebbian_online", "sleep.beta": 0.05, "sleep.tau_q": "1 ms"}]
)
def test_feedback_is_learned_asleep_by_a_neuron_with_units(changes):
    """A user's: pyramidal_asleep in mV. The same noise moves the same feedback weights, decay included."""
    table = dfc.NeuronModel.load("pyramidal_conductance").to_table()
    leaky = "dV_A/dt = (theta + I_A/g_LA - V_A + U_0/lambda_A*sigma*sqrt(tau_u)*noise)/tau_apical : volt "
    table["equations"] = table["equations"].replace("V_A = theta + I_A/g_LA : volt ", leaky)
    table["equations"] += "\nnoise : second**-0.5\nv_apical = lambda_A*(V_A - theta)/U_0 : 1"
    table |= {"initial": "V = V_star\nV_A = theta", "roles": table["roles"] | {"noise": "noise"}, "symbols": {}}
    plain = dfc.NeuronModel.load("pyramidal_asleep").parameters
    own = {"C": 38 * nS * plain["tau_v"], **{name: plain[name] for name in ("tau_apical", "tau_u", "sigma")}}
    table["parameters"] |= own
    recipe = dfc.Recipe.bare(SIZES, SMALL | changes)
    learners = [FeedbackLearner(dfc.Network(each)) for each in (recipe, recipe.replace({"sleep.neuron": table}))]
    for each in learners:
        each.block([samples()[0]] * 2, rate=1e-3, key=(1, 2))
    for name in learners[0].learned:
        moved = learners[0].weights[name] - learners[0].network.weights[name]
        assert np.abs(moved).max() > 1e-4
        assert oracle.worst(learners[1].weights[name] - learners[1].network.weights[name], moved) < 1e-9, name


# Two-way dendrites, and attenuation


@pytest.mark.parametrize(("conductance", "method"), [(10 * nS, "dfc"), (60 * nS, "dfc-ss")])
def test_two_way_dendrites_learn_slower_by_the_factor_predicted(case, conductance, method):
    """1 - lambda* kappa to 1 %: 0.576 and 0.861, where feedback is weak."""
    common = {"learning.nudge": 0.05, "learning.method": method}
    leaks = {"neuron.g_LB": conductance, "neuron.g_LA": conductance}
    network, shown = show(case, "pyramidal_conductance_two_way", **common, **leaks)
    constants = network.recipe.neuron_model.constants(network.recipe.neuron)
    predicted = 1 - constants["lambda_star"] * constants["kappa_B"]
    assert predicted == pytest.approx(0.576 if conductance < 20 * nS else 0.861, abs=5e-4)
    for name, expected in stepped(network, case["x"][None], case["target"][None]).items():
        cosine, ratio = similar(shown.updates[name], expected)
        assert cosine > 0.99999 and abs(ratio / predicted - 1) < 0.01, name


def attenuated(factor):
    """A neuron whose prediction has the attenuation ``factor``, while its soma is driven as ever."""
    table = dfc.NeuronModel.load("pyramidal_conductance").to_table()
    table["equations"] = table["equations"].replace("+ lambda_B*(V_B - theta)", f"+ {factor}*(V_B - theta)")
    return table | {"initial": "V = theta + lambda_B*(V_B - theta)"}


def test_the_wrong_attenuation_is_seen(case):
    """Without feedback there is a mismatch all the same; with feedback the updates are others."""
    _, shown = show(case, attenuated("1"))
    assert max(similar(shown.updates[name], case[f"update_{name}"])[0] for name in ("w1", "w2")) < 0.9
    silent = dfc.Recipe.bare(SIZES, SMALL | {"network.neuron": attenuated("g_B/(g_L + g_B)")})
    updates = dfc.Network(silent).present(*samples(), control=False).updates
    assert min(np.abs(update).max() for update in updates.values()) > 1e-3


@pytest.mark.parametrize("name", ALL)
def test_without_feedback_nothing_is_learned(name):
    """And the network answers what the dimensionless one does."""
    recipe = dfc.Recipe.bare(SIZES, SMALL | {"network.neuron": name})
    network, (x, y) = dfc.Network(recipe), samples()
    shown = network.present(x, y, control=False)
    assert max(np.abs(update).max() for update in shown.updates.values()) < 1e-14
    assert response.is_plain(recipe)
    assert np.allclose(shown.output[0], response.output(recipe, network.weights, x), atol=1e-13)


# What a user sees


def test_description_and_recipe_keep_the_physical_values(tmp_path):
    changes = {"network.neuron": "pyramidal_conductance:nest_urbanczik", "presentation.dt": "0.25 ms"}
    recipe = dfc.Recipe.load("digits", changes)
    text = dfc.Network(recipe, device="numpy").describe()
    for part in ("g_B = 0.6 uS", "lambda_B = 0.9091", "soma V = -55 mV + 6 mV * v_i", "feedforward I_B = 198 pA * W_i"):
        assert part in text
    assert "exact map" in dfc.Network(dfc.Recipe.load("digits"), device="numpy").describe()
    path = tmp_path / "again.toml"
    path.write_text(recipe.to_toml())
    assert dfc.Recipe.load(path) == recipe and 'neuron = "pyramidal_conductance:nest_urbanczik"' in recipe.to_toml()


def test_weights_in_the_program_are_currents():
    recipe = dfc.Recipe.bare(SIZES, SMALL | {"network.neuron": "pyramidal_conductance"})
    network = dfc.Network(recipe)
    inside = network["w1"].group.w[:]
    assert inside.dim == amp.dim
    assert np.allclose(inside / (114 * pA), network.weights["w1"].ravel(), rtol=1e-12)
    assert network["q2"].group.w[:].dim == amp.dim
