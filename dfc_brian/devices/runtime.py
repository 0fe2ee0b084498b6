"""The numpy device: Brian2's runtime with the numpy code generation target, no compiler needed."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import numpy as np
from brian2 import Network, get_device, prefs, set_device
from brian2.core import network as brian2_network
from brian2.devices.device import reset_device

from . import Assembly, array_variables
from .explain import model_errors


@contextmanager
def runtime(precision: str):
    """Brian2's runtime device with the numpy target, and the user's own choice afterwards."""
    target, dtype = prefs["codegen.target"], prefs["core.default_float_dtype"]
    stop = prefs["core.stop_on_keyboard_interrupt"]
    foreign = get_device().__class__.__name__ != "RuntimeDevice"
    if foreign:
        set_device("runtime")
    prefs["codegen.target"], prefs["core.default_float_dtype"] = "numpy", np.dtype(precision).type
    prefs["core.stop_on_keyboard_interrupt"] = False  # or else Ctrl-C ends a run early, as if it were complete
    try:
        yield
    finally:
        prefs["core.stop_on_keyboard_interrupt"] = stop
        prefs["codegen.target"], prefs["core.default_float_dtype"] = target, dtype
        if foreign:
            reset_device()


@contextmanager
def no_garbage_collection():
    """Brian2 collects garbage before each run, to warn of objects without a network: longer than a short run."""
    collector, brian2_network.gc = brian2_network.gc, SimpleNamespace(collect=lambda: None)
    try:
        yield
    finally:
        brian2_network.gc = collector


class RepeatedNetwork(Network):
    """A network whose code is generated before its first run only: between runs nothing but values changes."""

    _prepared = False

    def __init__(self, objects: list, precision: str):
        super().__init__(objects)
        self._precision = precision
        for obj in self.sorted_objects:
            obj._network = self.id  # they are this network's, also if it never runs: Brian2 warns of others

    def add(self, *objects):
        super().add(*objects)
        self._prepared = False

    def before_run(self, run_namespace):
        if not self._prepared:
            with model_errors():
                super().before_run(run_namespace)
            self._prepared = True
        self._stopped = Network._globally_stopped = False

    def run(self, duration, *args, **keywords):
        with runtime(self._precision), no_garbage_collection() if self._prepared else nullcontext():
            super().run(duration, *args, **{"namespace": {}, **keywords})


class RuntimeProgram:
    """A live Brian2 network that is put back to its initial state before each run."""

    def __init__(self, build: Callable[[], Assembly], precision: str):
        start = time.perf_counter()
        self.precision, self.cached = precision, None
        with runtime(precision):
            with model_errors():
                self.assembly = build()
            self.network = RepeatedNetwork(self.assembly.objects, precision)
            self._variables = array_variables(self.network)
            self._initial = {name: np.array(v.get_value()) for name, v in self._variables.items()}
        self.seconds = time.perf_counter() - start

    def run(self, inputs: Mapping[str, np.ndarray], outputs: Iterable[str]) -> dict[str, np.ndarray]:
        network = self.network
        with runtime(self.precision):
            network.t_ = 0.0
            for name, value in self._initial.items():
                self._variables[name].get_value()[...] = value
            self.set(inputs)
            with np.errstate(over="ignore", invalid="ignore"):  # divergence is found in the results
                network.run(self.assembly.duration)
            return {name: np.array(self._variables[name].get_value()) for name in outputs}

    def set(self, inputs: Mapping[str, np.ndarray]) -> None:
        """Write values into tables (``"<table>.values"``) and variables (``"<object>.<variable>"``)."""
        for name, value in inputs.items():
            owner, _, variable = name.partition(".")
            is_table = variable == "values"
            target = self.assembly.tables[owner].values if is_table else self._variables[name].get_value()
            target[...] = np.reshape(value, target.shape)
