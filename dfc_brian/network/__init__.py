"""A recipe's network as Brian2 objects, and what it does when it is shown samples."""

from .network import Network as Network
from .shown import Shown as Shown
from .shown import WeightTraces as WeightTraces
from .slept import Slept as Slept
