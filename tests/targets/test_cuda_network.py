"""Networks on emulated CUDA against numpy: 1e-12 in float64, 1e-5 in float32, relative to the largest of each array.

What is compiled here is what nvcc would compile; tests/fake_cuda runs it on the CPU. Awake and asleep, each program
records every state, and its weights learn in two blocks: of two presentations, and of one.
"""

import os
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from brian2 import get_device, prefs
from oracle import damaged, worst

import dfc_brian as dfc
from dfc_brian.devices import Target, prepare
from dfc_brian.errors import DfcError
from dfc_brian.learning.adam import Adam, initial_state
from dfc_brian.learning.feedback_adam import FeedbackAdam
from dfc_brian.models.variables import COMPARTMENTS
from dfc_brian.network import assembly, sleep

FAKE_CUDA = Path(__file__).parent.parent / "fake_cuda"
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
SIZES, BATCH, MOST, BLOCKS = (4, 5, 3), 3, 3, (2, 1)
FORWARD, FEEDBACK = ["w1", "b1", "w2", "b2"], ["q1", "q2"]
TRACES = [f"layer{i}_traces.rec_{part}" for i in (1, 2) for part in COMPARTMENTS] + ["controller_traces.rec_control"]


@pytest.fixture(scope="module", autouse=True)
def emulation():
    with patch.dict(os.environ, {"CUDA_PATH": str(FAKE_CUDA)}):
        yield


def recipe(precision="float64", **changes):
    own = {
        "network.loss": "mse",
        "learning.nudge": 0.5,  # small ones leave small differences of voltages, in which float32 loses digits
        "presentation.duration": "12 ms",
        "sleep.duration": "0.608985 ms",
        "sleep.dt": "0.1014975 ms",
        "sleep.sigma": 0.02,
        "train.precision": precision,
        "cuda.compute_capability": 9.0,
    }
    return dfc.Recipe.bare(SIZES, own | changes)


WEIGHTS = dfc.Network(recipe(), device="numpy").weights
RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(MOST, BATCH, SIZES[0])), RNG.normal(size=(MOST, BATCH, SIZES[-1]))


def awake(precision, weights=WEIGHTS):
    """What builds the network that is shown samples; its inputs and outputs, and which of these are to be given again.

    Adam's epsilon is of the size of the gradients: a small one would turn rounding into weights.
    """
    adam, state = Adam(epsilon=1e-3, beta1=0.9, beta2=0.99, clip=0.05), initial_state(WEIGHTS, FORWARD)
    inputs = {
        "images.values": X.swapaxes(1, 2),
        "targets.values": Y.swapaxes(1, 2),
        "counts.values": np.full(MOST, BATCH),
        "sample_weights.values": np.full((MOST, BATCH), 1 / BATCH),
        **{f"{name}.w": value for name, value in weights.items()},
        **{f"{name}.adam_rate": [0.01] for name in FORWARD},
        **state,
    }
    learned = [f"{name}.w" for name in FORWARD]
    readings = ["at_start.rec_output", "at_start.rec_target", "at_end.rec_output", "at_end.rec_residual"]
    build = lambda: assembly.assemble(recipe(precision), BATCH, MOST, record=(), optimiser=adam)  # noqa: E731
    return build, inputs, [*learned, *state, *readings, *TRACES], [*learned, *state]


def asleep(precision, weights=WEIGHTS):
    """As `awake`, for the network whose feedback weights learn."""
    adam = FeedbackAdam(sigma=0.02, epsilon=1e-2, beta1=0.9, beta2=0.99, weight_decay=0.03, clip=0.05, learned=FEEDBACK)
    state = initial_state(WEIGHTS, FEEDBACK)
    inputs = {
        "images.values": X.swapaxes(1, 2),
        "sample_weights.values": np.full((MOST, BATCH), 1 / BATCH),
        "noise_key.word": [-5, 7],
        **{f"{name}.w": value for name, value in weights.items()},
        **{f"{name}.adam_rate": [0.01] for name in FEEDBACK},
        **state,
    }
    learned = [f"{name}.w" for name in FEEDBACK]
    build = lambda: sleep.assemble(recipe(precision), BATCH, MOST, record=(), optimiser=adam)  # noqa: E731
    return build, inputs, [*learned, *state, "feedback_norms.joint", "at_start.rec_target", *TRACES], [*learned, *state]


