"""Counter-based noise: the generator's known answers, its statistics, and the same numbers on every device."""

import numpy as np
import pytest
from brian2 import NeuronGroup, Quantity, ms, second

from dfc_brian.dense import Noise
from dfc_brian.dense.noise import philox, standard_normals
from dfc_brian.devices import Assembly, Target, prepare

ONES = 0xFFFFFFFF
KNOWN = [  # kat_vectors of the reference library Random123 (Salmon et al. 2011): counter, key, result
    ((0,) * 4, (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
ULPS = 8
"""Devices may differ in the last places of log and cos, of numbers up to 7."""
CELLS, STEPS, KEY, STREAM = 2051, 3, (-5, 7), 4  # more than a block of counters, no multiple of four


@pytest.mark.parametrize("counter, key, words", KNOWN)
def test_philox_gives_the_known_answers(counter, key, words):
    assert tuple(int(word) for word in philox(counter, key)) == words


def test_normals_have_the_moments_of_normals():
    z = np.stack([standard_normals(50_000, KEY, step) for step in range(20)])
    n = z.size
    assert abs(z.mean()) < 4 / np.sqrt(n)
    assert abs((z**2).mean() - 1) < 4 * np.sqrt(2 / n)
    assert abs((z**3).mean()) < 4 * np.sqrt(15 / n)
    assert abs((z**4).mean() - 3) < 4 * np.sqrt(96 / n)
    tail = (np.abs(z) > 3).mean()
    assert abs(tail - 0.0027) < 4 * np.sqrt(0.0027 / n)


@pytest.mark.parametrize("other", [{"key": (-5, 8)}, {"key": (-4, 7)}, {"step": 1}, {"stream": 1}])
def test_another_key_step_or_stream_gives_independent_noise(other):
    n = 200_000
    a = standard_normals(n, **{"key": KEY, "step": 0, "stream": 0})
    b = standard_normals(n, **{"key": KEY, "step": 0, "stream": 0} | other)
    assert abs((a * b).mean()) < 4 / np.sqrt(n)
    assert abs((a**2 * b**2).mean() - 1) < 4 * np.sqrt(8 / n)


def test_the_four_normals_of_a_counter_are_independent():
    z = standard_normals(400_000, KEY, 0).reshape(4, -1)
    for f in (lambda x: x, lambda x: x**2 - 1):
        products = np.corrcoef(f(z)) - np.eye(4)
        assert np.abs(products).max() < 4.5 / np.sqrt(z.shape[1])


def assembly(unit="second**-0.5", scale="1/sqrt(dt)"):
    key = NeuronGroup(2, "word : integer", name="key", dt=0.1 * ms)
    group = NeuronGroup(CELLS + 10, f"x : {unit}\ny : {unit}\nz : {unit}", name="group", dt=0.1 * ms)
    part = group[10:]
    Noise(part, "x", (key, "word"), STREAM, scale, when="start", order=0)
    group.run_regularly("z = y\ny = x", when="end")  # the noise of the last step, and of the one before
    return Assembly([key, group, part], STEPS * 0.1 * ms, {})


DEVICES = [("numpy", "float64"), ("numpy", "float32"), ("cpp", "float64"), ("cpp", "float32")]


@pytest.fixture(scope="module", params=DEVICES)
def program(request):
    device, precision = request.param
    return precision, prepare(Target(device, precision), assembly, {"test": "noise"})


def test_devices_draw_the_same_numbers(program):
    precision, program = program
    found = program.run({"key.word": np.array(KEY)}, ["group.x", "group.z"])
    for name, step in (("group.x", STEPS - 1), ("group.z", STEPS - 2)):
        expected = standard_normals(CELLS, KEY, step, STREAM, precision) * 100
        assert found[name].dtype == precision
        assert np.abs(found[name][10:] - expected).max() < ULPS * 7 * 100 * np.finfo(precision).eps
        assert not found[name][:10].any()
        wrong = np.abs(found[name][10:] * 1.01 - expected).max()
        assert wrong > 1e3 * ULPS * 7 * 100 * np.finfo(precision).eps


def test_noise_repeats_with_its_key_and_changes_with_another(program):
    _, program = program
    first, again, other = (
        program.run({"key.word": np.array(key)}, ["group.x"])["group.x"] for key in (KEY, KEY, (1, 7))
    )
    assert np.array_equal(first, again)
    assert abs(np.corrcoef(first[10:], other[10:])[0, 1]) < 4 / np.sqrt(CELLS)


def test_single_and_double_precision_draw_nearly_the_same():
    double, single = (standard_normals(CELLS, KEY, 0, dtype=dtype) for dtype in (np.float64, np.float32))
    assert np.abs(double - single).max() < 1e-4


def test_units_of_the_noise_are_checked():
    program = prepare(Target("numpy"), lambda: assembly(unit="1"), {})
    with pytest.raises(Exception, match="(?s)dimensions of the scale of its noise"):
        program.run({}, [])
    assert Quantity(1, dim=(second**-0.5).dim)  # the unit that it should have
