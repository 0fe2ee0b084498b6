"""Time steps as CUDA graphs: what must keep its order, what can be captured, and the same numbers as object by object.

Programs run under the emulation of CUDA (tests/fake_cuda), which runs a graph in the most awkward order that its edges
allow: without an edge that is needed, numbers differ.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from brian2 import Clock, EventClock, NeuronGroup, StateMonitor, Synapses, TimedArray, ms

from dfc_brian.dense import Again, DenseSynapses, Noise, Recorder, Reduce, RegularUpdate, StopAfter
from dfc_brian.devices import Assembly, Target, prepare
from dfc_brian.devices.cuda import Cuda
from dfc_brian.devices.standalone import compiled_program
from dfc_brian.devices.step_graph import Node, StepGraphNetwork, assigned, predecessors
from dfc_brian.errors import DfcError

FAKE_CUDA = Path(__file__).parent.parent / "fake_cuda"
CELLS, BATCH, STEPS, DT = 3, 4, 40, 0.1 * ms
TICKS = 0, 1, 2, 3, 9, 20, 21, 33
"""Steps at which another clock ticks too: first at each, then rarely."""
ALL = len(TICKS)
ORDERS = "latest", "1", "2", "3"
"""Orders in which the emulation runs a graph: the latest node that may run first, or at random."""
NEAR = 1e-12
"""Relative to the largest value of a result: in 40 steps, the order of sums differs between devices."""


@pytest.fixture(scope="module", autouse=True)
def emulation():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_PATH", str(FAKE_CUDA))
        patch.setenv("PATH", f"{FAKE_CUDA / 'bin'}{os.pathsep}{os.environ['PATH']}")
        yield


# What must keep its order


def node(name, arrays, writes):
    return Node(name, frozenset([*arrays.split(), *writes.split()]), frozenset(writes.split()))


@pytest.mark.parametrize(
    "second, after",
    [
        (node("reads what was written", "x", "y"), (0,)),
        (node("overwrites what was read", "", "a"), (0,)),
        (node("overwrites what was written", "", "x"), (0,)),
        (node("reads the same", "a", "y"), ()),
        (node("something else", "b", "y"), ()),
    ],
)
def test_nodes_wait_for_those_they_conflict_with(second, after):
    assert predecessors((node("first", "a", "x"), second)) == ((), after)


def test_nodes_do_not_wait_twice():
    chain = node("1", "", "x"), node("2", "x", "y"), node("3", "x y", "z"), node("4", "", "x")
    assert predecessors(chain) == ((), (0,), (1,), (2,))
    layers = node("a", "x", "u"), node("b", "y", "v"), node("both", "u v", "w")
    assert predecessors(layers) == ((), (), (0, 1))


def test_edges_order_exactly_the_conflicts_and_none_is_spare():
    rng = np.random.default_rng(0)
    for _ in range(100):
        names = np.array([f"x{i}" for i in range(8)])
        nodes = tuple(
            node(str(i), " ".join(rng.choice(names, 2)), " ".join(rng.choice(names, 1)))
            for i in range(rng.integers(12))
        )
        after = predecessors(nodes)
        conflicts = [[j for j in range(i) if b.conflicts(nodes[j])] for i, b in enumerate(nodes)]
        assert closure(after) == closure(conflicts)
        for i, row in enumerate(after):
            for j in row:
                without = [tuple(k for k in r if (n, k) != (i, j)) for n, r in enumerate(after)]
                assert closure(without) != closure(conflicts)


def closure(after):
    before = []
    for row in after:
        before.append(set(row).union(*(before[j] for j in row)))
    return before


def test_assignments_are_writes():
    assert assigned("x = y + z  # w = 1\n  x += 2\nw **= x == y") == {"x", "w"}
    assert assigned({"scalars": "n += 1", "vector": "", "other": "_v = n"}) == {"n", "_v"}


# A network with everything that can be captured: two populations in a loop, noise, learning, sums, records


def build():
    step = Clock(DT, name="step")
    boundary = EventClock(np.array(TICKS) * DT, name="boundary")
    control = NeuronGroup(2, "word : integer\ntotal : 1\nwanted : integer", name="control", clock=step)
    control.wanted = ALL
    model = "dx/dt = (tanh(drive + held) - x + 0.1*noise)/ms : 1\ndrive : 1\nheld : 1\nnoise : 1\ny : 1\nn : integer"
    a, b = (NeuronGroup(CELLS * BATCH, model, method="euler", name=name, clock=step) for name in "ab")
    connections = []
    for stream, (source, group) in enumerate([(b, a), (a, b)]):
        group.x = "sin(i + 1.0)"
        Noise(group, "noise", (control, "word"), stream, when="before_groups", name=f"{group.name}_noise")
        group.run_regularly("y = x**2\nn += 1", when="end", name=f"{group.name}_square")
        group.run_regularly("x = 0.5*x", clock=boundary, when="start", name=f"{group.name}_reset")
        synapses = DenseSynapses(
            source,
            group,
            """dw/dt = (x_post*x_pre - 0.1*w)/ms : 1
            drive_post = w*x_pre : 1 (summed)
            norm : 1 (shared)""",
            batch=BATCH,
            clock=step,
            name=f"to_{group.name}",
        )
        synapses.w = "0.3*cos(i - 2*j)"
        update = "norm += total\nw = w/(1 + 0.01*total)"
        RegularUpdate(synapses, update, {"total": "w**2"}, when="end", name=f"{synapses.name}_update")
        connections.append(synapses)
    inputs = NeuronGroup(2 * BATCH, "r : 1", name="inputs", clock=step)
    inputs.r = "cos(i)"
    inputs.run_regularly("r = r - 0.1", clock=boundary, when="start", name="inputs_load")
    model = "w : 1\ndupdate/dt = x_post*r_pre/ms : 1\nheld_post = w*r_pre : 1 (summed)"
    from_inputs = DenseSynapses(inputs, a, model, batch=BATCH, hold=boundary, clock=step, name="from_inputs")
    from_inputs.w = 0.2
    Reduce(b, "y", into=(control, "total"), when="end", order=1, name="total")
    recorder = Recorder(a, {"x": "x"}, STEPS + len(TICKS), when="end", name="recorder")
    Again(recorder.runner, clock=boundary, when="start", order=1, name="recorder_again")
    StopAfter(control, "wanted", clock=boundary, when="start", order=-1, name="end")
    return Assembly([control, inputs, a, b, from_inputs, *connections, recorder], STEPS * DT, {})


RESULTS = [
    *(f"{group}.{name}" for group in ("a", "b") for name in ("x", "y", "n", "noise", "drive")),
    *(f"{synapses}.{name}" for synapses in ("to_a", "to_b") for name in ("w", "norm")),
    *("from_inputs.update", "control.total", "recorder.rec_x", "recorder.row"),
]


class Variants(Cuda):
    """Programs in which $STEP_GRAPH chooses the graph: "whole", "i-j" without the edge from j to i, or none."""

    def network(self, objects):
        self.made = StepGraphNetwork(objects)
        return self.made

    def compile(self, folder):
        graph, name = self.made.step_graph, self.made.name
        variants = {"whole": graph, "foreign": replace(graph, nodes=graph.nodes[::-1])}
        for i, j in ((i, j) for i, after in enumerate(graph.after) for j in after):
            after = [tuple(k for k in row if (n, k) != (i, j)) for n, row in enumerate(graph.after)]
            variants[f"{i}-{j}"] = replace(graph, after=tuple(after))
        choices = [f'if (variant == "{variant}") {graph.code(name)}' for variant, graph in variants.items()]
        main = folder / "main.cu"
        before, after = main.read_text().split(graph.code(name))
        main.write_text("\n".join([before, 'const std::string variant = getenv("STEP_GRAPH");', *choices, after]))
        super().compile(folder)


@pytest.fixture(scope="module")
def program():
    return compiled_program(Variants(9.0, True), build, {"test": Path(__file__).read_text()}, "float64")


@pytest.fixture
def run(program, monkeypatch):
    def run(variant, order="latest", presentations=ALL):
        monkeypatch.setenv("STEP_GRAPH", variant)
        monkeypatch.setenv("FAKE_CUDA_ORDER", order)
        found = program.run({"control.wanted": np.array([presentations] * 2)}, RESULTS)
        assert all(np.isfinite(value).all() for value in found.values())
        return found

    return run


def same(found, expected):
    return all(np.array_equal(found[name], expected[name]) for name in RESULTS)


def test_one_by_one_cuda_equals_numpy(run):
    found, expected = run("none"), prepare(Target("numpy"), build, {}).run({}, RESULTS)
    assert found["recorder.row"] == STEPS + len(TICKS)
    for name in RESULTS:
        scale = np.abs(expected[name]).max()
        assert scale > 0
        assert np.abs(found[name] - expected[name]).max() <= NEAR * scale
        assert np.abs(1.01 * found[name] - expected[name]).max() > NEAR * scale


def test_graph_equals_one_by_one_to_the_bit(run):
    expected = run("none")
    for order in ORDERS:
        assert same(run("whole", order), expected)


@pytest.mark.parametrize("presentations", [1, 2, 4, 5, 6])
def test_runs_that_end_early_do_too(run, presentations):
    """After 1 and 2 steps, before there is a graph; after 9, and at a step after its first interruption."""
    expected = run("none", presentations=presentations)
    assert expected["a.n"][0] == TICKS[presentations] + 1
    assert same(run("whole", presentations=presentations), expected)


def test_without_any_edge_numbers_differ(program, run):
    expected = run("none")
    edges = re.findall(r'variant == "(\d+-\d+)"', (program.folder / "program.cu").read_text())
    assert len(edges) > 10
    for edge in edges:
        assert not all(same(run(edge, order), expected) for order in reversed(ORDERS)), edge


def test_a_graph_of_another_network_is_an_error(run):
    with pytest.raises(DfcError, match="the graph of the step is not of this network"):
        run("foreign")


# What can be captured


def statements(code, **keywords):
    def add(group):
        group.run_regularly(code, **keywords)

    return add


def add_noise(group):
    Noise(group, "x", (group, "k"))


def add_fading_noise(group):
    Noise(group, "x", (group, "k"), scale="t/ms", name="fading")


def add_noise_twice(group):
    return Again(Noise(group, "x", (group, "k")), name="twice")


def add_end(group):
    StopAfter(group, "k", name="end")


def add_monitor(group):
    return StateMonitor(group, "x", True, name="monitor")


def add_synapses(group):
    synapses = Synapses(group, group, "w : 1", clock=group.clock, name="synapses")
    synapses.connect(i=[0, 1], j=[1, 0])
    synapses.run_regularly("w += 1", name="growth")
    return synapses


@pytest.fixture
def step_graph(tmp_path):
    """The graph of a network of a group and what else is made for it; nothing is compiled."""
    compiler = Cuda(9.0, True)

    def step_graph(add, precision="float64", runs=1, **keywords):
        with compiler.device(tmp_path, precision) as device:
            table = TimedArray([0.0, 1.0], dt=1 * ms, name="table")
            group = NeuronGroup(
                4, "dx/dt = -x/ms : 1\nk : integer", "euler", name="group", dt=DT, namespace={"table": table}
            )
            network = StepGraphNetwork([obj for obj in (group, add(group)) if obj is not None])
            for _ in range(runs):
                network.run(1 * ms, namespace={}, **keywords)
            lines = [args[1] for kind, args in device.main_queue if kind == "run_network"][-1]
            graph = network.step_graph
            installed = [line for line in lines if "DenseStepGraph" in line]
            assert installed == ([] if graph.reason else [graph.code(network.name)])
            return graph

    return step_graph


@pytest.mark.parametrize(
    "add, reason",
    [
        (statements("x = t/ms", name="late"), "'late' uses the time ('t')"),
        (statements("x = table(t)", name="late"), "'late' uses the time ('t')"),
        (statements("k = t_in_timesteps", name="late"), "'late' uses the time ('t_in_timesteps')"),
        (statements("x = rand()", name="drawn"), "'drawn' uses the function 'rand', which has a state"),
        (add_fading_noise, "'fading' uses the time ('t')"),
        (add_noise_twice, "a noise is drawn twice in one step"),
        (add_synapses, "'growth' uses 'w', whose array may move"),
        (add_monitor, "'monitor' (statemonitor) need not do the same in every step"),
        (add_end, "'end' (dense_stop) need not do the same in every step"),
    ],
)
def test_a_step_that_changes_is_not_captured_and_says_why(step_graph, add, reason):
    graph = step_graph(add)
    assert graph.reason == reason and not graph.nodes
    assert str(graph) == f"The step runs object by object: {reason}."


@pytest.mark.parametrize(
    "add, nodes",
    [
        (add_noise, 2),
        (statements("x = table(0*ms) + 2*dt/ms"), 2),
        (statements("x = t/ms", dt=2 * DT), 1),  # not in each step
        (statements("k += 1", dt=DT / 2), 1),  # then the step is the finer one
    ],
)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_step_that_does_the_same_is_captured(step_graph, add, nodes, precision):
    graph = step_graph(add, precision)
    assert graph.reason is None and len(graph.nodes) == nodes


def test_profiled_steps_are_not_captured(step_graph):
    assert step_graph(add_noise, profile=True).reason == "each object is timed (profile=True)"


def test_inactive_objects_are_not_in_the_graph(step_graph):
    def add(group):
        group.run_regularly("x = t/ms").active = False

    assert len(step_graph(add).nodes) == 1


def test_each_run_installs_its_own_graph(step_graph):
    assert "_codeobject_1" in step_graph(add_noise, runs=2).nodes[0].name
