"""
Learning one association
========================

One input, one wanted output, shown again and again. After each presentation every weight moves by what the
voltage-dependent rule has gathered at its synapse, (phi(v) - phi(v_basal)) r_pre: no optimiser, no gradient. The
network comes to give the wanted output by itself, and the controller falls silent.
"""

import matplotlib.pyplot as plt
import numpy as np

import dfc_brian as dfc

settings = {"network.loss": "mse", "learning.nudge": 1.0, "presentation.dt": "2 ms", "presentation.duration": "120 ms"}
settings["presentation.drop_unconverged"] = False  # so short a presentation does not settle altogether
recipe = dfc.Recipe.bare([4, 6, 2], settings)
net = dfc.Network(recipe, device="numpy")
x, wanted = np.array([[1.0, -0.5, 0.3, 0.8]]), np.array([[0.7, -0.4]])
rate = 0.1

distance, control = [], []
for step in range(20):
    shown = net.present(x, wanted)
    distance.append(np.linalg.norm(wanted - shown.output[0]))
    control.append(np.linalg.norm(shown.control[-1]))
    for name, update in shown.updates.items():
        net.weights[name] = net.weights[name] + rate * update
    if step % 4 == 0:
        print(f"presentation {step:2}: output {shown.output[0, 0].round(3)}, control {control[-1]:.4f}")

print(f"wanted {wanted[0]}, learned {net.present(x, wanted).output[0, 0].round(3)}")

fig, ax = plt.subplots(layout="constrained")
ax.semilogy(distance, "k-o", label="distance of the output from what is wanted")
ax.semilogy(control, "C1--s", label="control at the end of the presentation")
ax.set(xlabel="presentation", ylabel="Euclidean norm", xticks=range(0, 20, 4))
ax.legend()
fig.savefig("04_learning_one_association.png")
