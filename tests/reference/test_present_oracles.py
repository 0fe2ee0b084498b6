"""Network.present on every device against the reference results: 1e-9 of each array's largest entry in
float64, 1e-3 in float32. A wrong weight, time constant or sign must fail even the wider of the two."""

import itertools

import numpy as np
import oracle
import pytest

import dfc_brian as dfc
from dfc_brian.learning import learner

TOLERANCE = {"float64": 1e-9, "float32": 1e-3}
CELLS = [(name, variant, "numpy", "float64") for name, variant in oracle.ALL] + [
    ("small_tanh_linear", "ipk", "cpp", "float64"),
    ("small_mask", "ipk", "cpp", "float64"),
    ("small_tanh_linear", "ipk", "cpp", "float32"),
]


def present(name, variant, device, precision, changes=None, damage=None):
    case = oracle.load(name, variant)
    sizes, overrides, weights = oracle.network_from(name, variant)
    overrides |= {"train.precision": precision} | (changes or {})
    if damage:
        weights = oracle.damaged(weights, *damage)
    recipe = dfc.Recipe.bare(sizes=sizes, overrides=overrides)
    return case, dfc.Network(recipe, weights=weights, device=device).present(case.x, case.y)


def trajectory(shown, key, times):
    if key == "control":
        return shown.control[times]
    part, layer = key[:-1], key[-1]
    return getattr(shown[f"layer{layer}"], part)[times]


def deviations(case, shown, updates=None):
    """{array: largest relative deviation}; the updates are compared with the continuous ones by default"""
    found = {"target": oracle.worst(shown.target, case.target)}
    for key, expected in case.trajectories.items():
        found[key] = oracle.worst(trajectory(shown, key, case.times), expected)
    for name, expected in (updates or case.updates["continuous"]).items():
        found[f"update {name}"] = oracle.worst(shown.updates[name], expected)
    return found


@pytest.mark.parametrize(("name", "variant", "device", "precision"), CELLS)
def test_present_agrees_with_the_oracle(name, variant, device, precision):
    case, shown = present(name, variant, device, precision)
    found = deviations(case, shown)
    tolerance = TOLERANCE[precision]
    assert max(found.values()) < tolerance, {key: d for key, d in found.items() if d >= tolerance}
    assert shown.converged.tolist() == case.converged.tolist()
    assert np.dtype(precision) == shown["layer1"].soma.dtype


@pytest.mark.parametrize("variant", oracle.CASES["small_mask"])
def test_unconverged_samples_are_dropped_from_the_update_alone(variant):
    changes = {"presentation.drop_unconverged": True}
    case, shown = present("small_mask", variant, "numpy", "float64", changes)
    found = deviations(case, shown, case.updates["continuous_masked"])
    assert max(found.values()) < TOLERANCE["float64"], found


METHODS = {"dfc": "continuous", "dfc-ss": "steady_state"}
EACH = [
    ("small_tanh_linear", "ipk"),
    ("small_tanh_linear", "dpk"),
    ("small_linear_linear", "i0"),
    ("small_mask", "ipk"),
]
RULES = [
    (name, variant, method, rule, "numpy", "float64")
    for method in METHODS
    for rule in oracle.RULES
    for name, variant in (oracle.ALL if rule == "nonlinear_difference" else EACH)
    if (method, rule) != ("dfc", "nonlinear_difference")  # above
] + [
    ("small_tanh_linear", "dpk", "dfc-ss", "derivative_matrix", "cpp", "float64"),
]


@pytest.mark.parametrize(("name", "variant", "method", "rule", "device", "precision"), RULES)
def test_updates_of_methods_and_rules(name, variant, method, rule, device, precision):
    changes = {"learning.method": method, "learning.rule": rule}
    case, shown = present(name, variant, device, precision, changes)
    found = deviations(case, shown, case.by_rule[METHODS[method], rule])
    tolerance = TOLERANCE[precision]
    assert max(found.values()) < tolerance, {key: d for key, d in found.items() if d >= tolerance}


@pytest.mark.parametrize("variant", oracle.CASES["small_mask"])
def test_unconverged_samples_are_dropped_from_the_steady_state(variant):
    changes = {"learning.method": "dfc-ss", "presentation.drop_unconverged": True}
    case, shown = present("small_mask", variant, "numpy", "float64", changes)
    found = deviations(case, shown, case.updates["steady_state_masked"])
    assert max(found.values()) < TOLERANCE["float64"], found


@pytest.mark.parametrize(("name", "variant"), EACH)
def test_clipped_updates(name, variant):
    """What Adam takes in: with beta1 = 0 its mean is the clipped gradient, -2 times the update."""
    case = oracle.load(name, variant)
    sizes, overrides, weights = oracle.network_from(name, variant)
    own = {"train.batch_size": len(case.x), "learning.clip": case.clip, "learning.beta1": 0.0}
    one = learner(dfc.Network(dfc.Recipe.bare(sizes, overrides | own), weights=weights, device="numpy"))
    one.block([(case.x, case.y)])
    for key, expected in case.clipped.items():
        got = one.state[f"{key}.adam_m"].reshape(expected.shape) / -2
        assert oracle.worst(got, expected) < TOLERANCE["float64"], key
    assert any(oracle.worst(case.clipped[key], case.updates["continuous"][key]) > 0.1 for key in case.clipped)


def test_methods_and_rules_differ_by_more_than_the_tolerance():
    """All pairs but one: where a network is linear, so are the rules."""
    for name, variant in oracle.ALL:
        case = oracle.load(name, variant)
        kinds = {key: update for key, update in case.by_rule.items() if "linear_linear" not in name or "non" in key[1]}
        for one, two in itertools.combinations(kinds, 2):
            found = {key: oracle.worst(kinds[one][key], kinds[two][key]) for key in ("w1", "w2", "b1", "b2")}
            assert max(found.values()) > TOLERANCE["float32"], (name, variant, one, two)


WRONG = {
    "1 % in a weight": {"damage": ("w2", 1.01)},
    "1 % in a feedback weight": {"damage": ("q1", 1.01)},
    "sign of a weight": {"damage": ("w1", -1.0)},
    "sign of a feedback weight": {"damage": ("q1", -1.0)},
    "1 % in tau_v": {"changes": {"neuron.tau_v": "10.1 ms"}},
    "1 % in tau_u": {"changes": {"controller.tau_u": "50.5 ms"}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_planted_error_fails(wrong):
    case, shown = present("small_tanh_linear", "i0", "numpy", "float64", **WRONG[wrong])
    assert max(deviations(case, shown).values()) > TOLERANCE["float32"]


@pytest.mark.parametrize(("wrong", "rule"), zip(list(WRONG)[:3], oracle.RULES, strict=True))
def test_a_planted_error_fails_in_the_last_state(wrong, rule):
    changes = {"learning.method": "dfc-ss", "learning.rule": rule}
    case, shown = present("small_tanh_linear", "dpk", "numpy", "float64", changes, **WRONG[wrong])
    expected = case.by_rule["steady_state", rule]
    assert max(oracle.worst(shown.updates[key], expected[key]) for key in expected) > TOLERANCE["float32"]


@pytest.mark.parametrize("wrong", ["1 % in a weight", "sign of a feedback weight"])
def test_a_planted_error_fails_in_compiled_float32(wrong):
    case, shown = present("small_tanh_linear", "ipk", "cpp", "float32", **WRONG[wrong])
    assert max(deviations(case, shown).values()) > TOLERANCE["float32"]
