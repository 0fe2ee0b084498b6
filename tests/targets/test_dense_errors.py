"""What dense synapses refuse, and what they say about it."""

import itertools

import numpy as np
import pytest
from brian2 import (
    Clock,
    DimensionMismatchError,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
    ms,
    mV,
    prefs,
)
from dense_network import first_cause, numpy_fixture

from dfc_brian.dense import DenseSynapses, NotSeparable, Recorder, Reduce, RegularUpdate

numpy_target = numpy_fixture(0.1 * ms)


def groups(batch=2):
    source = NeuronGroup(3 * batch, "r : 1\nb : 1\ndz/dt = -z/tau : 1", namespace={"tau": 1 * ms}, method="euler")
    target = NeuronGroup(2 * batch, "v : 1\nI : 1\nJ : volt")
    return source, target


def build(model, **keywords):
    """Build and run the synapses; raises the first cause of any error."""
    batch = keywords.pop("batch", 2)
    source, target = groups(int(batch))
    with first_cause():
        synapses = DenseSynapses(source, target, model, batch=batch, namespace={"tau": 1 * ms}, **keywords)
        Network(source, target, synapses).run(0.1 * ms)


@pytest.mark.parametrize(
    "model, text",
    [
        (
            "w : 1\nI_post = w*tanh(r_pre - v_post) : 1 (summed)",
            r"'w\*tanh\(r_pre - v_post\)'.*mixes the target cell",
        ),
        (
            "w : 1\nI_post = r_pre*tanh(w*v_post) : 1 (summed)",
            r"'tanh\(v_post\*w\)' mixes the synapse and the target",
        ),
        (
            "dw/dt = r_pre*v_post/tau + 1/(r_pre + v_post)/tau : 1",
            r"(?s)1/\(tau\*\(r_pre \+ v_post\)\).*use brian2.Synapses",
        ),
        ("f = sqrt(r_pre + v_post) : 1\ndw/dt = f/tau : 1", "sqrt"),
        ("dw/dt = v_post*r_pre*rand()/tau : 1", "'rand', which has a state"),
        ("dw/dt = v_post*r_pre/tau + xi/sqrt(tau) : 1", "no noise"),
        ("dw/dt = v_post*r_pre/tau : 1", "'euler'"),
        ("w : 1\nI_post = w*r_pre*I : 1 (summed)", "cannot refer to itself"),
        ("g = v_post : 1 (constant over dt)", "Store it in the cells' group"),
    ],
)
def test_what_does_not_separate_is_refused(model, text):
    method = "exact" if text == "'euler'" else "euler"
    with pytest.raises(ValueError, match=text) as error:
        build(model, method=method)
    assert isinstance(error.value, NotSeparable) or "euler" in str(error.value)


@pytest.mark.parametrize(
    "model, text",
    [
        ("dw/dt = v_post*r_pre : 1", "does not have the expected unit hertz"),
        ("w : volt\nI_post = w*r_pre : 1 (summed)", "does not have the same dimensions"),
        ("w : volt\nI_post = w*r_pre : volt (summed)", "must have the units of 'I'"),
        ("w : 1\ng = w + 1*volt : 1", "inconsistent units"),
    ],
)
def test_units_are_checked(model, text):
    with pytest.raises(DimensionMismatchError, match=text):
        build(model)


@pytest.mark.parametrize(
    "model, keywords, kind, text",
    [
        (
            "w : 1",
            {"on_pre": "v += w"},
            TypeError,
            "(?s)'on_pre' of brian2.Synapses.*no code for spikes.*Supported: source",
        ),
        ("w : 1", {"delay": 1 * ms}, TypeError, "(?s)'delay'.*no delays.*Supported"),
        ("w : 1", {"bacth": 2}, TypeError, "(?s)has no 'bacth'.*Supported.*batch"),
        ("w : 1", {"batch": 2.0}, ValueError, "positive integer"),
        ("w : 1 (event-driven)", {}, ValueError, "event-driven"),
        ("I : 1", {}, ValueError, "rename it, for example to 'I_syn'"),
        ("w_pre : 1", {}, ValueError, "_pre"),
        ("i : 1", {}, SyntaxError, "special meaning"),
        (3, {}, TypeError, "'model' must be"),
        ("w : 1\nx = w*r_pre : 1 (summed)", {}, ValueError, "does not end in"),
        ("w : 1\nx_post = w*r_pre : 1 (summed)", {}, ValueError, "needs a corresponding parameter 'x'"),
        ("w : 1\nI_post = w*r_pre*nope : 1 (summed)", {}, KeyError, "nope"),
        ("w : 1", {"sample_weight": "share"}, TypeError, "must be"),
        ("w : 1", {"hold": 3 * ms}, TypeError, "'hold' must be a Clock"),
    ],
)
def test_bad_arguments(model, keywords, kind, text):
    with pytest.raises(kind, match=text):
        build(model, **keywords)


