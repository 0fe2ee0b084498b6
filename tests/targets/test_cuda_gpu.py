"""A real GPU against C++: 1e-9 in float64, 1e-4 in float32, relative to the largest of each array."""

import numpy as np
import pytest
from oracle import worst

import dfc_brian as dfc
from dfc_brian.devices import Target, check
from dfc_brian.errors import Unavailable
from dfc_brian.learning.dfc import Learner
from dfc_brian.learning.feedback import FeedbackLearner

pytestmark = pytest.mark.gpu

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
SIZES, BATCH = [20, 30, 25, 10], 40
KINDS = [("float64", True), ("float64", False), ("float32", True), ("float32", False)]
"""Precision, and whether a step is a CUDA graph."""
RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(BATCH, SIZES[0])), RNG.integers(SIZES[-1], size=BATCH)


@pytest.fixture(scope="module", autouse=True)
def gpu():
    try:
        check(Target("cuda"))
    except Unavailable as error:
        pytest.skip(str(error))


def recipe(precision, graph, **changes):
    """Adam's epsilon is of the size of the gradients, and samples stay in: rounding decides nothing."""
    own = {
        "presentation.duration": "200 ms",
        "presentation.drop_unconverged": False,
        "learning.nudge": 0.5,
        "learning.epsilon": 1e-3,
        "feedback.epsilon": 1e-2,
        "train.batch_size": BATCH,
        "train.precision": precision,
        "cuda.graph": graph,
    }
    return dfc.Recipe.bare(SIZES, own | changes)


def networks(precision, graph, **changes):
    return [dfc.Network(recipe(precision, graph, **changes), device=device) for device in ("cpp", "cuda")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_steps(kind):
    expected, found = (n.present(X, Y) for n in networks(*kind, **{"presentation.duration": "1001 ms"}))
    tolerance = TOLERANCE[kind[0]]
    assert worst(found.control, expected.control) < tolerance
    for layer in expected.layers:
        for part in ("soma", "basal", "apical", "rate"):
            assert worst(getattr(found[layer], part), getattr(expected[layer], part)) < tolerance, (layer, part)
    for name, update in expected.updates.items():
        assert worst(found.updates[name], update) < 10 * tolerance, name  # differences of voltages


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_block(kind):
    expected, found = (Learner(network) for network in networks(*kind))
    for learner in (expected, found):
        learner.block([(X, Y), (X[::-1], Y[::-1]), (X[:7], Y[:7])])
    for name in expected.learned:
        assert worst(found.weights[name], expected.weights[name]) < TOLERANCE[kind[0]], name


@pytest.mark.parametrize("kind", KINDS)
def test_a_block_asleep(kind):
    expected, found = (FeedbackLearner(network) for network in networks(*kind))
    for learner in (expected, found):
        learner.block([X, X[::-1], X[:7]], rate=0.01, key=(1, 2))
    for name in expected.learned:
        assert worst(found.weights[name], expected.weights[name]) < TOLERANCE[kind[0]], name


@pytest.mark.parametrize("graph", [True, False])
def test_weights_that_move_while_samples_are_shown(graph):
    changes = {
        "learning.method": "dfc-online",
        "learning.rule": "nonlinear_difference_online",
        "presentation.duration": "30 ms",
    }
    expected, found = (n.present_in_turn(X[:5], Y[:5]) for n in networks("float64", graph, **changes))
    for name, update in expected.updates.items():
        assert worst(found.updates[name], update) < TOLERANCE["float64"], name


def test_the_same_input_gives_the_same_bits():
    _, network = networks("float32", True)
    one, two = Learner(network), Learner(network)
    for learner in (one, two):
        learner.block([(X, Y), (X[::-1], Y[::-1])])
    for name in one.learned:
        assert np.array_equal(one.weights[name], two.weights[name]), name
