"""How many minibatches make a block, which is one run of one program."""

from ..network.network import Network

STEPS = 50_000
"""Time steps of a block on a GPU: about three seconds, beside which the half second that its process needs is small."""
MEMORY = 2**28
"""Most bytes of the tables of samples of such a block."""


def minibatches(network: Network, steps: int, usual: int) -> int:
    """``usual``; on a GPU as many as make `STEPS`, with ``steps`` for each, as long as they fit into `MEMORY`."""
    if network.target.device != "cuda":
        return usual
    n_input, *_, n_output = network.recipe.network.sizes
    sample = 8 * (n_input + n_output + 1)
    return max(1, min(STEPS // steps, MEMORY // (network.recipe.train.batch_size * sample)))
