"""Summed variables."""

from dataclasses import dataclass

from brian2.core.network import Network
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.synapses.synapses import SummedVariableUpdater
from brian2.units.fundamentalunits import Quantity, fail_for_dimension_mismatch

from .codeobject import owner_of
from .products import Factor, ProductRunner, Scratch
from .separate import ONE, NotSeparable


@dataclass(frozen=True)
class Sum:
    """One term, ``scalar * outside * (matrix . inside)``.

    ``inside`` is a factor of the cells that are summed over, or, without a ``matrix``, the name of a value
    of theirs. ``literal`` is the ``scalar`` if it is a mere number.
    """

    scalar: str
    literal: float | None
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
        self.writes = (equation.varname,)
        self.need(equation.varname)
        sums = sorted((self.term(term) for term in terms), key=lambda term: not term.direct)
        self.scratch = [self.result(term) for term in sums if not term.direct]
        numbers = [(term.scalar, self.target.dtype) for term in sums if term.direct and term.literal is None]
        self.finish(numbers, side=self.side, inner=self.inner, target=self.target, sums=sums)

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
        literal = float(term.const) if term.const.is_number else None
        return Sum(self.scalar(term.text("const")), literal, inside, matrix, outside)

    def result(self, term):
        """The array for what a term gives before all are put together: for each sample, or for each target cell."""
        batch = self.synapses.batch
        if term.matrix is None:
            return Scratch(term.inside, self.target.dtype, batch)
        return Scratch(term.scalar, self.target.dtype, self.units[self.side] * batch)

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
        """The checks of `brian2.Synapses`: one sum for each target, and units."""
        self.check_single()
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

    @property
    def span(self):
        """What this runner writes: the variable, and the first and last + 1 position in its array."""
        return _span(self.target, getattr(self.synapses, "source" if self.side == "pre" else "target"))

    def check_single(self):
        """Refuse a second sum onto the same cells: one of the two would overwrite the other.

        Brian2 checks this for its own `Synapses`, and does not tell a runner its network. Another sum counts if it
        is in all networks that hold our synapses (in practice, the one that is about to run).
        """
        networks = [network for ref in Network.__instances__() if (network := ref()) is not None]
        mine = [objects for network in networks if self in (objects := network.sorted_objects)]
        rivals = [[obj for obj in objects if obj is not self and self.collides(obj)] for objects in mine]
        if rivals and all(rivals):
            other, name = rivals[0][0].group.name, self.equation.varname.rsplit("_", 1)[0]
            raise NotImplementedError(
                f"The summed variables of '{self.synapses.name}' and of '{other}' have the same target: the variable "
                f"'{name}' of '{self.target.owner.name}', in overlapping groups of cells. One would overwrite the "
                "other. Use one variable of the target group for each, and add them up there."
            )

    def collides(self, other):
        """Whether another object of the network is a sum onto some of our targets."""
        if isinstance(other, SummedRunner):
            var, start, stop = other.span
        elif isinstance(other, SummedVariableUpdater):
            var, start, stop = _span(other.target_var, other.target)
        else:
            return False
        own, first, last = self.span
        return other.active and var is own and start < last and first < stop


def _span(var, group):
    start = owner_of(group)[1]
    return var, start, start + len(group)
