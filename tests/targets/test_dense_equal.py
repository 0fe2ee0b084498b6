"""Dense synapses give the numbers of all-to-all `brian2.Synapses` (numpy target, random sizes and models)."""

import itertools

import numpy as np
import pytest
from brian2 import Clock, EventClock, Function, Hz, Network, NeuronGroup, Synapses, linked_var, ms
from dense_network import numpy_fixture
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dfc_brian.dense import DenseSynapses, vector_function

RTOL = 1e-12
few = settings(
    max_examples=7,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # examples are small already: no time for shrinking
)
sizes = st.integers(1, 5)

SUMMED = [
    "I_post = w*r_pre : 1 (summed)",
    "I_post = w*(r_pre + 0.5*x_pre) : 1 (summed)",
    "I_post = w*r_pre + k*x_pre*phi(v_post) : 1 (summed)",
    "I_post = 2*r_pre*x_pre : 1 (summed)",
    "I_post = w*0.1 + r_pre : 1 (summed)",
    "I_post = gate*w*r_pre*u_post : 1 (summed)",
]
SECOND = [
    "",
    "g_post = abs(w)*k*(E - v_post)*r_pre : 1 (summed)",
    "b_pre = w*phi(v_post) : 1 (summed)",
    "b_pre = k*w*v_post*x_pre - w*v_post : 1 (summed)",
    "g_post = 1 : 1 (summed)",
]
RATES = [
    "(phi(v_post) - 0.5*I_post)*r_pre",
    "v*x_pre*gain",
    "-beta*tau*w",
    "-w*v_post**2",
    "0.1*w*r_pre*v_post",
    "k - 0.2",
    "0.3*x_pre",
    "0.2*v_post*k",
    "0.1*exp(-(v_post**2 + r_pre**2))",
    "(r_pre - v_post)*x_pre",
]
MODEL = """
dw/dt = ({rate})/tau : 1 (clock-driven)
dtrace/dt = (v_post*r_pre - trace)/tau : 1 (clock-driven)
{summed}
k : 1
beta : Hz (shared)
gain = 1 + sin(2*pi*10*Hz*t) : 1 (shared)
gate = 1/(1 + beta*tau) : 1 (shared)
"""
SOURCE = """
dx/dt = (b - x)/tau : 1
r = phi(x)*q : 1
b : 1
q : 1 {linked}
"""
TARGET = """
dv/dt = (I + g + u - v)/tau : 1
I : 1
g : 1
u : 1
"""
phi = Function(np.tanh, arg_units=[1], return_unit=1)  # a user's own function, without units of its own
NAMESPACE = {"phi": phi, "tau": 5 * ms, "E": 2.0}
counter = itertools.count()


numpy_target = numpy_fixture(0.1 * ms)


def network(make, model, n_pre, n_post, seed, batch=1, offset=0, sample=None, online=False, linked=False):
    """Two groups and their synapses; ``sample`` takes the initial values of one sample of a batch."""
    rng = np.random.default_rng(seed)
    total = batch if sample is None else sample[1]
    w, k = rng.normal(size=(n_post, n_pre)), rng.random((n_post, n_pre))
    x, v, u = (rng.normal(size=(n, total)) for n in (n_pre, n_post, n_post))
    if sample is not None:
        x, v, u = (a[:, sample[0] : sample[0] + 1] for a in (x, v, u))
    n = next(counter)  # equal scheduling: ties are broken by name
    linkable = linked and offset == 0
    text = SOURCE.format(linked="(linked)" if linkable else "")
    source = NeuronGroup(n_pre * batch + offset, text, method="euler", namespace=NAMESPACE, name=f"s{n}source")
    target = NeuronGroup(n_post * batch + 2 * offset, TARGET, method="euler", namespace=NAMESPACE, name=f"t{n}target")
    pre = source[offset:] if offset else source
    post = target[offset : offset + n_post * batch] if offset else target
    values = NeuronGroup(2, "q : 1", name=f"a{n}values")
    values.q = [0.7, 1.3]
    unit = np.arange(n_pre * batch) // batch
    if linkable:
        source.q = linked_var(values, "q", index=(unit % 2).astype(np.int64))
    else:
        pre.q = np.array([0.7, 1.3])[unit % 2]
    pre.x, post.v, post.u = x.ravel(), v.ravel(), u.ravel()
    synapses = make(pre, post, model, f"m{n}synapses", batch)
    order = (lambda a: a.T.ravel()) if isinstance(synapses, Synapses) else (lambda a: a.ravel())
    synapses.w, synapses.k = order(w), order(k)
    synapses.beta = 15 * Hz
    if online:
        synapses.run_regularly("w = 0.9*w + 0.01*sin(i + 2*j)", dt=0.5 * ms, when="end", name=f"m{n}online")
    net = Network(source, target, values, synapses)
    return net, synapses, pre, post


