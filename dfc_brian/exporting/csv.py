"""CSV in long form: a row for each neuron and moment, a column for each variable with its unit in the header.

Beside it a description of the columns, as the W3C's "Metadata Vocabulary for Tabular Data" has it.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from brian2 import ms

from ..files import write_text
from . import display, meanings
from .about import about
from .content import Content, Trial

KINDS = dict.fromkeys(("image", "label", "prediction", "unit", "post", "pre"), "integer") | {"converged": "boolean"}
PLACE = {
    "group": f"{meanings.GROUP}; {meanings.SYNAPSES}",
    "unit": "number of the neuron in its layer, of the output, or of the synapse among the recorded, from 0",
}
SYNAPSE = {"post": "of a synapse, number of the postsynaptic neuron", "pre": "and of the presynaptic one"}
TIME = {"time (ms)": "since the trial began"}


def write(content: Content, path: Path, name: str) -> None:
    """Write ``path``, and <name>-metadata.json where ``name``, the file that it becomes, will be."""
    ends, variables = SYNAPSE if content.connected else {}, _titles(content)
    keys = meanings.TRIAL | PLACE | ends | TIME
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow((*keys, *variables))
        for recording in content.recordings:
            for trial in recording.trials:
                for group in recording.names:
                    table.writerows(_rows(trial, group, variables, ends))
    described = keys | {title: meanings.of(variable) for title, variable in variables.items()}
    write_text(path.with_name(f"{name}-metadata.json"), _metadata(content, name, described))


def _rows(trial: Trial, group: str, variables: Iterable[str], ends: Iterable[str]) -> Iterator[tuple]:
    recording, columns = trial.recording, {title: None for title in variables}
    times = (recording.time / ms).tolist()
    for name, values in _values(trial, group).items():
        columns[_title(name, values)] = display.number(values).T.tolist()
    converged = "" if trial.converged is None else str(trial.converged).lower()
    head = (recording.moment, recording.phase, trial.image, trial.label, trial.prediction, converged, group)
    unit = recording.unit(group)
    places = {"unit": unit} | dict.fromkeys(ends, [""] * len(unit)) | recording.connected(group)
    empty = [""] * len(times)
    for place, numbers in enumerate(zip(*places.values(), strict=True)):
        own = [empty if column is None else column[place] for column in columns.values()]
        yield from ((*head, *numbers, *row) for row in zip(times, *own, strict=True))


def _values(trial: Trial, group: str) -> dict:
    """(time, unit) of each variable of a group; beside the output its target, which stays the same."""
    recording = trial.recording
    found = {name: recording.read(group, name, trial.sample) for name in recording.names[group]}
    if group == "output":
        found["target"] = np.ones((len(recording.time), 1)) * trial.target
    return found


def _titles(content: Content) -> dict[str, str]:
    """Variables by their columns: one that has another unit in another group has another column there."""
    titles = {}
    for recording in content.recordings:
        for group in recording.names:
            titles |= {_title(name, values): name for name, values in _values(recording.trials[0], group).items()}
    return titles


def _title(name: str, values) -> str:
    return f"{name} ({display.unit(values)})"


def _metadata(content: Content, name: str, described: dict[str, str]) -> str:
    columns = [
        {"titles": title, "datatype": _kind(title), "dc:description": text} for title, text in described.items()
    ]
    tree = {"@context": "http://www.w3.org/ns/csvw", "url": name, "tableSchema": {"columns": columns}}
    known = about(content)
    tree |= {"dc:title": known["title"], "dc:date": known["date"], "dc:description": known["units"], "notes": [known]}
    return json.dumps(tree, indent=1) + "\n"


def _kind(title: str) -> str:
    return KINDS.get(title, "number" if title.endswith(")") else "string")
