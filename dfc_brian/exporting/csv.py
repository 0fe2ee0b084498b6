"""CSV in long form: a row for each neuron and moment, a column for each variable with its unit in the header.

Beside it a description of the columns, as the W3C's "Metadata Vocabulary for Tabular Data" has it.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from brian2 import ms

from ..files import write_text
from . import display
from .about import about
from .content import Content, Recording, Trial

KEYS = ("moment", "phase", "image", "label", "prediction", "group", "unit", "time (ms)")


def write(content: Content, path: Path, name: str) -> None:
    """Write ``path``, and <name>-metadata.json where ``name``, the file that it becomes, will be."""
    variables = _titles(content)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow((*KEYS, *variables))
        for recording in content.recordings:
            for trial in recording.trials:
                for group in recording.names:
                    table.writerows(_rows(recording, trial, group, variables))
    write_text(path.with_name(f"{name}-metadata.json"), _metadata(content, name, variables))


def _rows(recording: Recording, trial: Trial, group: str, variables: list[str]) -> Iterator[tuple]:
    columns = {title: None for title in variables}
    for name in recording.names[group]:
        values = recording.read(group, name, trial.sample)
        columns[_title(name, values)] = display.number(values).T.tolist()
    times = (recording.time / ms).tolist()
    head = (recording.moment, recording.phase, trial.image, _text(trial.label), _text(trial.prediction), group)
    empty = [""] * len(times)
    for place, unit in enumerate(recording.unit(group).tolist()):
        own = [empty if column is None else column[place] for column in columns.values()]
        yield from ((*head, unit, *row) for row in zip(times, *own, strict=True))


def _titles(content: Content) -> list[str]:
    """The columns of all variables: one that has another unit in another group has another column there."""
    titles = {}
    for recording in content.recordings:
        first = recording.trials[0].sample
        for group, names in recording.names.items():
            titles |= {_title(name, recording.read(group, name, first)): None for name in names}
    return list(titles)


def _title(name: str, values) -> str:
    return f"{name} ({display.unit(values)})"


def _text(value) -> str:
    return "" if value is None else str(value)


def _metadata(content: Content, name: str, variables: list[str]) -> str:
    kinds = dict.fromkeys(KEYS, "integer") | dict.fromkeys(("moment", "phase", "group"), "string")
    kinds |= dict.fromkeys((KEYS[-1], *variables), "number")
    columns = [{"titles": title, "datatype": kind} for title, kind in kinds.items()]
    tree = {"@context": "http://www.w3.org/ns/csvw", "url": name, "tableSchema": {"columns": columns}}
    known = about(content)
    tree |= {"dc:title": known["title"], "dc:date": known["date"], "dc:description": known["units"], "notes": [known]}
    return json.dumps(tree, indent=1) + "\n"
