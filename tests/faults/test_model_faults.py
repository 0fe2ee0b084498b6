"""What a user can get wrong in a model file."""

import numpy as np
import pytest

from dfc_brian import ControllerModel, Network, NeuronModel, PlasticityModel, Recipe, library, toml_text
from dfc_brian.errors import BadInput, MultipleErrors


def changed(kind, name, **changes):
    table = kind.load(name).to_table()
    for key, change in changes.items():
        table[key] = change(table[key]) if callable(change) else change
    return {key: value for key, value in table.items() if value is not None}


NEURON = {
    "misspelt key": (dict(equation="v : 1"), ["unknown key equation", "did you mean 'equations'"]),
    "no equations": (dict(equations=None), ["equations is missing"]),
    "no roles": (dict(roles=None), ["roles is missing"]),
    "equations of another type": (dict(equations=3), ["equations is not text", "3"]),
    "roles of another type": (dict(roles="v"), ["roles is not a table"]),
    "role of another type": (dict(roles=lambda roles: roles | {"soma": ["v"]}), ["roles.soma is not text"]),
    "syntax": (dict(equations="dv/dt = ("), ["cannot be read", "dv/dt = ("]),
    "unit syntax": (dict(equations="v : furlong"), ["cannot be read", "v"]),
    "flag": (dict(equations=lambda text: text + "x : 1 (linkd)"), ["cannot be read", "linkd"]),
    "unknown name": (
        dict(equations=lambda text: text.replace("phi(v)", "psi(v)")),
        ["equation of r", "'psi'", "phi"],
    ),
    "wrong unit": (dict(parameters={"tau_v": "10 mV"}), ["equation of v", "units do not agree"]),
    "negative time constant": (dict(parameters={"tau_v": "-1 ms"}), ["tau_v is not positive"]),
    "no quantity": (dict(parameters={"tau_v": "slow"}), ["parameters.tau_v", "slow"]),
    "unused parameter": (
        dict(parameters={"tau_v": "1 ms", "tau_w": "1 ms"}),
        ["tau_w is used in no equation"],
    ),
    "parameter and variable": (dict(parameters={"tau_v": "1 ms", "v": 1}), ["v is also a variable"]),
    "unknown role": (
        dict(roles=lambda roles: roles | {"somma": "v"}),
        ["roles.somma", "did you mean 'soma'"],
    ),
    "missing role": (dict(roles={"soma": "v"}), ["roles.basal is missing", "roles.feedback is missing"]),
    "role of nothing": (
        dict(roles=lambda roles: roles | {"basal": "v_basel"}),
        ["v_basel", "did you mean 'v_basal'"],
    ),
    "input with equation": (
        dict(roles=lambda roles: roles | {"bias": "r"}),
        ["roles.bias", "has no equation"],
    ),
    "shared input": (
        dict(roles=lambda roles: roles | {"bias": "i_feedback"}),
        ["must be different variables"],
    ),
    "symbol of nothing": (dict(symbols={"w": "W"}), ["symbols.w"]),
    "initial sets an equation": (dict(initial="r = 0"), ["'r' cannot be set"]),
    "initial has a wrong unit": (dict(initial="v = tau_v"), ["initial", "units do not agree"]),
    "initial is no assignment": (dict(initial="v"), ["not a list of assignments"]),
    "initial has an unknown name": (dict(initial="v = v_bassal"), ["'v_bassal'", "did you mean 'v_basal'"]),
    "initial is code": (dict(initial="import os"), ["not a list of assignments"]),
}


@pytest.mark.parametrize("changes, expected", NEURON.values(), ids=NEURON)
def test_neuron_files(tmp_path, changes, expected):
    path = tmp_path / "mine.toml"
    path.write_text(toml_text.write(changed(NeuronModel, "pyramidal", **changes)))
    with pytest.raises(BadInput) as caught:
        NeuronModel.load(path)
    assert str(path) in str(caught.value)
    for text in expected:
        assert text in str(caught.value)


