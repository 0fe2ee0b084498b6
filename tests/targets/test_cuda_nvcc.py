"""A network through NVIDIA's own compiler and libraries, where they are: slow, and no GPU is needed."""

import os

import numpy as np
import pytest

import dfc_brian as dfc
from dfc_brian.devices.gpu import Gpu
from dfc_brian.errors import Unavailable
from dfc_brian.learning.dfc import Learner


@pytest.fixture(scope="module")
def learner():
    """A network that learns, compiled for the architecture of an H100, or for that of the GPU that is there."""
    recipe = dfc.Recipe.bare([3, 4, 2], {"train.batch_size": 2, "presentation.duration": "20 ms"})
    try:
        capability = Gpu.find().compute_capability
    except Unavailable:
        capability = 9.0
    try:
        network = dfc.Network(recipe.replace({"cuda.compute_capability": capability}), device="cuda")
    except Unavailable as error:
        pytest.skip(f"no CUDA toolkit: {error}")
    return Learner(network)


def test_a_network_compiles_and_links(learner):
    folder = learner.program.folder
    assert os.access(folder / "main", os.X_OK)
    assert "cublas" in (folder / "program.cu").read_text() and not list(folder.glob("*.o"))


def test_the_compiled_network_runs_or_says_that_there_is_no_gpu(learner):
    block = [(np.ones((2, 3)), np.array([0, 1]))]
    try:
        Gpu.find()
    except Unavailable:
        with pytest.raises(Unavailable, match="(?s)no GPU here.*kept"):
            learner.block(block)
    else:
        assert np.isfinite(learner.block(block).output).all()
