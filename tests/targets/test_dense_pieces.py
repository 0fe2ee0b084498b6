"""The pieces around dense synapses, on their own: reductions, updates with sums, recorders, repetition."""

import numpy as np
import pytest
from brian2 import (
    Clock,
    DimensionMismatchError,
    EventClock,
    Network,
    NeuronGroup,
    ms,
    mV,
    volt,
)
from dense_network import first_cause, numpy_fixture

from dfc_brian.dense import Again, DenseSynapses, Recorder, Reduce, RegularUpdate

numpy_target = numpy_fixture(1 * ms)


def test_reductions_of_groups_subgroups_and_synapses():
    batch = 3
    rng = np.random.default_rng(0)
    group = NeuronGroup(4 * batch, "v : volt\nx : 1")
    group.v, group.x = rng.normal(size=12) * mV, rng.normal(size=12)
    out = NeuronGroup(batch, "a : volt**2\nb : 1\nc : 1\nd : 1")
    part = group[batch : 3 * batch]
    synapses = DenseSynapses(group, group, "w : 1", batch=batch)
    synapses.w = rng.normal(size=(4, 4))
    Reduce(group, "v**2", (out, "a"), per_sample=True, batch=batch)
    Reduce(part, "x + 10*i", (out, "b"), op="max", per_sample=True, batch=batch)
    Reduce(synapses, "w*(i == j)", (out, "c"))
    Reduce(part, "x", (out[1:], "d"), op="max")
    Network(group, out, synapses).run(1 * ms)
    x = group.x[:].reshape(4, batch)
    np.testing.assert_allclose(out.a[:], (group.v[:].reshape(4, batch) ** 2).sum(0))
    np.testing.assert_allclose(out.b[:], (x[1:3] + 10 * np.arange(6).reshape(2, 3)).max(0))
    np.testing.assert_allclose(out.c[0], np.trace(synapses.w[:].reshape(4, 4)))
    np.testing.assert_allclose(out.d[:], [0, x[1:3].max(), 0])


def test_a_maximum_keeps_nan():
    group, out = NeuronGroup(3, "x : 1"), NeuronGroup(1, "largest : 1")
    group.x = [1, np.nan, 2]
    Reduce(group, "x", (out, "largest"), op="max")
    Network(group, out).run(1 * ms)
    assert np.isnan(out.largest[0])


def test_updates_with_sums_check_units():
    group = NeuronGroup(6, "v : volt\nx : 1")
    group.v = np.arange(6) * mV
    part = group[2:5]
    RegularUpdate(
        part,
        """
        norm = sqrt(norm2)
        x = v/norm + 0*total
        v = 2*v
        """,
        {"norm2": "v**2", "total": "i"},
        name="normalise",
    )
    Network(group).run(1 * ms)
    np.testing.assert_allclose(group.x[2:5], np.array([2, 3, 4]) / np.sqrt(4 + 9 + 16))
    np.testing.assert_allclose(group.v[:] / mV, [0, 1, 4, 6, 8, 5])
    group = NeuronGroup(6, "v : volt\nx : 1")
    RegularUpdate(group, "x = norm2/volt", {"norm2": "v**2"}, name="wrong")
    with pytest.raises(DimensionMismatchError), first_cause():
        Network(group).run(1 * ms, namespace={"volt": volt})


def test_a_recorder_stops_when_it_is_full():
    group = NeuronGroup(4, "v : 1\nn : integer\ndouble = 2*v + i : 1", dtype=np.float32)
    group.run_regularly("v += 1\nn += 1")
    recorder = Recorder(group[1:3], {"v": "v", "sub": "double", "count": "n"}, rows=3)
    net = Network(group, recorder)
    net.run(2 * ms)
    np.testing.assert_array_equal(recorder.values("v"), [[1, 1], [2, 2]])
    net.run(5 * ms)
    np.testing.assert_array_equal(recorder.values("v"), [[1, 1], [2, 2], [3, 3]])
    np.testing.assert_array_equal(recorder.values("sub"), [[3, 4], [5, 6], [7, 8]])
    np.testing.assert_array_equal(recorder.values("count")[:, 0], [1, 2, 3])
    assert recorder.rec_v[:].dtype == np.float32 and recorder.row[:] == 3


def test_again_runs_the_same_code_at_another_moment():
    group = NeuronGroup(2, "dv/dt = 1/second : 1\ncount : 1", method="euler")
    counter = group.run_regularly("count += 1", clock=Clock(3 * ms, name="slow_clock"))
    Again(counter, clock=EventClock([1, 4] * ms), when="end")
    Again(group.state_updater, when="end")
    recorder = Recorder(group, {"v": "v"}, rows=10, when="start")
    Again(recorder.runner, clock=EventClock([2] * ms), when="end")
    Network(group, recorder).run(6 * ms)
    np.testing.assert_array_equal(group.count[:], [4, 4])
    np.testing.assert_allclose(group.v[:], 12e-3)
    assert recorder.row[:] == 7


def test_again_needs_its_runner_in_the_network():
    group, other = NeuronGroup(2, "v : 1"), NeuronGroup(1, "w : 1")
    recorder = Recorder(group, {"v": "v"}, rows=10)
    Again(recorder.runner)
    with pytest.raises(ValueError, match="depends"):
        Network(group, other).run(1 * ms)


def test_only_the_package_itself_is_imported():
    """Somebody may take dfc_brian/dense alone: no import of the rest of dfc_brian."""
    from pathlib import Path

    import dfc_brian.dense

    for path in Path(dfc_brian.dense.__file__).parent.glob("*.py"):
        text = path.read_text()
        assert "dfc_brian." not in text.split('"""', 2)[-1].replace("(dfc_brian.dense)", ""), path
