"""Recorded voltages, read from traces.h5 only when asked for."""

from collections.abc import Mapping
from pathlib import Path

import h5py

from dfc_brian.errors import CorruptData, unknown
from dfc_brian.recording.presentation import Presentation
from dfc_brian.recording.selection import PHASES


class Traces(Mapping):
    """The presentations of one phase in a traces.h5, by moment: ``traces["before"]["layer1"].soma``.

    The phase is "controlled", unless another is asked for: ``traces.phase("sleep")["before"]``.
    """

    def __init__(self, path, phase="controlled"):
        self.path, self._phase = Path(path), phase
        try:
            self._file = h5py.File(self.path, "r")
        except OSError as problem:
            raise CorruptData(f"{self.path} is not a readable HDF5 file", got=str(problem)) from None

    @property
    def phases(self):
        """The phases (tuple of str) of which there are presentations."""
        return tuple(phase for phase in PHASES if any(_phase(self._file[moment], phase) for moment in self._file))

    def phase(self, name):
        """The presentations of another phase: "feedforward" (without control), "controlled" or "sleep"."""
        if name not in self.phases:
            raise unknown("recorded phase", name, self.phases)
        return Traces(self.path, name)

    def __getitem__(self, moment):
        if moment not in self:
            raise unknown("presentation", moment, self)
        return Presentation(_phase(self._file[moment], self._phase), moment, self._phase)

    def __contains__(self, moment):
        return moment in tuple(self)

    def __iter__(self):
        return (moment for moment in self._file if _phase(self._file[moment], self._phase))

    def __len__(self):
        return sum(1 for _ in self)

    @property
    def recipe(self):
        """The recipe of the run, as TOML text."""
        return self._file.attrs["recipe"]

    def __repr__(self):
        recorded = {phase: self.phase(phase) for phase in self.phases}
        return "\n".join(
            f"{phase}, {', '.join(found)}: {next(iter(found.values()))!r}" for phase, found in recorded.items()
        )


def _phase(group, phase):
    """The group of a phase in that of a moment, or None. Before there were phases, there was nothing in between."""
    if phase == "controlled" and "time" in group:
        return group
    return group.get(phase)
