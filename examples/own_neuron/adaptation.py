"""
A neuron of one's own: adaptation
=================================

``adapting_pyramidal.toml`` adds a variable to the physical pyramidal neuron, an adaptation current. A network of such
neurons is run by the path of the file. One of them is shown under feedback, with and without adaptation.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from brian2 import ms, mV, pA

import dfc_brian as dfc

path = str(Path(__file__).parent / "adapting_pyramidal.toml")
settings = {"network.neuron": path, "network.loss": "mse", "learning.nudge": 1.0, "presentation.duration": "120 ms"}
settings["presentation.drop_unconverged"] = False
x, wanted = np.array([[1.0, -0.5, 0.3, 0.8]]), np.array([[0.7, -0.4]])

fig, (above, below) = plt.subplots(2, 1, sharex=True, layout="constrained")
for conductance, look in (("0 nS", "k--"), ("12 nS", "C0")):
    recipe = dfc.Recipe.bare([4, 6, 2], settings | {"neuron.g_w": conductance})
    shown = dfc.Network(recipe, device="numpy").present(x, wanted, record=["I_w"])
    layer = shown["layer2"]
    moved = (layer.soma - layer.soma[0])[:, 0, 0] / mV
    extra = (layer["I_w"] - layer["I_w"][0])[:, 0, 0] / pA
    print(f"g_w = {conductance}: the soma moves by {moved[-1]:.2f} mV, adaptation by {extra[-1]:.1f} pA")
    above.plot(shown.time / ms, moved, look, label=f"g_w = {conductance}")
    below.plot(shown.time / ms, extra, look)
above.set_ylabel("soma, V(t) - V(0) (mV)")
above.legend()
below.set(xlabel="time (ms)", ylabel="adaptation current (pA)")
fig.savefig("adaptation.png")
