"""Sums and maxima over the cells or synapses of a group."""

import numpy as np
from brian2.core.variables import ArrayVariable
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.fundamentalunits import Quantity, fail_for_dimension_mismatch
from brian2.utils.stringtools import get_identifiers

from .codeobject import DenseRunner, add_own_cells, owner_of, travel_with


class Reduce(DenseRunner):
    """Puts the sum or the maximum of an expression over a group into a variable.

    Parameters
    ----------
    group : Group
        A `NeuronGroup`, `Subgroup` or `DenseSynapses`.
    expression : str
        For example ``"update**2"``; its units must be those of the result.
    into : (Group, str)
        The group and its variable for the result: the total goes into its first element, a result per
        sample into its first ``batch`` elements (of a subgroup: of its part).
    op : str
        ``"sum"`` (accumulated in double precision) or ``"max"`` (NaN if any value is NaN).
    per_sample : bool
        Reduce over the units of each sample, for groups with the index ``unit*batch + sample``.
    batch : int
        The number of samples, needed with ``per_sample``.
    clock, dt, when, order, name : optional
        As for `run_regularly`; by default at the end of each step of the group.

    Like the result of `run_regularly`, it belongs to its group and enters the network with it.
    """

    writes = ("_out",)

    def __init__(
        self,
        group,
        expression,
        into,
        op="sum",
        per_sample=False,
        batch=None,
        *,
        clock=None,
        dt=None,
        when="end",
        order=0,
        name=None,
    ):
        if op not in ("sum", "max"):
            raise ValueError(f"Reduce: 'op' must be 'sum' or 'max', got {op!r}.")
        if per_sample and not batch:
            raise ValueError("Reduce: 'per_sample' needs the number of samples, 'batch'.")
        if per_sample and len(group) % batch:
            raise ValueError(f"The group '{group.name}' has {len(group)} cells, not a multiple of batch={batch}.")
        owner, start = owner_of(group)
        super().__init__(
            owner,
            "dense_reduce",
            clock=clock or (group.clock if dt is None else None),
            dt=dt,
            when=when,
            order=order,
            name=name or f"{group.name}_{op}*",
            check_units=False,
        )
        self.expression = expression
        self.abstract_code = {"value": f"_value = {expression}"}
        add_own_cells(self.variables, group)
        self.variables.add_auxiliary_variable("_value", dtype=np.float64)
        size = batch if per_sample else 1
        self.out = _result(into, size)
        out_owner, out_start = owner_of(into[0])
        self.variables.add_reference("_out", out_owner, into[1], index="0")
        self.need("_out")
        self.template_kwds = {
            "op": op,
            "first": start,
            "size": len(group),
            "batch": size,
            "out": self.out,
            "out_start": out_start,
        }
        travel_with(group, self)

    def before_run(self, run_namespace):
        variables = self.group.resolve_all(
            get_identifiers(self.expression), run_namespace, additional_variables=self.variables
        )
        fail_for_dimension_mismatch(
            self.out,
            Quantity(1, dim=parse_expression_dimensions(self.expression, variables)),
            f"The variable '{self.out.name}' has not the dimensions of the expression '{self.expression}'.",
        )
        super().before_run(run_namespace)


def _result(into, size):
    group, name = into
    variable = owner_of(group)[0].variables.get(name)
    if type(variable) is not ArrayVariable:
        raise ValueError(f"Reduce: the group '{group.name}' has no parameter '{name}' for the result.")
    if not variable.scalar and len(group) < size:
        raise ValueError(f"Reduce: '{name}' of '{group.name}' has {len(group)} elements, and {size} results.")
    return variable
