"""What is exported of a run: the recorded variables of the selected trials, in the units that were asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from brian2.units.fundamentalunits import Quantity, get_dimensions

from ..errors import BadInput
from ..models.units import VARIABLES
from ..recording import Presentation, parts
from ..results import Run
from ..units import LINEAR, Units
from .selection import Selection

CONVERTED = {role: role for role in (*VARIABLES, "rate")} | {"prediction": "soma"}
"""The roles of neurons that are converted, and as what: the prediction is a voltage of the soma. All else stays."""

FACTS = ("image", "label", "prediction", "converged")
"""What is known of a trial, as far as there is such a thing."""


@dataclass(frozen=True)
class Trial:
    """One image, presented once. ``label``, ``prediction`` and ``converged`` are None where there is no such thing."""

    recording: "Recording"
    sample: int
    image: int
    label: int | None
    prediction: int | None
    converged: bool | None

    @property
    def target(self) -> np.ndarray:
        """(n_L,) the output target, in the unit of rates."""
        return self.recording.targets[self.sample]

    def __str__(self) -> str:
        return f"{self.recording.moment}, {self.recording.phase}, image {self.image}"


@dataclass(frozen=True)
class Recording:
    """The selected part of one presentation: ``names`` of variables and places of ``units``, by group."""

    content: "Content"
    shown: Presentation
    samples: np.ndarray
    names: dict[str, tuple[str, ...]]
    columns: dict[str, np.ndarray]

    moment = property(lambda self: self.shown.moment)
    phase = property(lambda self: self.shown.phase)
    time = property(lambda self: self.shown.time)

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        found = [getattr(self.shown, name) for name in FACTS]
        columns = [[None] * len(self.samples) if each is None else each[self.samples].tolist() for each in found]
        return tuple(Trial(self, *row) for row in zip(self.samples.tolist(), *columns, strict=True))

    @cached_property
    def targets(self) -> np.ndarray:
        """(batch, n_L) the output targets of all images of the presentation, in the unit of rates."""
        return self.content.convert(self.phase, "output", "rate", self.shown.target)

    def unit(self, group: str) -> np.ndarray:
        """The numbers of the selected units of a group in the network; of synapses, from 0."""
        return self.shown[group].unit[self.columns[group]]

    def connected(self, group: str) -> dict[str, np.ndarray]:
        """The numbers of the neurons that each synapse of a group connects, "post" and "pre"; of neurons nothing."""
        shown = self.shown[group]
        return {} if shown.pre is None else {"post": shown.post, "pre": shown.pre}

    def read(self, group: str, name: str, sample: int) -> np.ndarray:
        """(time, unit) of one trial: a Quantity, or an array without dimensions."""
        values = self.shown[group].of_sample(name, sample)[:, self.columns[group]]
        return self.content.convert(self.phase, group, name, values)

    def stacked(self, group: str, name: str) -> np.ndarray:
        """(time, batch, unit) of all trials, as of `read`."""
        trials = [self.read(group, name, trial.sample) for trial in self.trials]
        return Quantity(np.stack([np.asarray(each) for each in trials], axis=1), dim=get_dimensions(trials[0]))


class Content:
    """The recorded variables of a run, selected, and in units of one kind.

    Parameters
    ----------
    run : Run
    select : dict, optional
        By "phase", "moment", "image", "label", "layer", "unit" or "variable" a value or several, such as
        {"phase": "controlled", "layer": [1, "controller"], "unit": range(4)}. Beside layers there are "controller",
        "output" and, where weights were recorded, "w1" and so on; of these come all units.
    units : {"physical", "dimensionless"}
        Voltages in mV and rates in Hz, or without dimensions; where the run's own neuron has the others, they go
        through the exact map of `dfc_brian.physical`.

    Raises
    ------
    BadInput
        Nothing was recorded, or nothing that was is selected.
    """

    def __init__(self, run: Run, select: Mapping | None = None, units: str = "physical"):
        self.run, self.recipe, self.units = run, run.recipe, Units(run.recipe, units)
        self._asleep = Units(run.recipe, units, asleep=True)
        awake, asleep = self.recipe.neuron_model, self.recipe.sleep_neuron_model
        self._models = {"feedforward": awake, "controlled": awake, "sleep": asleep}
        self._roles = {
            phase: {variable: role for role, variable in model.roles.items()} for phase, model in self._models.items()
        }
        traces = run.traces
        if traces is None or not traces.phases:
            fix = "name images, layers and units in the recipe's table [traces]"
            if parts(run.folder):
                fix = f"it was stopped: go on with it, python -m dfc_brian.run --resume --out {run.folder}"
            raise BadInput(f"{run.folder} holds no recorded voltages", fix=fix)
        shown = [each for phase in traces.phases for each in traces.phase(phase).values()]
        self.recordings = tuple(Recording(self, *found) for found in Selection(select or {}).of(shown))

    @property
    def trials(self) -> Iterator[Trial]:
        """All trials: phase by phase, moment by moment, image by image."""
        return (trial for recording in self.recordings for trial in recording.trials)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of all variables."""
        named = (name for each in self.recordings for names in each.names.values() for name in names)
        return tuple(dict.fromkeys(named))

    @property
    def labelled(self) -> bool:
        """Whether images have labels and predictions."""
        return all(trial.label is not None and trial.prediction is not None for trial in self.trials)

    @property
    def connected(self) -> bool:
        """Whether there are weights of synapses."""
        return any(recording.connected(group) for recording in self.recordings for group in recording.names)

    def convert(self, phase: str, group: str, name: str, values: np.ndarray) -> np.ndarray:
        """``values`` of a group's variable, by its name or role, in the units of this content."""
        if group == "controller":
            return values
        if group.startswith("w"):
            return self.units(group, values)
        role = self._roles[phase].get(name, name)
        return self._units(phase)(CONVERTED[role], values) if role in CONVERTED else values

    def _units(self, phase):
        return self._asleep if phase == "sleep" else self.units

    def source(self, phase: str) -> str:
        """Where the units of a phase's numbers come from: its neuron model, or which map."""
        model = self._models[phase]
        if bool(model.units) == self.units.physical:
            return f"{self.units.kind} units of the neuron model {model.name} itself"
        return f"{self.units.kind} units through the exact map: {self._units(phase).map.text}"

    @property
    def text(self) -> str:
        """Where the numbers' units come from, phase by phase."""
        phases = {}
        for phase in dict.fromkeys(recording.phase for recording in self.recordings):
            phases.setdefault(self.source(phase), []).append(phase)
        told = "; ".join(f"{', '.join(names)}: {source}" for source, names in phases.items())
        sentences = [f"{told}."]
        if self.units.physical and self.connected:
            sentences.append(f"Weights: {self.units.map.formula('feedforward')}.")
        if self.units.physical and "rate" in self.variables:
            sentences.append(LINEAR)
        own = {name for roles in self._roles.values() for name, role in roles.items() if role in CONVERTED}
        if others := [name for name in self.variables if name not in {*CONVERTED, *own, "weight"}]:
            sentences.append(f"{', '.join(others)}: in units of their own.")
        return " ".join(sentences)

    def __repr__(self) -> str:
        images = len({trial.image for trial in self.trials})
        moments = ", ".join(dict.fromkeys(recording.moment for recording in self.recordings))
        phases = ", ".join(dict.fromkeys(recording.phase for recording in self.recordings))
        count = sum(len(recording.trials) for recording in self.recordings)
        shown = f"{count} trial{'s' * (count > 1)} of {images} image{'s' * (images > 1)}"
        return f"<{', '.join(self.variables)}: {shown}; {moments}; {phases}>"
