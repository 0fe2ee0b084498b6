"""Counting presentations, so that a block may be shorter than its program allows."""

import numpy as np
from brian2 import Function, Network, NeuronGroup

from .setup import Setup
from .timing import COUNT


def counter(setup: Setup) -> NeuronGroup:
    """Ends the run when ``presentations.wanted`` presentations have been finished."""
    group = NeuronGroup(
        1,
        "wanted : integer\nbegun : integer\nstopped : 1",
        name="presentations",
        clock=setup.clocks.step,
        namespace={"stop_if": stop_function()},
    )
    group.wanted = setup.minibatches
    code = "stopped = stop_if(int(begun >= wanted))\nbegun += 1"
    group.run_regularly(code, clock=setup.clocks.boundary, when="start", order=COUNT, name="presentations_count")
    return group


def stop_function() -> Function:
    """``stop_if(condition)``: the run ends with the current time step, on every device."""

    def stop_if(condition):
        if np.any(condition):
            Network._globally_stopped = True
        return np.zeros(np.shape(condition))

    function = Function(
        stop_if, arg_units=[1], return_unit=1, arg_types=["integer"], return_type="float", stateless=False
    )
    function.implementations.add_numpy_implementation(stop_if)
    function.implementations.add_implementation(
        "cpp",
        "static inline double _stop_if(const int condition)"
        " { if (condition) Network::_globally_stopped = true; return 0.0; }",
        name="_stop_if",
        compiler_kwds={"headers": ['"network.h"']},
    )
    return function
