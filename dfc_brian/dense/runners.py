"""The runners of dense synapses: summed variables, differential equations, and the flush of held integrals."""

from dataclasses import dataclass

import numpy as np
from brian2.core.variables import Variable
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.fundamentalunits import Quantity, fail_for_dimension_mismatch

from .blas import gemm_function
from .cells import in_place
from .codeobject import DenseRunner, owner_of
from .separate import ONE, NotSeparable


@dataclass(frozen=True)
class Factor:
    """A factor of a term, with one value for each cell or synapse of its side.

    Either an array ``var`` that is read where it lies, from element ``start`` on, or the result ``name`` of the
    code block of its side, which templates for compiled targets store in a scratch array of that name.
    """

    name: str
    dtype: np.dtype
    size: int
    weighted: bool = False
    var: Variable | None = None
    start: int = 0


class ProductRunner(DenseRunner):
    """A runner whose abstract code has the blocks const, pre, post and syn, for loops over nothing (scalars), source
    cells, target cells and synapses."""

    def __init__(self, synapses, template, **keywords):
        super().__init__(synapses, template, check_units=False, **keywords)
        self.synapses = self.group
        self.variables._variables.update(synapses._cells._variables)
        self.variables.indices.update(synapses._cells.indices)
        self.variables.add_object("_dense_gemm", gemm_function())
        self.need("_dense_gemm")
        self.blocks = {"const": [], "pre": [], "post": [], "syn": []}
        self.factors = {"pre": {}, "post": {}, "syn": {}}
        self.starts = {"pre": owner_of(synapses.source)[1], "post": owner_of(synapses.target)[1], "syn": 0}
        self.units = {"pre": synapses._n_pre, "post": synapses._n_post}

    def finish(self, **keywords):
        """Write down what the template needs."""
        self.abstract_code = {name: "\n".join(lines) for name, lines in self.blocks.items()}
        self.template_kwds = dict(
            units=self.units,
            starts=self.starts,
            batch=self.synapses.batch,
            computed={
                side: [factor for factor in factors.values() if factor.var is None]
                for side, factors in self.factors.items()
            },
            **keywords,
        )

    def create_default_code_object(self, run_namespace):
        for function in self.functions(run_namespace):
            if not function.stateless:
                raise NotSeparable(
                    f"'{self.name}' uses a function with a state (such as rand), which brian2.Synapses would call once "
                    "for each synapse. Dense synapses cannot: use brian2.Synapses."
                )
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
        """A value per cell or synapse, computed in the block of ``side``; returns its name."""
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
        size = synapses._n_pre * synapses._n_post if side == "syn" else self.units[side] * synapses.batch
        variables = synapses.variables if side == "syn" else self.variables
        if not (weighted or copy) and in_place(variables, expression, dtype):
            self.need(expression)
            factor = Factor(expression, dtype, size, var=variables[expression], start=self.starts[side])
        else:
            factor = Factor(self.value(side, expression, dtype), dtype, size, weighted)
        self.factors[side][key] = factor
        return factor


@dataclass(frozen=True)
class Sum:
    """``scalar * outside * (matrix . inside)``, one term of a summed variable. Without a ``matrix`` the sum over the
    ``inside`` cells, without ``outside`` it goes straight into the target."""

    scalar: str
    inside: Factor | str
    matrix: Factor | None
    outside: str | None

    direct = property(lambda self: self.matrix is not None and self.outside is None)


class SummedRunner(ProductRunner):
    """``target[j, b] = sum_k post_k[j, b] * sum_i syn_k[j, i]*pre_k[i, b]``, or with pre and post exchanged."""

    def __init__(self, synapses, equation, side, terms, clock, when, order):
        name = f"{synapses.name}_summed_variable_{equation.varname}"
        super().__init__(synapses, "dense_summed", clock=clock, when=when, order=order, name=name)
        self.equation = equation
        inner = "pre" if side == "post" else "post"
        target = self.variables[equation.varname]
        self.need(equation.varname)
        if side == "post":
            target_group, inner_group = synapses.target, synapses.source
        else:
            target_group, inner_group = synapses.source, synapses.target
        overlap = _overlap(target_group, inner_group)
        sums = []
        for term in terms:
            if equation.varname in {str(symbol) for symbol in getattr(term, side).free_symbols}:
                raise NotSeparable(f"The summed variable '{equation.varname}' cannot refer to itself.")
            inside = term.text(inner)
            if term.syn == ONE:
                inside, matrix = self.value(inner, inside, target.dtype), None
            else:
                aliased = overlap and self.variables.get(inside) is target
                inside = self.factor(inner, inside, target.dtype, copy=aliased)
                matrix = self.factor("syn", term.text("syn"), target.dtype)
            outer = term.text(side)
            outside = None if outer == "1" else self.value(side, outer, target.dtype)
            sums.append(Sum(self.scalar(term.text("const")), inside, matrix, outside))
        self.finish(
            side=side, inner=inner, target=target, sums=sorted(sums, key=lambda term: not term.direct)
        )

    def before_run(self, run_namespace):
        """The unit check of `brian2.Synapses`."""
        expression = self.equation.expr
        variables = self.synapses.resolve_model(expression.identifiers, run_namespace)
        dimensions = parse_expression_dimensions(expression.code, variables)
        fail_for_dimension_mismatch(
            self.variables[self.equation.varname],
            Quantity(1, dim=dimensions),
            f"The target variable '{self.equation.varname}' does not have the same dimensions as the right-hand side "
            f"expression '{expression}'.",
        )
        super().before_run(run_namespace)