def test_cells_must_fit_the_batch():
    source, target = groups(batch=1)
    with pytest.raises(ValueError, match="3 cells, not a multiple of batch=2"):
        DenseSynapses(source, target, "w : 1", batch=2)
    share = NeuronGroup(3, "share : 1")
    with pytest.raises(ValueError, match="one for each of the 1 samples"):
        DenseSynapses(source, target, "w : 1", sample_weight=(share, "share"))
    with pytest.raises(ValueError, match="is no parameter"):
        DenseSynapses(source, target, "w : 1", sample_weight=(share, "weight"))


def test_one_target_has_one_sum():
    group = NeuronGroup(4, "r : 1\nI : 1")
    model = "w : 1\nI_post = w*r_pre : 1 (summed)\nI_pre = w*r_post : 1 (summed)"
    with pytest.raises(ValueError, match="already updated by the summed variable 'I_post'"):
        DenseSynapses(group, group, model)
    DenseSynapses(group[:2], group[2:], model)  # different cells


SUM = "w : 1\nI_post = w*r_pre : 1 (summed)"


def plain(source, target):
    synapses = Synapses(source, target, SUM)
    synapses.connect()
    return synapses


def dense(source, target):
    return DenseSynapses(source, target, SUM)


@pytest.mark.parametrize("makes", itertools.product((plain, dense), repeat=3))
def test_two_synapses_cannot_have_one_target(makes):
    """As in Brian2, also where another subgroup lies between the two (Brian2 itself misses that)."""
    if makes[0] is makes[1] is plain:
        return
    first, second, third = makes
    group = NeuronGroup(6, "r : 1\nI : 1")
    for cells, others in ((group, group), (group[:3], group[2:5]), (group[1:], group)):
        group = NeuronGroup(6, "r : 1\nI : 1")
        cells, others = (group[c.start : c.stop] for c in (cells, others))
        bad = Network(group, one := first(group, cells), two := second(group, others))
        with pytest.raises(NotImplementedError, match="(same target.*'I'.*overlapping)"), first_cause():
            bad.run(0.1 * ms)
        Network(group, one).run(0.1 * ms)  # each alone is fine
        del two
    group = NeuronGroup(6, "r : 1\nI : 1")
    apart = [third(group, group[2:4]), second(group, group[4:])]
    Network(group, first(group, group[:2]), *apart).run(0.1 * ms)
    group = NeuronGroup(6, "r : 1\nI : 1")
    between = [first(group, group[:2]), third(group, group[2:4]), second(group, group[:2])]
    with pytest.raises(NotImplementedError, match="same target"), first_cause():
        Network(group, *between).run(0.1 * ms)


def test_the_same_network_again():
    """Synapses that are gone from a network, or belong to another one, do not count."""
    group = NeuronGroup(2, "r : 1\nI : 1")
    net, old, new = Network(group), dense(group, group), dense(group, group)
    group.r, old.w, new.w = 1, 1, 2
    for synapses in (old, new):
        net.add(synapses)
        net.run(0.1 * ms)
        net.run(0.1 * ms)
        np.testing.assert_array_equal(group.I[:], 2 * synapses.w[0])
        net.remove(synapses)


