"""The conditions under which feedback control assigns credit optimally (Meulemans et al. 2021, section 3)."""

from collections.abc import Mapping

import numpy as np

from ..feedforward import present
from ..jacobian import feedback_product, gram, jacobian


def condition_2(weights: Mapping[str, np.ndarray], activations: tuple[str, ...], x: np.ndarray) -> float:
    """How far the columns of Q_bar lie in the row space of J_bar: 1 is Condition 2, mean over the samples x.

    mean_b ||J^T (J J^T)^-1 J Q_bar||_F / ||Q_bar||_F. The projection has the norm of L^-1 J Q_bar where
    J J^T = L L^T, so that J_bar need not be stacked.

    Parameters
    ----------
    weights : ``w<i>``, ``b<i>``, ``q<i>``
    activations : one per layer, the last for the output
    x : (batch, n_in)
    """
    passed = present(weights, activations, x)
    product = feedback_product(passed, weights)
    solved = np.linalg.solve(gram(jacobian(passed, weights)), product)
    projected = np.sqrt(np.einsum("bij,bij->b", product, solved))
    whole = np.sqrt(sum(np.vdot(q, q) for q in (weights[f"q{i}"] for i in range(1, len(activations) + 1))))
    return float(projected.mean() / whole)
