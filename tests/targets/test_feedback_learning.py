"""Blocks that learn feedback weights, on every device, against plain numpy; 1e-9 in float64, 2e-3 in float32.

The noise is drawn: numpy repeats it from the key. The clip binds, and one minibatch is smaller.
"""

import numpy as np
import pytest
import sleeper
from oracle import worst

import dfc_brian as dfc
from dfc_brian.dense.noise import standard_normals
from dfc_brian.learning.feedback import FeedbackLearner
from dfc_brian.network.noise import words

TOLERANCE = {"float64": 1e-9, "float32": 2e-3}
SIZES, BATCH, RATE, KEY = (6, 5, 3), 4, 0.01, (3, 1)
SLEEP = {"dt": 0.002, "states": 12, "tau_v": 0.01, "tau_apical": 0.1, "k_p": 0.2, "leak": 0.5, "sigma": 0.02}
ADAM = {"epsilon": 1e-4, "beta1": 0.9, "beta2": 0.95, "weight_decay": 0.03}
CLIP = 0.05


def recipe(**changes):
    ms = {name: f"{SLEEP[name] * 50:.17g} ms" for name in ("dt", "tau_v", "tau_apical")}
    ms["duration"] = f"{SLEEP['dt'] * SLEEP['states'] * 50:.17g} ms"
    numbers = {name: SLEEP[name] for name in ("k_p", "leak", "sigma")}
    overrides = {f"sleep.{name}": value for name, value in (ms | numbers).items()}
    overrides |= {f"feedback.{name}": value for name, value in ADAM.items()} | {"feedback.clip": CLIP}
    own = {"train.batch_size": BATCH, "train.seed": 11, "learning.feedback": "learned", "network.loss": "mse"}
    return dfc.Recipe.bare(SIZES, overrides | own | changes)


def minibatches():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, SIZES[0])) for n in (BATCH, BATCH, 3)]


def learned_in_numpy(weights, key=KEY, learned=("q1", "q2"), sigma_output=None):
    """Weights after the block; noise of the minibatch k in the step t has the number k (T-1) + t."""
    steps, state, norms = SLEEP["states"] - 1, {"n": 0}, []
    for k, x in enumerate(minibatches()):
        noise = {}
        for i, units in enumerate(SIZES[1:], start=1):
            drawn = [
                standard_normals(units * BATCH, words(11, "feedback", *key), k * steps + t, i) for t in range(steps)
            ]
            noise[f"layer{i}"] = np.stack(drawn).reshape(steps, units, BATCH).swapaxes(1, 2)[:, : len(x)]
        slept = sleeper.sleep(weights, x, noise, activations=("tanh", "linear"), sigma_output=sigma_output, **SLEEP)
        gradients, norm = sleeper.gradients(slept.updates, SLEEP["sigma"], CLIP)
        weights, state = sleeper.adam(weights, state, gradients, learned, rate=RATE, **ADAM)
        norms.append(norm)
    assert min(norms) < CLIP < max(norms) or min(norms) > CLIP  # the clip binds
    return weights


def learner(device, **changes):
    return FeedbackLearner(dfc.Network(recipe(**changes), device=device))


@pytest.fixture(scope="module", params=[("numpy", "float64"), ("numpy", "float32"), ("cpp", "float64")])
def block(request):
    device, precision = request.param
    learning = learner(device, **{"train.precision": precision})
    learning.block(minibatches(), RATE, KEY)
    return precision, learning


def test_a_block_agrees_with_plain_numpy(block):
    precision, learning = block
    before = learning.network.weights
    expected = learned_in_numpy(before)
    for name in ("q1", "q2"):
        moved = worst(learning.weights[name] - before[name], expected[name] - before[name])
        assert moved < TOLERANCE[precision]
    for name in ("w1", "b1", "w2", "b2"):
        assert np.array_equal(learning.weights[name], before[name])


def test_a_block_is_reproducible_and_its_noise_fresh(block):
    _, learning = block
    first, state = learning.weights, learning.state

    def again(key):
        learning.weights, learning.state = dict(learning.network.weights), learning.initial_state()
        learning.block(minibatches(), RATE, key)
        return learning.weights, learning.state

    weights, repeated = again(KEY)
    assert all(np.array_equal(weights[name], first[name]) for name in first)
    assert all(np.array_equal(repeated[name], state[name]) for name in state)
    for other in ((3, 2), (4, 1)):
        assert not np.array_equal(again(other)[0]["q1"], first["q1"])


def test_minibatches_of_a_block_get_different_noise():
    learning = learner("numpy", **{"feedback.weight_decay": 0.0, "feedback.beta1": 0.0, "feedback.beta2": 0.0})
    x = minibatches()[0]
    moves = []
    for count in (1, 2):
        learning.weights, learning.state = dict(learning.network.weights), learning.initial_state()
        learning.block([x] * count, 1e-9, KEY)
        moves.append(learning.weights["q1"] - learning.network.weights["q1"])
    assert not np.allclose(moves[1], 2 * moves[0], rtol=0.01, atol=0)


def test_frozen_output_counts_for_the_norm_but_does_not_learn():
    learning = learner("numpy", **{"feedback.output": False, "sleep.sigma_output": 0.05})
    assert learning.learned == ["q1"]
    assert not any(name.startswith("q2") for name in learning.state)
    learning.block(minibatches(), RATE, KEY)
    expected = learned_in_numpy(learning.network.weights, learned=("q1",), sigma_output=0.05)
    assert worst(learning.weights["q1"], expected["q1"]) < TOLERANCE["float64"]
    assert np.array_equal(learning.weights["q2"], learning.network.weights["q2"])


def test_another_seed_draws_other_noise():
    x, weights = minibatches()[0], dfc.Network(recipe()).weights

    def apical(seed, stream=0):
        network = dfc.Network(recipe(**{"train.seed": seed}), weights=weights, device="numpy")
        return network.sleep(x, stream=stream)["layer1"].apical

    assert np.array_equal(apical(11), apical(11))
    assert not np.array_equal(apical(11), apical(12))
    assert not np.array_equal(apical(11), apical(11, stream=1))
