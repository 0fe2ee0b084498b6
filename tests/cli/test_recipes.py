"""Recipes: what they hold, how they are changed, and that their text gives them back."""

import tomllib

import numpy as np
import pytest
from brian2 import Quantity, ms, mV, second
from hypothesis import given, settings
from hypothesis import strategies as st

from dfc_brian import Recipe, toml_text
from dfc_brian.methods import METHODS
from dfc_brian.models import NeuronModel, quantities

PAPER = {
    "sizes": (784, 256, 256, 256, 10),
    "nudge": 0.1,
    "rate": 6.04345e-5 / 0.1,
    "epsilon": 1.33268e-8,
    "leak": 0.000246586,
    "states": 500,
}


@pytest.fixture(scope="module")
def mnist():
    return Recipe.load("mnist")


@pytest.mark.parametrize("name", Recipe.names())
def test_shipped_recipes_load_and_are_described(name):
    recipe = Recipe.load(name)
    assert recipe.name == name
    assert recipe.description and recipe.data


def test_paper_preset_is_the_published_run():
    recipe = Recipe.load("mnist", preset="paper")
    assert recipe.network.sizes == PAPER["sizes"] and recipe.activations == ("tanh",) * 3 + ("linear",)
    assert (recipe.train.epochs, recipe.train.batch_size, recipe.train.precision) == (100, 128, "float64")
    assert (recipe.data.train, recipe.data.validation, recipe.data.standardise) == (
        55000,
        5000,
        (0.1307, 0.3081),
    )
    learning, controller = recipe.learning, recipe.controller
    assert learning.rate == pytest.approx(PAPER["rate"], rel=1e-15)
    assert (learning.nudge, learning.epsilon, learning.clip) == (PAPER["nudge"], PAPER["epsilon"], 1.0)
    assert (learning.beta1, learning.beta2, learning.feedback) == (0.99, 0.99, "fixed")
    assert (controller["k_p"], controller["k_i"], controller["leak"]) == (2.0, 1.0, PAPER["leak"])
    assert float(recipe.presentation.dt / controller["tau_u"]) == pytest.approx(0.02)
    assert float(recipe.neuron["tau_v"] / controller["tau_u"]) == pytest.approx(0.2)
    assert recipe.presentation.states == PAPER["states"]
    assert recipe.presentation.proactive and recipe.presentation.instantaneous_transmission
    assert recipe.network.controller == "pi_total_leak"


def test_digits_recipe_splits_all_images():
    data = Recipe.load("digits").data
    assert data.train + data.validation + data.test == 1797


def test_published_results_are_found_by_method():
    published = Recipe.load("mnist").published
    assert published.metric == "test_error" and published.of("bp", "learned") == published.values["bp"]
    assert published.of("dfc", "learned") == published.values["dfc learned"] == (0.0225, 0.00094)
    assert Recipe.load("digits").published is None


def test_overrides_win_over_preset_over_file(mnist):
    changed = Recipe.load("mnist", {"train.epochs": 7}, preset="paper")
    assert mnist.train.epochs == 2
    assert changed.train.epochs == 7
    assert changed.train.precision == "float64"


def test_override_values_may_be_quantities_text_numpy_or_tables():
    recipe = Recipe.load(
        "mnist",
        {
            "neuron.tau_v": 20 * ms,
            "controller.tau_u": "0.1 second",
            "controller": {"k_p": 0},
            "train.seed": np.int64(3),
            "traces.images": np.arange(2),
            "network.activation": ["tanh", "relu", "linear"],
        },
    )
    assert recipe.neuron["tau_v"] == 20 * ms
    assert recipe.controller["tau_u"] == 100 * ms
    assert recipe.controller["k_p"] == 0.0 and isinstance(recipe.controller["k_p"], float)
    assert recipe.train.seed == 3 and recipe.traces.images == (0, 1)
    assert recipe.activations == ("tanh", "relu", "linear", "linear")


def test_bare_recipe_has_no_data_and_default_constants():
    recipe = Recipe.bare(sizes=[6, 5, 4, 3], overrides={"network.loss": "mse", "presentation.duration": "0.8 second"})
    assert recipe.data is None
    assert recipe.presentation.states == 800
    assert recipe.controller["leak"] == PAPER["leak"]
    assert Recipe.load("mnist").data is not None


def test_voltages_may_be_kept_after_any_epoch_that_is_reached():
    recipe = Recipe.bare([3, 2], {"traces.when": ["before", 1, 3, "after"], "train.epochs": 3})
    assert recipe.traces.when == ("before", 1, 3, "after")


