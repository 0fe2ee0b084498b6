"""One presentation of a DFC network in plain numpy: the reference that everything else is tested against.

Arrays are (time, batch, unit); layers count from 1 and entry 0 of a list is the input (rate) or None.
Time is in units of the controller's time constant tau_u. Meulemans et al. 2021, as the authors' code runs it.
"""

from dataclasses import dataclass

import numpy as np

PHI = {"tanh": np.tanh, "linear": lambda v: v}


@dataclass(frozen=True)
class Presentation:
    soma: list  # v_i, (T, B, n_i)
    basal: list  # v^ff_i = W_i r_(i-1) + b_i
    apical: list  # v^fb_i = Q_i u
    rate: list  # r_i = phi(v_i); rate[0] is the image
    control: np.ndarray  # u, (T, B, n_L)
    target: np.ndarray  # r_L*, (B, n_L)
    converged: np.ndarray  # (B,) bool
    weights: dict
    activations: tuple


def loss_gradient(loss, output, y):
    """d Loss/d r_L (B, n_L): the mean over samples (cross_entropy) or over all elements (mse)."""
    if loss == "mse":
        return 2 * (output - y) / y.size
    softmax = np.exp(output - output.max(axis=1, keepdims=True))
    softmax /= softmax.sum(axis=1, keepdims=True)
    return (softmax - np.eye(output.shape[1])[y]) / len(y)


def present(
    weights, x, y, *, activations, loss, states, dt, tau_v, k_p, leak, nudge, proactive,
    instantaneous_transmission, k_i=1.0, leak_on="u",
):  # fmt: skip
    """Show `x` (B, n_0) with labels or targets `y` for `states` states, that is states - 1 Euler steps.

    `activations`: one name per layer, the last "linear". `leak_on`: "u" (pi_total_leak) or "u_int" (pi).
    """
    layers = range(1, len(activations) + 1)
    W, b, Q = ([None, *(weights[f"{name}{i}"] for i in layers)] for name in "wbq")
    phi = [None, *(PHI[name] for name in activations)]
    last, batch = layers[-1], len(x)

    def empty(units):
        return np.zeros((states, batch, units))

    v, basal, apical = ([None, *(empty(len(b[i])) for i in layers)] for _ in range(3))
    r = [np.broadcast_to(x, (states, *x.shape)), *(empty(len(b[i])) for i in layers)]
    u, u_int = empty(len(b[last])), np.zeros((batch, len(b[last])))

    for i in layers:
        v[i][0] = basal[i][0] = r[i - 1][0] @ W[i].T + b[i]
        r[i][0] = phi[i](v[i][0])
    target = r[last][0] - nudge * loss_gradient(loss, r[last][0], y)

    for t in range(states - 1):
        error = target - r[last][t]
        u_int = u_int + dt * (error - leak * (u[t] if leak_on == "u" else u_int))
        u[t + 1] = k_i * u_int + k_p * error
        for i in layers:
            apical[i][t + 1] = u[t + 1 if proactive else t] @ Q[i].T
            basal[i][t + 1] = r[i - 1][t + 1 if instantaneous_transmission else t] @ W[i].T + b[i]
            v[i][t + 1] = v[i][t] + dt / tau_v * (apical[i][t + 1] + basal[i][t + 1] - v[i][t])
            r[i][t + 1] = phi[i](v[i][t + 1])

    rest = leak * (u[-1] if leak_on == "u" else u_int)  # the error that the leak leaves at a steady state
    converged = has_converged(r[last], target, rest)
    return Presentation(v, basal, apical, r, u, target, converged, dict(weights), tuple(activations))


def has_converged(output, target, rest, tolerance=1e-5, epsilon=0.5):
    """(B,) bool: the output stands still near the target, not merely on its way to it."""
    norm = np.linalg.norm
    still = norm(output[-1] - (target - rest), axis=1) < tolerance * norm(output[0], axis=1)
    near = norm(target - output[-1], axis=1) < epsilon**2 * norm(target - output[0], axis=1)
    return still & near


def continuous_update(shown, keep=None):
    """Mean over the T states and B samples of (phi(v_i) - phi(v^ff_i)) r_(i-1)^T, without the factor 2.

    Samples outside the mask `keep` (B,) contribute nothing, but count.
    """
    compartments = zip(shown.activations, shown.soma[1:], shown.basal[1:], strict=True)
    delta = [PHI[name](v) - PHI[name](basal) for name, v, basal in compartments]
    return _mean_product(delta, shown.rate[:-1], keep)


def steady_state_update(shown, keep=None):
    """The same for the last state alone, the basal voltage recomputed from the last rates (DFC-SS)."""
    rho = [r[-1:] for r in shown.rate[:-1]]
    delta = []
    for i, name in enumerate(shown.activations, start=1):
        basal = rho[i - 1] @ shown.weights[f"w{i}"].T + shown.weights[f"b{i}"]
        soma = basal + shown.soma[i][-1:] - shown.basal[i][-1:]
        delta.append(PHI[name](soma) - PHI[name](basal))
    return _mean_product(delta, rho, keep)


def _mean_product(delta, rho, keep):
    updates = {}
    for i, (post, pre) in enumerate(zip(delta, rho, strict=True), start=1):
        if keep is not None:
            post = post * keep[:, None]
        updates[f"w{i}"] = np.einsum("tbi,tbj->ij", post, pre) / (len(post) * post.shape[1])
        updates[f"b{i}"] = post.mean(axis=(0, 1))
    return updates
