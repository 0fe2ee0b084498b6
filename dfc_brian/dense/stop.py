"""The end of a run after a number of ticks that is set before each run."""

from brian2.core.network import Network

from .codeobject import DenseRunner, owner_of, travel_with
from .headers import template_function


def _end_the_run():
    Network._globally_stopped = True


_stop = template_function()
_stop.implementations.add_implementation("numpy", code=_end_the_run)


class StopAfter(DenseRunner):
    """Ends the run, at the end of the time step, at the tick of its clock after ``variable`` ticks of it (from t=0).

    Parameters
    ----------
    group : Group
        A `NeuronGroup` or `Subgroup`.
    variable : str
        Its integer variable, whose first element is that number. It can be set before each run; during a run nothing
        may change it: on CUDA the host reads its own copy, and does not wait for the device.
    clock, dt, when, order, name : optional
        As for `run_regularly`.

    Like the result of `run_regularly`, it belongs to its group and enters the network with it.
    """

    def __init__(self, group, variable, *, clock=None, dt=None, when="start", order=0, name=None):
        owner, start = owner_of(group)
        clock = clock or (group.clock if dt is None else None)
        super().__init__(
            owner, "dense_stop", clock=clock, dt=dt, when=when, order=order, name=name or f"{group.name}_stop*"
        )
        self.variables.add_reference("_ticks", self.clock, "timestep", index="0")
        self.variables.add_reference("_wanted", owner, variable, index="0")
        self.variables._variables["_dense_stop"] = _stop
        self.need("_wanted", "_ticks")
        self.template_kwds = {
            "wanted": self.variables["_wanted"],
            "first": start,
            "ticks": self.variables["_ticks"],
        }
        travel_with(group, self)
