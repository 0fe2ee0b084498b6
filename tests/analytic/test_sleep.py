"""A sleeping network against what theory says of it, and the variant of the authors' talk against its equations.

Statistics are tested within 5 standard errors, with noise that is the same in every run.
"""

import numpy as np
import pytest
from brian2 import ms
from oracle import worst

import dfc_brian as dfc
from dfc_brian.errors import BadInput
from dfc_brian.learning.feedback import FeedbackLearner
from dfc_brian.network.phase import Phase

SIZES, SIGMA = (6, 5, 4, 3), 0.02
DT, TAU_V, TAU_APICAL = 0.002, 0.008, 0.02  # in units of tau_u, 50 ms
BASE = {
    "network.loss": "mse", "network.activation": "linear", "train.device": "numpy", "sleep.dt": "0.1 ms",
    "sleep.duration": "6 ms", "sleep.tau_v": "0.4 ms", "sleep.tau_apical": "1 ms", "sleep.tau_u": "50 ms",
    "sleep.k_p": 0.5, "sleep.leak": 0.3, "sleep.sigma": SIGMA,
}  # fmt: skip
STATES = 60


def network(weights=None, **changes):
    return dfc.Network(dfc.Recipe.bare(SIZES, BASE | changes), weights=weights)


def silent_feedback():
    return {f"q{i}": np.zeros((n, SIZES[-1])) for i, n in enumerate(SIZES[1:], start=1)}


