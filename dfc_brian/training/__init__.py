"""Training: epochs of blocks, evaluation, and what a run leaves behind."""

from .loop import Quiet as Quiet
from .loop import train as train
