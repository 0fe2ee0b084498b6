"""What the runners of dense synapses share: factors of terms, and the blocks of code that compute them."""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from brian2.core.variables import Variable

from .blas import gemm_function
from .cells import in_place
from .codeobject import DenseRunner, owner_of
from .separate import NotSeparable


@dataclass(frozen=True)
class Factor:
    """A factor of a term, with one value for each cell or synapse of its side.

    Either the array ``var``, read where it lies from element ``start`` on, or the result ``name`` of the
    code block of its side, which templates for compiled targets keep in a scratch array. A weighted factor that is
    such an array is read where it lies as long as all samples weigh the same (not on CUDA, where the host cannot know).
    """

    name: str
    dtype: np.dtype
    size: int
    weighted: bool = False  # to be multiplied by the weights of the samples
    var: Variable | None = None
    start: int = 0

    computed = property(lambda self: self.weighted or self.var is None)
    either = property(lambda self: self.weighted and self.var is not None)  # read in place, or computed


@dataclass(frozen=True)
class Scratch:
    """An array for the values of ``of``, which the code object of a compiled target keeps for itself."""

    of: str
    dtype: np.dtype
    size: int = 1

    name = property(lambda self: f"{self.of}_scratch")


class ProductRunner(DenseRunner):
    """A runner with the blocks of abstract code ``const``, ``pre``, ``post`` and ``syn``.

    They compute numbers (once per call), and values of source cells, target cells and synapses.
    """

    def __init__(self, synapses, template, **keywords):
        super().__init__(synapses, template, check_units=False, **keywords)
        self.synapses = self.group
        self.variables._variables.update(synapses._cells._variables)
        self.variables.indices.update(synapses._cells.indices)
        self.need("_dense_gemm")
        self.blocks = {"const": [], "pre": [], "post": [], "syn": []}
        self.factors = {"pre": {}, "post": {}, "syn": {}}
        self.scratch = []
        self.starts = {"pre": owner_of(synapses.source)[1], "post": owner_of(synapses.target)[1], "syn": 0}
        self.units = {"pre": synapses._n_pre, "post": synapses._n_post}

    def finish(self, numbers=(), **keywords):
        """Write down what the template needs; ``numbers`` are scalars that a product reads on the device."""
        self.abstract_code = {name: "\n".join(lines) for name, lines in self.blocks.items()}
        computed = {
            side: [factor for factor in factors.values() if factor.computed] for side, factors in self.factors.items()
        }
        self.template_kwds = {
            "units": self.units,
            "starts": self.starts,
            "batch": self.synapses.batch,
            "computed": computed,
            "scratch": [*(Scratch(f.name, f.dtype, f.size) for f in chain(*computed.values())), *self.scratch],
            "numbers": [Scratch(name, np.dtype(dtype)) for name, dtype in numbers],
            **keywords,
        }

    def create_default_code_object(self, run_namespace):
        for name, function in self.functions(run_namespace).items():
            if not function.stateless:
                raise NotSeparable(
                    f"'{self.synapses.name}' uses the function '{name}', which has a state (as rand has): "
                    "brian2.Synapses would call it once for each synapse, and dense synapses cannot.\n"
                    "Compute it in the source or target group, or use brian2.Synapses."
                )
        self.variables._variables["_dense_gemm"] = gemm_function()
        return super().create_default_code_object(run_namespace)

    def bring(self, array):
        """The template uses this hidden array of the synapses, which has an index of its own there."""
        self.variables.add_reference(array, self.synapses, array, index="_idx")
        self.need(array)

    def scalar(self, expression):
        """A number that is computed once per call; returns its name."""
        name = f"_scalar_{len(self.blocks['const'])}"
        self.variables.add_auxiliary_variable(name, dtype=np.float64, scalar=True)
        self.blocks["const"].append(f"{name} = {expression}")
        return name

    def value(self, side, expression, dtype):
        """A value for each cell or synapse of a side; returns its name."""
        name = f"_{side}_{len(self.blocks[side])}"
        self.variables.add_auxiliary_variable(name, dtype=dtype)
        self.blocks[side].append(f"{name} = {expression}")
        return name

    def factor(self, side, expression, dtype, weighted=False, copy=False):
        """The `Factor` for ``expression``; read in place where possible, unless ``copy`` is wanted."""
        dtype = np.dtype(dtype)
        key = expression, dtype, weighted
        if key in self.factors[side]:
            return self.factors[side][key]
        synapses = self.synapses
        size = len(synapses) if side == "syn" else self.units[side] * synapses.batch
        variables = synapses.variables if side == "syn" else self.variables
        name, var = expression, None
        if not copy and in_place(variables, expression, dtype):
            self.need(expression)
            var = variables[expression]
        if weighted or var is None:
            name = self.value(side, expression, dtype)
        factor = Factor(name, dtype, size, weighted, var, self.starts[side])
        self.factors[side][key] = factor
        return factor