# A copied file with one mistake, and the line in which it is

DEFINITIONS = "this is no definition: dv/dt = expression : unit, v = expression : unit, or v : unit"
R = "r = phi(v) : 1"
MISTAKES = {
    "no closing parenthesis": ("(v_basal + v_apical - v)", "(v_basal + v_apical - v", 0, ["'(' was never closed: '(v"]),
    "no opening parenthesis": ("(v_basal + v_apical - v)", "v_basal + v_apical - v)", 0, ["unmatched ')' behind 'v_b"]),
    "power": (R, "r = phi(v^2) : 1", 0, ["'^' is no operator", "fix: write ** for powers: phi(v**2)"]),
    "no unit": (R, "r = phi(v)", 0, ["r = phi(v)\n    it has no unit", "fix: write 'r = phi(v) : volt'"]),
    "no expression": (R, "r = : 1", 0, ["nothing between '=' and ':'"]),
    "twice": (R, f"{R}\n{R}", 1, ["'r' is defined a second time"]),
    "flag that there is not": ("i_bias : 1 ", "i_bias : 1 (constnt) ", 0, ["cannot have a flag 'constnt'"]),
    "flag shared": (R, f"m = v : 1 (shared)\n{R}", 0, ["wrong flag: m has a value for each cell", "(shared)"]),
    "flag linked": ("\ni_bias : 1 ", "\ni_bias : 1 (linked) ", 1, ["filled from outside (roles.bias)", "'i_bias : 1'"]),
    "derivative forgotten": ("dv/dt = (", "v = (", 0, ["v needs v, in a circle", "fix: 'dv/dt = ...'"]),
    "circle": (R, f"{R[:-4]} + q : 1\nq = r : 1", 0, ["r needs q needs r, in a circle"]),
    "derivative misspelt": ("dv/dt = (", "dv/dT = (", 0, [DEFINITIONS]),
    "derivative of physics": ("dv/dt = (", "v' = (", 0, [DEFINITIONS]),
    "no equals sign": (R, "r phi(v) : 1", 0, [DEFINITIONS]),
    "two in a line": (R, "r = phi(v) : 1, q = v : 1", 0, [DEFINITIONS, "fix: one definition in each line"]),
    "no operator": (R, "r = 2 v : 1", 0, ["invalid syntax at '2 v'", "fix: put an operator between"]),
    "no operator before a function": (R, "r = 2phi(v) : 1", 0, ["invalid decimal literal at '2phi(v)'", "2*v"]),
    "variable as a function": (R, "r = v_basal(v + 1) : 1", 0, ["'v_basal' is no function", "write v_basal*(v + 1)"]),
    "function of Python": (R, "r = np.tanh(v) : 1", 0, ["there is no 'np.tanh'", "tanh, not np.tanh"]),
    "unknown function": (R, "r = sigmoid(v) : 1", 0, ["unknown name 'sigmoid'"]),
    "arguments": (R, "r = phi(v, v) : 1", 0, ["called with 2 parameters, needs 1."]),
    "comparison as a number": (R, "r = v*(v > 0) : 1", 0, ["'v > 0' is no number", "write int(v > 0)"]),
    "comment": (R, f"{R} // rate", 0, ["begin comments with #"]),
    "letter of another alphabet": ("v_apical - v)", "v_apical \u2212 v)", 0, ["invalid character '\u2212'"]),
    "name of a unit": (R, f"{R}\nmV : 1", 1, ["'mV' is the name of a unit"]),
    "noise of Brian2": ("- v)/tau_v", "- v + xi)/tau_v", 0, ["unknown name 'xi'", 'roles.noise = "noise"']),
    "random numbers": (R, "r = phi(v) + rand() : 1", 0, ["unknown name 'rand'", 'roles.noise = "noise"']),
    "no equation for a role": ('bias = "i_bias"', 'bias = "i_bia"', 0, ["roles.bias is no variable", "'i_bias'"]),
    "no role": ('\nbias = "i_bias"', "", -5, ["roles.bias is missing"]),
    "misspelt table": ("[parameters]", "[paramters]", 0, ["unknown key paramters", "did you mean 'parameters'"]),
    "symbol of nothing": ('r = "r_i"', 'R = "r_i"', 0, ["unknown key symbols.R", "did you mean 'r'"]),
    "parameter without quotes": ('"10 ms"', "10 ms", 0, ["not valid TOML", 'in quotes: tau_v = "10 ms"']),
    "quotes not closed": ('"10 ms"', '"10 ms', 0, ["not valid TOML", "close the quotes"]),
    "equations not closed": ('controller\'s synapses\n"""', "controller's synapses", -7, ['close the text with """']),
    "table not closed": ("[roles]", "[roles", 0, ["not valid TOML", "its name in brackets"]),
    "table twice": ("[symbols]", "[roles]", 0, ["Cannot declare ('roles',) twice", "once in a file"]),
    "key twice": ('soma = "v"', 'soma = "v"\nsoma = "v"', 1, ["Cannot overwrite a value", "leave one of the two out"]),
    "unit of a parameter": ('"10 ms"', '"10 Ms"', 0, ["parameters.tau_v has an unknown unit 'Ms'", "mean 'ms'"]),
    "initial not closed": ('"v = v_basal"', '"v = (v_basal"', 0, ["initial is not a list", "'(' was never closed"]),
}  # fmt: skip


