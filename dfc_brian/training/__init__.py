"""Training: a schedule of passes in blocks, evaluation, checkpoints, and what a run leaves behind."""

from .display import Quiet as Quiet
from .loop import train as train
