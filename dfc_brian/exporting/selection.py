"""Which phases, moments, images, layers, units and variables are wanted: everything, unless something is named."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..errors import BadInput, raise_all, shortened, unknown
from ..recording import Presentation

KEYS = ("phase", "moment", "image", "label", "layer", "unit", "variable")
LONGEST = 100_000


def parse(texts: Iterable[str]) -> dict[str, list[str]]:
    """A selection as typed: "layer=1,2", "unit=0-9,12". `BadInput` for what is none."""
    select = {}
    for text in texts:
        key, equals, values = text.partition("=")
        if not equals or not values.strip():
            fix = "such as --select phase=controlled --select layer=1,2 --select unit=0-9"
            raise BadInput("--select is not KEY=VALUES", got=text, allowed=KEYS, fix=fix)
        wanted = select.setdefault(key.strip(), [])
        for value in values.split(","):
            numbers = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", value)
            wanted += _range(key, *map(int, numbers.groups())) if numbers else [value.strip()]
    return select


class Selection:
    """Values by key, as of `Content`."""

    def __init__(self, select: Mapping):
        if not isinstance(select, Mapping):
            fix = 'such as {"layer": [1, 2], "unit": range(10)}'
            raise BadInput("a selection is a dict", got=repr(select), fix=fix)
        raise_all(unknown("selection by", key, KEYS) for key in select if key not in KEYS)
        self._wanted = {key: dict.fromkeys(_texts(values)) for key, values in select.items()}
        raise_all(
            BadInput(f"the selection by {key} has no value, or an empty one", got=repr(select[key]))
            for key, values in self._wanted.items()
            if not all(values or [""])
        )
        if "layer" in self._wanted:
            layers = (f"layer{name}" if name.isdecimal() else name for name in self._wanted["layer"])
            self._wanted["layer"] = dict.fromkeys(layers)

    def of(self, shown: Sequence[Presentation]) -> list[tuple]:
        """(presentation, samples, names by group, places of units by group) of each that has something wanted."""
        self._check(shown)
        found = []
        for each in shown:
            if self._has("phase", each.phase) and self._has("moment", each.moment):
                samples = self._samples(each)
                names = {
                    group: tuple(name for name in each[group] if self._has("variable", name)) for group in each.groups
                }
                columns = {group: self._columns(each, group) for group in each.groups}
                kept = [group for group in names if self._has("layer", group) and names[group] and len(columns[group])]
                if len(samples) and kept:
                    found.append((each, samples, *({group: by[group] for group in kept} for by in (names, columns))))
        if not found:
            got = " ".join(f"{key}={','.join(values)}" for key, values in self._wanted.items())
            raise BadInput("nothing that was recorded fits the whole selection", got=got, fix="select less narrowly")
        return found

    def _has(self, key, value) -> bool:
        return key not in self._wanted or str(value) in self._wanted[key]

    def _samples(self, shown) -> np.ndarray:
        """Places of the wanted images in a presentation."""
        images, labels = shown.image, shown.label
        labels = [""] * len(images) if labels is None else labels
        pairs = zip(images, labels, strict=True)
        return np.flatnonzero([self._has("image", image) and self._has("label", label) for image, label in pairs])

    def _columns(self, shown, group) -> np.ndarray:
        """Places of the wanted units among the recorded of a layer; of other groups all, which belong to all layers."""
        wanted = [group not in shown.layers or self._has("unit", unit) for unit in shown[group].unit]
        return np.flatnonzero(wanted)

    def _check(self, shown) -> None:
        """`BadInput` for values of which nothing was recorded."""
        there = {
            "phase": [each.phase for each in shown],
            "moment": [each.moment for each in shown],
            "image": [image for each in shown for image in each.image],
            "label": [label for each in shown if each.label is not None for label in each.label],
            "layer": [group for each in shown for group in each.groups],
            "unit": [unit for each in shown for group in each.layers for unit in each[group].unit],
            "variable": [name for each in shown for group in each.groups for name in each[group]],
        }
        problems = []
        for key, values in self._wanted.items():
            known = dict.fromkeys(map(str, there[key]))
            missing = [value for value in values if value not in known]
            if missing:
                what = f"no such {key} was recorded"
                problems.append(BadInput(what, got=shortened(missing), allowed=known or "none"))
        raise_all(problems)


def _range(key: str, first: int, last: int) -> list[str]:
    if first > last:
        what = f"the range of --select {key} ends before it begins"
        raise BadInput(what, got=f"{first}-{last}", fix=f"--select {key}={last}-{first}")
    if last - first > LONGEST:
        what = f"the range of --select {key} is longer than anything that is recorded"
        raise BadInput(what, got=f"{first}-{last}", allowed=f"{LONGEST} numbers")
    return [str(number) for number in range(first, last + 1)]


def _texts(values) -> list[str]:
    several = isinstance(values, Iterable) and not isinstance(values, str)
    return [str(value) for value in (values if several else [values])]
