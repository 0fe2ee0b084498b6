"""A sleep phase in plain numpy, written from the equations alone, and the learning of feedback weights from it.

Time is in units of tau_u; arrays are (batch, unit), traces (time, batch, unit).
"""

from types import SimpleNamespace

import numpy as np

PHI = {"tanh": np.tanh, "linear": np.array}
FLOOR = 0.01


def sleep(weights, x, noise, *, activations, dt, states, tau_v, tau_apical, k_p, leak, sigma, sigma_output=None,
          proactive=False, instantaneous_transmission=True):  # fmt: skip
    """States 0 .. T-1 under `noise` {layer<i>: (T-1, B, n_i)}, and the updates: mean of -v_apical[t] u[t+1]^T."""
    layers = range(1, len(activations) + 1)
    w, b, q = ({i: weights[f"{kind}{i}"] for i in layers} for kind in "wbq")
    phi = {i: PHI[name] for i, name in zip(layers, activations, strict=True)}
    spread = {i: sigma for i in layers} | ({} if sigma_output is None else {layers[-1]: sigma_output})
    r, basal = {0: x}, {}
    for i in layers:
        basal[i] = r[i - 1] @ w[i].T + b[i]
        r[i] = phi[i](basal[i])
    v, apical = dict(basal), {i: np.zeros_like(basal[i]) for i in layers}
    target = r[layers[-1]]
    u = u_int = np.zeros_like(target)
    updates = {f"q{i}": np.zeros_like(q[i]) for i in layers}
    states_of = {"control": [u]} | {f"{part}{i}": [] for part in ("soma", "basal", "apical", "rate") for i in layers}

    def store():
        for i in layers:
            for part, values in (("soma", v), ("basal", basal), ("apical", apical), ("rate", r)):
                states_of[f"{part}{i}"].append(values[i])

    store()
    for t in range(states - 1):
        e = target - r[layers[-1]]
        u_int = u_int + dt * (e - leak * u)
        last, u = u, u_int + k_p * e
        seen, before = u if proactive else last, dict(r)
        for i in layers:
            updates[f"q{i}"] -= apical[i].T @ u / (len(x) * (states - 1))
            drive, xi = seen @ q[i].T - apical[i], noise[f"layer{i}"][t]
            apical[i] = apical[i] + dt / tau_apical * drive + spread[i] * np.sqrt(dt) / tau_apical * xi
            basal[i] = (r if instantaneous_transmission else before)[i - 1] @ w[i].T + b[i]
            v[i] = v[i] + dt / tau_v * (apical[i] + basal[i] - v[i])
            r[i] = phi[i](v[i])
        states_of["control"].append(u)
        store()
    return SimpleNamespace(target=target, updates=updates, **{name: np.stack(s) for name, s in states_of.items()})


def gradients(updates, sigma, clip):
    """Gradients, all together clipped to norm `clip`, and that norm before."""
    found = {name: -update / max(sigma, FLOOR) ** 2 for name, update in updates.items()}
    norm = np.sqrt(sum((g**2).sum() for g in found.values()))
    return {name: g * min(1.0, clip / (norm + 1e-6)) for name, g in found.items()}, norm


def adam(weights, state, gradients, learned, *, rate, epsilon, beta1, beta2, weight_decay):
    """Weights and state after one step of Adam with L2 regularisation; state begins as {"n": 0}."""
    weights, state = dict(weights), {"n": state["n"] + 1} | {k: dict(state.get(k, {})) for k in "ms"}
    for name in learned:
        gradient = gradients[name] + weight_decay * weights[name]
        m = state["m"][name] = beta1 * state["m"].get(name, 0.0) + (1 - beta1) * gradient
        s = state["s"][name] = beta2 * state["s"].get(name, 0.0) + (1 - beta2) * gradient**2
        m, s = m / (1 - beta1 ** state["n"]), s / (1 - beta2 ** state["n"])
        weights[name] = weights[name] - rate * m / (np.sqrt(s) + epsilon)
    return weights, state