@pytest.mark.parametrize("old, new, below, expected", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_copied_file_is_told_by_its_line(tmp_path, old, new, below, expected):
    """``below``: so many lines below that in which the change begins."""
    text = (library.folder(NeuronModel.FOLDER) / "pyramidal.toml").read_text()
    head, begins, rest = text.partition("equations = ")
    assert old in rest
    changed = head + begins + rest.replace(old, new, 1)
    number = len(head.splitlines()) + (begins + rest).partition(old)[0].count("\n") + 1
    path = tmp_path / "mine.toml"
    path.write_text(changed)
    with pytest.raises(BadInput) as caught:
        Recipe.bare([3, 2], {"network.neuron": str(path)})
    told = str(caught.value)
    for part in (f"{path}, line {number + below}: ", *expected):
        assert part in told
    assert "<unknown>" not in told and "<string>" not in told and "(at char" not in told


SOUND = {
    "integers": (R, "r = phi(v)*(1/2) : 1"),
    "indented": (R, f"\t  {R}"),
    "two lines": ("v_apical - v)", "v_apical\n    - v)"),
    "condition": (R, "r = phi(v)*int(v > 0) : 1"),
    "constant": (R, f"{R}\nbias : 1 (constant)"),
}


@pytest.mark.parametrize("old, new", SOUND.values(), ids=SOUND)
def test_what_is_no_mistake(old, new):
    equations = NeuronModel.load("pyramidal").equations
    assert old in equations
    table = changed(NeuronModel, "pyramidal", equations=equations.replace(old, new))
    assert Recipe.bare([3, 2], {"network.neuron": table})


def test_an_integer_ratio_is_no_integer():
    table = changed(NeuronModel, "pyramidal", equations=lambda text: text.replace("phi(v)", "phi(v)*(1/2)"))
    recipes = [Recipe.bare([2, 2, 2], {"network.neuron": neuron}) for neuron in (table, "pyramidal")]
    networks = [Network(recipe, device="numpy") for recipe in recipes]
    half, whole = (net.present([[1.0, 0.5]], [1])["layer1"].rate[0] for net in networks)
    assert np.allclose(half, whole / 2) and whole.all()


def test_the_output_of_a_controller_is_linked(tmp_path):
    text = (library.folder(ControllerModel.FOLDER) / "pi.toml").read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("r : 1 (linked)", "r : 1"))
    with pytest.raises(BadInput, match=rf"{path}, line 11: wrong flag: r (.|\n)*fix: write 'r : 1 \(linked\)'"):
        ControllerModel.load(path)


