"""`--preset paper` against the published constants, every row and column of them.

published_constants.csv holds the hyperparameters of the published runs (Meulemans et al. 2021, Table 1, from the
configurations that its authors ship), one column for each method and kind of feedback, with their names. Times are in
units of tau_u, which is 50 ms here.
"""

import csv
from pathlib import Path

import pytest

from dfc_brian import Recipe

TAU_U = 0.05
COLUMNS = {
    "bp": ("bp", "fixed"),
    "dfa": ("dfa", "fixed"),
    "dfc": ("dfc", "learned"),
    "dfc_ss": ("dfc-ss", "learned"),
    "dfc_ssa": ("dfc-ssa", "learned"),
    "fixed_dfc": ("dfc", "fixed"),
    "fixed_dfc_ss": ("dfc-ss", "fixed"),
    "fixed_dfc_ssa": ("dfc-ssa", "fixed"),
}
RECIPES = ("mnist", "fashion_mnist", "mnist_autoencoder", "mnist_train")
PUBLISHED = {  # mean, standard deviation: test error, test error, test loss, train loss
    "bp": [(0.0208, 0.0015), (0.1060, 0.0034), (0.0942, 0.0009), (1.53e-7, 0.19e-7)],
    "dfc": [(0.0225, 0.00094), (0.1117, 0.0027), (0.1128, 0.0018), (7.61e-8, 0.65e-8)],
    "fixed_dfc": [(0.0247, 0.0012), (0.1162, 0.0030), (0.3337, 0.0060), (1.30e-6, 0.15e-6)],
    "dfa": [(0.0269, 0.0011), (0.1138, 0.0025), (0.2995, 0.0036), (7.09e-7, 1.11e-7)],
}


def time(quantity):
    return float(quantity) / TAU_U


ALL = {  # of every method
    "lr": lambda r: r.learning.rate * r.learning.nudge,
    "target_stepsize": lambda r: r.learning.nudge,
    "epsilon": lambda r: r.learning.epsilon,
    "epochs": lambda r: r.train.epochs,
    "learning_rule": lambda r: r.learning.rule,
}
SIMULATED = {  # of methods that simulate a presentation
    "dt_di": lambda r: time(r.presentation.dt),
    "tmax_di": lambda r: r.presentation.states,
    "time_constant_ratio": lambda r: time(r.neuron["tau_v"]),
    "k_p": lambda r: r.controller["k_p"],
    "proactive_controller": lambda r: r.presentation.proactive,
    "inst_transmission": lambda r: r.presentation.instantaneous_transmission,
    "include_non_converged_samples": lambda r: not r.presentation.drop_unconverged,
}
CONTROLLED = {"alpha_di": lambda r: r.controller["leak"]}  # of all of the DFC family
LEARNED = {  # where feedback weights are learned
    "epochs_fb": lambda r: r.feedback.pretraining,
    "extra_fb_epochs": lambda r: r.feedback.after,
    "freeze_fb_weights_output": lambda r: not r.feedback.output,
    "lr_fb_init": lambda r: r.feedback.pretraining_rate,
    "lr_fb": lambda r: r.feedback.rate,
    "epsilon_fb": lambda r: r.feedback.epsilon,
    "feedback_wd": lambda r: r.feedback.weight_decay,
    "sigma": lambda r: r.sleep.sigma,
    "sigma_output_fb": lambda r: r.sleep.sigma if r.sleep.sigma_output is None else r.sleep.sigma_output,
    "dt_di_fb": lambda r: time(r.sleep.dt),
    "tmax_di_fb": lambda r: r.sleep.states,
    "time_constant_ratio_fb": lambda r: time(r.sleep.tau_v),
    "apical_time_constant_fb": lambda r: time(r.sleep.tau_apical),
    "k_p_fb": lambda r: r.sleep.k_p,
    "alpha_fb": lambda r: r.sleep.leak,
}
METHOD = {  # what the method and the kind of feedback are in their terms
    "freeze_fb_weights": lambda r: r.learning.feedback == "fixed" and r.learning.method.startswith("dfc"),
    "grad_deltav_cont": lambda r: r.learning.method == "dfc",
    "ndi": lambda r: r.learning.method == "dfc-ssa",
    "initialization_K": lambda r: (
        "weight_product" if r.learning.feedback == "fixed" and r.learning.method.startswith("dfc") else "xavier_normal"
    ),
}
UNUSED = {
    "effective lr": "lr / target_stepsize, rounded",
    "efficient_controller": "what is kept in memory; no number depends on it",
    "fb_activation": "of networks that learn feedback by another algorithm",
    "gn_damping_hpsearch": "ends a search for hyperparameters after 3 epochs",
}


def table():
    """{(recipe, column): {hyperparameter: text}}"""
    found = {(recipe, column): {} for recipe in RECIPES for column in COLUMNS}
    with open(Path(__file__).with_name("published_constants.csv"), newline="") as file:
        for row in csv.DictReader(file):
            for column in COLUMNS:
                found[row["recipe"], column][row["hyperparameter"]] = row[column]
    return found


