"""Differential equations of synapses, by the explicit Euler method."""

from dataclasses import dataclass

import numpy as np
import sympy
from brian2.core.variables import Variable

from .codeobject import owner_of
from .products import Factor, ProductRunner, Scratch
from .separate import ONE


@dataclass(frozen=True)
class SampleSum:
    """``name[unit] = sum_b weight[b]*value[unit, b]*per_sample[b]``."""

    name: str
    value: str
    per_sample: Factor | None
    dtype: np.dtype


@dataclass(frozen=True)
class Product:
    """``scalar * sum_b post[j, b]*pre[i, b]`` for all pairs of units."""

    name: str
    post: Factor
    pre: Factor


@dataclass(frozen=True)
class State:
    """A synaptic variable, and its step: ``var = new``, then ``var = keep*var + products``."""

    var: Variable
    new: str | None
    keep: str | None
    products: list


class EulerRunner(ProductRunner):
    """One step of ``dw[j, i]/dt = sum_k syn_k[j, i] * sum_b weight[b]*post_k[j, b]*pre_k[i, b]``.

    Terms with both neurons are matrix products, straight into ``w`` if they have no synaptic factor. Terms with one
    neuron (or with a single source unit) are sums over the samples, terms without a neuron are element-wise; a decay
    alone is left to the matrix product.
    """

    def __init__(self, synapses, equations, clock, weight, held, order):
        name = f"{synapses.name}_stateupdater"
        super().__init__(synapses, "dense_euler", clock=clock, when="groups", order=order, name=name)
        self.sums = {"pre": [], "post": []}
        self.matrices = []  # products that are needed element by element
        self.held = []  # (hidden array, value, scalar)
        self.arrays = {(varname, term): array for varname, term, array in held}
        self.weight = None
        if weight is not None:
            group, variable = weight
            owner, start = owner_of(group)
            self.variables.add_reference("_sample_weight", owner, variable)
            self.need("_sample_weight")
            self.weight = {"var": self.variables["_sample_weight"], "start": start}
        states = [self.state(equation.varname, terms) for equation, terms in equations]
        self.writes = (*(equation.varname for equation, _ in equations), *self.arrays.values())
        numbers = [(product.name, state.var.dtype) for state in states for product in state.products]
        numbers += [(state.keep, state.var.dtype) for state in states if state.keep]
        self.finish(numbers, states=states, sums=self.sums, matrices=self.matrices, held=self.held, weight=self.weight)

    def state(self, name, terms):
        var = self.synapses.variables[name]
        self.need(name)
        products, rates, steps, keep = [], [], [], None
        for term in terms:
            if term.post == ONE and term.pre == ONE:
                rates.append(term)
                continue
            scalar = self.step(term)
            if self.units["pre"] == 1 or ONE in (term.post, term.pre):
                steps.append(f"{scalar}*({term.text('syn')})*{self.sum_over_samples(term, var.dtype)}")
            elif term.syn != ONE:
                product = self.product(f"_product_{len(self.matrices)}", term, var.dtype)
                self.variables.add_auxiliary_variable(product.name, dtype=var.dtype)
                self.matrices.append(product)
                self.scratch.append(Scratch(product.name, np.dtype(var.dtype), len(self.synapses)))
                steps.append(f"{scalar}*({term.text('syn')})*{product.name}")
            elif (name, term) in self.arrays:
                array = self.arrays[name, term]
                self.bring(array)
                value = self.value("post", term.text("post"), var.dtype)
                self.held.append((self.synapses.variables[array], value, scalar))
            else:
                products.append(self.product(scalar, term, var.dtype))
        if products and not steps and len(rates) == 1 and rates[0].syn == sympy.Symbol(name, real=True):
            keep = self.scalar(f"1 + dt*({rates.pop().text('const')})")
        if rates:
            steps.append(f"dt*({' + '.join(term.text('const', 'syn') for term in rates)})")
        new = self.value("syn", " + ".join([name, *steps]), var.dtype) if steps else None
        return State(var, new, keep, products)

    def step(self, term):
        """The scalar factor of a term: a mean over the samples unless they have weights."""
        share = "" if self.weight else f"/{self.synapses.batch}.0"
        return self.scalar(f"dt*({term.text('const')}){share}")

    def product(self, name, term, dtype):
        post = self.factor("post", term.text("post"), dtype, weighted=self.weight is not None)
        return Product(name, post, self.factor("pre", term.text("pre"), dtype))

    def sum_over_samples(self, term, dtype):
        """A sum over the samples of one side; returns the name of its value for a synapse."""
        single = self.units["pre"] == 1
        side = "post" if single or term.pre == ONE else "pre"
        name = f"_sum_{side}_{len(self.sums[side])}"
        self.variables.add_auxiliary_variable(name, dtype=dtype)
        per_sample = self.factor("pre", term.text("pre"), dtype) if single and term.pre != ONE else None
        value = self.value(side, term.text(side), dtype)
        self.sums[side].append(SampleSum(name, value, per_sample, np.dtype(dtype)))
        self.scratch.append(Scratch(name, np.dtype(dtype), self.units[side]))
        return name


class FlushRunner(ProductRunner):
    """Adds the held integrals to the synaptic variables, ``w += F . pre^T``, and clears them."""

    def __init__(self, synapses, held, clock):
        name = f"{synapses.name}_flush"
        super().__init__(synapses, "dense_flush", clock=clock, when="start", order=-100, name=name)
        self.writes = tuple(name for varname, _, array in held for name in (varname, array))
        states = []
        for varname, term, array in held:
            var = synapses.variables[varname]
            self.need(varname)
            self.bring(array)
            states.append((var, synapses.variables[array], self.factor("pre", term.text("pre"), var.dtype)))
        self.finish(states=states)
