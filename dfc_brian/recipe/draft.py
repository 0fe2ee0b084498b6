"""A recipe before it is checked: its tables, and where each value came from."""

from pathlib import Path

import numpy as np
from brian2.units.fundamentalunits import Quantity
from pydantic import ValidationError

from dfc_brian.errors import BadInput, raise_all
from dfc_brian.models import ControllerModel, NeuronModel, PlasticityModel, quantities
from dfc_brian.models.neuron import split
from dfc_brian.recipe import checks as recipe_checks
from dfc_brian.recipe import times
from dfc_brian.recipe.tables import OPTIONAL, TABLES
from dfc_brian.recipe.variants import SELECT, names_of

MODELS = {
    "network.neuron": NeuronModel,
    "network.controller": ControllerModel,
    "learning.rule": PlasticityModel,
    "sleep.neuron": NeuronModel,
    "sleep.controller": ControllerModel,
    "sleep.rule": PlasticityModel,
}
WHOLE = (*MODELS, "traces.images")
"""Tables that are set as one value."""
TEXTS = ("name", "description")
PARAMETERS = {"neuron": "network.neuron", "controller": "network.controller", "plasticity": "learning.rule"}
"""Tables of a model's parameters, by the key that chooses the model."""


class Draft:
    """Unchecked tables (nested dict) read from ``source``, to be changed by `set` and checked by `finish`."""

    def __init__(self, tables, source):
        self.tables = _normal(tables)
        self.source = source
        self.sources = {}
        self.problems = []

    def at(self, key, *others):
        """The label of ``key`` in messages: where it, or another key at fault, was set last."""
        named = [
            source
            for changed, source in self.sources.items()
            if any(f"{changed}.".startswith(f"{own}.") for own in (key, *others))
        ]
        return f"{(named or [self.source])[-1]}: {key}"

    def set(self, values, source):
        """Set ``values`` by dotted key; those of a table are set one by one."""
        for key, value in values.items():
            *path, last = str(key).split(".")
            table = self._table(path)
            if table is None:
                self.problems.append(BadInput(f"{source}: {key} is no key of a recipe", got=repr(value)))
            elif isinstance(value, dict) and isinstance(table.get(last), dict) and key not in WHOLE:
                self.set({f"{key}.{name}": item for name, item in value.items()}, source)
            else:
                table[last] = _normal(value)
                self.sources[str(key)] = source

    def variants(self, *later):
        """The names of the variants that hold once all of ``later`` (dicts of values by dotted key) have been set."""
        trial = Draft(self.tables, self.source)
        for values in later:
            trial.set(values, self.source)
        return names_of(*(trial._chosen(*key.split(".")) for key in SELECT))

    def find_models_beside(self, recipe_file):
        """Let a recipe file name a model file by its path from the recipe's own folder."""
        for key in MODELS:
            table, name = key.split(".")
            value = self._get(table, name)
            file = split(value)[0] if isinstance(value, str) else ""
            if file.endswith(".toml") and (recipe_file.parent / file).is_file():
                self.tables[table][name] = str(recipe_file.parent / value)

    def finish(self):
        """The checked fields (dict) of a Recipe; raises all problems together."""
        models = {key: self._model(key) for key in MODELS}
        self._bring_times(models)
        self._check_top()
        parts = {}
        for name, cls in TABLES.items():
            given = self.tables.get(name, None if name in OPTIONAL else {})
            if isinstance(given, dict):
                try:
                    parts[name] = cls.model_validate(given)
                except ValidationError as error:
                    self.problems += recipe_checks.translate(error, name, cls, self.at)
        parameters = self._check_models(models)
        self._check_together(parts, parameters, models)
        raise_all(self.problems)
        return {key: self.tables[key] for key in TEXTS if key in self.tables} | parts | parameters

    def _bring_times(self, models):
        """Set the times that suit the neuron's set of parameters: those there are were for the neuron before it."""
        model, chosen = models["network.neuron"], self._stage("network.neuron")
        for key, value in (model.suggested if model else {}).items():
            table, name = key.split(".", 1)
            if self._has(models, table, name) and (self._get(table, name) is None or self._stage(key) < chosen):
                self.set({key: value}, f"times of {model.name}")

    def _has(self, models, table, name):
        """Whether a recipe's table has this key; of a model's parameters, whether the model has it."""
        if table not in PARAMETERS:
            return True
        model = models[PARAMETERS[table]]
        return model is not None and name in model.parameters

    def _stage(self, key):
        """When a key was set: 0 in the recipe's file, then in one change after the other."""
        return [self.source, *dict.fromkeys(self.sources.values())].index(self.sources.get(key, self.source))

    def _table(self, path):
        table = self.tables
        for part in path:
            table = table.setdefault(part, {}) if isinstance(table, dict) else None
        return table if isinstance(table, dict) else None

    def _get(self, table, key, default=None):
        given = self.tables.get(table, {})
        return given.get(key, default) if isinstance(given, dict) else default

    def _chosen(self, table, key):
        return self._get(table, key, TABLES[table].model_fields[key].default)

    def _check_top(self):
        known = (*TEXTS, *TABLES, *PARAMETERS)
        for key, value in self.tables.items():
            if key not in known:
                self.problems.append(recipe_checks.unknown_key(self.at(key), key, (*known, "variant", "preset")))
            elif key in TEXTS and not isinstance(value, str):
                self.problems.append(BadInput(f"{self.at(key)} is not text", got=repr(value)))
            elif key not in TEXTS and not isinstance(value, dict):
                self.problems.append(BadInput(f"{self.at(key)} is not a table", got=repr(value)))
        name = self.tables["name"]
        if isinstance(name, str) and (Path(name).name != name or name.startswith(".") or "\0" in name):
            self.problems.append(BadInput(f"{self.at('name')} cannot name a folder", got=repr(name)))

    def _check_models(self, models):
        """Parameters by table name, for the models that can be read."""
        parameters = {}
        for table, key in PARAMETERS.items():
            given = self.tables.get(table, {})
            if models[key] and isinstance(given, dict):
                given = {name: value for name, value in given.items() if self._meant(table, name, key, models[key])}
                parameters[table], problems = recipe_checks.merge_parameters(table, models[key], given, self.at)
                self.problems += problems
                if table == "neuron":
                    self.problems += recipe_checks.check_limits(table, models[key], parameters[table], self.at)
        for rule, *others in (("learning.rule", "network.neuron"), ("sleep.rule", "sleep.neuron", "sleep.controller")):
            if models[rule] and all(models[key] for key in others):
                label = self.at(rule, *others)
                problems = models[rule].problems_with(*(models[key] for key in others))
                self.problems += [BadInput(f"{label}: {problem}") for problem in problems]
        return parameters

    def _meant(self, table, name, key, model):
        """Whether a parameter is meant for this model: not if it was for another one, before ``key`` chose this one."""
        return name in model.parameters or self._stage(f"{table}.{name}") >= self._stage(key)

    def _model(self, key):
        """The model that a key chooses, or None if it cannot be read, which checking its table tells."""
        try:
            return MODELS[key].of(self._chosen(*key.split(".")))
        except BadInput:
            return None

    def _check_together(self, parts, parameters, models):
        network = parts.get("network")
        if network:
            self.problems += recipe_checks.check_network(network, self.at)
        if "data" in parts:
            self.problems += recipe_checks.check_data(parts["data"], network, self.at)
        if "published" in parts:
            self.problems += recipe_checks.check_published(parts["published"], self.at)
        if "presentation" in parts:
            relaxing = {table: values for table, values in parameters.items() if table != "plasticity"}
            if "neuron" in relaxing:
                own = models["network.neuron"].constants(relaxing["neuron"])
                relaxing["neuron"] = relaxing["neuron"] | own
            self.problems += times.check_times("presentation", parts["presentation"], relaxing, self.at)
        if "sleep" in parts:
            self.problems += times.check_sleep(parts["sleep"], self.at)
        if "learning" in parts:
            self.problems += recipe_checks.check_learning(parts["learning"], self.at)
            if models["sleep.neuron"]:
                self.problems += recipe_checks.check_noise(parts["learning"], models["sleep.neuron"], self.at)
        if network and "traces" in parts:
            self.problems += recipe_checks.check_traces(parts["traces"], network, self.at)
        if {"traces", "presentation", "sleep"} <= parts.keys():
            self.problems += recipe_checks.check_interval(
                parts["traces"], parts["presentation"], parts["sleep"], self.at
            )
        if "traces" in parts and all(models.values()):
            self.problems += recipe_checks.check_variables(parts["traces"], models, self.at)
        if "train" in parts and "traces" in parts:
            self.problems += recipe_checks.check_moments(parts["traces"], parts["train"], self.at)


def _normal(value):
    """A value as it would stand in a recipe file, with tuples for lists."""
    if isinstance(value, Quantity):
        return quantities.to_text(value) if value.shape == () else value
    if isinstance(value, dict):
        return {str(key): _normal(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _normal(value.tolist())
    if isinstance(value, list | tuple):
        return tuple(map(_normal, value))
    return str(value) if isinstance(value, Path) else value
