"""The feedforward network in numpy: voltages, rates, losses and output targets, no feedback and no time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

ACTIVATIONS = {
    "tanh": np.tanh,
    "linear": lambda v: v,
    "relu": lambda v: np.maximum(v, 0),
    "sigmoid": lambda v: 0.5 * (1 + np.tanh(0.5 * v)),
}

SLOPES = {
    "tanh": lambda r: 1 - r * r,
    "linear": np.ones_like,
    "relu": lambda r: (r > 0).astype(r.dtype),
    "sigmoid": lambda r: r * (1 - r),
}
"""phi'(v), given the rate r = phi(v)."""


@dataclass(frozen=True)
class Feedforward:
    """What samples evoke in the network without feedback, the point from which all analytic methods start.

    ``activations`` : one per layer, the last for the output
    ``voltages`` : v_1^-, ..., v_L^-, each (batch, n_i)
    ``rates`` : r_0^- = x, r_1^-, ..., r_L^-, each (batch, n_i)
    """

    activations: tuple[str, ...]
    voltages: tuple[np.ndarray, ...]
    rates: tuple[np.ndarray, ...]

    @property
    def output(self) -> np.ndarray:
        """r_L^-, (batch, n_L)."""
        return self.rates[-1]

    @cached_property
    def slopes(self) -> tuple[np.ndarray, ...]:
        """phi'(v_i^-) of the hidden layers 1 to L-1, each (batch, n_i)."""
        hidden = zip(self.activations[:-1], self.rates[1:-1], strict=True)
        return tuple(SLOPES[activation](rate) for activation, rate in hidden)


def present(weights: Mapping[str, np.ndarray], activations: tuple[str, ...], x: np.ndarray) -> Feedforward:
    """Show samples x (batch, n_in) to the network without feedback."""
    voltages, rates = [], [x]
    for i, activation in enumerate(activations, start=1):
        voltage = rates[-1] @ weights[f"w{i}"].T
        voltage += weights[f"b{i}"]
        voltages.append(voltage)
        rates.append(ACTIVATIONS[activation](voltage))
    return Feedforward(tuple(activations), tuple(voltages), tuple(rates))


def output(weights: Mapping[str, np.ndarray], activations: tuple[str, ...], x: np.ndarray) -> np.ndarray:
    """Output rates r_L^- (batch, n_L) of inputs x (batch, n_in); one activation per layer, the last for the output."""
    rate = x
    for i, activation in enumerate(activations, start=1):
        rate = ACTIVATIONS[activation](rate @ weights[f"w{i}"].T + weights[f"b{i}"])
    return rate


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Softmax cross-entropy per sample (n,), of logits (n, n_L) and integer labels (n,)."""
    shifted = logits - logits.max(-1, keepdims=True)
    return np.log(np.exp(shifted).sum(-1)) - np.take_along_axis(shifted, labels[:, None], 1)[:, 0]


def squared_error(outputs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Squared error per sample (n,), mean over the output units; ``wanted`` (n, n_L), or integer labels (n,)."""
    if wanted.ndim == 1:
        wanted = np.eye(outputs.shape[1])[wanted]
    return ((outputs - wanted) ** 2).mean(-1)


LOSSES = {"cross_entropy": cross_entropy, "mse": squared_error}


def loss_gradient(loss: str, outputs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """dLoss/dr_L (n, n_L), Loss the mean over the n samples (mse: over all elements); ``wanted`` (n, n_L), one-hot."""
    if loss == "mse":
        return (outputs - wanted) * (2 / wanted.size)
    softmax = np.exp(outputs - outputs.max(-1, keepdims=True))
    softmax /= softmax.sum(-1, keepdims=True)
    return (softmax - wanted) * (1 / len(wanted))


def output_error(recipe, outputs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """r_L* - r_L^- = -nudge * dLoss/dr_L (n, n_L), the error of the output target (Meulemans et al. 2021, eq. 3)."""
    return -recipe.learning.nudge * loss_gradient(recipe.network.loss, outputs, wanted)
