"""The rows of the table: each gives seconds per step of a case."""

import time
from collections.abc import Callable
from functools import partial
from importlib import import_module

import numpy as np

from dfc_brian import Network
from dfc_brian.errors import Unavailable
from dfc_brian.learning.dfc import Learner

from .case import Case

COMPARED_STEPS = 50


def program(case: Case, graph: bool) -> float:
    """The device cuda: a block of two presentations less one of one."""
    learner = Learner(Network(case.recipe(case.steps, **{"cuda.graph": graph}), device="cuda"))
    minibatches = [case.samples(seed) for seed in (0, 1)]

    def seconds(presentations: int) -> float:
        begin = time.perf_counter()
        learner.block(minibatches[:presentations])
        return time.perf_counter() - begin

    one, two = np.min([(seconds(1), seconds(2)) for _ in range(case.rounds)], axis=0)
    if two <= one:
        raise RuntimeError("too short to be measured: take more steps")
    return float(two - one) / case.steps


def loop(case: Case, how: str) -> float:
    """The PyTorch loop; ``how`` is the name of a function of `torch_timing`."""
    timing, (shown, samples) = _torch("torch_timing"), presentation(case, case.steps)
    call = getattr(timing, how)(shown.step)
    shown.load(*samples)
    return timing.seconds(call, case.steps, case.rounds, case.device)


def products(case: Case) -> float:
    """Matrix products alone, in a CUDA graph."""
    timing = _torch("torch_timing")
    step = _torch("torch_products").Products(case.sizes, case.batch, case.precision, case.device).step
    return timing.seconds(timing.captured(step), case.steps, case.rounds, case.device)


FLOOR, EAGER = "matrix products alone, CUDA graph", "PyTorch, eager"
LOOPS = {"PyTorch, torch.compile, CUDA graph": "compiled", "PyTorch, CUDA graph": "captured", EAGER: "eager"}
ROWS: dict[str, Callable[[Case], float]] = {
    FLOOR: products,
    "dfc_brian, CUDA graph": partial(program, graph=True),
    "dfc_brian, eager": partial(program, graph=False),
    **{name: partial(loop, how=how) for name, how in LOOPS.items()},
}


def presentation(case: Case, steps: int):
    """The PyTorch loop with the recipe's constants and weights, and samples for it."""
    torch_loop, recipe = _torch("torch_loop"), case.recipe(steps)
    network = Network(recipe, device="numpy")
    constants = torch_loop.Constants(
        dt=float(recipe.presentation.dt),
        tau_v=float(recipe.neuron["tau_v"]),
        tau_u=float(recipe.controller["tau_u"]),
        **{name: recipe.controller[name] for name in ("k_p", "k_i", "leak")},
        nudge=recipe.learning.nudge,
        states=recipe.presentation.states,
    )
    shown = torch_loop.Presentation(network.weights, constants, case.batch, case.precision, case.device)
    return shown, network.samples(*case.samples(0))


def difference(case: Case, how: str) -> float:
    """Of the updates of the PyTorch loop from those of the network (numpy), relative to their norm, the largest."""
    shown, samples = presentation(case, COMPARED_STEPS)
    call = getattr(_torch("torch_timing"), how)(shown.step)
    shown.load(*samples)
    for _ in range(COMPARED_STEPS):
        call()
    theirs = shown.updates()
    own = Network(case.recipe(COMPARED_STEPS), device="numpy").present(*case.samples(0)).updates
    return max(float(np.linalg.norm(theirs[name] - own[name]) / np.linalg.norm(own[name])) for name in own)


def _torch(name: str):
    """The module ``name`` of this package, which needs PyTorch."""
    try:
        return import_module(f".{name}", __package__)
    except ImportError:
        raise Unavailable("PyTorch is not installed") from None
