"""NWB: a TimeSeries for each variable of each group of neurons and phase, and the trials with what they showed.

Session time: the trials follow one another at once, phase by phase, moment by moment (before, during, after learning).
The series are plain TimeSeries, with a table that names layer, unit and compartment of each of their columns.
(nwbinspector takes a series that has fewer states than neurons for a transposed one; it has not.)
(CompartmentSeries of ndx-simulation-output 0.2.6 cannot be used: the extension does not import with hdmf 4 or later.)
"""

import uuid
from collections.abc import Iterator
from math import isqrt
from pathlib import Path

import h5py
import numpy as np
from brian2 import amp, farad, hertz, second, siemens, volt
from brian2.units.fundamentalunits import get_dimensions
from hdmf.backends.hdf5 import H5DataIO
from hdmf.common import DynamicTable
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.base import Images
from pynwb.file import Subject
from pynwb.image import GrayscaleImage

from . import display, meanings
from .about import about, when
from .content import Content, Recording

NAMES = {volt.dim: "volts", amp.dim: "amperes", siemens.dim: "siemens", farad.dim: "farads", hertz.dim: "hertz"}
NAMES |= {second.dim: "seconds"}
TRIALS = meanings.TRIAL | {"correct": "whether label and prediction are the same"}


def write(content: Content, path: Path, name: str) -> None:
    """Write ``path``."""
    with h5py.File(path, "w") as file, NWBHDF5IO(file=file, mode="w") as writer:
        writer.write(nwbfile(content))


def nwbfile(content: Content) -> NWBFile:
    """The content as an NWBFile in memory."""
    known, sizes = about(content), "-".join(map(str, content.recipe.network.sizes))
    file = NWBFile(
        session_description=f"{known['title']}. Simulated voltages of a network of three-compartment neurons.",
        identifier=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{known['run']} {known['date']} {content!r} {content.text}")),
        session_start_time=when(content),
        session_id=known["run"],
        experiment_description=known["method"],
        keywords=["simulation", "dendrites", "credit assignment", "deep feedback control"],
        notes=f"{known['units']}\n\n{known['equations']}",
        protocol=known["recipe"],
        was_generated_by=[["dfc_brian", known["dfc_brian"]]],
    )
    file.subject = Subject(
        subject_id=f"network-{sizes}",
        description=f"simulated network {sizes}, {known['method']}; age and sex only fill in what the format asks for",
        age="P0D",
        sex="U",
    )
    _trials(content, file)
    _series(content, file)
    _images(content, file)
    return file


def _trials(content: Content, file: NWBFile) -> None:
    columns = {
        key: text for key, text in TRIALS.items() if content.labelled or key not in ("label", "prediction", "correct")
    }
    for key, text in columns.items():
        file.add_trial_column(key, text)
    unit = display.unit(next(content.trials).target)
    file.add_trial_column("target", f"target of the output units, in {unit}")
    for recording, start in _starts(content):
        period, states = _period(recording), len(recording.time)
        for number, trial in enumerate(recording.trials):
            begin = start + number * states * period
            known = {key: getattr(trial, key) for key in ("image", "label", "prediction")}
            known |= {"moment": recording.moment, "phase": recording.phase, "converged": bool(trial.converged)}
            known |= {"correct": trial.label == trial.prediction}
            file.add_trial(
                start_time=begin,
                stop_time=begin + (states - 1) * period,
                target=display.number(trial.target),
                **{key: known[key] for key in columns},
            )


def _series(content: Content, file: NWBFile) -> None:
    rows, begins, parts = [], {}, {}
    for recording, start in _starts(content):
        for group, names in recording.names.items():
            for name in names:
                key = recording.phase, group, name
                begins.setdefault(key, start)
                parts.setdefault(key, []).append(recording)
    for (phase, group, name), recordings in parts.items():
        first = recordings[0]
        read = [each.read(group, name, trial.sample) for each in recordings for trial in each.trials]
        like = read[0]
        series = TimeSeries(
            name=f"{phase}_{group}_{name}",
            data=H5DataIO(np.concatenate([display.number(each) for each in read]), compression="gzip"),
            unit=NAMES.get(get_dimensions(like), display.unit(like)) if display.unit(like) != "1" else "unitless",
            conversion=display.scale(like),
            starting_time=begins[phase, group, name],
            rate=1 / _period(first),
            description=f"{meanings.of(name)}, {group}, phase {phase}; columns as in processing/misc/columns",
            comments=content.source(phase),
        )
        file.add_acquisition(series)
        neurons = first.connected(group) or {"post": first.unit(group), "pre": [-1] * len(like.T)}
        pairs = zip(*neurons.values(), strict=True)
        rows += [(series.name, place, group, int(post), int(pre), name) for place, (post, pre) in enumerate(pairs)]
    _columns(file, rows)


def _columns(file: NWBFile, rows: list[tuple]) -> None:
    table = DynamicTable(name="columns", description="what the columns of the time series are")
    for name, text in {
        "series": "the time series",
        "column": "the column of its data, from 0",
        "layer": f"{meanings.GROUP}; {meanings.SYNAPSES}",
        "neuron": "number of the neuron in it, from 0; of a synapse, the postsynaptic one",
        "presynaptic": "of a synapse, the number of the presynaptic neuron; else -1",
        "compartment": "compartment or variable",
    }.items():
        table.add_column(name, text)
    for row in rows:
        table.add_row(**dict(zip(table.colnames, row, strict=True)))
    file.create_processing_module("misc", "what the time series show").add(table)


def _images(content: Content, file: NWBFile) -> None:
    """The images that were shown, where they are square."""
    found = {}
    for recording in content.recordings:
        pixels = recording.shown.input
        side = 0 if pixels is None else isqrt(pixels.shape[1])
        if side and side**2 == pixels.shape[1]:
            for trial in recording.trials:
                known = f"test image {trial.image}" + ("" if trial.label is None else f", class {trial.label}")
                data = pixels[trial.sample].reshape(side, side)
                found[trial.image] = GrayscaleImage(name=f"image{trial.image}", data=data, description=known)
    if found:
        images, text = list(found.values()), "test images that were shown, standardised as the network receives them"
        file.add_stimulus_template(Images(name="images", images=images, description=text))


def _starts(content: Content) -> Iterator[tuple[Recording, float]]:
    """Each recording with the time at which its first trial begins, in seconds."""
    start = 0.0
    for recording in content.recordings:
        yield recording, start
        start += len(recording.trials) * len(recording.time) * _period(recording)


def _period(recording: Recording) -> float:
    """Seconds from one recorded state to the next."""
    return float(recording.time[1] - recording.time[0])