def test_apical_voltage_is_the_discrete_ornstein_uhlenbeck_process():
    """va[t+1] = (1 - a) va[t] + s xi: variance s^2 (1 - (1-a)^2t)/(1 - (1-a)^2), correlation (1 - a)^lag."""
    batch, keep, s = 800, 1 - DT / TAU_APICAL, SIGMA * np.sqrt(DT) / TAU_APICAL
    slept = network(silent_feedback(), **{"sleep.sigma_output": 3 * SIGMA}).sleep(np.zeros((batch, 6)))
    for i, scale in ((1, 1), (2, 1), (3, 3)):
        va = slept[f"layer{i}"].apical.reshape(STATES, -1) / scale
        t, n = np.arange(STATES), va.shape[1]
        expected = s**2 * (1 - keep ** (2 * t)) / (1 - keep**2)
        assert np.all(np.abs((va**2).mean(1) - expected) <= 5 * expected * np.sqrt(2 / n))
        late = va[-1] * va[-11] / expected[-1]
        assert abs(late.mean() - keep**10 * expected[-11] / expected[-1]) < 5 / np.sqrt(n)
        assert np.all(np.abs(np.corrcoef(va[-1].reshape(batch, -1).T) - np.eye(n // batch)) < 5 / np.sqrt(batch))


def test_mean_update_of_a_linear_network_is_that_of_its_impulse_responses():
    """E[va[t] u[t+1]^T] = sum over s of H_va[t-s] H_u[t+1-s]^T; without feedback it points along J^T."""
    weights = network().weights | silent_feedback()
    weights = {name: (0 * w if name[0] == "b" else w) for name, w in weights.items()}
    net, units = network(weights), sum(SIZES[1:])
    impulse = np.zeros((STATES - 1, units, units))  # one sample for each unit's impulse in the first step
    impulse[0] = np.eye(units)
    starts = np.cumsum((0, *SIZES[1:]))
    noise = {f"layer{i}": impulse[:, :, starts[i - 1] : starts[i]] for i in (1, 2, 3)}
    response = net.sleep(np.zeros((units, 6)), noise=noise)
    apical = np.concatenate([response[f"layer{i}"].apical for i in (1, 2, 3)], axis=2)
    product = np.einsum("tkn,tko->tno", apical[:-1], response.control[1:])
    expected = -np.cumsum(product, axis=0).sum(0) / (STATES - 1)

    batch = 1500
    slept = net.sleep(np.random.default_rng(0).normal(size=(batch, 6)))
    found = np.concatenate([slept.updates[f"q{i}"] for i in (1, 2, 3)])
    each = np.concatenate([slept[f"layer{i}"].apical for i in (1, 2, 3)], axis=2)
    single = -np.einsum("tbn,tbo->bno", each[:-1], slept.control[1:]) / (STATES - 1)
    assert worst(found, single.mean(0)) < 1e-9
    assert np.all(np.abs(found - expected) < 5 * single.std(0) / np.sqrt(batch))

    w = net.weights
    transposed = np.concatenate([(w["w3"] @ w["w2"]).T, w["w3"].T, np.eye(3)])
    for rows in (slice(0, 5), slice(5, 9), slice(9, 12)):
        a, b = expected[rows].ravel(), transposed[rows].ravel()
        assert a @ b / np.sqrt((a @ a) * (b @ b)) > 0.98


def test_sleep_without_noise_does_nothing():
    net = network(**{"network.activation": "tanh", "sleep.sigma": 0.0})
    before = {name: value.copy() for name, value in net.weights.items()}
    slept = net.sleep(np.random.default_rng(0).normal(size=(4, 6)))
    assert np.abs(slept.control).max() < 1e-14
    assert all(np.abs(update).max() < 1e-14 for update in slept.updates.values())
    assert np.allclose(slept["layer3"].rate, slept.target, rtol=0, atol=1e-14)
    assert all(np.array_equal(net.weights[name], before[name]) for name in before)


TALK = {"sleep.neuron": "pyramidal_noisy_soma", "sleep.rule": "anti_hebbian_online", "network.activation": "tanh"}


def talk(weights, x, noise, tau_q, beta, k_p=0.5, leak=0.3):
    """tau_v dv/dt = -v + W r + b + Q u + sigma xi, tau_Q dQ/dt = -v_fb u^T - beta Q, u as in `sleeper`."""
    w, b, q = ({i: weights[f"{kind}{i}"].copy() for i in (1, 2, 3)} for kind in "wbq")
    phi = {1: np.tanh, 2: np.tanh, 3: np.array}
    r, v, fb = {0: x}, {}, {}
    for i in (1, 2, 3):
        v[i] = r[i - 1] @ w[i].T + b[i]
        r[i], fb[i] = phi[i](v[i]), np.zeros_like(v[i])
    target, u, u_int, traces = r[3], np.zeros_like(r[3]), 0, []
    for t in range(STATES - 1):
        last, e = u, target - r[3]
        u_int = u_int + DT * (e - leak * u)
        u = u_int + k_p * e
        for i in (1, 2, 3):
            new = last @ q[i].T + SIGMA / np.sqrt(DT) * noise[f"layer{i}"][t]
            q[i] = q[i] + DT / tau_q * (-fb[i].T @ u / len(x) - beta * q[i])
            fb[i] = new
            v[i] = v[i] + DT / TAU_V * (r[i - 1] @ w[i].T + b[i] + fb[i] - v[i])
            r[i] = phi[i](v[i])
        traces.append(u)
    return q, np.stack(traces), v


def test_the_variant_of_the_talk_is_its_equations():
    net = network(**TALK)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(7, 6))
    noise = {f"layer{i}": rng.normal(size=(STATES - 1, 7, n)) for i, n in enumerate(SIZES[1:], start=1)}
    slept = net.sleep(x, noise=noise)
    for tau_q, tolerance in ((0.002, 1e-9), (0.00202, np.inf)):  # 0.1 ms; 1 % off must be noticed
        q, control, v = talk(net.weights, x, noise, tau_q, 1e-4)
        deviations = [worst(slept.updates[f"q{i}"], q[i] - net.weights[f"q{i}"]) for i in (1, 2, 3)]
        if tolerance < np.inf:
            assert worst(slept.control[1:], control) < tolerance
            assert all(worst(slept[f"layer{i}"].soma[-1], v[i]) < tolerance for i in (1, 2, 3))
            assert max(deviations) < tolerance
        else:
            assert min(deviations) > 1e-3


@pytest.mark.parametrize("output", [True, False])
def test_blocks_of_the_online_rule_go_on_where_the_last_one_ended(output):
    """Two minibatches in one block move the weights by as many steps as in two; here by the decay alone."""
    changes = TALK | {"sleep.sigma": 0.0, "feedback.output": output, "train.batch_size": 4}
    learning = FeedbackLearner(network(**changes))
    before, x = learning.network.weights, np.random.default_rng(0).normal(size=(4, 6))
    assert learning.state == {}
    learning.block([x, x[:3]], 1.0, (0,))
    learning.block([x], 1.0, (1,))
    steps = 3 * (STATES - 1)
    for name in ("q1", "q2", "q3"):
        decay = (1 - 1e-4) ** steps if name in learning.learned else 1.0
        assert worst(learning.weights[name], before[name] * decay) < 1e-9
    assert ("q3" in learning.learned) == output


def test_learning_asleep_brings_the_feedback_to_the_jacobian():
    """In a linear network each update lessens the angle between Q and J^T, whichever the variant."""
    for changes, rate in (({"feedback.clip": 1e9}, 0.02), (TALK | {"sleep.sigma": 0.004}, 1.0)):
        net = network(
            **changes | {"network.activation": "linear", "train.batch_size": 50, "learning.feedback": "learned"}
        )
        w = net.weights
        transposed = np.concatenate([(w["w3"] @ w["w2"]).T, w["w3"].T]).ravel()

        def cosine(weights, goal=transposed):
            q = np.concatenate([weights["q1"], weights["q2"]]).ravel()
            return q @ goal / np.sqrt((q @ q) * (goal @ goal))

        learning = FeedbackLearner(net)
        x = np.random.default_rng(0).normal(size=(50, 6))
        cosines = [cosine(learning.weights)]
        for block in range(3):
            learning.block([x] * 4, rate, (block,))
            cosines.append(cosine(learning.weights))
        assert np.all(np.diff(cosines) > 0), cosines
        assert cosines[-1] > cosines[0] + 0.05


def test_noise_that_does_not_fit_is_refused():
    net, x = network(), np.zeros((2, 6))
    noise = {f"layer{i}": np.zeros((STATES - 1, 2, n)) for i, n in enumerate(SIZES[1:], start=1)}
    with pytest.raises(BadInput, match=r"(?s)one array for each layer.*layer3"):
        net.sleep(x, noise={name: noise[name] for name in ("layer1", "layer2")})
    with pytest.raises(BadInput, match=r"(?s)layer2 does not fit.*\(59, 2, 3\).*\(59, 2, 4\)"):
        net.sleep(x, noise=noise | {"layer2": noise["layer3"]})
    with pytest.raises(BadInput, match="layer1 is not finite"):
        net.sleep(x, noise=noise | {"layer1": noise["layer1"] * np.nan})
    with pytest.raises(BadInput, match="x does not fit"):
        net.sleep(np.zeros((2, 5)))
    with pytest.raises(BadInput, match="stream"):
        net.sleep(x, stream=-1)
    with pytest.raises(BadInput, match="receives no noise"):
        network(**{"sleep.neuron": "pyramidal"}).sleep(x, noise=noise)


def test_speed_and_decay_of_an_online_rule_can_be_set():
    recipe = dfc.Recipe.bare([3, 2], TALK | {"sleep.tau_q": "1 ms", "sleep.beta": 0.5})
    assert Phase.sleep(recipe).rule.parameters == {"tau_q": 1 * ms, "beta": 0.5}
    assert Phase.sleep(dfc.Recipe.bare([3, 2], TALK)).rule.parameters == {"tau_q": 0.1 * ms, "beta": 1e-4}
