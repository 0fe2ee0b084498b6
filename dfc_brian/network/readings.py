"""What is recorded: one row per presentation always, every state if wanted."""

from brian2 import NeuronGroup

from ..dense import Again, Recorder
from .setup import Setup
from .timing import RECORD_END, RECORD_START

COMPARTMENTS = ("soma", "basal", "apical", "rate")


def per_presentation(setup: Setup, controller: NeuronGroup) -> list[Recorder]:
    """Output and target at state 0 (``at_start``), output and what is left to settle at the end (``at_end``)."""
    model, clocks = setup.phase.controller_model, setup.clocks
    output, target = model.roles["output"], model.roles["target"]
    moments = (
        ("at_start", {"output": output, "target": target}, clocks.boundary, RECORD_START),
        ("at_end", {"output": output, "residual": model.residual}, clocks.ends, RECORD_END),
    )
    return [
        Recorder(controller, wanted, setup.minibatches, clock=clock, when="start", order=order, name=name)
        for name, wanted, clock, order in moments
    ]


def every_state(setup: Setup, groups: dict[str, NeuronGroup]) -> list:
    """All compartments and the control signal: row 0 after a presentation is loaded, row t after update t."""
    roles, clocks = setup.phase.roles, setup.clocks
    layers = [name for name in groups if name.startswith("layer")]
    wanted = {name: {part: roles[part] for part in COMPARTMENTS} for name in layers}
    wanted["controller"] = {"control": setup.phase.controller_model.roles["control"]}
    recorders = []
    for name, expressions in wanted.items():
        rows = setup.minibatches * setup.phase.times.states
        recorder = Recorder(groups[name], expressions, rows, clock=clocks.step, when="end", name=f"{name}_traces")
        load = Again(
            recorder.runner, clock=clocks.boundary, when="start", order=RECORD_START, name=f"{name}_traces_load"
        )
        recorders += [recorder, load]
    return recorders
