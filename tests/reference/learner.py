"""A block of minibatches in plain numpy: the stepper's continuous update, clip, and Adam."""

import numpy as np
from stepper import continuous_update, present


def learn(weights, minibatches, settings, *, rate, epsilon, beta1, beta2, clip, drop_unconverged, state=None):
    """Weights and Adam state after `minibatches` [(x, y)], and which samples converged.

    `settings` are the stepper's; gradient = -2*update, clipped per tensor to norm `clip`.
    """
    weights = {name: value.copy() for name, value in weights.items()}
    state = state or {"n": 0, "m": {}, "s": {}}
    settled = []
    for x, y in minibatches:
        shown = present(weights, x, y, **settings)
        settled.append(shown.converged)
        keep = shown.converged if drop_unconverged else None
        state["n"] += 1
        for name, update in continuous_update(shown, keep).items():
            gradient = -2 * update
            gradient *= min(1.0, clip / (np.linalg.norm(gradient) + 1e-6))
            m = state["m"][name] = beta1 * state["m"].get(name, 0.0) + (1 - beta1) * gradient
            s = state["s"][name] = beta2 * state["s"].get(name, 0.0) + (1 - beta2) * gradient**2
            m, s = m / (1 - beta1 ** state["n"]), s / (1 - beta2 ** state["n"])
            weights[name] = weights[name] - rate * m / (np.sqrt(s) + epsilon)
    return weights, state, settled
