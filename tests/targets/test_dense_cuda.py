"""The CUDA templates of dfc_brian.dense: their programs, emulated on the CPU, give numpy's numbers."""

import re
import shutil
from importlib.util import find_spec

import numpy as np
import pytest
from brian2 import Clock, EventClock, Hz, Network, NeuronGroup, TimedArray, linked_var, ms
from brian2.core.variables import ArrayVariable
from dense_network import built, data, errors, first_cause, reference, run, target

from dfc_brian.dense import Again, DenseSynapses, Noise, Recorder, Reduce, RegularUpdate, StopAfter, vector_function
from dfc_brian.dense.codeobject import DenseRunner
from dfc_brian.dense.functions import _NUMPY
from dfc_brian.dense.noise import standard_normals

pytestmark = pytest.mark.skipif(
    find_spec("brian2cuda") is None or shutil.which("g++") is None, reason="needs Brian2CUDA and g++"
)

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
"""Relative to the largest value of each array."""
N_PRE, N_POST, BATCH = 17, 19, 40  # more than one block of cells, of samples and of synapses
STEPS, LAST, WANTED = 30, 20, 2
"""Steps that are asked for, and the one that ends the run: the third tick of a clock, after the two that are wanted."""
KEY, STREAM = (-5, 7), 4
X = np.array([-800.0, -2, -1e-9, 0, 0.5, 3, np.nan])

SOURCE = """
dx/dt = (b + c - x)/tau : 1
r = phi(x)*q : 1
b : 1
c : 1
q : 1 (linked)
"""
TARGET = """
dv/dt = (f + g + h + m + y + z + u + 0.1*n*tau**0.5 - v)/tau : 1
f : 1
g : 1
h : 1
m : 1
y : 1
z : 1
u : 1
n : second**-0.5
"""
RATES = (
    "(phi(v_post) - 0.5*f_post)*r_pre",  # a matrix product
    "v*x_pre*gain",  # with a shared variable
    "-w*v_post**2",  # sums over the samples
    "0.3*x_pre*w",
    "0.1*w*r_pre*v_post",  # a matrix product that is needed element by element
    "k - 0.2",
    "0.1*exp(-(v_post**2 + r_pre**2))",
)
ELEMENTWISE = f"""
dw/dt = ({" + ".join(RATES)})/tau : 1 (clock-driven)
dtrace/dt = (v_post*r_pre - trace)/tau : 1 (clock-driven)
f_post = gate*w*r_pre*u_post + 0.1*k*x_pre*phi(v_post) + 0.2*r_pre*x_pre + 0.01*w*i_pre*N_pre : 1 (summed)
g_post = abs(w)*k*(E - v_post)*r_pre : 1 (summed)
b_pre = w*phi(v_post) + 0.01*k*v_post*(1 + x_pre) + 0.01*i_post*x_pre : 1 (summed)
k : 1
beta : Hz (shared)
count : integer (shared)
gain = 1 + sin(2*pi*10*Hz*t) + table(t) : 1 (shared)
gate = 1/(1 + beta*tau) : 1 (shared)
"""
PRODUCTS = """
w : 1
s : 1
h_post = slow*tau*w*r_pre - 0.5*s*x_pre : 1 (summed)
m_post = w*x_pre : 1 (summed)
c_pre = -w*u_post : 1 (summed)
dup/dt = (u_post*r_pre - 0.5*up)/tau : 1 (clock-driven)
dside/dt = (u_post + x_pre - side)/tau : 1 (clock-driven)
"""
HELD = "dacc/dt = v_post*(x_pre + 1)/tau : 1 (clock-driven)\nz_post = 0.1*x_pre : 1 (summed)"
UPDATE = """
count += 1
scale = 0.1/(count + sqrt(norm2))
w -= scale*trace + 1e-3*total
"""


