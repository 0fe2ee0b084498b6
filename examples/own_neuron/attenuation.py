"""
The wrong attenuation
=====================

The rule compares the somatic rate with the one that the basal dendrite predicts, V* = theta + lambda (V_B - theta). The
factor lambda must be the one by which the dendrite drives the soma, g_B/(g_L + g_B + g_A). Here one equation of the
model is changed: the dendrite's voltage is taken as it is. Then there is a mismatch although nothing is wrong, without
any feedback, and the weights that the network has are unlearned.
"""

import numpy as np

import dfc_brian as dfc
from dfc_brian import datasets

right = dfc.NeuronModel.load("pyramidal_conductance").to_table()
wrong = dict(right, name="unattenuated")
wrong["equations"] = right["equations"].replace("theta + lambda_B*(V_B - theta)", "theta + 1*(V_B - theta)")
wrong["initial"] = "V = theta + lambda_B*(V_B - theta)"  # where the soma comes to rest, as before

settings = {"network.sizes": [64, 30, 10], "presentation.duration": "60 ms", "presentation.dt": "2 ms"}
settings |= {"presentation.drop_unconverged": False, "train.device": "numpy"}
recipe = dfc.Recipe.load("digits", settings | {"network.neuron": right})
data = datasets.load(recipe.data)
x, y = data.x_train[:20], data.y_train[:20]
nets = {"right": dfc.Network(recipe), "wrong": dfc.Network(recipe.replace({"network.neuron": wrong}))}
changes = {name: net.present(x, y).updates for name, net in nets.items()}

for weights in ("w1", "w2"):
    a, b = changes["wrong"][weights], changes["right"][weights]
    cosine = (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)
    print(f"{weights}: cosine {cosine:.3f}, norm ratio {np.linalg.norm(a) / np.linalg.norm(b):.3g} (wrong to right)")

for name, net in nets.items():
    before = np.linalg.norm(net.weights["w1"])
    for _ in range(10):
        for weights, update in net.present(x, y, control=False).updates.items():
            net.weights[weights] = net.weights[weights] + 0.2 * update
    after = np.linalg.norm(net.weights["w1"])
    print(f"{name} attenuation, 10 presentations without feedback: |W_1| from {before:.3f} to {after:.3f}")
