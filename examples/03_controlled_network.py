"""
A controlled network
====================

Six inputs, five hidden neurons and three outputs. Shown an input and the wanted label, the controller moves the output
a little towards it, by way of the apical dendrites of both layers at once. No weight changes. (``net.live(x, y)`` is
the same as a ``brian2.Network``, to which monitors of one's own can be added.)
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import ms, mV

import dfc_brian as dfc

recipe = dfc.Recipe.bare([6, 5, 3], {"network.neuron": "pyramidal_conductance", "presentation.duration": "200 ms"})
net = dfc.Network(recipe, device="numpy")
print(net)

x, y = np.random.default_rng(1).normal(size=(2, 6)), np.array([0, 2])
shown = net.present(x, y, record=["f"])  # "f", the firing rate, is a variable of the neuron model
print(shown)
for sample, label in enumerate(y):
    start, end, target = shown.output[0, sample], shown.output[-1, sample], shown.target[sample]
    print(f"sample {sample}, label {label}: output {start.round(3)} -> {end.round(3)}, target {target.round(3)}")
    print(f"    layer 1 fires at {shown['layer1']['f'][-1, sample]}")

fig, axes = plt.subplots(3, 1, sharex=True, layout="constrained", figsize=(6, 7))
for layer, ax in zip(shown.layers, axes, strict=False):
    moved = shown[layer].apical[:, 0] - shown[layer].apical[0, 0]
    ax.plot(shown.time / ms, moved / mV)
    ax.set(title=f"{layer}: apical voltages", ylabel="change (mV)")
axes[2].plot(shown.time / ms, (shown.target - shown.output)[:, 0])
axes[2].set(title="outputs", xlabel="time (ms)", ylabel="error")
fig.savefig("03_controlled_network.png")
