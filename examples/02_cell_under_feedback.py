"""
A cell under feedback
=====================

A controller watches the rate of one cell and drives its apical dendrite until the rate is what it should be. The basal
dendrite does not take part: it goes on predicting the rate that the cell would have alone. Soma and prediction now
disagree, and this is all that a synapse on the basal dendrite needs to know in order to learn.
"""

import matplotlib.pyplot as plt
from brian2 import Network, NeuronGroup, StateMonitor, Synapses, defaultclock, linked_var, ms, mV, pA, prefs

import dfc_brian as dfc

prefs.codegen.target = "numpy"

model, pi = dfc.NeuronModel.load("pyramidal_conductance"), dfc.ControllerModel.load("pi")
constants = {"namespace": model.parameters | pi.parameters}
defaultclock.dt = 0.1 * ms

cell = NeuronGroup(1, model.equations.replace("phi(", "tanh("), method="exponential_euler", **constants)
cell.I_B = 30 * pA  # what the synapses from below bring
cell.V = cell.V_star[0]

controller = NeuronGroup(1, pi.equations, method="euler", **constants)
controller.r = linked_var(cell, "r")
controller.r_target = cell.r[0]

feedback = Synapses(controller, cell, "I_A_post = 190*pA*u_pre : amp (summed)", **constants)  # Q = 1
feedback.connect()

soma = StateMonitor(cell, ["V", "V_star", "f"], record=True)
control = StateMonitor(controller, ["u", "error"], record=True)
net = Network(cell, controller, feedback, soma, control)
net.run(50 * ms)
print(f"alone:      {cell.V[0] / mV:.2f} mV, predicted {cell.V_star[0] / mV:.2f} mV, {cell.f[0]:.1f} Hz")
controller.r_target = 0.5  # 112.5 Hz, on the scale from -1 to 1
net.run(350 * ms)
print(f"controlled: {cell.V[0] / mV:.2f} mV, predicted {cell.V_star[0] / mV:.2f} mV, {cell.f[0]:.1f} Hz")
print(f"control u = {controller.u[0]:.3f}, error left {controller.error[0]:.1e}")

fig, (above, below) = plt.subplots(2, 1, sharex=True, layout="constrained")
above.plot(soma.t / ms, soma.V[0] / mV, "k", label="soma")
above.plot(soma.t / ms, soma.V_star[0] / mV, "C0--", label="basal prediction")
above.set_ylabel("voltage (mV)")
above.legend()
below.plot(control.t / ms, control.u[0], "k", label="control u")
below.plot(control.t / ms, control.error[0], "C1-.", label="error e")
below.set_xlabel("time (ms)")
below.legend()
fig.savefig("02_cell_under_feedback.png")
