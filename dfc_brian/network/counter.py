"""Counting presentations, so that a block may be shorter than its program allows."""

from brian2 import NeuronGroup

from ..dense import StopAfter
from .setup import Setup
from .timing import COUNT


def counter(setup: Setup) -> NeuronGroup:
    """Ends the run when ``presentations.wanted`` presentations have been finished."""
    group = NeuronGroup(1, "wanted : integer", name="presentations", clock=setup.clocks.step)
    group.wanted = setup.minibatches
    StopAfter(group, "wanted", clock=setup.clocks.boundary, when="start", order=COUNT, name="presentations_count")
    return group
