"""Summed variables."""

from dataclasses import dataclass

from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.fundamentalunits import Quantity, fail_for_dimension_mismatch

from .codeobject import owner_of
from .products import Factor, ProductRunner
from .separate import ONE, NotSeparable


@dataclass(frozen=True)
class Sum:
    """One term, ``scalar * outside * (matrix . inside)``.

    ``inside`` is a factor of the cells that are summed over, or, without a ``matrix``, the name of a value
    of theirs.
    """

    scalar: str
    inside: Factor | str
    matrix: Factor | None
    outside: str | None

    @property
    def direct(self):
        """Whether the matrix product can write into the target."""
        return self.matrix is not None and self.outside is None


class SummedRunner(ProductRunner):
    """``target[j, b] = sum_k post_k[j, b] * sum_i syn_k[j, i]*pre_k[i, b]``; also with pre and post exchanged."""

    def __init__(self, synapses, equation, side, terms, clock, when, order):
        name = f"{synapses.name}_summed_variable_{equation.varname}"
        super().__init__(synapses, "dense_summed", clock=clock, when=when, order=order, name=name)
        self.equation = equation
        self.side = side
        self.inner = "pre" if side == "post" else "post"
        self.target = self.variables[equation.varname]
        self.need(equation.varname)
        sums = sorted((self.term(term) for term in terms), key=lambda term: not term.direct)
        self.finish(side=self.side, inner=self.inner, target=self.target, sums=sums)

    def term(self, term):
        dtype = self.target.dtype
        inside, outside = term.text(self.inner), getattr(term, self.side)
        if any(self.variables.get(str(symbol)) is self.target for symbol in outside.free_symbols):
            raise NotSeparable(f"The summed variable '{self.equation.varname}' cannot refer to itself.")
        if term.syn == ONE:
            matrix, inside = None, self.value(self.inner, inside, dtype)
        else:
            matrix = self.factor("syn", term.text("syn"), dtype)
            inside = self.factor(self.inner, inside, dtype, copy=self.overwrites(inside))
        outside = None if outside == ONE else self.value(self.side, term.text(self.side), dtype)
        return Sum(self.scalar(term.text("const")), inside, matrix, outside)

    def overwrites(self, name):
        """Whether the target lies in the cells of the variable ``name`` that are summed over."""
        return self.variables.get(name) is self.target and self.overlaps(self.inner)

    def overlaps(self, side):
        """Whether the target lies in the cells of a side."""
        if side == self.side:
            return True
        source, target = self.synapses.source, self.synapses.target
        (owner, start), (other_owner, other) = owner_of(source), owner_of(target)
        same = owner.name == other_owner.name
        return same and start < other + len(target) and other < start + len(source)

    def before_run(self, run_namespace):
        """The unit check of `brian2.Synapses`."""
        expression = self.equation.expr
        variables = self.synapses.resolve_model(expression.identifiers, run_namespace)
        dimensions = parse_expression_dimensions(expression.code, variables)
        fail_for_dimension_mismatch(
            self.target,
            Quantity(1, dim=dimensions),
            f"The target variable '{self.equation.varname}' does not have the same dimensions as the "
            f"right-hand side expression '{expression}'.",
        )
        super().before_run(run_namespace)
