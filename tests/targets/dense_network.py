"""What the tests of dfc_brian.dense share: targets, and a network with everything, also in plain numpy."""

import os
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from brian2 import (
    Clock,
    EventClock,
    Network,
    NeuronGroup,
    TimedArray,
    defaultclock,
    device,
    get_device,
    ms,
    prefs,
)
from brian2.core.base import BrianObjectException

from dfc_brian.dense import Again, DenseSynapses, Recorder, Reduce, RegularUpdate, vector_function
from dfc_brian.devices.cpp import Cpp
from dfc_brian.devices.cuda import Cuda
from dfc_brian.devices.standalone import activated

FAKE_CUDA = Path(__file__).parent.parent / "fake_cuda"
SIZES, BATCH, STEPS, TICKS = (7, 6, 4), 5, 8, 3
TAU, SPAN = 10.0, 20.0  # in ms


@contextmanager
def target(name, folder=None, dtype=np.float64, blas="auto", dt=1 * ms):
    """Everything inside runs on numpy, or becomes a program in ``folder``: ``name`` is a key of `STANDALONE`."""
    old = prefs.core.default_float_dtype, prefs.codegen.target, prefs.dfc_dense.blas
    prefs.logging.console_log_level = "ERROR"
    prefs.core.default_float_dtype, prefs.codegen.target, prefs.dfc_dense.blas = dtype, "numpy", blas
    try:
        with STANDALONE[name](folder, dtype) if name in STANDALONE else nullcontext():
            defaultclock.dt = dt
            yield
    finally:
        prefs.core.default_float_dtype, prefs.codegen.target, prefs.dfc_dense.blas = old


@contextmanager
def emulated(folder, dtype):
    """Brian2CUDA's device, whose programs are compiled for the CPU."""
    with (
        patch.dict(os.environ, {"CUDA_PATH": str(FAKE_CUDA)}),
        compiled_by(Cuda(compute_capability=9.0, graph=False), folder, dtype),
    ):
        yield


@contextmanager
def compiled_by(compiler, folder, dtype):
    """A device whose programs are compiled as those of `dfc_brian.Network` are."""
    with (
        compiler.device(folder, np.dtype(dtype).name),
        patch.object(get_device(), "compile_source", lambda folder, *_: compiler.compile(Path(folder))),
    ):
        yield


STANDALONE = {
    "brian2": lambda folder, dtype: activated("cpp_standalone", folder, {}),  # as without dfc_brian's devices
    "cpp": lambda folder, dtype: compiled_by(Cpp(), folder, dtype),
    "cuda": emulated,
}


def built():
    """Where the network has become a program: compile and run it."""
    if get_device().__class__.__name__ != "RuntimeDevice":
        device.build(directory=device.build_options["directory"], with_output=False)


def numpy_fixture(dt):
    """A fixture for all tests of a module: they run on numpy, with this time step."""

    @pytest.fixture(autouse=True)
    def numpy_target():
        with target("numpy", dt=dt):
            yield

    return numpy_target


@contextmanager
def first_cause():
    """Raises the first cause of an error of Brian2 instead of the error."""
    try:
        yield
    except BrianObjectException as error:
        while error.__cause__ is not None:
            error = error.__cause__
        raise error from None


def data(seed=0):
    rng = np.random.default_rng(seed)
    n0, n1, n2 = SIZES
    weights = {
        "w1": rng.normal(size=(n1, n0)),
        "w2": rng.normal(size=(n2, n1)),
        "q1": rng.normal(size=(n1, n2)),
    }
    weights = {key: value / np.sqrt(value.shape[1]) for key, value in weights.items()}
    weights["b1"] = rng.normal(size=n1)
    share = rng.random(BATCH)
    return weights, rng.normal(size=(TICKS, n0, BATCH)), share / share.sum()


NEURON = """
dv/dt = (i_ff + i_bias + i_fb - v)/tau : 1
r = phi(v) : 1
delta = phi(v) - phi(i_ff) : 1 (constant over dt)
i_ff : 1
i_bias : 1
i_fb : 1
"""
PLASTIC = """
w : 1
i_ff_post = w*r_pre : 1 (summed)
dupdate/dt = delta_post*r_pre/span : 1 (clock-driven)
"""


