"""Neo: a Block with a Segment for each trial, and in it an AnalogSignal for each variable of each group of neurons."""

from pathlib import Path

import neo
import numpy as np
import quantities as pq
from brian2 import ms
from scipy.io.matlab import MatWriteError

from ..errors import BadInput
from . import display, meanings
from .about import about, when
from .content import FACTS, Content, Trial


def write(content: Content, path: Path, name: str) -> None:
    """Write ``path``, which `neo.io.NeoMatlabIO` reads, and MATLAB.

    Neo's other complete format, NIX, keeps each unit of each signal as an array of its own: it takes minutes for what
    this takes a second.
    """
    if not name.endswith(".mat"):
        fix = f"--out {path.with_name(name).with_suffix('.mat')}"
        raise BadInput("Neo writes a MATLAB file, which is read by its ending", got=name, allowed=".mat", fix=fix)
    try:
        neo.io.NeoMatlabIO(str(path)).write_block(block(content), appendmat=False)
    except MatWriteError as problem:
        raise BadInput(f"{name} would be too large for MATLAB", got=str(problem), fix="select less") from None


def block(content: Content) -> neo.Block:
    """The trials as a Block, annotated."""
    known = about(content)
    found = neo.Block(name=known["run"], description=known["title"], rec_datetime=when(content), **known)
    found.segments = [_segment(number, trial) for number, trial in enumerate(content.trials)]
    return found


def _segment(number: int, trial: Trial) -> neo.Segment:
    recording = trial.recording
    known = {key: getattr(trial, key) for key in FACTS}
    annotations = {key: value for key, value in known.items() if value is not None}
    target = {"target": display.number(trial.target), "target_unit": display.unit(trial.target)}
    segment = neo.Segment(
        name=str(trial), index=number, moment=recording.moment, phase=recording.phase, **annotations, **target
    )
    period = (recording.time[1] - recording.time[0]) / ms * pq.ms
    for group, names in recording.names.items():
        for name in names:
            values = recording.read(group, name, trial.sample)
            signal = neo.AnalogSignal(
                display.number(values),
                units=_unit(values),
                sampling_period=period,
                t_start=0 * pq.ms,
                name=f"{group} {name}",
                description=meanings.of(name),
                group=group,
                variable=name,
                unit=recording.unit(group),
                **recording.connected(group),
            )
            segment.analogsignals.append(signal)
    return segment


def _unit(values: np.ndarray) -> str:
    unit = display.unit(values)
    return "dimensionless" if unit == "1" else unit
