"""What a user can get wrong about neurons with units, and how it is told: the reason; file, line and term."""

import ast
import re

import pytest
from brian2.units.fundamentalunits import get_unit

from dfc_brian import ControllerModel, NeuronModel, Recipe, library
from dfc_brian.errors import BadInput, MultipleErrors
from dfc_brian.models import quantities

ONE_WAY, PUSH_PULL, TWO_WAY = (f"pyramidal_conductance{end}" for end in ("", "_push_pull", "_two_way"))

PARAMETERS = {
    "zero conductance": (ONE_WAY, {"g_B": "0 nS"}, ["neuron.g_B", "does not reach the soma", "g_B = 0"]),
    "negative conductance": (ONE_WAY, {"g_L": "-6 nS"}, ["neuron.g_L", "a membrane leaks", "g_L = -6 nS"]),
    "no leak of a dendrite": (ONE_WAY, {"g_LA": "0 nS"}, ["leaves through the leak of the apical dendrite"]),
    "no capacitance": (ONE_WAY, {"C": "0 pF"}, ["neuron.C", "a membrane has a capacitance"]),
    "negative capacitance of a dendrite": (TWO_WAY, {"C_B": "-50 pF"}, ["neuron.C_B", "has a capacitance"]),
    "leak on the wrong side": (ONE_WAY, {"E_L": "-50 mV"}, ["neuron.E_L", "wrong side", "E_L = -50 mV", "E_L < theta"]),
    "inhibition on the wrong side": (PUSH_PULL, {"E_I": "-60 mV"}, ["neuron.E_I", "inhibition reverses"]),
    "excitation on the wrong side": (PUSH_PULL, {"E_E": "-50 mV"}, ["neuron.E_E", "excitation reverses"]),
    "dendrite that cannot be held": (PUSH_PULL, {"G": "2 nS"}, ["neuron.G", "one conductance would be negative"]),
    "operating point off the sigmoid": (ONE_WAY, {"theta": "-20 mV", "k": "5 mV"}, ["theta +- 5 k", "above 0 mV"]),
    "slope off the sigmoid": (ONE_WAY, {"k": "10 mV"}, ["neuron.k", "theta +- 5 k", "below -90 mV"]),
    "slope of another sign": (ONE_WAY, {"k": "-3 mV"}, ["neuron.k", "must rise with the voltage"]),
    "another unit": (ONE_WAY, {"g_B": "20 mV"}, ["neuron.g_B", "wrong unit"]),
    "no such parameter": (ONE_WAY, {"g_b": "20 nS"}, ["neuron.g_b is no key", "g_LB"]),
    "membrane faster than dt": (ONE_WAY, {"C": "30 pF"}, ["dt is larger than neuron.tau_v", "0.7895 ms"]),
    "dendrite faster than dt": (TWO_WAY, {"C_B": "10 pF"}, ["dt is larger than neuron.tau_B", "0.3333 ms"]),
    "leak where no ion reverses": (ONE_WAY, {"E_L": "-700 mV"}, ["neuron.E_L", "where no ion does"]),
    "inhibition where no ion reverses": (PUSH_PULL, {"E_I": "-800 mV"}, ["neuron.E_I", "where no ion does"]),
    "excitation where no ion reverses": (PUSH_PULL, {"E_E": "500 mV"}, ["neuron.E_E", "where no ion does"]),
    "negative conductance of a set": (f"{ONE_WAY}:sacramento", {"g_LB": "-1 nS"}, ["neuron.g_LB", "leaves through"]),
}  # fmt: skip


@pytest.mark.parametrize("neuron, values, expected", PARAMETERS.values(), ids=PARAMETERS)
def test_parameter_sets(neuron, values, expected):
    overrides = {f"neuron.{name}": value for name, value in values.items()}
    with pytest.raises(BadInput) as caught:
        Recipe.load("digits", {"network.neuron": neuron, **overrides})
    for text in expected:
        assert text in str(caught.value)


@pytest.mark.parametrize("neuron", [ONE_WAY, PUSH_PULL, TWO_WAY])
@pytest.mark.parametrize("chosen", ["", ":sacramento", ":nest_urbanczik"])
def test_no_parameter_may_be_zero_or_of_another_sign(neuron, chosen):
    """A reversal potential of zero is excitation's own."""
    for name, value in NeuronModel.load(neuron + chosen).parameters.items():
        unit = repr(get_unit(value.dim))
        for text in (f"0 {unit}", f"{-float(value)} {unit}"):
            if (name, text) not in {("E_E", "0 volt"), ("E_E", "-0.0 volt")}:
                with pytest.raises(BadInput, match=rf"neuron\.{name}: (.|\n)*allowed: "):
                    Recipe.bare([3, 2], {"network.neuron": neuron + chosen, f"neuron.{name}": text})


