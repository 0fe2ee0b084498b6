"""DFC with an online rule in plain numpy: the weights move in every time step while samples are shown.

In step t -> t+1 they first move by what the state t has left, tau_W dW = dt mean_b delta[t] r[t]^T, and then drive the
state t+1; the step after the last state moves them before the next samples are loaded. Time in units of tau_u.
"""

import numpy as np
from stepper import PHI, loss_gradient


def learn(
    weights, minibatches, *, tau_w, activations, loss, states, dt, tau_v, k_p, leak, nudge, proactive,
    instantaneous_transmission,
):  # fmt: skip
    """Weights after `minibatches` [(x, y)], and a record of them: {name: [(states, ...) per minibatch]}."""
    weights = {name: value.copy() for name, value in weights.items()}
    layers, last = range(1, len(activations) + 1), len(activations)
    phi = [None, *(PHI[name] for name in activations)]
    history = {name: [] for name in weights if name[0] in "wb"}
    for x, y in minibatches:
        v, basal, apical, r = {}, {}, {}, {0: x}
        for i in layers:
            v[i] = basal[i] = r[i - 1] @ weights[f"w{i}"].T + weights[f"b{i}"]
            r[i] = phi[i](v[i])
        target = r[last] - nudge * loss_gradient(loss, r[last], y)
        u = u_int = np.zeros_like(target)
        seen = {name: [weights[name].copy()] for name in history}
        for t in range(states):
            for i in layers:
                delta = phi[i](v[i]) - phi[i](basal[i])
                weights[f"w{i}"] += dt / tau_w * delta.T @ r[i - 1] / len(x)
                weights[f"b{i}"] += dt / tau_w * delta.mean(0)
            if t == states - 1:
                break
            error = target - r[last]
            u_int = u_int + dt * (error - leak * u)
            before, u = u, u_int + k_p * error
            new = {0: x}
            for i in layers:
                apical[i] = (u if proactive else before) @ weights[f"q{i}"].T
                rho = (new if instantaneous_transmission else r)[i - 1]
                basal[i] = rho @ weights[f"w{i}"].T + weights[f"b{i}"]
                v[i] = v[i] + dt / tau_v * (apical[i] + basal[i] - v[i])
                new[i] = phi[i](v[i])
            r = new
            for name in seen:
                seen[name].append(weights[name].copy())
        for name in seen:
            history[name].append(np.array(seen[name]))
    return weights, history
