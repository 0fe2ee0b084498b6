"""Recorded variables of one group of cells, by name; the compartments also as attributes."""

from collections.abc import Mapping

from .errors import unknown


class Recorded(Mapping):
    """``recorded["soma"]``, or ``recorded.soma``: arrays (time, batch, unit), Quantities where the model has units.

    `BadInput` names what there is instead of a variable that was not recorded.
    """

    def __init__(self, values: Mapping):
        self._values = values

    def __getitem__(self, name: str):
        if name not in self._values:
            raise unknown("recorded variable", name, self._values)
        return self._values[name]

    def __contains__(self, name) -> bool:
        return name in self._values

    def __iter__(self):
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        shapes = dict.fromkeys(each.shape for each in self._values.values())
        return f"<{', '.join(self)}: {' or '.join(map(str, shapes))}, (time, batch, unit)>"

    soma = property(lambda self: self["soma"])
    basal = property(lambda self: self["basal"])
    apical = property(lambda self: self["apical"])
    rate = property(lambda self: self["rate"])
