"""The numpy stepper against results of an independent program: 1e-11 of each array's largest entry."""

import numpy as np
import oracle
import pytest
import stepper

TOLERANCE = 1e-11


def present(case, **changes):
    return stepper.present(case.weights, case.x, case.y, **(case.settings | changes))


def trajectory(shown, key, times):
    if key == "control":
        return shown.control[times]
    part, layer = key[:-1], int(key[-1])
    return getattr(shown, part)[layer][times]


def deviations(case, shown):
    """{array: largest relative deviation} of everything that the oracle knows."""
    found = {"target": oracle.worst(shown.target, case.target)}
    for key, expected in case.trajectories.items():
        found[key] = oracle.worst(trajectory(shown, key, case.times), expected)
    for kind, expected in case.updates.items():
        rule = stepper.continuous_update if kind.startswith("continuous") else stepper.steady_state_update
        got = rule(shown, keep=shown.converged if kind.endswith("masked") else None)
        found |= {f"{kind} {name}": oracle.worst(got[name], expected[name]) for name in expected}
    return found


@pytest.mark.parametrize(("name", "variant"), oracle.ALL)
def test_stepper_agrees_with_the_oracle(name, variant):
    case = oracle.load(name, variant)
    shown = present(case)
    found = deviations(case, shown)
    assert max(found.values()) < TOLERANCE, {key: d for key, d in found.items() if d >= TOLERANCE}
    assert shown.converged.tolist() == case.converged.tolist()


def test_masks_matter():
    for variant in oracle.CASES["small_mask"]:
        case = oracle.load("small_mask", variant)
        assert 0 < case.converged.sum() < len(case.x)
        for kind in ("continuous", "steady_state"):
            masked, whole = case.updates[f"{kind}_masked"], case.updates[kind]
            assert min(oracle.worst(masked[key], whole[key]) for key in whole) > 1e-3


@pytest.mark.parametrize("part", ["w1", "w2", "q1"])
@pytest.mark.parametrize("factor", [1.01, -1.0])
def test_a_wrong_weight_is_seen(part, factor):
    case = oracle.load("small_tanh_linear", "ipk")
    shown = stepper.present(oracle.damaged(case.weights, part, factor), case.x, case.y, **case.settings)
    assert max(deviations(case, shown).values()) > 1e-3


@pytest.mark.parametrize("changes", [{"tau_v": 0.202}, {"dt": 0.0202}, {"leak": -0.05}, {"nudge": 0.101}])
def test_a_wrong_constant_is_seen(changes):
    case = oracle.load("small_tanh_linear", "ipk")
    assert max(deviations(case, present(case, **changes)).values()) > 1e-3


def test_leak_on_the_integral_alone_reaches_its_own_steady_state():
    """With the leak on u_int: error = leak*u_int, so error = leak*u/(k_i + k_p*leak)."""
    case = oracle.load("small_linear_linear", "ipk")
    shown = present(case, leak_on="u_int", leak=0.5, states=4000)
    k_p, leak = case.settings["k_p"], 0.5
    error = shown.target - shown.rate[-1][-1]
    np.testing.assert_allclose(error, leak * shown.control[-1] / (1 + k_p * leak), rtol=1e-9)


def test_without_proportional_control_both_controllers_are_one():
    case = oracle.load("small_mask", "i0")
    np.testing.assert_array_equal(present(case).control, present(case, leak_on="u_int").control)
