"""Voltages in files: immutable parts while a run lasts, one HDF5 file when it ends."""

from dfc_brian.recording.finalise import finalise
from dfc_brian.recording.parts import parts, write_part
from dfc_brian.recording.reader import Traces

__all__ = ["Traces", "finalise", "parts", "write_part"]