@pytest.mark.parametrize(
    "model, text",
    [
        ("w : 1\nI_post = w*z_pre : 1 (summed)", "'z' of .* has a differential equation"),
        ("w : 1\nI_post = w*r_pre*sin(t/tau) : 1 (summed)", "the time 't' changes"),
        ("w : 1\nI_post = w*r_pre*v_post : 1 (summed)", "depends on the target"),
        ("w : 1\nb_pre = w*v_post : 1 (summed)", "sums over the target"),
        (
            "dw/dt = v_post*r_pre/tau : 1\nI_post = w*r_pre : 1 (summed)",
            "'w' of .* has a differential equation",
        ),
        ("dw/dt = v_post*z_pre/tau : 1", "'z' of .* has a differential equation"),
        ("dw/dt = (v_post*r_pre - w)/tau : 1", "gets its own change only at the ticks"),
        ("dw/dt = w*v_post*r_pre/tau : 1", "multiplies variables of cells"),
    ],
)
def test_hold_refuses_what_is_not_exact(model, text):
    with pytest.raises(NotSeparable, match=text):
        build(model, hold=Clock(1 * ms))


def test_cells_are_no_variables_of_the_synapses():
    source, target = groups()
    synapses = DenseSynapses(source, target, "w : 1", batch=2)
    synapses.run_regularly("w = r_pre")
    with pytest.raises(KeyError, match="each synapse serves all samples"), first_cause():
        Network(source, target, synapses).run(0.1 * ms)
    with pytest.raises(KeyError, match="each synapse serves all samples"):
        synapses.w = "r_pre"


def test_assignment():
    source, target = groups()
    synapses = DenseSynapses(source, target, "w : 1\nu : volt", batch=2)
    w = np.arange(6.0).reshape(2, 3)
    synapses.w = w
    np.testing.assert_array_equal(synapses.w[:], w.ravel())
    synapses.w = "i + 10*j"
    np.testing.assert_array_equal(synapses.w[:].reshape(2, 3), [[0, 1, 2], [10, 11, 12]])
    synapses.u = w * mV
    np.testing.assert_array_equal(synapses.u[:] / mV, w.ravel())
    with pytest.raises(ValueError, match=r"\(n_post, n_pre\) = \(2, 3\), got an array of shape \(3, 2\)"):
        synapses.w = w.T
    with pytest.raises(DimensionMismatchError):
        synapses.u = w


def test_cython_is_refused():
    prefs.codegen.target = "cython"
    with pytest.raises(NotImplementedError, match=r"'cython'(.|\n)*numpy(.|\n)*cpp_standalone"):
        build("w : 1\nI_post = w*r_pre : 1 (summed)")


def test_reductions_and_recorders():
    group = NeuronGroup(4, "v : volt\nx : 1")
    out = NeuronGroup(2, "total : 1\nsquare : volt**2")
    with pytest.raises(ValueError, match="'sum' or 'max'"):
        Reduce(group, "x", (out, "total"), op="mean")
    with pytest.raises(ValueError, match="needs the number of samples"):
        Reduce(group, "x", (out, "total"), per_sample=True)
    with pytest.raises(ValueError, match="not a multiple"):
        Reduce(group, "x", (out, "total"), per_sample=True, batch=3)
    with pytest.raises(ValueError, match="no parameter 'sum'"):
        Reduce(group, "x", (out, "sum"))
    with pytest.raises(ValueError, match="2 elements, and 4 results"):
        Reduce(group, "x", (out, "total"), per_sample=True, batch=4)
    with pytest.raises(ValueError, match="cannot be the name of a sum"):
        RegularUpdate(group, "x = v", {"x": "v"})
    with pytest.raises(ValueError, match="is not a name"):
        Recorder(group, {"v 1": "v"}, rows=1)
    Reduce(group, "v", (out, "total"), name="wrong_units")
    with pytest.raises(DimensionMismatchError), first_cause():
        Network(group, out).run(0.1 * ms)


def test_sources_without_spikes_are_enough():
    """Any group with arrays can be a source or target; what has no variables to sum is simply not named."""
    spikes = SpikeGeneratorGroup(2, [0], [0] * ms)
    target = NeuronGroup(2, "v : 1")
    assert len(DenseSynapses(spikes, target, "w : 1")) == 4
