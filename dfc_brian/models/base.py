"""Models as data: the checked content of models/*/*.toml, or the same fields given in Python.

Such as
    NeuronModel.load("pyramidal")               # a name in models/neurons/, or a path to a .toml file
    NeuronModel(name="mine", equations="dv/dt = ...", parameters={"tau_v": 10*ms}, roles={"soma": "v", ...})

The equations are Brian2's, with a unit and the paper's symbol on each line. All errors are `BadInput` and name file,
line, key, and of equations the term.
"""

from copy import deepcopy
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import ClassVar

from brian2 import Equations

from dfc_brian import library, toml_text
from dfc_brian.errors import BadInput, raise_all
from dfc_brian.models import checks as model_checks
from dfc_brian.models import equations as equation_checks
from dfc_brian.models import places, quantities
from dfc_brian.models.places import Place


@dataclass(frozen=True, kw_only=True)
class Model:
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
        place = partial(places.at, where, lines or {})
        raise_all(model_checks.check_table(table, texts, tables, ("name", *cls.REQUIRED), where, place))
        return cls(**table, source=source, lines=lines or {})

    def to_table(self) -> dict:
        """The content of a model file (dict of texts and tables) that makes this model again; change it as you like."""
        table = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("source", "lines")}
        return deepcopy(table) | {"parameters": plain(self.parameters)}

    @property
    def where(self) -> str:
        """How messages name this model: its file, or its kind and name."""
        return self.source or f"{self.KIND} '{self.name}'"

    def at(self, key: str) -> str:
        """How messages name the place of a key such as "roles.soma": file and line, or the model alone."""
        return places.at(self.where, self.lines, key)

    def place(self, key: str) -> Place:
        """The place of one of the texts, such as "equations"."""
        return Place(self.where, key, getattr(self, key), self.lines.get(key))

    def _read_parameters(self):
        """Problems of parameters; raised at once if some cannot be read, as every equation with these would be one."""
        parameters, problems = model_checks.read_parameters(self.parameters, self.at)
        if parameters.keys() < self.parameters.keys():
            raise_all(problems)
        object.__setattr__(self, "parameters", parameters)
        return problems


@dataclass(frozen=True, kw_only=True)
class GroupModel(Model):
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
    LINKED: ClassVar[tuple[str, ...]] = ()
    DIMENSIONLESS: ClassVar[tuple[str, ...]]
    RESERVED: ClassVar[tuple[str, ...]]

    def __post_init__(self):
        problems, parsed, where = self._read_parameters(), self.parsed, self.where
        dimensions = equation_checks.dimensions_of(parsed, self.parameters)
        problems += model_checks.check_names(parsed, self.parameters, self.symbols, self.at)
        problems += model_checks.check_reserved(parsed, self.parameters, self.RESERVED, where)
        problems += model_checks.check_roles(self.roles, self.ROLES, self.INPUTS, parsed, where, self.at, self.OPTIONAL)
        problems += model_checks.check_flags(self.roles, self.INPUTS, self.LINKED, parsed, self.place("equations"))
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


@lru_cache(maxsize=32)
def _read(cls, path, changed):
    """The model in a file. Checking takes a while: shipped ones are kept until their file has ``changed``."""
    return cls.from_table({"name": path.stem} | toml_text.read(path), source=str(path), lines=toml_text.lines(path))


def plain(values: dict) -> dict:
    """Parameters as a model file has them."""
    return {name: value if isinstance(value, float) else quantities.to_text(value) for name, value in values.items()}