def test_one_parameter_that_cannot_be_read_is_one_problem():
    with pytest.raises(BadInput) as caught:
        NeuronModel.from_table(changed(NeuronModel, "pyramidal", parameters={"tau_v": "ten ms"}))
    assert not isinstance(caught.value, MultipleErrors) and "parameters.tau_v is not a quantity" in str(caught.value)


NOISY = {"learning.feedback": "learned", "sleep.neuron": "pyramidal_noisy_soma"}


def test_a_neuron_asleep_without_noise():
    assert Recipe.load("digits", NOISY)
    with pytest.raises(BadInput, match="sleep.neuron receives no noise(.|\n)*pyramidal_asleep"):
        Recipe.load("digits", NOISY | {"sleep.neuron": "pyramidal"})


def test_constants_asleep_with_another_unit():
    table = changed(
        NeuronModel,
        "pyramidal_noisy_soma",
        equations=lambda text: text.replace("sigma*sqrt", "sigma/volt*sqrt"),
        parameters=lambda values: values | {"sigma": "1 mV"},
    )
    with pytest.raises(BadInput, match="sleep.sigma has another unit than parameters.sigma(.|\n)*another name"):
        Recipe.load("digits", NOISY | {"sleep.neuron": table})


@pytest.mark.parametrize(
    "residual, expected",
    [
        ("error - lek*u", "did you mean 'leak'"),
        ("error/tau_u", "units do not agree"),
        (None, "residual is missing"),
    ],
)
def test_controller_residual(residual, expected):
    with pytest.raises(BadInput, match=expected):
        ControllerModel.from_table(changed(ControllerModel, "pi", residual=residual))


def test_rule_without_update():
    table = changed(PlasticityModel, "nonlinear_difference", synapse="x : 1", symbols={})
    with pytest.raises(BadInput, match="no variable 'update'"):
        PlasticityModel.from_table(table)


@pytest.mark.parametrize(
    "synapse, expected",
    [
        ("update : 1", "'update' has no differential equation(.|\n)*dupdate/dt"),
        ("update = delta_post*r_pre : 1", "'update' has no differential equation(.|\n)*dupdate/dt"),
        ("dupdates/dt = r_pre/presentation : 1 (clock-driven)", "no variable 'update'(.|\n)*dupdate/dt"),
        ("", "no variable 'update'(.|\n)*no equations(.|\n)*dupdate/dt"),
        ("dupdate/dt = volt/presentation : volt", "'update' is not dimensionless(.|\n)*weights are dimensionless"),
    ],
)
def test_rule_whose_update_is_not_integrated(synapse, expected):
    table = changed(PlasticityModel, "nonlinear_difference", synapse=synapse, symbols={})
    with pytest.raises(BadInput, match=expected):
        PlasticityModel.from_table(table)


def test_rule_that_names_another_rate_than_the_neuron():
    table = changed(
        NeuronModel,
        "pyramidal",
        equations=lambda text: text.replace("r = phi", "rate = phi") + "\nr : 1",
        roles=lambda roles: roles | {"rate": "rate"},
    )
    with pytest.raises(BadInput) as caught:
        Recipe.bare([3, 2], {"network.neuron": table | {"name": "mine"}})
    for text in ("'r_pre' is not the rate of neuron model 'mine'", "which is 'rate'", "write rate_pre"):
        assert text in str(caught.value)
    assert "unknown name" not in str(caught.value)