SETS = [f"{neuron}:{name}" for neuron in (ONE_WAY, PUSH_PULL, TWO_WAY) for name in ("sacramento", "nest_urbanczik")]
TIMES = ("presentation.dt", "presentation.duration", "controller.tau_u")


def times_of(recipe):
    found = (recipe.presentation.dt, recipe.presentation.duration, recipe.controller["tau_u"])
    return dict(zip(TIMES, map(quantities.to_text, found), strict=True))


@pytest.mark.parametrize("neuron", SETS)
@pytest.mark.parametrize("preset", [None, "paper"])
def test_a_set_brings_the_times_that_suit_it(neuron, preset, tmp_path):
    recipe = Recipe.load("mnist", {"network.neuron": neuron}, preset=preset)
    assert times_of(recipe) == NeuronModel.load(neuron).times[neuron.partition(":")[2]] == recipe.neuron_model.suggested
    assert times_of(Recipe.load("mnist", {"network.neuron": neuron.partition(":")[0]}))["presentation.dt"] == "1 ms"
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert times_of(Recipe.load(tmp_path / "recipe.toml")) == times_of(recipe)


def test_times_that_are_written_with_the_set_or_after_it_stand(tmp_path):
    given = {"presentation.dt": "0.05 ms", "network.neuron": f"{ONE_WAY}:sacramento", "controller.tau_u": "7 ms"}
    wanted = dict(zip(TIMES, ("0.05 ms", "50 ms", "7 ms"), strict=True))
    recipe = Recipe.load("digits", given)
    assert times_of(recipe) == wanted
    assert times_of(recipe.replace({"presentation.duration": "40 ms"})) == wanted | {"presentation.duration": "40 ms"}
    text = (library.folder("runs") / "digits.toml").read_text().replace('tau_v = "10 ms"', "")
    text = text.replace('dt = "1 ms"', 'dt = "0.2 ms"')
    (tmp_path / "mine.toml").write_text(text.replace('neuron = "pyramidal"', f'neuron = "{ONE_WAY}:sacramento"'))
    assert list(times_of(Recipe.load(tmp_path / "mine.toml")).values()) == ["0.2 ms", "500 ms", "50 ms"]


def test_times_are_for_constants_that_the_controller_has():
    controller = ControllerModel.load("pi").to_table()
    for key in ("equations", "symbols", "parameters"):
        text = repr(controller[key]).replace("tau_u", "tau_c")
        controller[key] = ast.literal_eval(text)
    recipe = Recipe.bare([3, 2], {"network.neuron": f"{ONE_WAY}:sacramento", "network.controller": controller})
    assert set(recipe.controller) == {"tau_c", "k_p", "k_i", "leak"}


@pytest.mark.parametrize(
    "overrides, count",
    [
        ({"network.neuron": f"{ONE_WAY}:sacramento", "presentation.dt": "1 ms"}, 1),
        ({"network.neuron": ONE_WAY, "neuron.C": "30 pF"}, 2),
        ({"network.neuron": TWO_WAY, "neuron.C_B": "10 pF"}, 1),
        ({"neuron.tau_v": "0.3 ms"}, 2),
        ({"presentation.duration": "50.03 ms"}, 1),
        ({"presentation.duration": "4871.88 ms", "network.neuron": f"{ONE_WAY}:sacramento"}, 1),
        ({"presentation.dt": "0.3 ms", "presentation.duration": "100 ms"}, 1),
        ({"presentation.dt": "15 ms", "presentation.duration": "495 ms"}, 1),
        ({"sleep.tau_v": "0.05 ms"}, 1),
    ],
)
def test_what_a_message_says_about_times_works(overrides, count):
    with pytest.raises(BadInput) as caught:
        Recipe.load("digits", overrides)
    (fix,) = set(re.findall(r"fix: (.*)", str(caught.value)))
    ways = fix.split(", or, as slow as before, ")
    assert len(ways) == count
    for way in ways:
        options = dict(re.findall(r'--set (\S+)="(.*?)"', way))
        assert options and Recipe.load("digits", overrides | options)


