"""What a user can get wrong in a recipe: one clear message, all problems at once, nothing but `BadInput`."""

import pytest
from brian2 import mV
from hypothesis import given, settings
from hypothesis import strategies as st

from dfc_brian import Recipe, toml_text
from dfc_brian.errors import BadInput, DfcError, MultipleErrors

FAULTS = {
    "unknown table": ({"trian.epochs": 3}, ["trian", "did you mean 'train'"]),
    "unknown key": ({"train.epoch": 3}, ["train.epoch ", "did you mean 'epochs'"]),
    "unknown parameter": ({"controller.kp": 3}, ["controller.kp", "tau_u", "did you mean 'k_p'"]),
    "unknown method": ({"learning.method": "dcf"}, ["'dcf'", "did you mean 'dfc'"]),
    "unknown data set": ({"data.name": "minst"}, ["'minst'", "did you mean 'mnist'"]),
    "unknown neuron": ({"network.neuron": "pyramidl"}, ["'pyramidl'", "did you mean 'pyramidal'"]),
    "unknown rule": ({"learning.rule": "nonlinear"}, ["'nonlinear'", "nonlinear_difference"]),
    "missing model file": ({"network.neuron": "no/such.toml"}, ["no/such.toml", "does not exist"]),
    "unknown activation": ({"network.activation": "tanhh"}, ["'tanhh'", "did you mean 'tanh'"]),
    "activations do not fit": (
        {"network.activation": ["tanh"]},
        ["1 activation functions for 3 hidden layers"],
    ),
    "unknown loss": ({"network.loss": "mae"}, ["'mae'", "'cross_entropy' or 'mse'"]),
    "feedback of another method": (
        {"learning.method": "dfa", "learning.feedback": "learned"},
        ["dfa cannot learn", "got: learned", "allowed: fixed"],
    ),
    "unknown device": ({"train.device": "gpu"}, ["train.device", "'gpu'", "'cpp', 'cuda' or 'numpy'"]),
    "unknown key of cuda": ({"cuda.compute_capabilty": 9.0}, ["did you mean 'compute_capability'"]),
    "compute capability as nvcc writes it": ({"cuda.compute_capability": 90}, ["got: 90", "such as 9.0"]),
    "compute capability as text": ({"cuda.compute_capability": "9.0"}, ["cuda.compute_capability", "'9.0'"]),
    "unknown kind of feedback": ({"learning.feedback": "learnt"}, ["learning.feedback", "'fixed' or 'learned'"]),
    "wrong type": ({"train.epochs": "3"}, ["train.epochs", "'3'", "integer"]),
    "float for integer": ({"train.epochs": 3.0}, ["train.epochs", "3.0", "integer"]),
    "boolean for integer": ({"train.epochs": True}, ["train.epochs", "integer"]),
    "number for boolean": ({"presentation.proactive": 1}, ["presentation.proactive", "boolean"]),
    "wrong unit": ({"neuron.tau_v": "10 mV"}, ["neuron.tau_v", "10 mV", "a unit such as ms"]),
    "quantity of wrong unit": ({"neuron.tau_v": 10 * mV}, ["neuron.tau_v", "wrong unit"]),
    "unit missing": ({"neuron.tau_v": 10}, ["neuron.tau_v", "got: 10", "a unit such as ms"]),
    "unit too many": ({"controller.k_p": "2 ms"}, ["controller.k_p", "2 ms", "number without unit"]),
    "unknown unit": ({"presentation.dt": "1 msc"}, ["presentation.dt", "'msc'"]),
    "no quantity": ({"presentation.dt": "soon"}, ["presentation.dt", "soon"]),
    "negative time constant": ({"neuron.tau_v": "-10 ms"}, ["neuron.tau_v is not positive", "-10 ms"]),
    "zero time constant": ({"controller.tau_u": "0 ms"}, ["controller.tau_u is not positive"]),
    "negative step": ({"presentation.dt": "-1 ms"}, ["presentation.dt", "not positive"]),
    "dt above tau_v": ({"presentation.dt": "20 ms"}, ["larger than neuron.tau_v", "20 ms > 10 ms"]),
    "dt and duration": ({"presentation.dt": "3 ms"}, ["presentation.duration", "500 ms / 3 ms"]),
    "dt asleep above tau_v": ({"sleep.tau_v": "0.1 ms"}, ["sleep.dt is larger than sleep.tau_v", "0.1014975 ms > 0.1"]),
    "dt asleep above tau_apical": ({"sleep.tau_apical": "0.1 ms"}, ["sleep.dt is larger than sleep.tau_apical"]),
    "dt and duration asleep": (
        {"sleep.duration": "5 ms"},
        ["sleep.duration is no whole number", "5 ms / 0.1014975 ms"],
    ),
    "negative noise": ({"sleep.sigma": -1}, ["sleep.sigma", "greater than or equal to 0"]),
    "unknown neuron asleep": ({"sleep.neuron": "pyramidal_aslep"}, ["did you mean 'pyramidal_asleep'"]),
    "rule of awake synapses asleep": ({"sleep.rule": "nonlinear_difference"}, ["sleep.rule", "r_pre", "u_pre"]),
    "rule of sleep awake": ({"learning.rule": "anti_hebbian"}, ["learning.rule", "u_pre", "r_pre"]),
    "negative number of passes": ({"feedback.pretraining": -1}, ["feedback.pretraining", "or equal to 0"]),
    "numbers as a target of classes": (
        {"data.target": "input"},
        ["network.loss", "got: cross_entropy", "allowed: mse"],
    ),
    "output size of an autoencoder": (
        {"data.target": "input", "network.loss": "mse"},
        ["10 units for 784 units of the input"],
    ),
    "unknown target": ({"data.target": "label"}, ["data.target", "'given' or 'input'"]),
    "made data for classes": (
        {"data": {"name": "student_teacher", "train": 5000, "validation": 9999}},
        ["mse", "7000"],
    ),
    "published of an unknown variant": ({"published.values": {"bpp": [1.0, 1.0]}}, ["'bpp'", "did you mean 'bp'"]),
    "published without deviation": ({"published.values": {"bp": [1.0]}}, ["published.values"]),
    "variant as a value": ({"variant.bp": {"train.epochs": 2}}, ["variant is no key"]),
    "one state": ({"presentation.duration": "1 ms"}, ["presentation.duration", "1 ms / 1 ms = 1"]),
    "endless": ({"presentation.duration": "1e300 second"}, ["presentation.duration"]),
    "negative rate": ({"learning.rate": -1}, ["learning.rate", "greater than 0"]),
    "rate not a number": ({"learning.rate": float("nan")}, ["learning.rate", "finite"]),
    "beta of one": ({"learning.beta1": 1.0}, ["learning.beta1", "less than 1"]),
    "input size": ({"network.sizes": [64, 10]}, ["64 units for 784 pixels", "mnist"]),
    "output size": ({"network.sizes": [784, 9]}, ["9 units for 10 classes", "mnist"]),
    "one layer": ({"network.sizes": [784]}, ["network.sizes", "at least an input and an output layer"]),
    "empty layer": ({"network.sizes": [784, 0, 10]}, ["network.sizes[1]", "got: 0", "a positive integer"]),
    "half a unit": ({"network.sizes": [784, 2.5, 10]}, ["network.sizes[1]", "got: 2.5", "a positive integer"]),
    "no list of layers": ({"network.sizes": 784}, ["network.sizes", "784", "an input and an output layer"]),
    "no list of images": ({"traces.images": 3}, ["traces.images", "got: 3", "a list of whole numbers >= 0"]),
    "too many images": ({"data.train": 58000}, ["63000", "60000"]),
    "too many test images": ({"data.test": 10001}, ["10001", "10000"]),
    "standard deviation": ({"data.standardise": [0.1, 0]}, ["data.standardise", "deviation > 0"]),
    "unknown standardisation": ({"data.standardise": "test"}, ["data.standardise", '"train"']),
    "layer not there": ({"traces.layers": [5]}, ["traces.layers", "1 to 4"]),
    "unit not there": ({"traces.units": [256]}, ["traces.units", "0 to 255"]),
    "nothing of a class": ({"traces.images": {"3": 0}}, ["traces.images", "{3 = 2, 8 = 2}"]),
    "class without a number": ({"traces.images": {"three": 1}}, ["traces.images", "{'three': 1}"]),
    "variable not there": ({"traces.variables": ["soma", "som"]}, ["'som'", "u_int", "did you mean 'soma'"]),
    "variable of another phase": ({"traces.variables": ["noise"]}, ["traces.variables", "'noise' does not exist"]),
    "unknown phase": ({"traces.phases": ["asleep"]}, ["traces.phases", "'asleep'", "'sleep'"]),
    "interval of nothing": ({"traces.every": 0}, ["traces.every", "got: 0", "5 ms"]),
    "interval in mV": ({"traces.every": "5 mV"}, ["traces.every", "'5 mV'"]),
    "interval longer than the phase": (
        {"traces.every": "5 ms", "traces.phases": ["sleep"]},
        ["traces.every", "sleep", "48 states"],
    ),
    "moment": ({"traces.when": ["later"]}, ["traces.when", "before"]),
    "epoch that is not reached": (
        {"traces.when": ["before", 2, 3, 9], "train.epochs": 2},
        ["traces.when", "got: 3, 9", "1 to 2", "raise train.epochs"],
    ),
    "epoch zero": ({"traces.when": [0]}, ["traces.when", "epoch numbers >= 1"]),
    "epoch below zero": ({"traces.when": ["after", -1]}, ["traces.when", "epoch numbers >= 1"]),
    "name is a path": ({"name": "../elsewhere"}, ["name", "folder"]),
    "table for value": ({"train": {"epochs": {"first": 1}}}, ["train.epochs", "integer"]),
    "value for table": ({"train": 3}, ["train is not a table", "3"]),
    "below a value": ({"train.epochs.first": 3}, ["train.epochs.first is no key"]),
    "something else": ({"train.seed": object()}, ["train.seed", "integer"]),
    "unhashable": ({"learning.method": [["dfc"]]}, ["learning.method"]),
}


