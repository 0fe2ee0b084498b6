"""Regular updates that use sums over all elements, such as an optimiser with gradient clipping."""

import numpy as np
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.utils.stringtools import get_identifiers

from .codeobject import DenseRunner, travel_with


class RegularUpdate(DenseRunner):
    """Like ``group.run_regularly(code)``, but the code may use sums over all elements as scalars.

    Parameters
    ----------
    group : Group
        A `NeuronGroup`, `Subgroup` or `DenseSynapses`.
    code : str
        Statements, as for `run_regularly`.
    sums : dict
        Expressions by the names under which ``code`` uses their sums: ``{"norm2": "update**2"}``. They are
        computed first, and accumulated in double precision.
    clock, dt, when, order, name : optional
        As for `run_regularly`.

    All of it is one code object. Like the result of `run_regularly`, it belongs to its group and enters the
    network with it.
    """

    def __init__(self, group, code, sums=None, *, clock=None, dt=None, when="start", order=0, name=None):
        clock = clock or (group.clock if dt is None else None)
        name = name or f"{group.name}_regular_update*"
        super().__init__(group, "dense_update", clock=clock, dt=dt, when=when, order=order, name=name)
        self.sums = dict(sums or {})
        self.abstract_code = {
            "sums": "\n".join(f"_term_{key} = {expression}" for key, expression in self.sums.items()),
            "code": code,
        }
        # elements that reach others through an index array may meet: the compiler must not exclude it
        indices = {group.variables.indices[n] for n in get_identifiers(code) if n in group.variables}
        self.template_kwds = {
            "sums": list(self.sums),
            "size": len(group),
            "independent": indices <= {"_idx", "0"},
        }
        for key in self.sums:
            if not key.isidentifier() or key.startswith("_") or key in group.variables:
                raise ValueError(f"RegularUpdate: '{key}' cannot be the name of a sum in '{group.name}'.")
        travel_with(group, self)

    def update_abstract_code(self, run_namespace):
        for key, expression in self.sums.items():
            if key in self.variables:
                continue
            resolved = self.group.resolve_all(get_identifiers(expression), run_namespace)
            dimensions = parse_expression_dimensions(expression, resolved)
            self.variables.add_auxiliary_variable(f"_term_{key}", dimensions=dimensions, dtype=np.float64)
            self.variables.add_auxiliary_variable(key, dimensions=dimensions, dtype=np.float64, scalar=True)