def test_all_problems_are_told_with_those_of_the_recipe():
    values = {"neuron.g_B": "-3 nS", "neuron.C": "0 pF", "neuron.E_L": "-50 mV", "train.epochs": 0}
    with pytest.raises(MultipleErrors) as caught:
        Recipe.load("digits", {"network.neuron": ONE_WAY, **values})
    for text in ("neuron.g_B", "neuron.C", "neuron.E_L", "train.epochs"):
        assert text in str(caught.value)


def test_parameters_of_another_neuron_are_left_out_unless_they_are_asked_for():
    """The recipe's tau_v is for its own neuron; one that is named with the other neuron is a mistake."""
    recipe = Recipe.load("mnist", {"network.neuron": ONE_WAY}, preset="paper")
    assert "tau_v" not in recipe.neuron
    back = recipe.replace({"network.neuron": "pyramidal"})
    assert set(back.neuron) == {"tau_v"}
    with pytest.raises(BadInput, match="neuron.tau_v is no key"):
        Recipe.load("mnist", {"neuron.tau_v": "5 ms", "network.neuron": ONE_WAY})


@pytest.mark.parametrize(
    "name, expected",
    [
        (f"{ONE_WAY}:sacramentoo", "set 'sacramentoo' does not exist(.|\n)*did you mean 'sacramento'"),
        ("pyramidal:sacramento", "set 'sacramento' does not exist(.|\n)*none exist"),
        ("pyramidal_conductanc:sacramento", "did you mean 'pyramidal_conductance'"),
    ],
)
def test_sets_that_do_not_exist(name, expected):
    with pytest.raises(BadInput, match=expected):
        Recipe.load("digits", {"network.neuron": name})


# The file with its lines

EDITS = {
    "unknown name": ("g_B*(V_B - V)", "g_B*(V_C - V)", "dV/dt", ["equation of V", "'V_C'", "did you mean 'V_B'"]),
    "lower case": ("g_B*(V_B - V)", "g_b*(V_B - V)", "dV/dt", ["equation of V", "'g_b'", "did you mean 'g_B'"]),
    "unit in lower case": ('C = "200 pF"', 'C = "200 pf"', 'C = "200 pf"', ["unknown unit 'pf'", "did you mean 'pF'"]),
    "term of another unit": ("+ I_0 +", "+ theta +", "dV/dt", ["in the term 'g_L * (E_L - V) + theta'"]),
    "product of another unit": (
        "g_B*(V_B - V)", "g_B*(V_B - V)*volt", "dV/dt", ["in the term 'g_B * (V_B - V) * volt'"],
    ),
    "difference of two units": ("(V_B - theta) :", "(V_B - I_B) :", "V_star =", ["in the term 'V_B - I_B'"]),
    "parenthesis": ("g_B*(V_B - V)", "g_B*(V_B - V", "dV/dt", ["cannot be read", "never closed", "g_B*(V_B - V"]),
    "operator": ("theta + I_A/g_LA", "theta +* I_A/g_LA", "V_A =", ["cannot be read", "theta +* I_A/g_LA"]),
    "no colon": ("I_A : amp", "I_A amp", "I_A amp", ["cannot be read", "I_A amp"]),
    "scaled unit": ("I_A : amp", "I_A : pamp", "I_A : pamp", ["Use 'amp' instead", "I_A : pamp"]),
    "initial": ('"V = V_star"', '"V = V_starr"', "initial =", ["initial: unknown name 'V_starr'", "'V_star'"]),
    "initial of another unit": ('"V = V_star"', '"V = I_A"', "initial =", ["initial: the units do not agree"]),
    "role": ('soma = "V"', 'soma = "VV"', 'soma = "VV"', ["roles.soma is no variable", "did you mean 'V'"]),
    "unit of the map": ('soma = "U_0"', 'soma = "g_L"', 'soma = "g_L"', ["units.soma: the units do not agree"]),
    "variable in the map": ('soma = "U_0"', 'soma = "V"', 'soma = "V"\nbasal = "U', ["units.soma depends on"]),
    "unknown key of the map": ('time = "tau_v"', 'times = "tau_v"', "times =", ["units.times is unknown", "'time'"]),
    "no unit of a weight": ('feedback = "U_0*g_LA/lambda_A"\n', "", 'feedback = "I_A"', ["units.feedback is missing"]),
    "no positive unit": ('soma = "U_0"', 'soma = "-U_0"', 'soma = "-U_0"', ["units.soma is not positive"]),
    "parameter": ('k = "3 mV"', 'k = "3 mC"', 'k = "3 mC"', ["parameters.k"]),
    "unused parameter": ('k = "3 mV"', 'k = "3 mV"\nj = "2 mV"', 'j = "2 mV"', ["parameters.j is used in no equation"]),
    "limit of its own": ('E_L = "-70 mV"', 'E_L = "-40 mV"', '"E_L < theta"', ["reverses on the wrong side"]),
    "limit of a variable": ('"E_L < theta"', '"E_L < V"', '"E_L < V"', ["limits are for parameters"]),
    "units of a limit": ('"E_L < theta"', '"E_L < g_L"', '"E_L < g_L"', ["units do not agree in the term 'E_L < g_L'"]),
    "parameter of a set": ('C = "300 pF"', 'CC = "300 pF"', 'CC = "300 pF"', ["sets.sacramento.CC", "'C'"]),
    "times of no set": ("[times.sacramento]", "[times.sacramentoo]", "[times.", ["unknown key times.sacramentoo"]),
    "times of no recipe": ('"presentation.dt"', '"present.dt"', '"present.dt"', ["present.dt is no time of a recipe"]),
    "times that are none": ('dt" = "0.1 ms"', 'dt" = "0.1 mV"', '"presentation.dt"', ["presentation.dt has the wrong"]),
    "unit of a set": ('C = "300 pF"', 'C = "300 mV"', 'C = "300 mV"', ["sets.sacramento.C has the wrong unit"]),
}  # fmt: skip