TABLE = table()


def readings(column):
    """The hyperparameters that mean something for this column."""
    method, feedback = COLUMNS[column]
    found = ALL | METHOD
    if method.startswith("dfc"):
        found |= CONTROLLED
        found |= SIMULATED if method != "dfc-ssa" else {}
        found |= LEARNED if feedback == "learned" else {}
    return found


def published(values, key):
    text = values[key]
    if text == "(default)":
        return {"include_non_converged_samples": False, "sigma_output_fb": float(values["sigma"])}[key]
    if text in ("True", "False"):
        return text == "True"
    try:
        return float(text)
    except ValueError:
        return text


def differences(recipe, values, column):
    """Names of the published constants that ``recipe`` does not have to 1e-12."""
    found = []
    for key, read in readings(column).items():
        got, wanted = read(recipe), published(values, key)
        same = got == pytest.approx(wanted, rel=1e-12, abs=0) if isinstance(wanted, float) else got == wanted
        found += [] if same else [f"{key}: {got}, published {wanted}"]
    return found


def load(name, column):
    method, feedback = COLUMNS[column]
    return Recipe.load(name, {"learning.method": method, "learning.feedback": feedback}, preset="paper")


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", RECIPES)
def test_every_published_constant(name, column):
    recipe = load(name, column)
    assert differences(recipe, TABLE[name, column], column) == []
    auto = name == "mnist_autoencoder"
    data, network, learning, feedback = recipe.data, recipe.network, recipe.learning, recipe.feedback
    assert (data.train, data.validation, data.test) == (55000, 5000, 10000)
    assert data.standardise == ((0.0, 1.0) if name == "fashion_mnist" else (0.1307, 0.3081))
    assert data.name == ("fashion_mnist" if name == "fashion_mnist" else "mnist")
    assert (data.target, network.loss) == (("input", "mse") if auto else ("given", "cross_entropy"))
    assert network.sizes == ((784, 256, 32, 256, 784) if auto else (784, 256, 256, 256, 10))
    assert recipe.activations == (("tanh", "linear", "tanh") if auto else ("tanh",) * 3) + ("linear",)
    assert (network.controller, recipe.controller["k_i"]) == ("pi_total_leak", 1.0)
    assert time(recipe.controller["tau_u"]) == time(recipe.sleep.tau_u) == pytest.approx(1, rel=1e-12)
    assert (learning.beta1, learning.beta2, learning.clip) == (0.99, 0.99, float("inf") if column == "bp" else 1.0)
    assert (feedback.beta1, feedback.beta2, feedback.clip, feedback.before) == (0.99, 0.99, 1.0, 1)
    assert (recipe.sleep.proactive, recipe.sleep.instantaneous_transmission) == (False, True)
    assert (recipe.train.batch_size, recipe.train.precision) == (128, "float64")


def test_every_row_of_the_table_is_used_or_its_neglect_explained():
    known = {*ALL, *SIMULATED, *CONTROLLED, *LEARNED, *METHOD, *UNUSED}
    for values in TABLE.values():
        assert values.keys() == known


@pytest.mark.parametrize("key", sorted({*ALL, *SIMULATED, *CONTROLLED, *LEARNED, *METHOD}))
def test_another_constant_would_be_noticed(key):
    values = TABLE["mnist", "dfc"]
    wanted = published(values, key)
    wrong = {bool: lambda: not wanted, float: lambda: wanted * (1 + 1e-9), str: lambda: "another"}[type(wanted)]()
    assert differences(load("mnist", "dfc"), values | {key: str(wrong)}, "dfc")[0].startswith(f"{key}:")


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", RECIPES)
def test_the_effective_rate_is_the_one_that_is_printed(name, column):
    printed = float(TABLE[name, column]["effective lr"])
    assert load(name, column).learning.rate == pytest.approx(printed, rel=1e-5)


@pytest.mark.parametrize("number, name", enumerate(RECIPES))
def test_published_results(number, name):
    found = Recipe.load(name).published
    assert found.metric == ("test_error", "test_error", "test_loss", "train_loss")[number]
    for column, values in PUBLISHED.items():
        assert found.of(*COLUMNS[column]) == values[number]
    assert found.of("mn", "fixed") is found.of("dfc-ssa", "learned") is None
    assert load(name, "bp").published == found


def test_variants_of_the_file_do_not_reach_the_published_run():
    """What a recipe's own variants change, the preset sets again."""
    from dfc_brian import library, toml_text

    for name in RECIPES:
        tables = toml_text.read(library.folder("runs") / f"{name}.toml")
        preset = tables["preset"]["paper"]
        for variant, values in tables["variant"].items():
            if variant == "dfc-online":  # was not published, and the preset's rule does not let it run
                continue
            special = preset["variant"].get(variant, {})
            assert values.keys() <= preset.keys() | special.keys(), (name, variant)
