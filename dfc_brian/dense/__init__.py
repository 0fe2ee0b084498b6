"""Dense synapses for Brian2: all-to-all connections as matrix products, shared over a batch of samples.

A group of ``n`` units and ``B`` samples is a group of ``n*B`` cells with the index ``unit*B + sample``.
README.md is a guide with an example.
"""

from .again import Again
from .functions import vector_function
from .noise import Noise
from .recorder import Recorder
from .reduce import Reduce
from .regular_update import RegularUpdate
from .separate import NotSeparable
from .stop import StopAfter
from .synapses import DenseSynapses

__all__ = [
    "Again",
    "DenseSynapses",
    "Noise",
    "NotSeparable",
    "Recorder",
    "Reduce",
    "RegularUpdate",
    "StopAfter",
    "vector_function",
]
