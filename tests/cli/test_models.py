"""Shipped models, and the same models made in Python."""

import dataclasses

import pytest
from brian2 import Equations, ms

from dfc_brian import ControllerModel, NeuronModel, PlasticityModel, library, toml_text

KINDS = (NeuronModel, ControllerModel, PlasticityModel)
SHIPPED = [(kind, name) for kind in KINDS for name in kind.names()]


@pytest.mark.parametrize("kind, name", SHIPPED)
def test_shipped_models_come_back_from_their_table(kind, name):
    model = kind.load(name)
    assert model.description and "Meulemans" in model.description
    assert kind.from_table(model.to_table()) == model
    assert kind.of(name) == kind.of(model) == model


@pytest.mark.parametrize("kind, name", SHIPPED)
def test_every_variable_has_a_symbol_of_the_paper(kind, name):
    model = kind.load(name)
    parsed = [{**model.parsed_postsynaptic, **model.parsed_synapse} if kind is PlasticityModel else model.parsed]
    assert set(model.symbols) == {*parsed[0], *model.parameters}


@pytest.mark.parametrize("kind, name", SHIPPED)
def test_every_equation_has_a_unit_and_a_comment(kind, name):
    model = kind.load(name)
    text = model.postsynaptic + model.synapse if kind is PlasticityModel else model.equations
    for line in text.splitlines():
        assert " : " in line and "  # " in line


def test_a_model_made_in_python_is_the_same_model():
    shipped = NeuronModel.load("pyramidal")
    made = NeuronModel(
        name="pyramidal",
        description=shipped.description,
        equations=shipped.equations,
        initial="v = v_basal",
        parameters={"tau_v": 10 * ms},
        roles=dict(shipped.roles),
        symbols=dict(shipped.symbols),
    )
    assert made == shipped
    assert isinstance(made.parsed, Equations)


def test_the_controllers_differ_in_what_leaks_only():
    pi, total = ControllerModel.load("pi"), ControllerModel.load("pi_total_leak")
    assert (pi.residual, total.residual) == ("error - leak*u_int", "error - leak*u")
    assert pi.parameters == total.parameters
    assert pi.parsed["u"].expr == total.parsed["u"].expr
    assert pi.parsed["u_int"].expr.code == "(error - leak*u_int)/tau_u"
    assert total.parsed["u_int"].expr.code == "(error - leak*u)/tau_u"


def test_the_rule_fits_the_neuron():
    assert PlasticityModel.load("nonlinear_difference").problems_with(NeuronModel.load("pyramidal")) == []


def test_a_rule_names_the_rate_as_the_neuron_does():
    table = NeuronModel.load("pyramidal").to_table()
    table["equations"] = table["equations"].replace("r = phi", "rate = phi")
    neuron = NeuronModel.from_table(table | {"roles": table["roles"] | {"rate": "rate"}, "symbols": {}})
    table = PlasticityModel.load("nonlinear_difference").to_table()
    rule = PlasticityModel.from_table(table | {"synapse": table["synapse"].replace("r_pre", "rate_pre")})
    assert rule.problems_with(neuron) == []


def test_a_rule_may_have_parameters_that_end_in_pre():
    table = PlasticityModel.load("nonlinear_difference").to_table()
    synapse = table["synapse"].replace("r_pre", "gain_pre*r_pre")
    rule = PlasticityModel.from_table(table | {"synapse": synapse, "parameters": {"gain_pre": 2}})
    assert rule.problems_with(NeuronModel.load("pyramidal")) == []


def test_models_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        NeuronModel.load("pyramidal").name = "other"


def test_a_table_can_be_changed_and_the_model_stays():
    model = NeuronModel.load("pyramidal_conductance")
    table = model.to_table()
    for key in ("roles", "symbols", "limits", "units", "zero", "parameters"):
        table[key]["soma"] = "nothing"
    for key in ("sets", "times"):
        table[key]["sacramento"]["C"] = "nothing"
    assert NeuronModel.load("pyramidal_conductance").to_table() == model.to_table() != table
    assert NeuronModel.from_table(model.to_table()) == model


def test_a_user_file_is_loaded_by_its_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(toml_text.write(NeuronModel.load("pyramidal").to_table() | {"description": "mine"}))
    model = NeuronModel.load(path)
    assert model.description == "mine" and model.where == str(path)


def test_shipped_files_lie_where_the_library_says():
    assert {"digits", "mnist"} <= set(library.names("runs"))
    assert (library.folder("models/neurons") / "pyramidal.toml").is_file()