def line_of(text, marker):
    return text[: text.index(marker)].count("\n") + 1


@pytest.mark.parametrize("old, new, marker, expected", EDITS.values(), ids=EDITS)
def test_neuron_files_by_line(tmp_path, old, new, marker, expected):
    text = (library.folder(NeuronModel.FOLDER) / f"{ONE_WAY}.toml").read_text()
    description, begin, rest = text.partition('equations = """')
    assert old in rest
    rest = rest.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(description + begin + rest)
    with pytest.raises(BadInput) as caught:
        Recipe.bare([3, 2], {"network.neuron": str(path)})
    for part in (f"{path}, line {description.count('\n') + line_of(rest, marker)}: ", *expected):
        assert part in str(caught.value)


RULES = {
    "unknown name": ("phi(v_basal)", "phi(v_bassal)", "delta =", ["equation of delta", "did you mean 'v_basal'"]),
    "no product": ("delta_post*r_pre", "tanh(delta_post*r_pre)", "dupdate", ["'tanh(delta_post*r_pre)' mixes"]),
    "unit": ("/presentation", "", "dupdate", ["equation of update: the units do not agree"]),
}  # fmt: skip


@pytest.mark.parametrize("old, new, marker, expected", RULES.values(), ids=RULES)
def test_plasticity_files_by_line(tmp_path, old, new, marker, expected):
    text = (library.folder("models/plasticity") / "nonlinear_difference.toml").read_text()
    path = tmp_path / "rule.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadInput) as caught:
        Recipe.bare([3, 2], {"learning.rule": str(path)})
    where = line_of(path.read_text(), f"\n{marker}") + 1
    for part in (f"{path}, line {where}: ", *expected):
        assert part in str(caught.value)


def test_models_from_python_are_told_by_the_line_of_their_text():
    table = NeuronModel.load(ONE_WAY).to_table()
    table["equations"] = table["equations"].replace("g_LA : volt", "g_LL : volt")
    with pytest.raises(BadInput, match=rf"neuron model '{ONE_WAY}', equations line 3: equation of V_A: .*'g_LL'"):
        NeuronModel.from_table(table)


def test_a_set_of_a_users_file(tmp_path):
    text = (library.folder(NeuronModel.FOLDER) / f"{ONE_WAY}.toml").read_text()
    (tmp_path / "mine.toml").write_text(text)
    recipe = Recipe.bare([3, 2], {"network.neuron": f"{tmp_path / 'mine.toml'}:sacramento"})
    assert recipe.neuron["C"] == NeuronModel.load(f"{ONE_WAY}:sacramento").parameters["C"]
    text = (
        (library.folder("runs") / "digits.toml").read_text().replace('tau_v = "10 ms"', "").replace("1 ms", "0.25 ms")
    )
    (tmp_path / "recipe.toml").write_text(text.replace('"pyramidal"', '"mine.toml:nest_urbanczik"'))
    assert Recipe.load(tmp_path / "recipe.toml").neuron_model.name == "mine:nest_urbanczik"
