"""Models as data: the checked content of models/*/*.toml, or the same fields given in Python.

Such as
    NeuronModel.load("pyramidal")               # a name in models/neurons/, or a path to a .toml file
    NeuronModel(name="mine", equations="dv/dt = ...", parameters={"tau_v": 10*ms}, roles={"soma": "v", ...})

The equations are Brian2's, with a unit and the paper's symbol on each line. All errors are `BadInput` and
name file and key.
"""

from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import ClassVar

from brian2 import Equations

from dfc_brian import library, toml_text
from dfc_brian.errors import BadInput, raise_all, unknown
from dfc_brian.models import checks as model_checks
from dfc_brian.models import constants, limits, quantities, units
from dfc_brian.models import equations as equation_checks
from dfc_brian.models.places import Place


@dataclass(frozen=True, kw_only=True)
class _Model:
    """What all models have: a name, a description, parameters with units, and the paper's symbols."""

    name: str
    description: str = ""
    parameters: dict = field(default_factory=dict)
    symbols: dict = field(default_factory=dict)
    source: str = field(default="", repr=False, compare=False)
    lines: dict = field(default_factory=dict, repr=False, compare=False)

    KIND: ClassVar[str]
    FOLDER: ClassVar[str]
    TEXTS: ClassVar[tuple[str, ...]]
    TABLES: ClassVar[tuple[str, ...]]
    REQUIRED: ClassVar[tuple[str, ...]]

    @classmethod
    def load(cls, name_or_path: str | Path):
        """The shipped model of this name, or the model in this file."""
        path = library.find(cls.FOLDER, name_or_path, cls.KIND)
        shipped = path.parent == library.folder(cls.FOLDER)
        return _read(cls, path, path.stat().st_mtime_ns) if shipped else _read.__wrapped__(cls, path, None)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names (tuple of str) of the shipped models of this kind."""
        return library.names(cls.FOLDER)

    @classmethod
    def of(cls, value):
        """A model from the model itself, a name or path (str), or the content of a model file (dict)."""
        if isinstance(value, cls):
            return value
        if isinstance(value, dict):
            return cls.from_table(value)
        if isinstance(value, str):
            return cls.load(value)
        raise BadInput(f"it is no {cls.KIND}", got=repr(value), allowed="a name, a path to a .toml file, or a table")

    @classmethod
    def from_table(cls, table: dict, source: str = "", lines: dict | None = None):
        """A model from the content of a model file; messages name it ``source``, and the ``lines`` of its keys."""
        texts = ("name", "description", *cls.TEXTS)
        tables = ("parameters", "symbols", *cls.TABLES)
        where = source or f"{cls.KIND} '{table.get('name', '')}'"
        raise_all(model_checks.check_table(table, texts, tables, ("name", *cls.REQUIRED), where))
        return cls(**table, source=source, lines=lines or {})

    def to_table(self) -> dict:
        """The content of a model file (dict of texts and tables) that makes this model again."""
        table = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("source", "lines")}
        return table | {"parameters": _plain(self.parameters)}

    @property
    def where(self) -> str:
        """How messages name this model: its file, or its kind and name."""
        return self.source or f"{self.KIND} '{self.name}'"

    def at(self, key: str) -> str:
        """How messages name the place of a key such as "roles.soma": file and line, or the model alone."""
        return f"{self.where}, line {self.lines[key]}" if key in self.lines else self.where

    def place(self, key: str) -> Place:
        """The place of one of the texts, such as "equations"."""
        return Place(self.where, key, getattr(self, key), self.lines.get(key))

    def _read_parameters(self):
        parameters, problems = model_checks.read_parameters(self.parameters, self.at)
        object.__setattr__(self, "parameters", parameters)
        return problems


@dataclass(frozen=True, kw_only=True)
class _GroupModel(_Model):
    """A model of Brian2 cells: equations, initial state, and the roles of its variables."""

    equations: str
    initial: str = ""
    roles: dict

    TEXTS = ("equations", "initial")
    TABLES = ("roles",)
    REQUIRED = ("equations", "roles")
    ROLES: ClassVar[tuple[str, ...]]
    OPTIONAL: ClassVar[tuple[str, ...]] = ()
    INPUTS: ClassVar[tuple[str, ...]]
    DIMENSIONLESS: ClassVar[tuple[str, ...]]
    RESERVED: ClassVar[tuple[str, ...]]

    def __post_init__(self):
        problems, parsed, where = self._read_parameters(), self.parsed, self.where
        dimensions = equation_checks.dimensions_of(parsed, self.parameters)
        problems += model_checks.check_names(parsed, self.parameters, self.symbols, where, self.at)
        problems += model_checks.check_reserved(parsed, self.parameters, self.RESERVED, where)
        problems += model_checks.check_roles(self.roles, self.ROLES, self.INPUTS, parsed, where, self.at, self.OPTIONAL)
        problems += model_checks.check_dimensionless(self.roles, self.DIMENSIONLESS, parsed, where)
        problems += equation_checks.check_equations(parsed, dimensions, self.place("equations"))
        problems += equation_checks.check_statements(parsed, dimensions, self.place("initial"))
        raise_all(problems + self._check_more(dimensions))

    @cached_property
    def parsed(self) -> Equations:
        """The equations as `brian2.Equations`."""
        return equation_checks.parse(equation_checks.NEURON_FLAGS, self.place("equations"))

    def _check_more(self, dimensions):
        return []


@dataclass(frozen=True, kw_only=True)
class NeuronModel(_GroupModel):
    """Equations of a neuron.

    Parameters
    ----------
    name, description : str
    equations : str
        Brian2 equations; ``phi`` is the activation function that the recipe chooses.
    initial : str
        Assignments executed when a presentation starts, after the feedforward drive has arrived.
    parameters : dict of str to Quantity, float or text such as "10 ms"
    sets : dict of str to dict
        Other values of the parameters, by name; "name:set" in the place of a model's name chooses them.
    limits : dict of str to str
        Conditions on parameters, such as "E_L < theta", and the reasons.
    roles : dict
        Which variable is the ``soma``, ``basal`` and ``apical`` compartment, the ``rate``, and the inputs
        ``feedforward``, ``bias`` and ``feedback`` that the synapses fill. A neuron with ``noise``, a variable in
        second**-0.5, gets white noise in the phases that have some (sleep). ``prediction`` is the somatic voltage that
        the basal dendrite predicts, if that is another variable than ``basal``.
    units, zero : dict of str to str
        Of a neuron with units: what one unit of the dimensionless model is in the variable of each role, and what zero
        is. Weights, rates and control are dimensionless outside the simulation; see `dfc_brian.physical`.
    symbols : dict
        The paper's symbols of variables and parameters.

    Source: Meulemans et al. 2021, "Credit Assignment in Neural Networks through Deep Feedback Control",
    NeurIPS 2021.
    """

    sets: dict = field(default_factory=dict)
    limits: dict = field(default_factory=dict)
    units: dict = field(default_factory=dict)
    zero: dict = field(default_factory=dict)

    KIND = "neuron model"
    FOLDER = "models/neurons"
    TABLES = ("roles", "sets", "limits", "units", "zero")
    ROLES = ("soma", "basal", "apical", "rate", "feedforward", "bias", "feedback")
    OPTIONAL = ("noise", "prediction")
    INPUTS = ("feedforward", "bias", "feedback", "noise")
    DIMENSIONLESS = ("rate",)
    RESERVED = model_checks.NEURON_NAMES

    @classmethod
    def load(cls, name_or_path: str | Path) -> "NeuronModel":
        """The shipped model of this name, or the model in this file; with ":set" behind it, one of its sets."""
        file, chosen = split(name_or_path)
        return super().load(file).of_set(chosen) if chosen else super().load(file)

    def of_set(self, chosen: str) -> "NeuronModel":
        """This model with the parameters of one of its ``sets``."""
        if chosen not in self.sets:
            raise unknown(f"{self.where}: set", chosen, self.sets)
        return replace(self, name=f"{self.name}:{chosen}", parameters=self.parameters | self.sets[chosen])

    def to_table(self) -> dict:
        """The content of a model file (dict of texts and tables) that makes this model again."""
        table = super().to_table() | {"sets": {name: _plain(values) for name, values in self.sets.items()}}
        return {key: value for key, value in table.items() if value or key not in self.TABLES}

    def constants(self, parameters: dict | None = None) -> dict:
        """What follows from parameters alone (dict of Quantity or float), by default from the model's own."""
        return constants.values(self.parsed, self.parameters if parameters is None else parameters, self.where)

    def _check_more(self, dimensions):
        problems = model_checks.check_noise(self.roles, self.parsed, self.where)
        sets = {}
        for name, values in self.sets.items():
            sets[name], found = model_checks.read_parameters(values, self.at, f"sets.{name}")
            problems += found
        object.__setattr__(self, "sets", sets)
        return problems + model_checks.check_sets(self) + limits.check(self, dimensions) + units.check(self)


