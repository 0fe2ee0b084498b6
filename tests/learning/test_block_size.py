"""How many minibatches a block has: many on a GPU, where a process starts slowly, but not more than fit."""

from types import SimpleNamespace

import pytest

import dfc_brian as dfc
from dfc_brian.devices import Target
from dfc_brian.learning.block_size import MEMORY, minibatches

SIZES = [784, 256, 256, 256, 10]


@pytest.mark.parametrize(
    "device, batch, steps, expected",
    [("cpp", 128, 499, 10), ("numpy", 128, 47, 10), ("cuda", 128, 499, 100), ("cuda", 1, 29, 1724)],
)
def test_number_of_minibatches(device, batch, steps, expected):
    recipe = dfc.Recipe.bare(SIZES, {"train.batch_size": batch})
    assert minibatches(SimpleNamespace(target=Target(device), recipe=recipe), steps, usual=10) == expected


@pytest.mark.parametrize("batch, at_least", [(8192, 5), (10**6, 1)])
def test_tables_fit_into_memory(batch, at_least):
    recipe = dfc.Recipe.bare(SIZES, {"train.batch_size": batch})
    found = minibatches(SimpleNamespace(target=Target("cuda"), recipe=recipe), 47, usual=10)
    assert found >= at_least and (found == 1 or found * batch * 8 * (784 + 10 + 1) <= MEMORY)
