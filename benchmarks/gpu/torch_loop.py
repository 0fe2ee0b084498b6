"""A presentation of continuous DFC as one would write it in PyTorch: the same equations, order and numbers.

Three-compartment neurons with tanh in hidden layers and a linear output, cross-entropy, PI control with leak on the
total control, proactive feedback, instantaneous transmission, Euler, and the nonlinear difference as plasticity in each
step. Arrays are (samples, units), made once and changed in place, so that a step can be captured in a CUDA graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Constants:
    """Times in seconds; ``states`` is T."""

    dt: float
    tau_v: float
    tau_u: float
    k_p: float
    k_i: float
    leak: float
    nudge: float
    states: int


class Presentation:
    """Of ``batch`` samples to a network with at least one hidden layer.

    ``weights`` as those of `dfc_brian.Network`; ``precision`` "float64" or "float32"; ``device``: PyTorch's.
    """

    def __init__(self, weights: Mapping[str, np.ndarray], constants: Constants, batch: int, precision: str, device):
        self.like = {"dtype": getattr(torch, precision), "device": device}
        self.constants, self.share = constants, 1 / (constants.states * batch)
        layers = range(1, 1 + sum(name[0] == "w" for name in weights))
        self.w, self.b, self.q = ([self._tensor(weights[f"{kind}{i}"]) for i in layers] for kind in "wbq")
        self.dw, self.db = ([torch.zeros_like(value) for value in values] for values in (self.w, self.b))
        self.v = [torch.zeros(batch, len(b), **self.like) for b in self.b]
        self.x = torch.zeros(batch, self.w[0].shape[1], **self.like)
        self.basal, self.predicted, self.held = (torch.zeros_like(self.v[0]) for _ in range(3))  # of layer 1
        self.target, self.u_int, self.u = (torch.zeros_like(self.v[-1]) for _ in range(3))

    def load(self, x: np.ndarray, y: np.ndarray) -> None:
        """State 0 of samples x (batch, n_in) with one-hot labels y (batch, n_L)."""
        self.x.copy_(self._tensor(x))
        torch.addmm(self.b[0], self.x, self.w[0].T, out=self.basal)
        torch.tanh(self.basal, out=self.predicted)
        self.v[0].copy_(self.basal)
        for i in range(1, len(self.v)):
            torch.addmm(self.b[i], self.v[i - 1].tanh(), self.w[i].T, out=self.v[i])
        output = self.v[-1]
        self.target.copy_(output - self.constants.nudge / len(x) * (output.softmax(1) - self._tensor(y)))
        for value in (self.u_int, self.u, self.held, *self.dw, *self.db):
            value.zero_()

    def step(self) -> None:
        """From one state to the next, and what plasticity makes of it."""
        c, below, last = self.constants, self.x, len(self.v) - 1
        error = self.target - self.v[-1]
        self.u_int.add_(error - c.leak * self.u, alpha=c.dt / c.tau_u)
        torch.add(c.k_i * self.u_int, error, alpha=c.k_p, out=self.u)
        for i, v in enumerate(self.v):
            basal = torch.addmm(self.b[i], below, self.w[i].T) if i else self.basal
            v.lerp_(torch.addmm(basal, self.u, self.q[i].T), c.dt / c.tau_v)
            rate = v if i == last else v.tanh()
            if i:
                delta = rate - (basal if i == last else basal.tanh())
                self.dw[i].addmm_(delta.T, below, alpha=self.share)
                self.db[i].add_(delta.sum(0), alpha=self.share)
            else:  # its input is constant: one product when the presentation ends
                self.held.add_(rate - self.predicted)
            below = rate

    def updates(self) -> dict[str, np.ndarray]:
        """As those of `dfc_brian.Network.present`, once T - 1 steps are made."""
        self.dw[0], self.db[0] = self.share * (self.held.T @ self.x), self.share * self.held.sum(0)
        found = zip([*self.dw, *self.db], [f"{kind}{i + 1}" for kind in "wb" for i in range(len(self.w))], strict=True)
        return {name: value.cpu().numpy() for value, name in found}

    def _tensor(self, value: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(np.asarray(value), **self.like)
