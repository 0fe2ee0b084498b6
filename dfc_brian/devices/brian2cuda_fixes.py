"""Where Brian2CUDA 1.0b1 needs help; with another version, each point is to be looked at again."""

import logging
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np


def load() -> None:
    """Import Brian2CUDA."""
    # setuptools first: it brings distutils, which Brian2CUDA imports, and Python 3.12 no longer has.
    import setuptools  # noqa: F401, I001

    import brian2cuda.cuda_generator
    import brian2cuda.device
    from brian2.core.clocks import BaseClock

    # Times are passed to kernels by value where isinstance(owner, Clock). An EventClock is none: its t would be read
    # from an array on the GPU that never changes.
    brian2cuda.device.Clock = brian2cuda.cuda_generator.Clock = BaseClock


def preferences(precision: str, toolkit: Path, version: str, compute_capability: float) -> Mapping:
    """Brian2's preferences for a program, with all that Brian2CUDA would otherwise find out, or choose, by itself."""
    own = {
        "detect_gpus": False,  # would take the GPU with the highest compute capability, not the first
        "gpu_id": 0,
        "compute_capability": float(compute_capability),
        "cuda_path": str(toolkit),
        "cuda_runtime_version": float(".".join(version.split(".")[:2])),
        "extra_compile_args_nvcc": [],  # its default has -use_fast_math
        "gpu_heap_size": 1,  # MB that nothing here uses; 128 by default
    }
    return {
        "core.default_float_dtype": np.dtype(precision).type,
        "codegen.cpp.extra_compile_args": [],  # the host's part; the default has -ffast-math
        # Each program makes a generator when it starts, though nothing here draws from it: others take longer.
        "devices.cuda_standalone.random_number_generator_type": "CURAND_RNG_PSEUDO_PHILOX4_32_10",
        **{f"devices.cuda_standalone.cuda_backend.{name}": value for name, value in own.items()},
    }


def forget() -> None:
    """Toolkit and GPU are kept in its modules from the first program on: let the next one use its own preferences."""
    from brian2cuda.utils.gputools import reset_cuda_installation, reset_gpu_selection

    reset_cuda_installation()
    reset_gpu_selection()


@contextmanager
def quiet():
    """It tells all its preferences with each program, 30 lines."""
    logger = logging.getLogger("brian2.brian2cuda")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