def plain(pre, post, model, name=None, batch=1):
    named = {"name": name} if name else {}
    synapses = Synapses(pre, post, model, method="euler", namespace=NAMESPACE, **named)
    synapses.connect()
    return synapses


def dense(pre, post, model, name=None, batch=1):
    named = {"name": name} if name else {}
    return DenseSynapses(pre, post, model, batch=batch, namespace=NAMESPACE, **named)


def matrix(synapses, name, n_pre, n_post):
    values = np.array(synapses.state(name, use_units=False)[:])
    return values.reshape(n_pre, n_post).T if isinstance(synapses, Synapses) else values.reshape(n_post, n_pre)


def state(synapses, pre, post, n_pre, n_post):
    cells = {"x": pre.x[:], "b": pre.b[:], "v": post.v[:], "I": post.I[:], "g": post.g[:]}
    return {k: np.array(v) for k, v in cells.items()} | {k: matrix(synapses, k, n_pre, n_post) for k in ("w", "trace")}


def assert_close(found, expected, rtol=RTOL):
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=rtol, atol=rtol * max(1, np.abs(value).max()), err_msg=key)


@few
@given(
    sizes,
    sizes,
    st.sampled_from(SUMMED),
    st.sampled_from(SECOND),
    st.sets(st.sampled_from(RATES), min_size=1, max_size=3),
    st.sampled_from([0, 2]),
    st.booleans(),
)
def test_one_sample_is_brian2_synapses(n_pre, n_post, first, second, rates, offset, online):
    model = MODEL.format(rate=" + ".join(sorted(rates)), summed=f"{first}\n{second}")
    results = []
    for make in (plain, dense):
        net, *objects = network(make, model, n_pre, n_post, 1, offset=offset, online=online)
        net.run(2 * ms)
        results.append(state(*objects, n_pre, n_post))
    assert_close(results[1], results[0])
    assert np.abs(results[0]["trace"]).max() > 1e-3


@pytest.mark.parametrize("rate", RATES)
def test_each_rate_is_brian2_synapses(rate):
    model = MODEL.format(rate=rate, summed=SUMMED[0])
    results = []
    for make in (plain, dense):
        net, *objects = network(make, model, 3, 4, 2)
        net.run(0.5 * ms)
        results.append(state(*objects, 3, 4))
    assert_close(results[1], results[0])


def test_default_names_are_brian2_synapses():
    """Ties of `when` and `order` are broken by name: default names must give the order of `Synapses`."""
    results = []
    for make in (plain, dense):
        rng = np.random.default_rng(6)
        source = NeuronGroup(3, "dx/dt = -x/tau : 1\nr = x : 1", method="euler", namespace=NAMESPACE)
        target = NeuronGroup(4, TARGET, method="euler", namespace=NAMESPACE)
        source.x, target.v, target.u = (rng.normal(size=n) for n in (3, 4, 4))
        model = "dw/dt = (v_post*r_pre - w)/tau : 1 (clock-driven)\nI_post = w*r_pre : 1 (summed)"
        synapses = make(source, target, model)
        w = rng.normal(size=(4, 3))
        synapses.w = (w.T if make is plain else w).ravel()
        Network(source, target, synapses).run(1 * ms)
        cells = {"x": source.x[:], "v": target.v[:], "I": target.I[:]}
        results.append({k: np.array(v) for k, v in cells.items()} | {"w": matrix(synapses, "w", 3, 4)})
    assert_close(results[1], results[0])