CASES = {  # name: (what is built, target)
    "awake": (awake, Target("cuda", "float64", 9.0)),
    "asleep": (asleep, Target("cuda", "float64", 9.0)),
    "awake, float32": (awake, Target("cuda", "float32", 9.0, graph=False)),
}


def blocks(program, inputs, outputs, again):
    """The outputs of two blocks, the second of which goes on where the first has ended."""
    found = []
    for wanted in BLOCKS:
        found.append(program.run(inputs | {"presentations.wanted": [wanted]}, outputs))
        inputs = inputs | {name: found[-1][name] for name in again}
    return found


def reference(name, **changes):
    case, target = CASES[name]
    build, *rest = case(target.precision, **changes)
    return blocks(prepare(Target("numpy", target.precision), build, {}), *rest)


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """The name of a case, its program on emulated CUDA, and the rest of `awake` or `asleep`."""
    build_case, target = CASES[request.param]
    build, *rest = build_case(target.precision)
    before, device = dict(prefs.items()), get_device()
    program = prepare(target, build, {"test": request.param, "code": Path(__file__).read_text()})
    assert {name: prefs[name] for name in before} == before and get_device() is device, "the user's own come back"
    return request.param, program, rest


def differences(found, expected):
    return [max(worst(a[name], b[name]) for a, b in zip(found, expected, strict=True)) for name in expected[0]]


def test_two_blocks_agree_with_numpy(case):
    name, program, rest = case
    expected = reference(name)
    assert max(differences(blocks(program, *rest), expected)) < TOLERANCE[CASES[name][1].precision]
    assert min(np.abs(value).max() for value in expected[0].values()) > 0


def test_one_percent_error_in_a_weight_is_found(case):
    name, program, rest = case
    expected = reference(name, weights=damaged(WEIGHTS, "w1", 1.01))
    found = differences(blocks(program, *rest), expected)
    assert np.mean(np.array(found) > 100 * TOLERANCE[CASES[name][1].precision]) > 0.5


def test_every_order_that_the_graph_allows_gives_the_same_bits(case, monkeypatch):
    _, program, rest = case
    first = blocks(program, *rest)
    for order in ("capture", "1", "2"):
        monkeypatch.setenv("FAKE_CUDA_ORDER", order)
        for one, other in zip(first, blocks(program, *rest), strict=True):
            assert all(np.array_equal(one[name], other[name]) for name in one)


def test_too_little_memory_on_the_gpu_is_told_in_cudas_words(case, monkeypatch):
    _, program, rest = case
    monkeypatch.setenv("FAKE_CUDA_MEMORY", "5000")
    with pytest.raises(DfcError, match="(?s)memory of the GPU.*cudaMalloc.*out of memory.*smaller") as caught:
        blocks(program, *rest)
    assert caught.value.exit_code == 1


def test_weights_that_move_while_samples_are_shown():
    """Method dfc-online through the public interface; the program of another device does not disturb numpy."""
    changes = {
        "learning.method": "dfc-online",
        "learning.rule": "nonlinear_difference_online",
        "presentation.drop_unconverged": False,
        "traces.synapses": 2,
    }
    networks = {device: dfc.Network(recipe(**changes), WEIGHTS, device) for device in ("numpy", "cuda")}
    expected = networks["numpy"].present_in_turn(X[0], Y[0])
    found = networks["cuda"].present_in_turn(X[0], Y[0])
    again = networks["numpy"].present_in_turn(X[0], Y[0])
    for name in FORWARD:
        assert worst(found.updates[name], expected.updates[name]) < TOLERANCE["float64"], name
        assert np.array_equal(again.updates[name], expected.updates[name])
    for name in expected.weights:
        assert worst(found.weights[name].values, expected.weights[name].values) < TOLERANCE["float64"]
    assert worst(found["layer2"].soma, expected["layer2"].soma) < TOLERANCE["float64"]
