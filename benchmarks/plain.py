"""The same step in plain Brian2: all-to-all Synapses, one sample, C++ standalone."""

import subprocess
from pathlib import Path

import numpy as np
from brian2 import Clock, Network, NeuronGroup, Synapses, linked_var, ms

from dfc_brian.devices.cpp import Cpp

STEPS = 100
NEURON = """
dv/dt = (i_feedforward + i_feedback - v)/(10*ms) : 1
i_feedforward : 1
i_feedback : 1
r : 1
delta : 1
"""
FORWARD = """
w : 1
i_feedforward_post = w*r_pre : 1 (summed)
dupdate/dt = delta_post*r_pre/(500*ms) : 1 (clock-driven)
"""
FEEDBACK = """
w : 1
i_feedback_post = w*u_pre : 1 (summed)
"""


def build(folder: Path, precision: str, sizes: tuple[int, ...]) -> Path:
    """Compile the network into ``folder``; returns the folder."""
    rng, compiler = np.random.default_rng(0), Cpp()
    with compiler.device(folder, precision) as device:
        clock = Clock(1 * ms, name="step")
        layers = [NeuronGroup(sizes[0], "r : 1", name="input", clock=clock)]
        layers[0].r = rng.normal(size=sizes[0])
        for i, n in enumerate(sizes[1:], start=1):
            phi = "tanh" if i < len(sizes) - 1 else ""
            group = NeuronGroup(n, NEURON, method="euler", name=f"layer{i}", clock=clock)
            group.run_regularly(f"r = {phi}(v)\ndelta = r - {phi}(i_feedforward)", when="groups", order=2, clock=clock)
            layers.append(group)
        control = NeuronGroup(
            sizes[-1], "du_int/dt = (0.1 - r)/(50*ms) : 1\nr : 1 (linked)\nu = u_int + 2*(0.1 - r) : 1",
            method="euler", name="control", clock=clock,
        )  # fmt: skip
        control.r = linked_var(layers[-1], "r")
        objects = [*layers, control]
        for i, (pre, post) in enumerate(zip(layers, layers[1:], strict=False), start=1):
            forward = Synapses(pre, post, FORWARD, method="euler", name=f"w{i}", clock=clock)
            back = Synapses(control, post, FEEDBACK, name=f"q{i}", clock=clock)
            for synapses in (forward, back):
                synapses.connect()
                synapses.w = "0.05*randn()"
                objects.append(synapses)
        Network(objects).run(STEPS * ms, namespace={})
        device.build(directory=str(folder), compile=False, run=False)
    compiler.compile(folder)
    return folder


def seconds_per_step(folder: Path) -> float:
    """Time inside Brian2's main loop."""
    subprocess.run(["./main"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return float((folder / "results" / "last_run_info.txt").read_text().split()[0]) / STEPS