@few
@given(
    sizes,
    sizes,
    st.integers(2, 3),
    st.sampled_from(SUMMED),
    st.sampled_from(SECOND),
    st.sampled_from([0, 2]),
    st.booleans(),
)
def test_a_batch_is_separate_samples(n_pre, n_post, batch, first, second, offset, online):
    """With an accumulator that does not act back, a batch is the mean of separate runs of its samples.

    Without an offset, the source of the batch has a linked variable, which `Synapses` cannot use."""
    rate = "-0.1*w + 0.2*k"  # weights that change, in the same way in all samples
    model = MODEL.format(rate=rate, summed=f"{first}\n{second}")
    net, *objects = network(dense, model, n_pre, n_post, 3, batch=batch, offset=offset, online=online, linked=True)
    net.run(1 * ms)
    found = state(*objects, n_pre, n_post)
    samples = []
    for sample in range(batch):
        net, *objects = network(dense, model, n_pre, n_post, 3, offset=offset, sample=(sample, batch), online=online)
        net.run(1 * ms)
        samples.append(state(*objects, n_pre, n_post))
    for key in ("x", "b", "v", "I", "g"):
        expected = np.stack([s[key] for s in samples], axis=1).ravel()
        np.testing.assert_allclose(found[key], expected, rtol=RTOL, atol=RTOL, err_msg=key)
    for key in ("w", "trace"):
        np.testing.assert_allclose(
            found[key], np.mean([s[key] for s in samples], axis=0), rtol=RTOL, atol=RTOL, err_msg=key
        )


def test_a_batch_learns_online():
    """Weights that change with the samples they drive, against plain numpy."""
    n_pre, n_post, batch, steps = 4, 3, 5, 30
    rng = np.random.default_rng(4)
    w, r, v = (
        rng.normal(size=(n_post, n_pre)),
        rng.normal(size=(n_pre, batch)),
        rng.normal(size=(n_post, batch)),
    )
    source, target = (
        NeuronGroup(n_pre * batch, "r : 1"),
        NeuronGroup(n_post * batch, "dv/dt = (I - v)/tau : 1\nI : 1", method="euler", namespace=NAMESPACE),
    )
    source.r, target.v = r.ravel(), v.ravel()
    model = "dw/dt = (phi(v_post) - 0.5*I_post)*r_pre/tau - w*v_post**2/tau : 1\nI_post = w*r_pre : 1 (summed)"
    synapses = DenseSynapses(source, target, model, batch=batch, namespace=NAMESPACE)
    synapses.w = w
    synapses.summed_updaters["I_post"].order = -1
    synapses.state_updater.order = 1
    Network(source, target, synapses).run(0.1 * ms * steps)
    for _ in range(steps):
        drive = w @ r
        v = v + (drive - v) * 0.1 / 5
        w = w + ((np.tanh(v) - 0.5 * drive) @ r.T - w * (v**2).sum(1, keepdims=True)) / batch * 0.1 / 5
    np.testing.assert_allclose(synapses.w[:], w.ravel(), rtol=1e-12)
    np.testing.assert_allclose(target.v[:], v.ravel(), rtol=1e-12)


HELD = """
w : 1
dacc/dt = ({rate})/tau : 1 (clock-driven)
{summed}
saved : 1
"""