def test_replace_makes_another_recipe(mnist):
    other = mnist.replace({"train.seed": 5})
    assert (mnist.train.seed, other.train.seed) == (42, 5)
    assert other != mnist and other.replace({"train.seed": 42}) == mnist
    assert len({mnist, other, Recipe.load("mnist")}) == 2


def test_recipe_is_frozen(mnist):
    with pytest.raises(Exception, match="frozen"):
        mnist.train.epochs = 3


def test_user_files_beside_each_other(tmp_path):
    model = NeuronModel.load("pyramidal").to_table() | {"name": "mine", "parameters": {"tau_v": "30 ms"}}
    (tmp_path / "mine.toml").write_text(toml_text.write(model))
    (tmp_path / "own.toml").write_text('[network]\nsizes = [3, 2]\nneuron = "mine.toml"\n')
    recipe = Recipe.load(tmp_path / "own.toml")
    assert recipe.name == "own" and recipe.neuron_model.name == "mine"
    assert recipe.neuron["tau_v"] == 30 * ms
    (tmp_path / "mine.toml").unlink()
    (tmp_path / "again.toml").write_text(recipe.to_toml())
    again = Recipe.load(tmp_path / "again.toml")
    assert again == recipe and again.neuron_model.name == "mine"


@pytest.mark.parametrize("method, feedback", [("dfc", "fixed"), ("dfc-ss", "learned"), ("bp", "fixed")])
@pytest.mark.parametrize("preset", [None, "paper"])
@pytest.mark.parametrize("name", ["mnist", "mnist_autoencoder", "student_teacher"])
def test_shipped_recipe_text_round_trip(name, preset, method, feedback, tmp_path):
    recipe = Recipe.load(name, {"learning.method": method, "learning.feedback": feedback}, preset=preset)
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    again = Recipe.load(tmp_path / "recipe.toml")
    assert again == recipe and again.published == recipe.published
    assert "variant" not in recipe.to_tables() and "preset" not in recipe.to_tables()


ORDERED = """
[network]
sizes = [3, 2]
[train]
seed = 1
epochs = 1
batch_size = 1
[variant.dfc]
"train.seed" = 2
"train.epochs" = 2
"train.batch_size" = 2
"learning.rate" = 2.0
[variant.learned]
"train.epochs" = 3
"train.batch_size" = 3
"learning.rate" = 3.0
[variant."dfc learned".train]
batch_size = 4
[variant."dfc learned".learning]
rate = 4.0
[variant.bp]
"train.seed" = 20
[preset.p]
"train.batch_size" = 5
"learning.rate" = 5.0
"learning.nudge" = 5.0
[preset.p.variant.learned]
"learning.rate" = 6.0
"learning.nudge" = 6.0
[preset.learns]
"learning.feedback" = "learned"
"""


@pytest.mark.parametrize(
    "preset, overrides, expected",
    [
        (None, {}, (2, 2, 2, 2.0, 0.1)),
        (None, {"learning.feedback": "learned"}, (2, 3, 4, 4.0, 0.1)),
        (None, {"learning": {"feedback": "learned", "rate": 7.0}}, (2, 3, 4, 7.0, 0.1)),
        (None, {"learning.feedback": "learned", "learning.method": "dfc-ss"}, (1, 3, 3, 3.0, 0.1)),
        (None, {"learning.feedback": "learned", "learning.method": "bp"}, (20, 1, 1, 6.04345e-4, 0.1)),
        ("p", {}, (2, 2, 5, 5.0, 5.0)),
        ("p", {"learning.feedback": "learned"}, (2, 3, 5, 6.0, 6.0)),
        ("p", {"learning.feedback": "learned", "learning.nudge": 8.0, "train.seed": 9}, (9, 3, 5, 6.0, 8.0)),
        ("learns", {}, (2, 3, 4, 4.0, 0.1)),
        ("learns", {"learning.feedback": "fixed"}, (2, 2, 2, 2.0, 0.1)),
    ],
)
def test_order_of_file_variants_preset_and_overrides(tmp_path, preset, overrides, expected):
    (tmp_path / "mine.toml").write_text(ORDERED)
    recipe = Recipe.load(tmp_path / "mine.toml", overrides, preset)
    train, learning = recipe.train, recipe.learning
    assert (train.seed, train.epochs, train.batch_size, learning.rate, learning.nudge) == expected


