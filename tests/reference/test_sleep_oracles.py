"""Sleep and the learning of feedback weights against reference results: 1e-9 of each array's largest entry in float64.

First the plain numpy program, then Network.sleep, and Adam inside a compiled program. Errors of 1 % must fail.
"""

import feedback_oracle
import numpy as np
import pytest
import sleeper
from oracle import damaged, worst

import dfc_brian as dfc
from dfc_brian.devices import Target, prepare
from dfc_brian.learning.feedback_adam import FeedbackAdam
from dfc_brian.network import sleep as asleep

TOLERANCE = 1e-9
CASE = feedback_oracle.load()
LEARNED = ("q1", "q2", "q3")


def recipe(**changes):
    return dfc.Recipe.bare(feedback_oracle.SIZES, feedback_oracle.overrides(CASE, **changes))


def slept(device="numpy", weights=CASE.weights, noise=CASE.updates[0].noise, **changes):
    return dfc.Network(recipe(**changes), weights=weights, device=device).sleep(CASE.x, noise=noise)


def trace(found, key):
    return found.control if key == "control" else getattr(found[f"layer{key[-1]}"], key[:-1])


def deviation(found):
    """Of trajectories and of the gradients that the updates mean, the largest."""
    got, _ = sleeper.gradients(found.updates, CASE.sleep["sigma"], np.inf)
    first = CASE.updates[0].gradient
    return max(
        *(worst(trace(found, key)[CASE.times], expected) for key, expected in CASE.trajectories.items()),
        *(worst(got[name], first[name]) for name in LEARNED),
    )


def test_plain_numpy_agrees_with_the_oracle():
    weights, state = CASE.weights, {"n": 0}
    for k, expected in enumerate(CASE.updates):
        found = sleeper.sleep(weights, CASE.x, expected.noise, **CASE.sleep)
        gradients, norm = sleeper.gradients(found.updates, CASE.sleep["sigma"], CASE.clip)
        assert worst(norm, expected.norm) < TOLERANCE
        weights, state = sleeper.adam(weights, state, gradients, LEARNED, **CASE.adam)
        for name in LEARNED:
            assert worst(gradients[name], expected.clipped[name]) < TOLERANCE
            assert worst(weights[name], expected.after[name]) < TOLERANCE
        if k == 0:
            for key, values in CASE.trajectories.items():
                assert worst(getattr(found, key)[CASE.times], values) < TOLERANCE


@pytest.mark.parametrize("device", ["numpy", "cpp"])
def test_sleep_agrees_with_the_oracle(device):
    found = slept(device)
    assert deviation(found) < TOLERANCE
    assert worst(found.target, CASE.trajectories["rate3"][0]) < TOLERANCE
    assert found.time.shape == (CASE.sleep["states"],)


@pytest.mark.parametrize("name", ["w2", "q1", "q3"])
def test_a_wrong_weight_is_noticed(name):
    assert deviation(slept(weights=damaged(CASE.weights, name, 1.01))) > 1e3 * TOLERANCE


@pytest.mark.parametrize("name", ["tau_v", "tau_apical", "leak", "sigma_output", "dt"])
def test_a_wrong_constant_is_noticed(name):
    given = feedback_oracle.overrides(CASE)
    right = CASE.sleep["sigma"] if name == "sigma_output" else given[f"sleep.{name}"]
    wrong = f"{float(right.split()[0]) * 1.01:.17g} ms" if isinstance(right, str) else right * 1.01
    changes = {f"sleep.{name}": wrong}
    if name == "dt":  # as many states
        changes["sleep.duration"] = f"{float(given['sleep.duration'].split()[0]) * 1.01:.17g} ms"
    assert deviation(slept(**changes)) > 1e3 * TOLERANCE


@pytest.mark.parametrize(
    "changes",
    [
        {"proactive": True, "sigma_output": 0.0},
        {"instantaneous_transmission": False, "sigma_output": 0.01},
        {"proactive": True, "instantaneous_transmission": False, "k_p": 0.0},
    ],
)
def test_other_sleeps_agree_with_plain_numpy(changes):
    found = slept(**{f"sleep.{name}": value for name, value in changes.items()})
    expected = sleeper.sleep(CASE.weights, CASE.x, CASE.updates[0].noise, **CASE.sleep | changes)
    assert deviation(found) > 1e3 * TOLERANCE
    assert worst(found.control, expected.control) < TOLERANCE
    for name in LEARNED:
        assert worst(found.updates[name], expected.updates[name]) < TOLERANCE


@pytest.fixture(scope="module")
def program():
    """One sleep phase with given noise, and Adam at its end. (For cpp see targets/test_feedback_learning.py.)"""
    adam = FeedbackAdam.of(recipe(), LEARNED)
    build = lambda: asleep.assemble(recipe(), len(CASE.x), given=True, optimiser=adam)  # noqa: E731
    return prepare(Target("numpy"), build, {"test": "feedback oracle"})


def test_learning_agrees_with_the_oracle(program):
    weights, state = CASE.weights, {f"{name}.{v}": [0.0] for name in LEARNED for v in ("adam_m", "adam_s", "adam_n")}
    state = {name: np.zeros(1 if name.endswith("n") else weights[name[:2]].size) for name in state}
    for expected in CASE.updates:
        noise = {f"{layer}_normals.values": values.swapaxes(1, 2) for layer, values in expected.noise.items()}
        inputs = (
            asleep.inputs(CASE.x, {f"{name}.w": value for name, value in weights.items()})
            | state
            | noise
            | {"presentations.wanted": [1]}
        )
        inputs |= {f"{name}.adam_rate": [CASE.adam["rate"]] for name in LEARNED}
        found = program.run(inputs, [*state, *(f"{name}.w" for name in LEARNED), "feedback_norms.joint"])
        weights = weights | {name: found[f"{name}.w"].reshape(weights[name].shape) for name in LEARNED}
        state = {name: found[name] for name in state}
        norm = np.sqrt(found["feedback_norms.joint"][0]) / sleeper.FLOOR**2
        assert worst(norm, expected.norm) < TOLERANCE
        for name in LEARNED:
            assert worst(weights[name], expected.after[name]) < TOLERANCE