def whole(planted=None):
    """Every kind of term and every piece: what to run, and its groups by name.

    ``planted``: the synapses whose first weight is wrong, by 1 %.
    """
    rng = np.random.default_rng(3)
    ticks, ends = Clock(0.4 * ms, name="tick_clock"), EventClock([0, 1, 2] * ms, name="end_clock")
    table = TimedArray([0.3, -0.2, 0.5], dt=1 * ms, name="table")
    functions = {f"f_{name}": vector_function(name) for name in _NUMPY}
    namespace = {"phi": functions["f_tanh"], "tau": 5 * ms, "E": 2.0, "slow": 30 * Hz, "table": table, **functions}

    values = "q : 1\nword : integer\nwanted : integer\nlargest : 1\nbroken : 1\ndiagonal : 1"
    shared = NeuronGroup(2, values, name="shared_values")
    shared.q, shared.word, shared.wanted = [0.7, 1.3], KEY, WANTED
    curves = NeuronGroup(len(X), "x : 1\n" + "\n".join(f"y_{name} : 1" for name in _NUMPY), name="curves")
    curves.x = X
    curves.namespace = namespace
    curves.run_regularly("\n".join(f"y_{name} = f_{name}(x)" for name in _NUMPY), clock=ends)

    source = NeuronGroup(N_PRE * BATCH, SOURCE, method="euler", namespace=namespace, name="source")
    source.q = linked_var(shared, "q", index=np.arange(N_PRE * BATCH) // BATCH % 2)
    everyone = NeuronGroup((N_POST + 2) * BATCH, TARGET, method="euler", namespace=namespace, name="everyone")
    cells = everyone[BATCH : (N_POST + 1) * BATCH]
    slow = NeuronGroup(3 * BATCH, "x : 1", name="slow_source")
    slow.run_regularly("x = sin(i + 300*Hz*t)", clock=ticks, when="start", order=0)
    one = NeuronGroup(BATCH + 3, "x : 1\nshare : 1\nsize : 1\ntop : 1\nhole : 1", name="one")
    first = one[3:]
    for group, name in ((source, "x"), (everyone, "v"), (everyone, "u"), (everyone, "y"), (one, "x")):
        setattr(group, name, rng.normal(size=len(group)))
    one.share, one.hole = rng.random(len(one)) / BATCH, [0, np.nan, *range(BATCH + 1)]

    keywords = {"batch": BATCH, "namespace": namespace}
    weighted = {"sample_weight": (first, "share"), **keywords}
    bias = "dw/dt = (u_post*x_pre**2 + 0.1*v_post - w)/tau : 1 (clock-driven)"
    synapses = {
        "elementwise": DenseSynapses(source, cells, ELEMENTWISE, name="elementwise", **keywords),
        "products": DenseSynapses(source, cells, PRODUCTS, name="products", **weighted),
        "recurrent": DenseSynapses(cells, cells, "w : 1\ny_post = w*y_pre : 1 (summed)", name="recurrent", **keywords),
        "bias": DenseSynapses(first, cells, bias, name="bias", **weighted),
        "held": DenseSynapses(slow, cells, HELD, hold=ticks, name="held", **weighted),
    }
    for name in ("elementwise", "products", "recurrent", "bias"):
        w = 0.1 * rng.normal(size=len(synapses[name]))
        w[0] *= 1.01 if name == planted else 1
        synapses[name].w = w
    for name, variable in (("elementwise", "k"), ("products", "s")):
        setattr(synapses[name], variable, rng.random(len(synapses[name])))
    synapses["elementwise"].beta = 15 * Hz

    sums = {"norm2": "trace**2", "total": "k*i"}
    RegularUpdate(synapses["elementwise"], UPDATE, sums, clock=ends, order=-50, name="learn")
    RegularUpdate(cells, "u += 0.01*sin(i)", clock=ends, order=-40, name="move")
    per_sample = {"per_sample": True, "batch": BATCH}
    Reduce(cells, "v**2 + i*N*1e-6", (first, "size"), **per_sample, name="size")
    Reduce(cells, "v + 0.1*i", (one[:BATCH], "top"), op="max", **per_sample, name="top")
    Reduce(everyone, "-v", (shared[1:], "largest"), op="max", name="largest")
    Reduce(one, "hole", (shared, "broken"), op="max", name="broken")
    Reduce(synapses["products"], "up*(i == j)", (shared, "diagonal"), name="diagonal")
    Noise(cells, "n", (shared, "word"), STREAM, "1/sqrt(dt)", when="start", name="noise")
    StopAfter(shared, "wanted", clock=ends, name="stop")
    recorder = Recorder(cells, {"v": "v", "rate": "phi(v)*(1 + table(t)) + i"}, rows=15, name="recorder")
    Again(recorder.runner, clock=ends, when="start", name="recorder_again")
    groups = {group.name: group for group in (shared, curves, source, everyone, slow, one, recorder)} | synapses
    return Network(*groups.values()), groups


def results(planted=None):
    """The arrays of all groups, after a run on the active target."""
    network, groups = whole(planted)
    network.run(STEPS * 0.1 * ms)
    built()
    return {
        f"{name}.{variable}": np.array(var.get_value())
        for name, group in groups.items()
        for variable, var in group.variables.items()
        if isinstance(var, ArrayVariable) and var.owner.name == name and not variable.startswith("_held")
    }


@pytest.fixture(scope="module")
def expected():
    with target("numpy", dt=0.1 * ms):
        return results()


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with target("cuda", tmp_path_factory.mktemp("whole"), dt=0.1 * ms):
        return results()


def differences(found, expected):
    """The largest difference of each array, relative to its largest value; infinite where NaN and numbers meet."""
    assert found.keys() == expected.keys()
    worst = {}
    for name, values in expected.items():
        size = np.abs(values[np.isfinite(values)]).max(initial=1e-3)
        unequal = ~np.isclose(found[name], values, rtol=0, atol=0, equal_nan=True)
        difference = np.abs(found[name][unequal] - values[unequal]).max(initial=0) / size
        worst[name] = difference if np.isfinite(difference) else np.inf
    return worst


def test_every_piece_gives_numpys_numbers(found, expected):
    worst = differences(found, expected)
    assert max(worst.values()) < TOLERANCE[np.float64], worst
    assert expected["recorder.row"] == 15 and expected["elementwise.count"] == 3
    assert np.isnan(expected["shared_values.broken"][0]) and expected["products.up"].any()


@pytest.mark.parametrize("planted", ["elementwise", "products", "recurrent", "bias"])
def test_a_planted_error_is_seen(found, planted):
    with target("numpy", dt=0.1 * ms):
        wrong = results(planted)
    assert max(differences(found, wrong).values()) > 1e3 * TOLERANCE[np.float64]


def test_noise_is_that_of_numpy(found):
    normals = standard_normals(N_POST * BATCH, KEY, LAST, STREAM) * 100
    noise = found["everyone.n"]
    np.testing.assert_allclose(noise[BATCH : (N_POST + 1) * BATCH], normals, rtol=0, atol=7e2 * 8 * 2e-16)
    assert not noise[:BATCH].any() and not noise[-BATCH:].any()


def test_single_precision(tmp_path):
    with target("cuda", tmp_path, np.float32):
        numbers = run(hold=False)
    worst = errors(numbers, reference())
    assert max(worst.values()) < TOLERANCE[np.float32], worst
    planted = data()[0]
    for name in planted:
        wrong = {**planted, name: planted[name].copy()}
        wrong[name].flat[0] *= 1.01
        assert max(errors(numbers, reference(wrong)).values()) > 3 * TOLERANCE[np.float32], name


def test_random_numbers_are_refused(tmp_path):
    with target("cuda", tmp_path):
        group = NeuronGroup(3, "x : 1")
        RegularUpdate(group, "x = rand()", name="draw")
        with pytest.raises(NotImplementedError, match="'draw' uses 'rand'"), first_cause():
            Network(group).run(1 * ms)


def test_runners_name_all_that_they_write():
    """What the order of code objects in a graph follows from."""
    with target("numpy", dt=0.1 * ms):
        network, _ = whole()
        network.run(0.9 * ms)
        runners = [obj for obj in network.sorted_objects if isinstance(obj, DenseRunner)]
        assert len(runners) > 15
        for runner in runners:
            variables = runner.codeobj.variables
            assert set(runner.writes) <= variables.keys(), runner.name
            code = runner.abstract_code
            blocks = code.values() if isinstance(code, dict) else [code]
            assigned = {name for text in blocks for name in re.findall(r"^\s*(\w+)\s*[-+*/]?=", text, re.MULTILINE)}
            told = {id(variables[name]) for name in {*runner.writes, *assigned} & variables.keys()}
            arrays = {name: var for name, var in variables.items() if isinstance(var, ArrayVariable)}
            before = {name: np.array(var.get_value()) for name, var in arrays.items()}
            runner.codeobj()
            for name, var in arrays.items():
                same = np.array_equal(before[name], var.get_value(), equal_nan=True)
                assert same or id(var) in told, (runner.name, name)
