"""The objects of a time step as one CUDA graph: what can be captured, and in which order it must run.

A program on CUDA spends its time on launching small kernels. Where a time step does the very same each time, it is
captured once (dense_step_graph.h) and launched as a whole; what does not depend on each other runs side by side.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from brian2 import Clock, Network
from brian2.core.base import BrianObject
from brian2.core.clocks import BaseClock
from brian2.core.functions import Function
from brian2.core.variables import ArrayVariable, DynamicArrayVariable
from brian2.devices import get_device

from ..dense import Again
from ..dense.headers import INCLUDE

SELF_COUNTING = "dense_noise"
"""A template that uses the number of the step, and counts itself while it is replayed."""
SAME_EACH_STEP = {
    "stateupdate",
    "dense_euler",
    "dense_flush",
    "dense_record",
    "dense_reduce",
    "dense_summed",
    "dense_update",
    SELF_COUNTING,
}
"""Templates whose code launches the same kernels with the same arguments in every step, but for the time."""


@dataclass(frozen=True)
class Node:
    """A code object: the arrays that it reads or writes, and those that it writes."""

    name: str
    arrays: frozenset[str]
    writes: frozenset[str]

    def conflicts(self, other: "Node") -> bool:
        """Whether the two must keep their order."""
        return bool(self.writes & other.arrays or self.arrays & other.writes)


@dataclass(frozen=True)
class StepGraph:
    """The nodes of a time step in their order, and for each the earlier nodes that it must wait for.

    ``reason`` says why the step cannot be captured; then there are no nodes.
    """

    clock: str
    nodes: tuple[Node, ...] = ()
    after: tuple[tuple[int, ...], ...] = ()
    reason: str | None = None

    def __str__(self):
        if self.reason:
            return f"The step runs object by object: {self.reason}."
        return f"The step is a CUDA graph of {len(self.nodes)} code objects and {sum(map(len, self.after))} edges."

    def code(self, network: str) -> str:
        """The line of C++ that installs the graph in the network of this name."""
        nodes = ", ".join(
            f"{{_run_{node.name}, {{{', '.join(map(str, after))}}}}}"
            for node, after in zip(self.nodes, self.after, strict=True)
        )
        return f"DenseStepGraph::install({network}, {self.clock}, {{{nodes}}});"


class StepGraphNetwork(Network):
    """A network for the device cuda_standalone whose time step becomes a CUDA graph if it can.

    ``step_graph`` is there after `run`. The step is that of the finest regular clock.
    """

    step_graph: StepGraph | None = None
    _line = None

    def before_run(self, run_namespace):
        super().before_run(run_namespace)
        device = get_device()
        self.step_graph = step_graph(self.sorted_objects, profiled=device.enable_profiling)
        lines = device.code_lines["before_network_run"]
        if self._line in lines:  # of the last run: Brian2 would insert it again
            lines.remove(self._line)
        if self.step_graph.nodes:
            self._line = self.step_graph.code(self.name)
            device.insert_code("before_network_run", self._line)
            device.headers = [*device.headers, '"dense_step_graph.h"']
            device.include_dirs = [*device.include_dirs, INCLUDE]


def step_graph(objects: list[BrianObject], profiled: bool = False) -> StepGraph:
    """The graph of the objects, in their order, that tick with the finest regular clock; code objects must exist."""
    active = [obj for obj in objects if obj.active]
    clocks = [obj.clock for obj in active if isinstance(obj.clock, Clock)]
    if not clocks:
        return StepGraph("", reason="there is no clock with regular ticks")
    clock = min(clocks, key=lambda clock: clock.dt_)
    name = "_clock" if clock.name == "clock" else clock.name  # which standalone devices rename
    steps = [(obj, code) for obj in active if obj.clock is clock for code in obj._code_objects]
    if profiled:
        return StepGraph(name, reason="each object is timed (profile=True)")
    counting = [code.name for _, code in steps if code.template_name == SELF_COUNTING]
    if len(set(counting)) < len(counting):
        return StepGraph(name, reason="a noise is drawn twice in one step")
    reasons = (reason for obj, code in steps for reason in why_not(obj, code))
    if (reason := next(reasons, None)) is not None:
        return StepGraph(name, reason=reason)
    nodes = tuple(node_of(obj, code) for obj, code in steps)
    return StepGraph(name, nodes, predecessors(nodes))


def why_not(obj: BrianObject, code) -> Iterator[str]:
    """Why the arguments of a code object's kernels are not the same in every step."""
    counted = {"t_in_timesteps"} if code.template_name == SELF_COUNTING else set()
    if code.template_name not in SAME_EACH_STEP:
        yield f"'{obj.name}' ({code.template_name}) need not do the same in every step"
    for name, variable in code.variables.items():
        if isinstance(variable, Function) and not variable.stateless:
            yield f"'{obj.name}' uses the function '{name}', which has a state"
        if isinstance(variable, DynamicArrayVariable):
            yield f"'{obj.name}' uses '{name}', whose array may move"
        if _is_time(variable) and variable.name != "dt" and name not in counted:
            yield f"'{obj.name}' uses the time ('{name}')"


def node_of(obj: BrianObject, code) -> Node:
    """What a code object reads and writes. It also writes its scratch memory, so that it never runs beside itself."""
    runner = obj.runner if isinstance(obj, Again) else obj
    device = get_device()
    arrays = {
        name: device.get_array_name(variable)
        for name, variable in code.variables.items()
        if isinstance(variable, ArrayVariable) and not _is_time(variable)
    }
    writes = {arrays[name] for name in getattr(runner, "writes", ())}
    writes |= {arrays[name] for name in assigned(runner.abstract_code) if name in arrays}
    return Node(code.name, frozenset({*arrays.values(), code.name}), frozenset({*writes, code.name}))


def assigned(abstract_code: str | dict) -> set[str]:
    """The names that abstract code assigns to."""
    texts = abstract_code.values() if isinstance(abstract_code, dict) else [abstract_code]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    names = (node for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def predecessors(nodes: tuple[Node, ...]) -> tuple[tuple[int, ...], ...]:
    """For each node the earlier nodes it conflicts with, without those that another of them waits for anyway."""
    direct, before = [], []
    for i, node in enumerate(nodes):
        conflicting = [j for j in range(i) if node.conflicts(nodes[j])]
        before.append(set(conflicting).union(*(before[j] for j in conflicting)))
        direct.append(tuple(j for j in conflicting if not any(j in before[k] for k in conflicting)))
    return tuple(direct)


def _is_time(variable) -> bool:
    return isinstance(getattr(variable, "owner", None), BaseClock)
