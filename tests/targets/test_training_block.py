"""Training blocks on every device against plain numpy, and that they are reproducible to the bit.

The network is small and untypical on purpose: the clip binds, some samples do not converge, one minibatch is smaller.
"""

import os
from pathlib import Path

import numpy as np
import oracle
import pytest
from learner import learn

import dfc_brian as dfc
from dfc_brian.learning.dfc import Learner

TOLERANCE = {"float64": 1e-9, "float32": 1e-3}
ADAM = dict(rate=0.003, epsilon=1e-6, beta1=0.9, beta2=0.99, clip=0.002)
CASE = oracle.load("small_mask", "ipk")
BATCH = len(CASE.x)


def recipe(precision="float64", **changes):
    sizes, overrides, _ = oracle.network_from("small_mask", "ipk")
    learning = {f"learning.{name}": value for name, value in ADAM.items()}
    own = {"presentation.drop_unconverged": True, "train.batch_size": BATCH, "train.precision": precision}
    return dfc.Recipe.bare(sizes, overrides | own | learning | changes)


def weights():
    return oracle.network_from("small_mask", "ipk")[2]


def minibatches(count=6):
    rng = np.random.default_rng(5)
    sizes = [BATCH] * (count - 1) + [5]
    return [(CASE.x[:n] + 0.1 * rng.normal(size=CASE.x[:n].shape), CASE.y[:n]) for n in sizes]


@pytest.fixture(scope="module")
def expected():
    start = dfc.Network(recipe(), weights=weights(), device="numpy").weights
    return learn(start, minibatches(), CASE.settings, **ADAM, drop_unconverged=True)


def method(device, precision="float64", given=None):
    return Learner(dfc.Network(recipe(precision), weights=given or weights(), device=device))


CELLS = [("numpy", "float64"), ("cpp", "float64")]


@pytest.mark.parametrize(("device", "precision"), CELLS)
def test_block_agrees_with_numpy(device, precision, expected):
    trained, state, settled = expected
    one = method(device, precision)
    block = one.block(minibatches())
    left_out = sum((~s).sum() for s in settled)
    assert 0 < left_out < 30, "the case should leave out some samples"
    assert [list(k[: len(s)]) for k, s in zip(block.converged, settled, strict=True)] == [list(s) for s in settled]
    for name in one.learned:
        moved = trained[name] - weights()[name]
        assert oracle.worst(one.weights[name] - weights()[name], moved) < TOLERANCE[precision], name
        assert oracle.worst(one.state[f"{name}.adam_m"], state["m"][name].ravel()) < TOLERANCE[precision], name


def test_one_percent_error_in_a_weight_is_found(expected):
    trained, _, _ = expected
    one = method("numpy", given=oracle.damaged(weights(), "w2", 1.01))
    one.block(minibatches())
    moved = trained["w1"] - weights()["w1"]
    assert oracle.worst(one.weights["w1"] - weights()["w1"], moved) > TOLERANCE["float32"]


def test_same_input_gives_same_bits():
    one, two = method("cpp"), method("cpp")
    one.block(minibatches())
    two.block(minibatches())
    for name in one.learned:
        assert np.array_equal(one.weights[name], two.weights[name])


def test_four_one_one_presentations_are_six():
    whole, parts = method("cpp"), method("cpp")
    given = minibatches()
    whole.block(given)
    for part in (given[:4], given[4:5], given[5:]):
        parts.block(part)
    for name in whole.learned:
        assert np.array_equal(whole.weights[name], parts.weights[name]), name
    for name, value in whole.state.items():
        assert np.array_equal(value, parts.state[name]), name


def test_program_is_found_again_and_blocks_leave_no_files():
    one = method("cpp")
    one.block(minibatches())
    again = method("cpp")
    assert again.program.cached and again.program.folder == one.program.folder

    def files():
        return sorted(
            os.path.join(d, f)
            for top in (one.program.folder, one.program._work.name)
            for d, _, fs in os.walk(top)
            for f in fs
        )

    def memory():
        return int(Path("/proc/self/statm").read_text().split()[1])  # pages

    given, before, pages = minibatches(1), files(), memory()
    for _ in range(200):
        one.block(given)
    assert files() == before
    assert memory() - pages < 500, "200 blocks must not keep more than 2 MB"


def test_other_constants_make_another_program():
    from dfc_brian.network.identity import identity

    assert identity(recipe()) == identity(recipe(**{"train.seed": 7, "learning.rate": 0.5}))
    for change in ({"controller.k_p": 1.0}, {"neuron.tau_v": "11 ms"}, {"presentation.proactive": False}):
        assert identity(recipe()) != identity(recipe(**change))