def held_run(hold, n_pre, n_post, batch, rate, summed, weighted, seed=5):
    rng = np.random.default_rng(seed)
    tick = Clock(1 * ms, name=f"tick{next(counter)}")
    source = NeuronGroup(n_pre * batch, "r : 1\nx : 1\nz = r*x : 1", name=f"s{next(counter)}source")
    source.run_regularly("r = sin(x + 500*Hz*t)", clock=tick, when="start", order=0)
    target = NeuronGroup(n_post * batch, TARGET, method="euler", namespace=NAMESPACE)
    share = NeuronGroup(batch, "share : 1")
    source.x, target.u, share.share = (rng.normal(size=len(g)) for g in (source, target, share))
    synapses = DenseSynapses(
        source,
        target,
        HELD.format(rate=rate, summed=summed),
        batch=batch,
        hold=tick if hold else None,
        sample_weight=(share, "share") if weighted else None,
        namespace=NAMESPACE,
    )
    synapses.w = rng.normal(size=(n_post, n_pre))
    synapses.run_regularly("saved = acc\nw += 0.1*saved", clock=tick, when="start", order=-90)
    if not hold:
        for updater in synapses.summed_updaters.values():
            updater.when, updater.order = "start", 100
    net = Network(source, target, share, synapses)
    net.run(3.1 * ms)
    return {"saved": np.array(synapses.saved[:]), "v": np.array(target.v[:]), "w": np.array(synapses.w[:])}


@few
@given(
    sizes,
    sizes,
    st.integers(1, 3),
    st.sets(
        st.sampled_from(["phi(v_post)*r_pre", "0.5*v_post*z_pre*(1 + 10*Hz*t)", "0.2*v_post", "0.3*r_pre", "0.1"]),
        min_size=1,
    ),
    st.sampled_from(["I_post = w*r_pre : 1 (summed)", "I_post = 2*w*z_pre + x_pre : 1 (summed)"]),
    st.booleans(),
)
def test_hold_is_exact(n_pre, n_post, batch, rates, summed, weighted):
    arguments = n_pre, n_post, batch, " + ".join(sorted(rates)), summed, weighted
    held, stepped = held_run(True, *arguments), held_run(False, *arguments)
    assert_close(held, stepped)
    assert np.abs(stepped["saved"]).max() > 0


def test_sample_weight_replaces_the_mean():
    """Weights 1/B are the mean; others are a weighted sum of what the samples alone would give."""
    rate = "phi(v_post)*r_pre + 0.2*v_post"
    n_pre, n_post, batch = 3, 2, 4
    rng = np.random.default_rng(0)
    x, v, share = rng.normal(size=(n_pre, batch)), rng.normal(size=(n_post, batch)), rng.random(batch)

    def accumulated(x, v, share):
        size = x.shape[1]
        source, target = NeuronGroup(n_pre * size, "r : 1"), NeuronGroup(n_post * size, "v : 1")
        weights = NeuronGroup(size, "share : 1")
        source.r, target.v, weights.share = x.ravel(), v.ravel(), share
        synapses = DenseSynapses(
            source,
            target,
            f"dacc/dt = ({rate})/tau - acc/(1*second) : 1",
            batch=size,
            sample_weight=(weights, "share"),
            namespace=NAMESPACE,
        )
        Network(source, target, weights, synapses).run(0.3 * ms)
        return np.array(synapses.acc[:]).reshape(n_post, n_pre)

    alone = [accumulated(x[:, [b]], v[:, [b]], np.ones(1)) for b in range(batch)]
    expected = sum(s * a for s, a in zip(share, alone, strict=True))
    np.testing.assert_allclose(accumulated(x, v, share), expected, rtol=RTOL)


