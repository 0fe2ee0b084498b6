"""The feedforward network in numpy: what evaluation needs, no feedback and no time."""

from collections.abc import Mapping

import numpy as np

ACTIVATIONS = {
    "tanh": np.tanh,
    "linear": lambda v: v,
    "relu": lambda v: np.maximum(v, 0),
    "sigmoid": lambda v: 0.5 * (1 + np.tanh(0.5 * v)),
}


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