def run(hold=True, full=True):
    """Run it on the active target; returns the results as numpy arrays. Not ``full``: fewer objects to compile."""
    weights, x, share = data()
    n0, n1, n2 = SIZES
    phi = vector_function("tanh")
    namespace = {"phi": phi, "tau": TAU * ms, "span": SPAN * ms, "max_norm": 0.05, "rate": 0.1}
    images = TimedArray(x.reshape(TICKS, -1), dt=STEPS * ms, name="images")
    namespace["images"] = images
    ticks = Clock(STEPS * ms, name="tick_clock")
    ends = EventClock(np.arange(1, TICKS) * STEPS * ms, name="end_clock")
    source = NeuronGroup(n0 * BATCH, "r : 1", name="source", namespace=namespace)
    source.run_regularly("r = images(t, i)", clock=ticks, when="start", order=0)
    one = NeuronGroup(BATCH, "r = 1 : 1\nshare : 1\nsize : 1\nlargest : 1\ntotal : 1", name="one")
    one.share = share
    cells = NeuronGroup((n1 + n2) * BATCH, NEURON, method="euler", name="cells", namespace=namespace)
    layer1, layer2 = cells[: n1 * BATCH], cells[n1 * BATCH :]
    keywords = {"batch": BATCH, "namespace": namespace}
    weight = {"sample_weight": (one, "share"), "name": "s1"}
    s1 = DenseSynapses(source, layer1, PLASTIC, hold=ticks if hold else None, **weight, **keywords)
    s2 = DenseSynapses(layer1, layer2, PLASTIC, name="s2", **keywords)
    plastic, others = [s1, s2], []
    if full:
        bias = PLASTIC.replace("i_ff", "i_bias")
        plastic.append(DenseSynapses(one, layer1, bias, sample_weight=(one, "share"), name="b1", **keywords))
        others.append(DenseSynapses(layer2, layer1, "w : 1\ni_fb_post = w*r_pre : 1 (summed)", name="q1", **keywords))
    for synapses in [*plastic, *others]:
        synapses.w = weights[{"s": "w", "b": "b", "q": "q"}[synapses.name[0]] + synapses.name[1]]
        for updater in synapses.summed_updaters.values():
            if not (hold and synapses is s1):
                updater.when, updater.order = "before_groups", 0
        if synapses.state_updater:
            synapses.state_updater.when, synapses.state_updater.order = "after_groups", 0
    for synapses in plastic[: 2 if full else 1]:
        RegularUpdate(
            synapses,
            """
            factor = clip(max_norm/sqrt(norm2), 0, 1)
            w -= rate*factor*update
            update = 0
            """,
            {"norm2": "update**2"},
            clock=ends,
            when="start",
            order=-50,
            name=f"learn_{synapses.name}",
        )
    Reduce(layer2, "v**2", (one, "size"), per_sample=True, batch=BATCH, when="end", order=1, name="size")
    if full:
        Reduce(layer1, "v", (one[:1], "largest"), op="max", when="end", order=1, name="largest")
        Reduce(s2, "w*i", (one[1:2], "total"), when="end", order=1, name="total")
        recorder = Recorder(layer2, {"v": "v", "r": "r", "sum": "i_ff + i_bias + 0*i"}, rows=30, name="recorder")
        Again(recorder.runner, clock=ends, when="start", order=-100, name="again")
        others.append(recorder)
    net = Network(source, one, cells, *plastic, *others)
    net.run((TICKS - 1) * STEPS * ms + 1 * ms)
    built()
    results = {f"{s.name}_{v}": np.array(getattr(s, v)[:]) for s in plastic for v in ("w", "update")}
    results |= {"v": np.array(cells.v[:]), "size": np.array(one.size[:])}
    if full:
        results |= {"largest": one.largest[0], "total": one.total[1]}
        results |= {f"rec_{key}": np.array(recorder.values(key)) for key in ("v", "r", "sum")}
    return results


def reference(weights=None, full=True):
    """The same in numpy, with the (units, samples) matrices of the layers."""
    given, x, share = data()
    weights = given if weights is None else weights
    w1, w2, q1, b1 = (weights[key].copy() for key in ("w1", "w2", "q1", "b1"))
    if not full:
        q1, b1 = 0 * q1, 0 * b1
    _, n1, n2 = SIZES
    v1, i_ff1 = np.zeros((2, n1, BATCH))
    v2, i_ff2 = np.zeros((2, n2, BATCH))
    updates = [np.zeros_like(w) for w in (w1, w2, b1)]
    learning = list(zip((w1, w2), updates, strict=False))[: 2 if full else 1]
    records = []

    def record():
        records.append((v2.copy(), np.tanh(v2), i_ff2.copy()))

    for step in range((TICKS - 1) * STEPS + 1):
        delta1, delta2 = np.tanh(v1) - np.tanh(i_ff1), np.tanh(v2) - np.tanh(i_ff2)  # before 'start'
        if step in STEPS * np.arange(1, TICKS):
            record()
            for w, update in learning:
                w -= 0.1 * min(0.05 / np.sqrt((update**2).sum()), 1) * update
                update[...] = 0
        r0 = x[step // STEPS]
        r1, r2 = np.tanh(v1), np.tanh(v2)
        i_ff1, i_ff2, i_fb1 = w1 @ r0, w2 @ r1, q1 @ r2
        v1 = v1 + (i_ff1 + b1[:, None] + i_fb1 - v1) / TAU
        v2 = v2 + (i_ff2 - v2) / TAU
        updates[0] += (delta1 * share) @ r0.T / SPAN
        updates[1] += delta2 @ np.tanh(v1).T / SPAN / BATCH
        updates[2] += delta1 @ share / SPAN
        record()
    results = {"s1_w": w1, "s2_w": w2, "s1_update": updates[0], "s2_update": updates[1]}
    results |= {"v": np.concatenate([v1, v2]), "size": (v2**2).sum(0)}
    if full:
        results |= {"b1_w": b1, "b1_update": updates[2]}
        results |= {"largest": v1.max(), "total": (w2 * np.arange(n1)).sum()}
        recorded = zip(("v", "r", "sum"), zip(*records, strict=True), strict=True)
        results |= {f"rec_{key}": np.array(rows) for key, rows in recorded}
    return {key: np.ravel(value) for key, value in results.items()}


def errors(results, expected):
    """The largest error of each result, relative to its largest value."""
    return {
        key: np.abs(np.ravel(results[key]) - expected[key]).max() / max(np.abs(expected[key]).max(), 1e-3)
        for key in expected
    }
