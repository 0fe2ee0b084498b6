"""The floor on a GPU: the step's matrix products alone, by cuBLAS in a CUDA graph, one after the other.

The products of floor.c, arrays (units, samples). Layer 1 is held: its product with the images is made once per
presentation and does not count.
"""

import torch


class Products:
    """Of one step of a network of these ``sizes``; ``step`` makes them."""

    def __init__(self, sizes: tuple[int, ...], batch: int, precision: str, device: str):
        def normal(*shape):
            return torch.randn(*shape, dtype=getattr(torch, precision), device=device)

        *_, n_output = sizes
        self.control = normal(n_output, batch)
        self.rates = [normal(n, batch) for n in sizes]
        self.voltages = [normal(n, batch) for n in sizes]
        self.feedback = [normal(n, n_output) for n in sizes]
        self.weights, self.updates = (
            [normal(*shape) for shape in zip(sizes[1:], sizes, strict=False)] for _ in range(2)
        )

    def step(self) -> None:
        for i in range(1, len(self.rates)):
            torch.mm(self.feedback[i], self.control, out=self.voltages[i])
        for i in range(2, len(self.rates)):
            torch.mm(self.weights[i - 1], self.rates[i - 1], out=self.voltages[i])
            self.updates[i - 1].addmm_(self.rates[i], self.rates[i - 1].T, alpha=1e-6)