@dataclass(frozen=True, kw_only=True)
class ControllerModel(_GroupModel):
    """Equations of a controller neuron: fields as of `NeuronModel`, and one more.

    The roles are the ``control`` signal, the ``error``, the linked ``output`` rate and the ``target`` that is
    set. ``residual`` is an expression in the unit of the output that vanishes when the controller has
    settled, such as what drives its integral; a sample has converged when it is small.
    """

    residual: str

    KIND = "controller model"
    FOLDER = "models/controllers"
    TEXTS = ("equations", "initial", "residual")
    REQUIRED = ("equations", "roles", "residual")
    ROLES = ("control", "error", "output", "target")
    INPUTS = ("output", "target")
    DIMENSIONLESS = ("control", *INPUTS)
    RESERVED = model_checks.CONTROLLER_NAMES

    def _check_more(self, dimensions):
        unit = dimensions.get(self.roles.get("output"))
        label = f"{self.at('residual')}: residual"
        return equation_checks.check_expression(self.residual, unit, dimensions, label) if unit else []


@dataclass(frozen=True, kw_only=True)
class PlasticityModel(_Model):
    """A plasticity rule of synapses: of the feedforward synapses, or, asleep, of the controller's.

    Parameters
    ----------
    name, description : str
    postsynaptic : str
        Equations added to the neuron on which the synapse ends.
    initial : str
        Assignments to these variables, executed when a presentation starts, after the neuron's own.
    synapse : str
        Equations of the synapse, with ``dupdate/dt``, what a presentation gives to the optimiser, or with ``dw/dt``,
        which moves the weight ``w`` itself in every moment (`online`). Variables of the two neurons end in ``_pre``
        (the ``rate``, or for the controller's synapses the ``control``, only) and ``_post``; ``presentation`` is the
        duration over which a presentation is averaged.
    parameters, symbols : dict
        As of `NeuronModel`.

    Source: Meulemans et al. 2021, "Credit Assignment in Neural Networks through Deep Feedback Control",
    NeurIPS 2021.
    """

    synapse: str
    postsynaptic: str = ""
    initial: str = ""

    KIND = "plasticity model"
    FOLDER = "models/plasticity"
    TEXTS = ("synapse", "postsynaptic", "initial")
    TABLES = ()
    REQUIRED = ("synapse",)

    def __post_init__(self):
        problems, where = self._read_parameters(), self.where
        both = {**self.parsed_postsynaptic, **self.parsed_synapse}
        problems += model_checks.check_names(both, self.parameters, self.symbols, where, self.at)
        reserved = model_checks.check_reserved
        problems += reserved(self.parsed_postsynaptic, (), model_checks.NEURON_NAMES, f"{where}: postsynaptic")
        own = [name for name in self.parsed_synapse if not (self.online and name == "w")]
        problems += reserved(own, (), model_checks.SYNAPSE_NAMES, f"{where}: synapse")
        problems += reserved((), self.parameters, (*model_checks.SYNAPSE_NAMES, *model_checks.NEURON_NAMES), where)
        problems += model_checks.check_learned(self.parsed_synapse, f"{where}: synapse")
        raise_all(problems)

    @property
    def online(self) -> bool:
        """Whether the rule moves the weights themselves while samples are shown, rather than giving an update."""
        return "w" in self.parsed_synapse.diff_eq_names

    @cached_property
    def parsed_postsynaptic(self) -> Equations:
        """The equations added to the neuron as `brian2.Equations`."""
        return equation_checks.parse(equation_checks.NEURON_FLAGS, self.place("postsynaptic"))

    @cached_property
    def parsed_synapse(self) -> Equations:
        """The equations of the synapse as `brian2.Equations`."""
        return equation_checks.parse(equation_checks.SYNAPSE_FLAGS, self.place("synapse"))

    def problems_with(self, neuron: NeuronModel, controller: ControllerModel | None = None) -> list[BadInput]:
        """Problems (list of BadInput) of this rule on synapses onto neurons of model ``neuron``.

        They come from the ``controller``, or from other neurons if there is none.
        """
        return model_checks.check_rule(self, neuron, controller)


def split(name_or_path: str | Path) -> tuple[str | Path, str]:
    """A model's name or path, and the set of parameters chosen behind a colon ("" if there is none)."""
    name, colon, chosen = str(name_or_path).rpartition(":")
    return (name_or_path, "") if not colon or Path(name_or_path).is_file() else (name, chosen)


@lru_cache(maxsize=32)
def _read(cls, path, changed):
    """The model in a file. Checking takes a while: shipped ones are kept until their file has ``changed``."""
    return cls.from_table({"name": path.stem} | toml_text.read(path), source=str(path), lines=toml_text.lines(path))


def _plain(values):
    return {name: value if isinstance(value, float) else quantities.to_text(value) for name, value in values.items()}
