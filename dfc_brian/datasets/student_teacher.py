"""Student and teacher: random inputs, and what a random network of rectified units makes of them.

Meulemans et al. (2021), "Credit Assignment in Neural Networks through Deep Feedback Control", NeurIPS 2021, Figure 3.
"""

import numpy as np

SEED = 42
HIDDEN = (1000,) * 4
GAIN = 3.0
SIZES = (15, 5)
"""Inputs and outputs of the published task."""


def generate(samples: int, n_in: int, n_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs x (samples, n_in), uniform in [-1, 1), and the teacher's outputs y (samples, n_out).

    The teacher has four hidden layers of 1000 rectified units, Xavier-normal weights with gain 3, no biases and
    a linear output. It and the inputs are the same for every seed of a run; outputs are rounded to 1e-9, so that
    they do not depend on the order in which a matrix product sums.
    """
    draw = np.random.default_rng(SEED)
    x = draw.uniform(-1, 1, (samples, n_in))
    sizes = (n_in, *HIDDEN, n_out)
    y = x
    for layer, (n_pre, n_post) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
        weights = draw.normal(0, GAIN * np.sqrt(2 / (n_pre + n_post)), (n_post, n_pre))
        y = y @ weights.T if layer == len(sizes) - 1 else np.maximum(y @ weights.T, 0)
    return x, y.round(9)
