"""Recording of whole groups into arrays of a fixed size."""

import numpy as np
from brian2.core.preferences import prefs
from brian2.core.variables import Variables
from brian2.groups.group import Group

from .codeobject import DenseRunner, add_own_cells, owner_of


class Recorder(Group):
    """Records expressions of all cells of a group into preallocated arrays, far cheaper than a `StateMonitor`.

    Parameters
    ----------
    group : Group
        A `NeuronGroup`, `Subgroup` or `DenseSynapses`.
    expressions : dict
        Expressions by name, such as ``{"soma": "v", "rate": "phi(v)"}``: variables, subexpressions, or text.
    rows : int
        The number of records; what comes after them is not recorded.
    clock, dt, when, order, name : optional
        By default at the end of each step of the group.

    Attributes
    ----------
    rec_<name> : VariableView
        The flat array of ``rows*len(group)`` values in the order ``row*len(group) + cell``, in the group's
        float dtype.
    row : VariableView
        The number of records so far.
    runner : CodeRunner
        For ``Again(recorder.runner, ...)``, which records at other moments too, into the same rows.
    """

    add_to_magic_network = True

    def __init__(self, group, expressions, rows, *, clock=None, dt=None, when="end", order=0, name="recorder*"):
        clock = clock or (group.clock if dt is None else None)
        super().__init__(clock=clock, dt=dt, when=when, order=order, name=name)
        self.codeobj_class = None
        self.source = group
        self.rows = int(rows)
        if self.rows * len(group) >= 2**31:  # compiled targets count elements with 32 bits
            raise ValueError(
                f"Recorder: {self.rows} rows of {len(group)} cells are more than 2147483647 values. Record fewer "
                "rows or samples at once."
            )
        self.add_dependency(group)
        owner, start = owner_of(group)
        dtype = _float_dtype(owner)
        self.variables = variables = Variables(self)
        variables.add_constant("N", self.rows * len(group))
        variables.add_array("row", size=1, dtype=np.int32, scalar=True)
        for key in expressions:
            if not key.isidentifier():
                raise ValueError(f"Recorder: '{key}' is not a name.")
            variables.add_array(f"rec_{key}", size=self.rows * len(group), dtype=dtype)
        self.runner = _RecordRunner(self, owner, start, dict(expressions), dtype, order)
        self.contained_objects.append(self.runner)
        self._enable_group_attributes()

    def values(self, name):
        """The records of ``name`` so far: array of shape ``(row, cell)``."""
        array = np.asarray(self.variables[f"rec_{name}"].get_value())
        recorded = int(self.variables["row"].get_value()[0])
        return array.reshape(self.rows, -1)[:recorded]


class _RecordRunner(DenseRunner):
    def __init__(self, recorder, owner, start, expressions, dtype, order):
        super().__init__(
            owner,
            "dense_record",
            clock=recorder.clock,
            when=recorder.when,
            order=order,
            name=f"{recorder.name}_runner",
            check_units=False,
        )
        self.abstract_code = {
            "value": "\n".join(f"_value_{key} = {expression}" for key, expression in expressions.items())
        }
        add_own_cells(self.variables, recorder.source)
        records = []
        for key in expressions:
            self.variables.add_auxiliary_variable(f"_value_{key}", dtype=dtype)
            self.variables.add_reference(f"_rec_{key}", recorder, f"rec_{key}", index="0")
            records.append((f"_value_{key}", self.variables[f"_rec_{key}"]))
        self.variables.add_reference("_row", recorder, "row", index="0")
        self.writes = ("_row", *(f"_rec_{key}" for key in expressions))
        self.need(*self.writes)
        self.template_kwds = {
            "records": records,
            "row": self.variables["_row"],
            "rows": recorder.rows,
            "first": start,
            "cells": len(recorder.source),
        }


def _float_dtype(group):
    """The dtype of the group's floats (they are all alike, unless the user asked for it)."""
    equations = getattr(group, "equations", None) or {}
    dtypes = [group.variables[name].dtype for name in equations if name in group.variables]
    floats = [np.dtype(dtype) for dtype in dtypes if np.dtype(dtype).kind == "f"]
    return floats[0] if floats else np.dtype(prefs.core.default_float_dtype)