@pytest.mark.parametrize("overrides, expected", FAULTS.values(), ids=FAULTS)
def test_each_fault_is_told(overrides, expected):
    with pytest.raises(BadInput) as caught:
        Recipe.load("mnist", overrides)
    assert caught.value.exit_code == 2
    for text in expected:
        assert text in str(caught.value)


def test_every_problem_is_told_at_once():
    overrides = {
        "train.epochs": 0,
        "learning.method": "x",
        "controller.kp": 1,
        "neuron.tau_v": "-1 ms",
        "presentation.dt": "60 ms",
        "data.train": 10**6,
        "traces.layers": [9],
        "network.neuron": "pyramidal",
    }
    with pytest.raises(MultipleErrors) as caught:
        Recipe.load("mnist", overrides)
    message = str(caught.value)
    assert len(caught.value.problems) == 8 and message.startswith("8 problems:")
    for key in (
        "train.epochs",
        "learning.method",
        "controller.kp",
        "neuron.tau_v",
        "data.train",
        "traces.layers",
    ):
        assert key in message
    assert "500 ms / 60 ms" in message and "larger than controller.tau_u" in message


def test_parameters_are_checked_although_the_network_is_wrong():
    with pytest.raises(MultipleErrors, match="neuron.tau_v is not positive"):
        Recipe.load("mnist", {"network.loss": "mae", "neuron.tau_v": "-1 ms"})