TABLES = ("images", "targets", "counts", "sample_weights")
SYNAPSE = ("w", "presentation")
RESERVED = [
    *((ControllerModel, "pi", "equations", n) for n in ("y", "peak", "total", "nudge", "n_output", *TABLES)),
    *((NeuronModel, "pyramidal", "equations", n) for n in ("phi", *TABLES)),
    *((PlasticityModel, "nonlinear_difference", "synapse", n) for n in SYNAPSE),
    *((PlasticityModel, "nonlinear_difference", "postsynaptic", n) for n in ("phi", *TABLES)),
]


@pytest.mark.parametrize("kind, name, text, reserved", RESERVED)
def test_names_of_the_network(kind, name, text, reserved):
    equations = getattr(kind.load(name), text)
    variable = changed(kind, name, **{text: f"{equations}\n{reserved} : 1"})
    parameter = changed(kind, name, **{text: f"{equations}\nuser = {reserved} : 1"}, parameters={reserved: 1})
    for table, label in ((variable, f"variable '{reserved}'"), (parameter, f"parameters.{reserved}")):
        with pytest.raises(BadInput) as caught:
            kind.from_table(table)
        assert f"{label} has a name that the network adds itself" in str(caught.value)
        assert "any name but" in str(caught.value) and "rename it" in str(caught.value)


def test_all_names_of_the_network_are_told_at_once():
    with pytest.raises(BadInput) as caught:
        ControllerModel.from_table(changed(ControllerModel, "pi", equations=lambda text: f"{text}\ny : 1\npeak : 1"))
    assert "variable 'y'" in str(caught.value) and "variable 'peak'" in str(caught.value)


@pytest.mark.parametrize(
    "kind, name, role",
    [
        (NeuronModel, "pyramidal", "rate"),
        *((ControllerModel, "pi", role) for role in ("control", "output", "target")),
    ],
)
def test_roles_with_units(kind, name, role):
    table = changed(kind, name, equations=lambda text: f"{text}\nextra : volt", roles=lambda old: old | {role: "extra"})
    with pytest.raises(BadInput) as caught:
        kind.from_table(table)
    for text in (f"roles.{role} is not dimensionless", "extra : volt", "weights are dimensionless in this version"):
        assert text in str(caught.value)


@pytest.mark.parametrize("role", ["feedforward", "bias", "feedback"])
def test_inputs_with_units_need_a_map(role):
    table = changed(
        NeuronModel,
        "pyramidal",
        equations=lambda text: f"{text}\nextra : volt",
        roles=lambda old: old | {role: "extra"},
    )
    with pytest.raises(BadInput, match=f"roles.{role} has a unit, and units.{role} is missing(.|\n)*extra : volt"):
        NeuronModel.from_table(table)


@pytest.mark.parametrize(
    "field, old, new, expected",
    [
        ("postsynaptic", "v_basal", "v_bassal", "did you mean 'v_basal'"),
        ("synapse", "delta_post", "delta", "unknown name 'delta'"),
        ("synapse", "r_pre", "v_pre", "'v_pre' is not the rate of .*, which is 'r'\n(.|\n)*write r_pre"),
        ("synapse", "/presentation", "", "units do not agree"),
        ("postsynaptic", "delta", "r", "is also a name of"),
    ],
)
def test_rules_that_do_not_fit_the_neuron(field, old, new, expected):
    table = changed(PlasticityModel, "nonlinear_difference", **{field: lambda text: text.replace(old, new)}, symbols={})
    rule = PlasticityModel.from_table(table | {"name": "mine"})
    with pytest.raises(BadInput, match=expected):
        Recipe.bare([3, 2], {"learning.rule": rule})


def test_all_problems_of_a_model_are_told_with_those_of_the_recipe():
    model = changed(NeuronModel, "pyramidal", parameters={"tau_v": "-1 ms"}, initial="v")
    with pytest.raises(BadInput) as caught:
        Recipe.load("mnist", {"network.neuron": model, "train.epochs": 0})
    for text in ("tau_v is not positive", "not a list of assignments", "train.epochs"):
        assert text in str(caught.value)
