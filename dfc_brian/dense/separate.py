"""Splitting an expression into terms (constant)*(synapse)*(target cell)*(source cell)."""

from dataclasses import dataclass, replace

import sympy
from brian2.parsing.sympytools import sympy_to_str
from brian2.stateupdaters.base import UnsupportedEquationsException

ONE = sympy.S.One
SIDES = ("syn", "post", "pre")


class NotSeparable(UnsupportedEquationsException, ValueError):
    """The equations of dense synapses contain a term that no matrix product can express."""


@dataclass(frozen=True)
class Term:
    """``const*syn*post*pre``, sympy expressions; a missing factor is one."""

    const: sympy.Expr = ONE
    syn: sympy.Expr = ONE
    post: sympy.Expr = ONE
    pre: sympy.Expr = ONE

    def text(self, *sides):
        """The product of some of the factors, as Brian2 text."""
        return sympy_to_str(sympy.Mul(*[getattr(self, side) for side in sides]))


def separate(expression, side_of, where):
    """The terms whose sum is ``expression`` (sympy), as few as possible.

    Parameters
    ----------
    side_of : callable
        Gives for a name ``"syn"``, ``"post"``, ``"pre"``, or None for a constant.
    where : str
        The equation, for the message of `NotSeparable`.
    """

    def sides(factor):
        return {side_of(str(symbol)) for symbol in factor.free_symbols} - {None}

    def split(factors):
        mixed = next((factor for factor in factors if len(sides(factor)) > 1), None)
        if mixed is None:
            found = dict.fromkeys(("const", *SIDES), ONE)
            for factor in factors:
                found[next(iter(sides(factor)), "const")] *= factor
            return [Term(**found)]
        rest = [factor for factor in factors if factor is not mixed]
        for rewritten in (mixed, sympy.expand(mixed), sympy.factor(mixed)):
            if rewritten.is_Add:
                return [term for part in rewritten.args for term in split([*rest, *sympy.Mul.make_args(part)])]
            if len(sympy.Mul.make_args(rewritten)) > 1:
                return split([*rest, *sympy.Mul.make_args(rewritten)])
        raise NotSeparable(
            f"{where}:\nthe term '{sympy_to_str(sympy.Mul(*factors))}' is not a product "
            f"(synapse)*(target cell)*(source cell): '{sympy_to_str(mixed)}' mixes {_listed(sides(mixed))}.\n"
            "Dense synapses cannot compute it: write it as a sum of such products, or use brian2.Synapses."
        )

    return merge(split(list(sympy.Mul.make_args(expression))))


def merge(terms):
    """Collect terms that differ in one factor only: each term costs a matrix product."""
    for side in SIDES[::-1]:
        groups = {}
        for term in terms:
            key = replace(term, **{side: ONE, "const": ONE}), getattr(term, side) == ONE
            groups.setdefault(key, []).append(term)
        terms = [_sum(rest, group, side) for (rest, _), group in groups.items()]
    return [term for term in terms if term.const != 0]


def _sum(rest, terms, side):
    if len(terms) == 1:
        return terms[0]
    values = {getattr(term, side) for term in terms}
    if len(values) == 1:
        return replace(terms[0], const=sympy.Add(*[term.const for term in terms]))
    return replace(rest, **{side: sympy.Add(*[term.const * getattr(term, side) for term in terms])})


def _listed(sides):
    names = {"syn": "the synapse", "post": "the target cell", "pre": "the source cell"}
    return " and ".join(names[side] for side in SIDES if side in sides)
