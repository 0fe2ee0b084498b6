"""What a user can get wrong in a model file."""

import pytest

from dfc_brian import ControllerModel, NeuronModel, PlasticityModel, Recipe, toml_text
from dfc_brian.errors import BadInput


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
