"""When things happen: three clocks, and the order of events within a time step.

A presentation has T states and T-1 updates, so images follow one another every (T-1) dt. At such a boundary the
last presentation is finished, then the next one is loaded (state 0), then its first update is made. Plasticity
integrates the state that the previous time step left behind, before anything else: it never sees state 0, where
the mismatch of soma and basal dendrite is zero, and never the step that follows the last presentation. Weights that
move by themselves (an online rule) therefore move by the state t first, and then drive the state t+1.
"""

from dataclasses import dataclass

import numpy as np
from brian2 import Clock, EventClock, Quantity, second
from brian2.core.clocks import BaseClock

# slot "start"
PREDICTION = -1100  # three places
PLASTICITY = -1000
FLUSH = -900
RECORD_END = -800
OPTIMISER = -700
COUNT = -600
LOAD = -500
FEEDFORWARD = -400  # layer i: drive at FEEDFORWARD + 10 i, state 0 one later
TARGET = -200  # three places
RECORD_START = -100

# slot "groups"
CONTROLLER = 0


@dataclass(frozen=True)
class Clocks:
    """``step``: every dt. ``boundary``: a presentation begins or ends. ``ends``: a presentation ends."""

    step: Clock
    boundary: EventClock
    ends: EventClock
    duration: Quantity

    @classmethod
    def of(cls, dt: Quantity, states: int, minibatches: int) -> "Clocks":
        """Clocks for presentations of ``states`` states, one after the other."""
        ticks = np.arange(minibatches + 1) * (states - 1)
        times = ticks * float(dt) * second  # the very products by which Brian2's Clock makes its times
        return cls(
            step=Clock(dt, name="step"),
            boundary=EventClock(times, name="boundary"),
            ends=EventClock(times[1:], name="endings"),
            duration=(int(ticks[-1]) + 1) * float(dt) * second,
        )


@dataclass(frozen=True)
class PlasticityTiming:
    """When the equations of a plasticity rule make a step.

    ``steps``: at the ticks of this clock. ``presentation``: the duration over which a rule averages, T dt where it acts
    in every step (state 0 adds nothing, but counts), dt where it acts in the last state alone.
    """

    steps: BaseClock
    presentation: Quantity
    at_end: bool

    @classmethod
    def continuous(cls, clocks: Clocks, dt: Quantity, states: int) -> "PlasticityTiming":
        """In every step of the presentation."""
        return cls(clocks.step, states * dt, at_end=False)

    @classmethod
    def end(cls, clocks: Clocks, dt: Quantity) -> "PlasticityTiming":
        """Once, by the last state (DFC-SS; Meulemans et al. 2021)."""
        return cls(clocks.ends, dt, at_end=True)


@dataclass(frozen=True)
class StepOrder:
    """Order of the events of one update, all in the slot "groups".

    Parameters
    ----------
    proactive
        The apical dendrites receive the control signal that was computed in this step, not the last one's.
    instantaneous
        A layer's basal dendrites receive the rates that the layer below has after its update in this step.
    """

    proactive: bool
    instantaneous: bool

    @property
    def plasticity(self) -> int:
        """Asleep: the rule sees the new control signal, and the dendrites' voltages of the last step."""
        return CONTROLLER + 5

    @property
    def feedback(self) -> int:
        return CONTROLLER + 1 if self.proactive else CONTROLLER - 1

    def drive(self, layer: int) -> int:
        return 10 * layer + 10 if self.instantaneous else 10

    def neurons(self, layer: int) -> int:
        return self.drive(layer) + 2

    def noise(self, layer: int) -> int:
        return self.drive(layer) + 1
