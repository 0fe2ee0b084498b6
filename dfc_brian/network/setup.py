"""What every part of a network is built from."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from brian2 import BrianLogger, TimedArray

from ..recipe import Recipe
from .phase import Phase
from .timing import Clocks, StepOrder


@dataclass(frozen=True)
class Setup:
    """A recipe, one of its phases, the samples shown at once (B), and the minibatches that follow one another (K)."""

    recipe: Recipe
    phase: Phase
    batch: int
    minibatches: int

    @cached_property
    def clocks(self) -> Clocks:
        return Clocks.of(self.phase.times.dt, self.phase.times.states, self.minibatches)

    @cached_property
    def order(self) -> StepOrder:
        return StepOrder(self.phase.times.proactive, self.phase.times.instantaneous_transmission)

    @cached_property
    def tables(self) -> dict[str, TimedArray]:
        """Inputs, a row per minibatch: ``images`` (K, n_in*B), ``targets`` (K, n_L*B), ``counts`` (K,), the true number
        of samples, and ``sample_weights`` (K, B), 1/count or 0. Units vary slower than samples."""
        n_input, *_, n_output = self.recipe.network.sizes
        shapes = {
            "images": (self.minibatches, n_input * self.batch),
            "targets": (self.minibatches, n_output * self.batch),
            "counts": (self.minibatches,),
            "sample_weights": (self.minibatches, self.batch),
        }
        spacing = (self.phase.times.states - 1) * self.phase.times.dt
        _no_warning_of_time_grids()
        return {name: TimedArray(np.zeros(shape), dt=spacing, name=name) for name, shape in shapes.items()}


@cache
def _no_warning_of_time_grids() -> None:
    """Rows change at the boundaries all the same where rounding makes (T-1) dt / dt no whole number."""
    BrianLogger.suppress_hierarchy("brian2.input.timedarray")
