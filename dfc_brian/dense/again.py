"""Run the code of an existing runner at another moment."""

from brian2.core.base import BrianObject

from .codeobject import travel_with


class Again(BrianObject):
    """Runs the code of ``runner`` once more, at another clock, slot or order, without compiling it twice.

    Parameters
    ----------
    runner : CodeRunner
        For example ``synapses.summed_updaters["I_post"]``, a `NeuronGroup.state_updater`, what
        `run_regularly` returned, or ``recorder.runner``. It must be active, and in the same network.
    clock, dt : optional
        When to tick; by default the clock of the runner.
    when, order : optional
        The slot within a time step.

    Like the result of `run_regularly`, it belongs to the group of its runner and enters the network with it.
    """

    def __init__(self, runner, *, clock=None, dt=None, when="start", order=0, name=None):
        if clock is None and dt is None:
            clock = runner.clock
        self.runner = runner
        super().__init__(clock=clock, dt=dt, when=when, order=order, name=name or f"{runner.name}_again*")
        self.group = travel_with(runner.group, self)
        self.add_dependency(runner)

    # Looked up late: the runner makes its code objects in its own `before_run`.
    _code_objects = property(lambda self: self.runner._code_objects, lambda self, value: None)

    def before_run(self, run_namespace):
        pass

    def after_run(self):
        pass