def test_a_message_names_the_place_the_value_came_from(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[network]\nsizes = [3, 2]\nlos = "mse"\n[preset.quick]\n"train.epochs" = 0\n')
    with pytest.raises(MultipleErrors) as caught:
        Recipe.load(path, {"train.seed": -1}, preset="quick")
    network, epochs, seed = sorted(str(problem).splitlines()[0] for problem in caught.value.problems)
    assert f"{path}: network.los " in "".join((network, epochs, seed))
    assert f"{path}, preset quick: train.epochs" in "".join((network, epochs, seed))
    assert "override: train.seed" in "".join((network, epochs, seed))


def test_no_data_needs_no_fitting_sizes():
    assert Recipe.bare([64, 9]).network.sizes == (64, 9)


@pytest.mark.parametrize("sizes", [4, [4], [], None, "64", {"a": 2}, 3.5, object()])
def test_sizes_that_are_no_layers(sizes):
    with pytest.raises(BadInput, match="positive integers for at least an input and an output layer") as caught:
        Recipe.bare(sizes)
    assert "tuple" not in str(caught.value).lower().replace(repr(sizes), "")


@pytest.mark.parametrize("recipe", [3, None, b"mnist", ["mnist"], {"network": {"sizes": [3, 2]}}])
def test_what_is_neither_name_nor_path_of_a_recipe(recipe):
    with pytest.raises(BadInput, match="recipe cannot be used(.|\n)*a name such as(.|\n)*path of a .toml file"):
        Recipe.load(recipe)


@pytest.mark.parametrize("overrides", [3, "train.epochs", ["train.epochs"], []])
@pytest.mark.parametrize(
    "make",
    [
        lambda overrides: Recipe.load("mnist", overrides),
        lambda overrides: Recipe.bare([3, 2], overrides),
        lambda overrides: Recipe.bare([3, 2]).replace(overrides),
    ],
    ids=["load", "bare", "replace"],
)
def test_overrides_that_are_no_dict(make, overrides):
    with pytest.raises(BadInput, match="overrides cannot be used(.|\n)*a dict of values by dotted key"):
        make(overrides)


def test_all_unsuitable_arguments_are_told_at_once():
    with pytest.raises(MultipleErrors) as caught:
        Recipe.load(3, [1], ["paper"])
    for text in ("recipe cannot be used", "overrides cannot be used", "preset cannot be used", "['paper']"):
        assert text in str(caught.value)


def test_cross_entropy_needs_two_classes():
    with pytest.raises(BadInput, match="2 units or more"):
        Recipe.bare([3, 1])


def test_unknown_recipe_and_preset():
    with pytest.raises(BadInput, match="did you mean 'mnist'"):
        Recipe.load("mnits")
    with pytest.raises(BadInput, match="'papre' does not exist(.|\n)*did you mean 'paper'"):
        Recipe.load("mnist", preset="papre")
    with pytest.raises(BadInput, match="none exist"):
        Recipe.load("digits", preset="paper")


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"[network\n", "line 1"),
        (b"\xff\xfe", "UTF-8"),
        (b"", "network.sizes is missing"),
        (b"preset = 3\n[network]\nsizes = [3, 2]", None),
        (b"network = 3", "network is not a table"),
        (b"[network]\nsizes = 1979-05-27", "network.sizes"),
        (b'[network]\nsizes = [3, 2]\n[data]\nname = "mnist"', "data.train"),
    ],
)
def test_files_that_are_no_recipes(tmp_path, content, expected):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    if expected is None:
        assert Recipe.load(path).network.sizes == (3, 2)
        return
    with pytest.raises(BadInput) as caught:
        Recipe.load(path)
    assert str(path) in str(caught.value) and expected in str(caught.value)


