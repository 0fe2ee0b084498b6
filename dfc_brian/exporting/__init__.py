"""Recorded voltages in files that other tools open: NWB, Neo, CSV, numpy and HDF5."""

from .content import Content as Content
from .formats import FORMATS as FORMATS
from .formats import export as export
from .formats import write as write