def _overlap(a, b):
    (owner_a, start_a), (owner_b, start_b) = owner_of(a), owner_of(b)
    return owner_a.name == owner_b.name and start_a < start_b + len(b) and start_b < start_a + len(a)


@dataclass(frozen=True)
class SampleSum:
    """``name[unit] = sum_b weight[b]*value[unit, b]*per_sample[b]``."""

    name: str
    value: str
    per_sample: Factor | None
    dtype: np.dtype


@dataclass(frozen=True)
class State:
    """A synaptic variable with a differential equation, and what is added to it in a step."""

    var: Variable
    new: str | None  # the name of its new value in the block syn, None if there is none
    products: list  # (scalar, post, pre): w += scalar * post . pre^T


class EulerRunner(ProductRunner):
    """One explicit Euler step of all differential equations,
    ``dw[j, i]/dt = sum_k syn_k[j, i] * sum_b weight[b]*post_k[j, b]*pre_k[i, b]``.

    Terms with both neurons are matrix products, straight into ``w`` if they have no synaptic factor. Terms with one
    neuron (or a single source unit) are sums over the samples, terms without a neuron are element-wise.
    """

    def __init__(self, synapses, equations, weight, held, order):
        name = f"{synapses.name}_stateupdater"
        super().__init__(synapses, "dense_euler", clock=synapses.clock, when="groups", order=order, name=name)
        self.weight = weight
        self.sums = {"pre": [], "post": []}
        self.matrices = []  # (name, post, pre)
        self.held = []  # (array, name of the value, scalar)
        if weight is not None:
            group, variable = weight
            self.variables.add_reference("_sample_weight", owner_of(group)[0], variable)
            self.need("_sample_weight")
            weight = {"var": self.variables["_sample_weight"], "start": owner_of(group)[1]}
        self.share = "1" if weight else f"1/{synapses.batch}.0"
        held = {(varname, term): array for varname, term, array in held}
        states = [self.state(equation.varname, terms, held) for equation, terms in equations]
        self.finish(states=states, sums=self.sums, matrices=self.matrices, held=self.held, weight=weight)

    def state(self, name, terms, held):
        var = self.synapses.variables[name]
        self.need(name)
        products, rates, steps = [], [], []
        for term in terms:
            if term.post == ONE and term.pre == ONE:
                rates.append(term.text("const", "syn"))
                continue
            scalar = self.scalar(f"dt*({self.share})*({term.text('const')})")
            if self.units["pre"] == 1 or ONE in (term.post, term.pre):
                steps.append(f"{scalar}*({term.text('syn')})*{self.sum_over_samples(term, var.dtype)}")
            elif term.syn != ONE:
                product = f"_product_{len(self.matrices)}"
                self.variables.add_auxiliary_variable(product, dtype=var.dtype)
                self.matrices.append((product, *self.pair(term, var.dtype)))
                steps.append(f"{scalar}*({term.text('syn')})*{product}")
            elif (name, term) in held:
                array = held[name, term]
                self.bring(array)
                value = self.value("post", term.text("post"), var.dtype)
                self.held.append((self.synapses.variables[array], value, scalar))
            else:
                products.append((scalar, *self.pair(term, var.dtype)))
        new = None
        if rates or steps:
            rate = [f"dt*({' + '.join(rates)})"] if rates else []
            new = self.value("syn", " + ".join([name, *rate, *steps]), var.dtype)
        return State(var, new, products)

    def pair(self, term, dtype):
        post = self.factor("post", term.text("post"), dtype, weighted=self.weight is not None)
        return post, self.factor("pre", term.text("pre"), dtype)

    def sum_over_samples(self, term, dtype):
        """A sum over the samples of one side; returns the name of its value in the block syn."""
        single = self.units["pre"] == 1
        side = "post" if single or term.pre == ONE else "pre"
        name = f"_sum_{side}_{len(self.sums[side])}"
        self.variables.add_auxiliary_variable(name, dtype=dtype)
        per_sample = self.factor("pre", term.text("pre"), dtype) if single and term.pre != ONE else None
        self.sums[side].append(SampleSum(name, self.value(side, term.text(side), dtype), per_sample, dtype))
        return name


class FlushRunner(ProductRunner):
    """Adds the held integrals to the synaptic variables, ``w += F . pre^T``, and clears them."""

    def __init__(self, synapses, held, clock):
        name = f"{synapses.name}_flush"
        super().__init__(synapses, "dense_flush", clock=clock, when="start", order=-100, name=name)
        states = []
        for varname, term, array in held:
            var = synapses.variables[varname]
            self.need(varname)
            self.bring(array)
            states.append((var, synapses.variables[array], self.factor("pre", term.text("pre"), var.dtype)))
        self.finish(states=states)