def test_single_precision_and_mixed_types():
    """float32 groups stay float32, and a float64 group may drive them."""
    rng = np.random.default_rng(0)
    source = NeuronGroup(6, "r : 1", dtype=np.float64)
    target = NeuronGroup(4, "I : 1\nv : 1", dtype=np.float32)
    source.r, target.v = rng.normal(size=6), rng.normal(size=4)
    model = "dw/dt = v_post*r_pre/tau : 1\nI_post = w*r_pre : 1 (summed)"
    synapses = DenseSynapses(source, target, model, batch=2, namespace=NAMESPACE, dtype=np.float32)
    synapses.w = rng.normal(size=6)
    w = np.array(synapses.w[:]).reshape(2, 3)
    Network(source, target, synapses).run(0.1 * ms)
    r, v = np.array(source.r[:]).reshape(3, 2), np.array(target.v[:]).reshape(2, 2)
    assert synapses.w[:].dtype == target.I[:].dtype == np.float32
    np.testing.assert_allclose(target.I[:], (w @ r).ravel(), rtol=1e-6)
    np.testing.assert_allclose(synapses.w[:], (w + v @ r.T / 2 * 0.1 / 5).ravel(), rtol=1e-6)


def test_state_is_stored_and_restored():
    """What is held between two ticks belongs to the state of the network."""
    tick = Clock(1 * ms, name="tick_of_store")
    source, target = NeuronGroup(2, "r : 1"), NeuronGroup(3, "v : 1")
    source.r, target.v = [1, 2], [1, 2, 3]
    synapses = DenseSynapses(source, target, "dacc/dt = v_post*r_pre/tau : 1", hold=tick, namespace=NAMESPACE)
    net = Network(source, target, synapses)
    net.run(0.5 * ms)
    net.store()
    net.run(0.6 * ms)
    first = np.array(synapses.acc[:])
    net.restore()
    net.run(0.6 * ms)
    np.testing.assert_array_equal(synapses.acc[:], first)
    np.testing.assert_allclose(first, np.outer([1, 2, 3], [1, 2]).ravel() / 5)


def test_steps_are_made_at_the_ticks_of_their_clock():
    source, target = NeuronGroup(2, "r : 1"), NeuronGroup(3, "v : 1")
    source.r, target.v = [1, 2], [1, 2, 3]
    ticks = EventClock([0, 0.3, 0.4] * ms)
    synapses = DenseSynapses(source, target, "dacc/dt = v_post*r_pre/tau : 1", steps=ticks, namespace=NAMESPACE)
    everywhere = DenseSynapses(source, target, "dacc/dt = v_post*r_pre/tau : 1", namespace=NAMESPACE)
    net = Network(source, target, synapses, everywhere)
    net.run(0.1 * ms)
    np.testing.assert_array_equal(synapses.acc[:], everywhere.acc[:])
    net.run(0.4 * ms)
    np.testing.assert_allclose(synapses.acc[:], everywhere.acc[:] * 3 / 5)
    with pytest.raises(TypeError, match="'steps' must be a Clock"):
        DenseSynapses(source, target, "dacc/dt = v_post*r_pre/tau : 1", steps=1 * ms)


SLOPES = ("tanh", "linear", "relu", "sigmoid")


def test_slopes_on_numpy():
    x = np.array([-3.0, -1.0, -0.1, 0.5, 2.0, np.nan])
    for name in SLOPES:
        phi, slope = vector_function(name), vector_function(f"{name}_slope")
        np.testing.assert_allclose(slope(x), (phi(x + 1e-6) - phi(x - 1e-6)) / 2e-6, rtol=1e-8)
    assert vector_function("relu_slope")(0.0) == 0


def test_vector_functions_on_numpy():
    x = np.array([-800.0, -1.0, 0.0, 0.5, np.nan])
    for name in ("tanh", "exp", "cos", "linear", "relu", "sigmoid"):
        assert np.isnan(vector_function(name)(x)[-1])
    np.testing.assert_allclose(vector_function("sigmoid")(x)[:-1], [0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-0.5))])
    np.testing.assert_allclose(vector_function("relu")(x)[:-1], [0, 0, 0, 0.5])
    with pytest.raises(ValueError, match="tanh, exp"):
        vector_function("softplus")
