"""Voltages in files: immutable parts while a run lasts, one HDF5 file when it ends."""

from dfc_brian.recording.finalise import finalise
from dfc_brian.recording.parts import parts, write_part
from dfc_brian.recording.presentation import Presentation
from dfc_brian.recording.reader import Traces
from dfc_brian.recording.selection import absent, names, phases
from dfc_brian.recording.size import check_room, predicted, text

__all__ = [
    "Presentation",
    "Traces",
    "absent",
    "check_room",
    "finalise",
    "names",
    "parts",
    "phases",
    "predicted",
    "text",
    "write_part",
]