def test_files_that_are_not_there(tmp_path):
    for path in (tmp_path / "no.toml", tmp_path, tmp_path / "no" / "recipe"):
        with pytest.raises(BadInput, match=str(path)):
            Recipe.load(path)


VARIANTS = {
    "unknown variant": ("[variant.dfc-sss]", ["variant 'dfc-sss'", "did you mean 'dfc-ss'"]),
    "feedback that the method cannot have": ('[variant."dfa learned"]', ["variant 'dfa learned'", "dfc learned"]),
    "feedback of a method without": ('[variant."bp fixed"]', ["variant 'bp fixed'"]),
    "no table": ("[variant]\nbp = 3", ["variant bp is not a table", "3"]),
    "method": ('[variant.bp]\n"learning.method" = "dfc"', ["variant bp cannot change learning.method"]),
    "feedback": ('[variant.bp.learning]\nfeedback = "fixed"', ["variant bp cannot change learning.feedback"]),
    "in a preset": ("[preset.quick.variant.learnd]", ["preset quick: variant 'learnd'", "did you mean 'learned'"]),
    "wrong value": ("[variant.dfc]\n'train.epochs' = 0", ["variant dfc: train.epochs", "greater than or equal to 1"]),
    "wrong value in a preset": (
        "[preset.quick.variant.fixed]\n'train.epoch' = 1",
        ["preset quick, variant fixed: train"],
    ),
}


@pytest.mark.parametrize("text, expected", VARIANTS.values(), ids=VARIANTS)
def test_faults_of_variants(tmp_path, text, expected):
    path = tmp_path / "mine.toml"
    path.write_text(f"[network]\nsizes = [3, 2]\n[preset.quick]\n{text}\n")
    with pytest.raises(BadInput) as caught:
        Recipe.load(path, preset="quick")
    for part in (str(path), *expected):
        assert part in str(caught.value)


def test_all_faults_of_variants_are_told_at_once(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('variant = 3\n[network]\nsizes = [3, 2]\n[preset.a.variant]\nx = {}\n"bp fixed" = {}\n')
    with pytest.raises(MultipleErrors) as caught:
        Recipe.load(path, {"train.epochs": 0}, preset="a")
    assert len(caught.value.problems) == 4


def test_a_time_constant_that_no_model_asleep_has_is_not_looked_at():
    overrides = {"sleep.neuron": "pyramidal", "sleep.tau_apical": "0.001 ms", "sleep.tau_v": "0.001 ms"}
    assert Recipe.bare([3, 2], {"sleep.tau_apical": "20 ms"}).sleep.neuron == "pyramidal_asleep"
    with pytest.raises(BadInput, match="sleep.dt is larger than sleep.tau_v") as caught:
        Recipe.bare([3, 2], overrides)
    assert "tau_apical" not in str(caught.value).replace("sleep.tau_v", "")


KEYS = sorted(
    {
        f"{table}.{key}"
        for table, values in Recipe.load("mnist").to_tables().items()
        if isinstance(values, dict)
        for key in values
    }
    | {"name", "train", "data", "controller", "learning.x", "x", "variant", "published.values.bp"}
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.binary(max_size=2),
        st.text(max_size=5),
        st.sampled_from(
            [
                "all",
                "dfc",
                "1 ms",
                "-1 ms",
                "1e-300 ms",
                "1e300 s",
                "2 mV",
                "1 ms**9",
                "mnist",
                "tanh",
                ".toml",
            ]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), values, min_size=1, max_size=3))
def test_whatever_is_written_it_is_a_recipe_or_a_clear_error(overrides):
    try:
        recipe = Recipe.load("mnist", overrides)
    except DfcError as error:
        assert str(error).strip()
    else:
        assert toml_text.tomllib.loads(recipe.to_toml())