def test_replace_uses_no_variants(tmp_path):
    (tmp_path / "mine.toml").write_text(ORDERED)
    assert Recipe.load(tmp_path / "mine.toml").replace({"learning.feedback": "learned"}).train.epochs == 2


@pytest.mark.parametrize("preset", [None, "paper"])
@pytest.mark.parametrize("name", [name for name in Recipe.names() if name != "mnist_online"])
def test_every_method_has_constants_with_every_kind_of_feedback(name, preset):
    if preset and name == "digits":
        return
    for method, known in METHODS.items():
        if method == "dfc-online" and (preset or name not in ("digits", "mnist")):
            continue
        for feedback in known.feedback or ("fixed",):
            recipe = Recipe.load(name, {"learning.method": method, "learning.feedback": feedback}, preset)
            assert (recipe.learning.method, recipe.learning.feedback) == (method, feedback)


def test_the_task_is_told_by_the_data():
    tasks = {name: Recipe.load(name).task for name in ("digits", "mnist", "mnist_autoencoder", "student_teacher")}
    assert tasks == dict(zip(tasks, ["classification"] * 2 + ["regression"] * 2, strict=True))
    assert Recipe.bare([3, 2]).task == "classification"
    assert Recipe.bare([3, 2], {"network.loss": "mse"}).task == "regression"
    assert Recipe.load("mnist", {"network.loss": "mse"}).task == "classification"


positive = st.floats(1e-9, 1e9)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 999), min_size=2, max_size=5).filter(lambda sizes: sizes[-1] > 1),
    dt=st.floats(1e-3, 5),
    states=st.integers(2, 5000),
    k_p=st.floats(-1e6, 1e6),
    rate=positive,
    clip=st.one_of(positive, st.just(float("inf"))),
    description=st.text(st.characters(blacklist_categories=["Cs"]), max_size=40),
    seed=st.integers(0, 2**63 - 1),
    flag=st.booleans(),
)
def test_any_recipe_comes_back_from_its_text(
    tmp_path_factory, sizes, dt, states, k_p, rate, clip, description, seed, flag
):
    recipe = Recipe.bare(
        sizes,
        {
            "description": description,
            "presentation.dt": dt * ms,
            "presentation.duration": states * (dt * ms),
            "presentation.proactive": flag,
            "controller.k_p": k_p,
            "learning.rate": rate,
            "learning.clip": clip,
            "train.seed": seed,
            "traces.units": [0],
        },
    )
    assert recipe.presentation.states == states
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(recipe.to_toml(), encoding="utf-8", newline="")
    again = Recipe.load(path)
    assert again == recipe
    assert again.presentation.dt == dt * ms and again.controller["k_p"] == k_p


plain = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.one_of(plain, st.dictionaries(st.text(max_size=8), plain, max_size=3))))
def test_toml_text_is_read_back_by_the_standard_library(tables):
    assert tomllib.loads(toml_text.write(tables)) == tables


@settings(max_examples=200, deadline=None)
@given(
    number=st.floats(-1e12, 1e12, allow_subnormal=False),
    unit=st.sampled_from([second, ms, mV, ms**-1, mV / ms, mV * ms**2]),
)
def test_quantities_come_back_from_their_text(number, unit):
    quantity = Quantity(number * unit)
    again = quantities.parse(quantities.to_text(quantity))
    assert float(again) == float(quantity) and again.dim == quantity.dim


@pytest.mark.parametrize(
    "text, quantity",
    [
        ("10 ms", 10 * ms),
        ("10*ms", 10 * ms),
        ("10ms", 10 * ms),
        ("3/second", 3 / second),
        (" -.5e3 mV ", -0.5e3 * mV),
        ("2 mV**2/ms", 2 * mV**2 / ms),
        ("2 mV ms^-1", 2 * mV / ms),
        ("5", 5.0),
        (5, 5.0),
        ("1/ms*ms", 1.0),
    ],
)
def test_quantities_are_read_like_brian2_reads_them(text, quantity):
    parsed = quantities.parse(text)
    assert float(parsed) == pytest.approx(float(quantity), rel=1e-15)
    assert getattr(parsed, "dim", None) == getattr(quantity, "dim", None)


@pytest.mark.parametrize(
    "typed, value",
    [
        ("3", 3),
        ("0.5", 0.5),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("10 ms", "10 ms"),
        ("dfc", "dfc"),
        ('"3"', "3"),
        ("inf", float("inf")),
        ("1\ny = 2", "1\ny = 2"),
    ],
)
def test_what_is_typed_after_set_is_toml_if_it_can_be(typed, value):
    assert toml_text.value(typed) == value
