"""Recipe: everything that defines a run, checked before anything compiles.

Such as
    Recipe.load("mnist", {"train.epochs": 2}, preset="paper")     # a name in runs/, or a path to a .toml file
    Recipe.bare([6, 5, 4, 3], {"controller.k_p": 0.0, "neuron.tau_v": 10*ms})    # no data set
"""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from brian2.units.fundamentalunits import Quantity
from pydantic import ConfigDict

from dfc_brian import library, toml_text
from dfc_brian.errors import raise_all, unknown
from dfc_brian.models import ControllerModel, NeuronModel, PlasticityModel, quantities
from dfc_brian.recipe import variants
from dfc_brian.recipe.checks import check_arguments
from dfc_brian.recipe.draft import Draft
from dfc_brian.recipe.tables import (
    Cuda,
    Data,
    FeedbackLearning,
    Learning,
    NetworkTable,
    Presentation,
    Published,
    Sleep,
    Table,
    Traces,
    Train,
)
from dfc_brian.recipe.times import parameters_asleep

OVERRIDES = Mapping | None
OVERRIDES_ALLOWED = 'a dict of values by dotted key, such as {"train.epochs": 2}'


class Recipe(Table):
    """A checked, frozen recipe; make one with `load`, `bare` or `replace`.

    Attributes are the tables of a recipe file: ``data`` (None for a bare recipe), ``network``, ``presentation``,
    ``sleep``, ``learning``, ``feedback``, ``train``, ``cuda``, ``traces``, ``published`` (or None), and the dicts
    ``neuron``, ``controller`` and ``plasticity``: the models' parameters (Quantity, or float if without unit) with the
    recipe's own values. ``name`` is the recipe file's name without its ending. Lists of the file are tuples here.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: str
    description: str = ""
    data: Data | None = None
    network: NetworkTable
    neuron: dict[str, Any]
    controller: dict[str, Any]
    plasticity: dict[str, Any]
    presentation: Presentation
    sleep: Sleep
    learning: Learning
    feedback: FeedbackLearning
    train: Train
    cuda: Cuda
    traces: Traces
    published: Published | None = None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names (tuple of str) of the shipped recipes."""
        return library.names("runs")

    @classmethod
    def load(cls, name_or_path: str | Path, overrides: dict | None = None, preset: str | None = None) -> "Recipe":
        """The recipe of this shipped name or file, with the values of a preset and then of ``overrides``.

        Where the file or the preset has variants (`dfc_brian.recipe.variants`), each is followed by those of its
        variants that fit the method and the kind of feedback weights that the recipe has in the end.

        Parameters
        ----------
        name_or_path : str or Path
            Such as "mnist" or "my/recipe.toml".
        overrides : dict, optional
            Values by dotted key, such as {"controller.k_p": 0.0, "neuron.tau_v": "10 ms"}. Quantities,
            numpy values and model objects may stand for TOML values.
        preset : str, optional
            One of the recipe's own sets of values, [preset.NAME].

        Raises
        ------
        BadInput
            With all problems at once (`MultipleErrors`): file, key, got, allowed, nearest.
        """
        raise_all(
            check_arguments(
                ("recipe", name_or_path, str | os.PathLike, 'a name such as "mnist", or the path of a .toml file'),
                ("overrides", overrides, OVERRIDES, OVERRIDES_ALLOWED),
                ("preset", preset, str | None, "the name of a preset of the recipe"),
            )
        )
        path = library.find("runs", name_or_path, "recipe")
        tables = {"name": path.stem} | toml_text.read(path)
        presets, where = tables.pop("preset", {}), f"{path}, preset {preset}"
        own, problems = variants.take(tables, str(path))
        draft = Draft(tables, str(path))
        values, special = {}, {}
        if preset is not None:
            if not isinstance(presets, dict) or not isinstance(presets.get(preset), dict):
                raise unknown(f"{path}: preset", preset, presets if isinstance(presets, dict) else ())
            values = presets[preset]
            special, more = variants.take(values, where)
            problems += more
        draft.problems += problems
        chosen = draft.variants(values, overrides or {})
        for named, base, source in ((own, {}, str(path)), (special, values, where)):
            draft.set(base, source)
            for name in chosen:
                draft.set(named.get(name, {}), f"{source}, variant {name}")
        draft.find_models_beside(path)
        return cls._of(draft, overrides)

    @classmethod
    def bare(cls, sizes: Sequence[int], overrides: dict | None = None) -> "Recipe":
        """A recipe of layers with these ``sizes`` (input first) and default constants, without a data set."""
        return cls._of(Draft({"name": "bare", "network": {"sizes": sizes}}, "bare recipe"), overrides)

    def replace(self, overrides: dict) -> "Recipe":
        """This recipe with other values, by dotted key; checked like a new one.

        Nothing else changes: variants belong to a file, and `load` has used them. For another method with its own
        constants, load the recipe again with the method among the overrides.
        """
        return self._of(Draft(self.to_tables(), f"recipe {self.name}"), overrides)

    @classmethod
    def _of(cls, draft, overrides):
        raise_all(check_arguments(("overrides", overrides, OVERRIDES, OVERRIDES_ALLOWED)))
        draft.set(overrides or {}, "override")
        return cls(**draft.finish())

    @cached_property
    def neuron_model(self) -> NeuronModel:
        """The `NeuronModel` of all layers."""
        return NeuronModel.of(self.network.neuron)

    @cached_property
    def controller_model(self) -> ControllerModel:
        """The `ControllerModel`."""
        return ControllerModel.of(self.network.controller)

    @cached_property
    def plasticity_model(self) -> PlasticityModel:
        """The `PlasticityModel` of the feedforward synapses."""
        return PlasticityModel.of(self.learning.rule)

    @cached_property
    def sleep_neuron_model(self) -> NeuronModel:
        """The `NeuronModel` of all layers asleep."""
        return NeuronModel.of(self.sleep.neuron)

    @property
    def sleep_neuron(self) -> dict[str, Any]:
        """The parameters of `sleep_neuron_model` (Quantity, or float if without unit), with the values of ``sleep``."""
        return parameters_asleep(self.sleep, self.sleep_neuron_model)

    @property
    def task(self) -> str:
        """ "classification": judged by loss and error, y are labels; or "regression": judged by the loss alone."""
        if self.data:
            return self.data.task
        return "classification" if self.network.loss == "cross_entropy" else "regression"

    @property
    def activations(self) -> tuple[str, ...]:
        """Names of the activation functions of layers 1 to L (tuple of str); the last is "linear"."""
        chosen, hidden = self.network.activation, len(self.network.sizes) - 2
        return (*(chosen if isinstance(chosen, tuple) else (chosen,) * hidden), "linear")

    def to_tables(self) -> dict:
        """All values as nested dicts of plain TOML values; models that do not ship are included whole."""
        return _plain(self)

    def to_toml(self) -> str:
        """The whole recipe as TOML text, which loads again to an equal recipe."""
        return toml_text.write(self.to_tables())

    def __str__(self):
        return self.to_toml()

    def __repr__(self):
        sizes, data = "-".join(map(str, self.network.sizes)), f" on {self.data.name}" if self.data else ""
        learning = f"{self.learning.method}, {self.learning.feedback} feedback, epochs {self.train.epochs}"
        return f"<Recipe {self.name}: {sizes}{data}; {learning}, seed {self.train.seed}; print() shows all of it>"

    def __eq__(self, other):
        return isinstance(other, Recipe) and self.to_tables() == other.to_tables()

    def __hash__(self):
        return hash(self.to_toml())


def _plain(value):
    """A value of a recipe as a TOML value."""
    if isinstance(value, Table):
        return _plain({key: getattr(value, key) for key in type(value).model_fields})
    if isinstance(value, NeuronModel | ControllerModel | PlasticityModel):
        return value.to_table()
    if isinstance(value, Quantity):
        return quantities.to_text(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return list(map(_plain, value)) if isinstance(value, tuple) else value
