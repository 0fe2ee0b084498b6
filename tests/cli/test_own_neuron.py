"""A user's own neuron: a copied model file with an equation changed or a variable added runs by its path."""

import re
import runpy
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from brian2 import amp, volt

import dfc_brian as dfc
from dfc_brian import datasets, response
from dfc_brian.learning import learner
from dfc_brian.training import evaluate

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "own_neuron"
ADAPTING = str(FOLDER / "adapting_pyramidal.toml")
SMALL = {
    "network.sizes": [64, 12, 10],
    "data.train": 96,
    "train.epochs": 1,
    "train.batch_size": 16,
    "train.device": "numpy",
    "presentation.dt": "2 ms",
    "presentation.duration": "60 ms",
    "presentation.drop_unconverged": False,
}


@pytest.fixture
def saturating(tmp_path):
    """The file of a neuron whose basal dendrite saturates: one equation and one parameter."""
    text = Path(dfc.library.folder("models/neurons") / "pyramidal.toml").read_text()
    for old, new in (
        ("v_basal = i_feedforward + i_bias : 1", "v_basal = limit*tanh((i_feedforward + i_bias)/limit) : 1"),
        ("[parameters]\n", "[parameters]\nlimit = 0.8\n"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "saturating.toml"
    path.write_text(text)
    return str(path)


def test_an_adaptation_current_is_trained_and_recorded(tmp_path):
    variables = ["soma", "apical", "I_w", "f", "control"]
    more = {"network.neuron": ADAPTING, "neuron.g_w": "20 nS", "traces.variables": variables, "learning.rate": 0.01}
    recipe = dfc.Recipe.load("digits", SMALL | more | {"train.epochs": 2})
    run = dfc.train(recipe, out=tmp_path / "run")
    assert run.metrics[1]["train_loss"] < run.metrics[0]["train_loss"]
    again = dfc.load_run(run.folder)
    assert again.recipe.neuron_model.parameters["g_w"] == dfc.NeuronModel.load(ADAPTING).parameters["g_w"]
    assert float(again.recipe.neuron["g_w"]) == 20e-9
    layer = again.traces["before"]["layer1"]
    assert layer.soma.dim == volt.dim and layer["I_w"].dim == amp.dim
    adapted = again.recipe.neuron["g_w"] * (layer.soma[0] - again.recipe.neuron["theta"])
    assert np.allclose(layer["I_w"][0] / amp, adapted / amp, rtol=1e-9), "a presentation starts adapted"
    assert np.abs(layer["I_w"][-1] - layer["I_w"][0]).max() > 0 * amp


def test_own_neurons_are_the_same_on_compiled_programs():
    recipe = dfc.Recipe.load("digits", SMALL | {"network.neuron": ADAPTING})
    data = datasets.load(recipe.data)
    minibatches = [(data.x_train[k : k + 16], data.y_train[k : k + 16]) for k in (0, 16)]
    learners = [learner(dfc.Network(recipe, device=device)) for device in ("numpy", "cpp")]
    for each in learners:
        each.block(minibatches)
    for name, expected in learners[0].weights.items():
        assert np.allclose(learners[1].weights[name], expected, rtol=1e-9, atol=1e-12), name


def test_what_a_network_answers_is_what_its_own_neurons_answer(saturating):
    recipe = dfc.Recipe.load("digits", SMALL | {"network.neuron": saturating})
    data, network = datasets.load(recipe.data), dfc.Network(recipe)
    shown = network.present(data.x_train[:8], data.y_train[:8])
    assert np.abs(shown["layer1"].basal).max() < 0.8
    assert np.allclose(response.output(recipe, network.weights, data.x_train[:8]), shown.output[0], atol=1e-13)
    assert not response.is_plain(recipe)
    plain = recipe.replace({"network.neuron": "pyramidal", "learning.method": "bp"})
    outputs = [evaluate.outputs(each, network.weights, data.x_train[:8]) for each in (recipe, plain)]
    assert np.abs(outputs[0] - outputs[1]).max() > 0.1
    assert evaluate.feedback(recipe, network.weights, data) == {}, "condition 2 is of plain networks"


@pytest.mark.parametrize("method", ["dfc-ss", "dfc"])
def test_a_dendritic_nonlinearity_learns_with_learned_feedback(saturating, tmp_path, method):
    more = {"network.neuron": saturating, "learning.feedback": "learned", "learning.method": method}
    more |= {"feedback.pretraining": 1, "data.train": 64, "traces.images": []}
    run = dfc.train(dfc.Recipe.load("digits", SMALL | more), out=tmp_path / "run")
    assert len(run.sleep) == 2 and run.metrics[-1]["train_loss"] < 3


def test_methods_without_simulation_refuse_it(saturating):
    recipe = dfc.Recipe.load("digits", SMALL | {"network.neuron": saturating, "learning.method": "dfc-ssa"})
    with pytest.raises(dfc.errors.BadInput, match="no closed form is known of where its basal settles"):
        learner(dfc.Network(recipe)).block([(np.ones((1, 64)), np.array([1]))])


# The examples


@pytest.fixture
def example(monkeypatch, capsys, tmp_path):
    """Run a script in a new folder; returns the numbers in each line that it prints."""
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)

    def run(name):
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        lines = capsys.readouterr().out.splitlines()
        return [[float(each) for each in re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", line)] for line in lines]

    yield run
    matplotlib.pyplot.close("all")


def test_adaptation(example, tmp_path):
    without, adapting = example("adaptation")
    assert without[-1] == 0 and adapting[-1] > 10
    assert (tmp_path / "adaptation.png").stat().st_size > 10_000


def test_attenuation(example):
    first, second, right, wrong = example("attenuation")
    assert max(first[1], second[1]) < 0.5 and min(first[2], second[2]) > 100
    assert right[-2] == right[-1] and wrong[-1] < 0.95 * wrong[-2]


def test_the_readme_names_what_is_there():
    text = (FOLDER / "README.md").read_text()
    assert all(f"`{path.name}`" in text for path in FOLDER.glob("*.py"))
    assert "adapting_pyramidal.toml" in text
