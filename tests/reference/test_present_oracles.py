"""Network.present on every device against the reference results: 1e-9 of each array's largest entry in
float64, 1e-3 in float32. A wrong weight, time constant or sign must fail even the wider of the two."""

import numpy as np
import oracle
import pytest

import dfc_brian as dfc

TOLERANCE = {"float64": 1e-9, "float32": 1e-3}
CELLS = [(name, variant, "numpy", "float64") for name, variant in oracle.ALL] + [
    ("small_tanh_linear", "ipk", "cpp", "float64"),
    ("small_tanh_linear", "d0", "cpp", "float64"),
    ("small_mask", "ipk", "cpp", "float64"),
    ("small_linear_linear", "i0", "cpp", "float64"),
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


def deviations(case, shown, updates="continuous"):
    """{array: largest relative deviation}"""
    found = {"target": oracle.worst(shown.target, case.target)}
    for key, expected in case.trajectories.items():
        found[key] = oracle.worst(trajectory(shown, key, case.times), expected)
    for name, expected in case.updates[updates].items():
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
    found = deviations(case, shown, "continuous_masked")
    assert max(found.values()) < TOLERANCE["float64"], found


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


@pytest.mark.parametrize("wrong", ["1 % in a weight", "sign of a feedback weight"])
def test_a_planted_error_fails_in_compiled_float32(wrong):
    case, shown = present("small_tanh_linear", "ipk", "cpp", "float32", **WRONG[wrong])
    assert max(deviations(case, shown).values()) > TOLERANCE["float32"]
