"""Standard normals that depend on a key, a stream, the time step and the cell, and on nothing else.

Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") with the counter
(cell, step, stream, 0), then Box and Muller. The numbers are the same on every device, with any number of threads, and
in a program that runs again; a new key gives new ones. include/dense_philox.h and templates/cuda/dense_noise.cu do the
same on compiled targets.
"""

import numpy as np
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.fundamentalunits import Quantity, fail_for_dimension_mismatch
from brian2.utils.stringtools import get_identifiers

from .codeobject import DenseRunner, owner_of, travel_with
from .headers import implement, template_function

MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
INCREMENTS = 0x9E3779B9, 0xBB67AE85


def philox(counter, key):
    """The four words of Philox4x32-10, arrays of uint64 below 2^32.

    Parameters
    ----------
    counter : four arrays or integers below 2^32
    key : two integers below 2^32
    """
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    c0, c1, c2, c3 = (np.asarray(c).astype(np.uint64) for c in np.broadcast_arrays(*counter))
    k0, k1 = (int(k) for k in key)
    for _ in range(10):
        p0, p1 = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1 = (p1 >> half) ^ c1 ^ np.uint64(k0), p1 & low
        c2, c3 = (p0 >> half) ^ c3 ^ np.uint64(k1), p0 & low
        k0, k1 = (k0 + INCREMENTS[0]) & 0xFFFFFFFF, (k1 + INCREMENTS[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def standard_normals(n, key, step, stream=0, dtype=np.float64):
    """``n`` independent standard normals (n,) for a ``key`` (two words), a time step and a stream.

    The four normals of counter j are the elements j + k*quarter, k = 0..3, with quarter = ceil(n/4). The precision of
    ``dtype`` is also that of the computation.
    """
    real = np.dtype(dtype).type
    quarter = -(-n // 4)
    words = philox((np.arange(quarter), int(step) & 0xFFFFFFFF, stream, 0), [int(word) & 0xFFFFFFFF for word in key])
    normals = []
    for a, b in (words[:2], words[2:]):
        radius = np.sqrt(real(-2) * np.log((a.astype(real) + real(1)) * real(2.0**-32)))
        angle = b.astype(np.uint32).view(np.int32).astype(real) * real(np.pi * 2.0**-31)
        normals += [radius * np.cos(angle), radius * np.sin(angle)]
    return np.concatenate(normals)[:n]


_normals = template_function()
_normals.implementations.add_implementation("numpy", code=standard_normals)
implement(_normals, "cpp", "_dense_normals", "dense_philox.h")
implement(_normals, "cuda", "_dense_normals", "dense_cuda_math.h", "dense_philox4x32.h")


class Noise(DenseRunner):
    """Fills a variable with new noise in each step: standard normals, times ``scale``.

    Parameters
    ----------
    group : Group
        A `NeuronGroup` or `Subgroup`.
    variable : str
        Its variable, one number for each cell.
    key : (Group, str)
        A group and its integer variable, whose first two elements are the key. It can be set before each run.
    stream : int
        Noises with the same key and another stream are independent.
    scale : str
        An expression of scalars in the unit of the variable: ``"1/sqrt(dt)"`` for white noise in an equation that
        Euler's method integrates, with the unit second**-0.5.
    clock, dt, when, order, name : optional
        As for `run_regularly`; the step that numbers depend on is that of the clock.

    Like the result of `run_regularly`, it belongs to its group and enters the network with it.
    """

    writes = ("_noise_out",)

    def __init__(
        self, group, variable, key, stream=0, scale="1", *, clock=None, dt=None, when="start", order=0, name=None
    ):
        owner, start = owner_of(group)
        clock = clock or (group.clock if dt is None else None)
        super().__init__(
            owner, "dense_noise", clock=clock, dt=dt, when=when, order=order, name=name or f"{group.name}_noise*",
            check_units=False,
        )  # fmt: skip
        if "t_in_timesteps" in get_identifiers(scale):
            raise ValueError("Noise: the scale cannot refer to 't_in_timesteps'; write t/dt.")
        self.scale, self.out = scale, owner.variables[variable]
        self.abstract_code = {"scalars": f"_scale = {scale}\n_step = t_in_timesteps"}
        self.variables.create_clock_variables(self.clock)
        self.variables.add_auxiliary_variable("_scale", dtype=self.out.dtype, scalar=True)
        self.variables.add_auxiliary_variable("_step", dtype=np.int64, scalar=True)
        self.variables.add_reference("_noise_out", owner, variable, index="0")
        self.variables.add_reference("_noise_key", owner_of(key[0])[0], key[1], index="0")
        self.variables._variables["_dense_normals"] = _normals
        self.need("_noise_out", "_noise_key", "_dense_normals")
        self.template_kwds = {
            "out": self.variables["_noise_out"],
            "key": self.variables["_noise_key"],
            "first": start,
            "cells": len(group),
            "stream": int(stream),
        }
        travel_with(group, self)

    def before_run(self, run_namespace):
        names = get_identifiers(self.scale)
        variables = self.group.resolve_all(names, run_namespace, additional_variables=self.variables)
        dimensions = parse_expression_dimensions(self.scale, variables)
        message = f"The variable '{self.out.name}' has not the dimensions of the scale of its noise, '{self.scale}'."
        fail_for_dimension_mismatch(self.out, Quantity(1, dim=dimensions), message)
        super().before_run(run_namespace)
