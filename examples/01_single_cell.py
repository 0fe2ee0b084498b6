"""
A single three-compartment cell
===============================

A pyramidal cell as ``models/neurons/pyramidal_conductance.toml`` has it. First its basal dendrite gets a current, then
its apical one. Each moves the soma, attenuated by lambda = g/(g_L + g_B + g_A) of its own coupling conductance g.
Nothing here but Brian2 and the equations of the model file.
"""

import matplotlib.pyplot as plt
from brian2 import Network, NeuronGroup, StateMonitor, ms, mV, pA, prefs

import dfc_brian as dfc

prefs.codegen.target = "numpy"  # one cell is not worth a compiler

model = dfc.NeuronModel.load("pyramidal_conductance")
equations = model.equations.replace("phi(", "tanh(")  # the activation function, which a network's recipe chooses
cell = NeuronGroup(1, equations, namespace=model.parameters, method="exponential_euler", dt=0.1 * ms)
cell.V = model.parameters["theta"]
recorded = StateMonitor(cell, ["V", "V_B", "V_A", "f"], record=True)
net = Network(cell, recorded)

ends = {}
for moment, basal, apical in (("rest", 0, 0), ("basal current", 100, 0), ("pause", 0, 0), ("apical current", 0, 100)):
    cell.I_B, cell.I_A = basal * pA, apical * pA
    net.run(50 * ms)
    ends[moment] = {name: getattr(recorded, name)[0, -1] for name in ("V", "V_B", "V_A", "f")}

rest, g = ends["rest"], {name: model.parameters[f"g_{name}"] for name in "LBA"}
for moment, dendrite in (("basal current", "B"), ("apical current", "A")):
    end = ends[moment]
    soma, moved = end["V"] - rest["V"], end[f"V_{dendrite}"] - rest[f"V_{dendrite}"]
    print(f"{moment}: V_{dendrite} moves by {moved / mV:.2f} mV, the soma by {soma / moved:.3f} of it")
    print(f"    lambda_{dendrite} = {g[dendrite] / sum(g.values()):.3f}; the cell fires at {end['f']:.1f} Hz")

fig, (above, below) = plt.subplots(2, 1, sharex=True, layout="constrained")
above.plot(recorded.t / ms, recorded.V_B[0] / mV, "C0--", label="basal dendrite")
above.plot(recorded.t / ms, recorded.V_A[0] / mV, "C1-.", label="apical dendrite")
above.plot(recorded.t / ms, recorded.V[0] / mV, "k", label="soma")
above.set_ylabel("voltage (mV)")
above.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
below.plot(recorded.t / ms, recorded.f[0], "k")
below.set(xlabel="time (ms)", ylabel="firing rate (Hz)")
fig.savefig("01_single_cell.png")
