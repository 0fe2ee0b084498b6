"""Neurons with units for the network asleep, where those awake have none: the same numbers, and a map of their own."""

import numpy as np
import pytest
from brian2.units.fundamentalunits import get_dimensions

import dfc_brian as dfc
from dfc_brian.exporting import Content
from dfc_brian.physical import map_of

STEPS = {"sleep.duration": "1.014975 ms", "learning.feedback": "learned"}


@pytest.fixture(scope="module")
def neuron():
    """pyramidal_noisy_soma in mV, with a time constant of sleep.tau_v and a theta and k that no other model has."""
    table = dfc.NeuronModel.load("pyramidal_conductance").to_table()
    noise = "V_A = theta + I_A/g_LA + U_0/lambda_A*sigma*sqrt(tau_u)*noise :"
    more = "v_apical = lambda_A*(V_A - theta)/U_0 : 1\nnoise : second**-0.5"
    table["equations"] = table["equations"].replace("V_A = theta + I_A/g_LA :", noise) + more
    table["parameters"] |= {"sigma": 1.5e-3, "tau_u": "50 ms", "C": "11.97475 pF", "theta": "-50 mV", "k": "2 mV"}
    table["roles"] |= {"noise": "noise"}
    return {key: value for key, value in table.items() if key not in ("sets", "times")} | {"name": "asleep"}


def test_a_network_sleeps_as_one_without_dimensions(neuron):
    settings = {"network.loss": "mse", **STEPS}
    plain, physical = (
        dfc.Recipe.bare([4, 5, 3], settings | {"sleep.neuron": asleep}) for asleep in ("pyramidal_noisy_soma", neuron)
    )
    x = np.random.default_rng(1).normal(size=(3, 4))
    expected, slept = (dfc.Network(recipe, device="numpy").sleep(x) for recipe in (plain, physical))
    for name, update in expected.updates.items():
        assert np.allclose(slept.updates[name], update, rtol=1e-9, atol=0), name
    own = map_of(physical, asleep=True)
    for role in ("soma", "basal", "apical"):
        values = slept["layer1"][role]
        assert np.allclose(own.dimensionless(role, values), expected["layer1"][role], atol=1e-12)
        assert not np.allclose(map_of(physical).dimensionless(role, values), expected["layer1"][role], atol=0.1)
    assert (map_of(physical).name, map_of(plain, asleep=True).name) == ("pyramidal_conductance",) * 2


def test_recordings_of_sleep_go_through_its_own_map(neuron, tmp_path):
    settings = {
        "network.sizes": [64, 4, 10], "data.train": 8, "data.validation": 8, "data.test": 8, "train.batch_size": 8,
        "train.epochs": 1, "train.device": "numpy", "presentation.duration": "4 ms", "feedback.pretraining": 0,
        "presentation.drop_unconverged": False, "sleep.neuron": neuron, "traces.phases": ["controlled", "sleep"],
        "traces.images": [1], "traces.when": ["after"], **STEPS,
    }  # fmt: skip
    run = dfc.train(dfc.Recipe.load("digits", settings), out=tmp_path / "run")
    soma = run.traces.phase("sleep")["after"]["layer1"].soma
    plain, physical = (Content(run, units=units) for units in ("dimensionless", "physical"))
    assert np.allclose(plain.convert("sleep", "layer1", "soma", soma), (np.asarray(soma) + 50e-3) / 4e-3)
    assert np.array_equal(physical.convert("sleep", "layer1", "V", soma), soma)
    assert "-50 mV + 4 mV * v_i" in plain.source("sleep") and "asleep itself" in physical.source("sleep")
    awake = run.traces["after"]["layer1"].soma
    shown = physical.convert("controlled", "layer1", "soma", awake)
    assert get_dimensions(shown) == soma.dim and np.allclose(np.asarray(shown), -55e-3 + 6e-3 * awake)
