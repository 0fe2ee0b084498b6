"""`DenseSynapses`: all-to-all synapses as matrix products."""

import numpy as np
from brian2.core.clocks import BaseClock
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import ArrayVariable, Subexpression, Variables
from brian2.equations.equations import DIFFERENTIAL_EQUATION, SUBEXPRESSION, Equations, check_subexpressions
from brian2.groups.group import Group, get_dtype
from brian2.groups.neurongroup import SubexpressionUpdater, check_identifier_pre_post
from brian2.parsing.sympytools import str_to_sympy
from brian2.synapses.synapses import StateUpdater
from brian2.units.allunits import second

from .cells import add_cells
from .codeobject import owner_of
from .euler import EulerRunner, FlushRunner
from .hold import check_hold, held_terms
from .model import Context, check_batch, check_equations, check_keywords, check_name, check_summed, check_weight
from .separate import NotSeparable, separate
from .summed import SummedRunner


class DenseSynapses(Group):
    """All-to-all synapses, computed as matrix products and shared by the samples of a batch.

    Takes the model text of `brian2.Synapses`, and gives the numbers of all-to-all `Synapses` with
    ``method="euler"``. A group of ``n`` units and ``B`` samples is a group of ``n*B`` cells with the index
    ``unit*B + sample``; a synaptic variable is a flat array of ``n_post*n_pre`` values with the index
    ``post*n_pre + pre``, shared by the samples.

    Parameters
    ----------
    source, target : Group
        Groups of ``n_pre*batch`` and ``n_post*batch`` cells, or subgroups; without a target, the source.
    model : str or Equations
        As for `Synapses`: parameters, subexpressions, ``(summed)`` variables of source or target, and
        differential equations. Where they refer to variables of cells, summed variables and differential
        equations must be sums of products (synapse)*(target cell)*(source cell); if not, `NotSeparable`
        names the term. ``i`` and ``j``, ``i_pre`` and ``N_post`` and so on count units, not cells.
    batch : int
        The number of samples B.
    method : str
        Differential equations with variables of cells allow ``"euler"`` only; they see the mean over the
        samples.
    hold : Clock, optional
        The source changes only at the ticks of this clock: it is multiplied once per tick, and differential
        equations are integrated over time for each target cell, which becomes one product at the next tick.
        (What was integrated since the last tick is not in the synaptic variable yet.) Exact, or refused.
    steps : Clock, optional
        Differential equations make a step of ``dt`` at the ticks of this clock; by default in every time step.
    sample_weight : (Group, str), optional
        A group of ``batch`` cells and its variable: in terms with variables of cells, differential
        equations see ``sum_b weight[b]*(...)`` instead of the mean. Others, such as a decay, belong to no
        sample.
    namespace, dtype, dt, clock, order, name
        As for `Synapses`.

    Other arguments of `Synapses` (``on_pre``, ``delay``, ...) are refused.

    Attributes
    ----------
    summed_updaters : dict
        The runner of each summed variable, by its name (``"I_post"``).
    state_updater, hold_updater : CodeRunner or None
        The runner of the differential equations, and the one that adds what was held at each tick of
        ``hold`` (by default in the slot ``start`` at order -100; it must run before the source changes, and
        the runners of summed variables, there at order 100, after it). ``when`` and ``order`` of all may be
        set before the run.
    """

    add_to_magic_network = True
    start = 0
    stop = property(lambda self: len(self))

    def __init__(
        self,
        source,
        target=None,
        model="",
        batch=1,
        method="euler",
        *,
        hold=None,
        steps=None,
        sample_weight=None,
        namespace=None,
        dtype=None,
        dt=None,
        clock=None,
        order=0,
        name="synapses_dense*",
        **unsupported,
    ):
        check_keywords(unsupported)
        super().__init__(dt=dt, clock=clock, when="start", order=order, namespace=namespace, name=name)
        self.codeobj_class = None
        self.source, self.target = source, source if target is None else target
        self.add_dependency(source)
        self.add_dependency(self.target)
        self.batch = check_batch(batch, source, self.target)
        self._n_pre, self._n_post = len(source) // self.batch, len(self.target) // self.batch
        if sample_weight is not None:
            self.add_dependency(check_weight(sample_weight, self.batch))
        for keyword, given in (("hold", hold), ("steps", steps)):
            if not isinstance(given, (BaseClock, type(None))):
                raise TypeError(f"'{keyword}' must be a Clock, got {type(given).__name__}.")
        equations, stored = check_equations(model)
        summed = [eq for eq in equations.values() if "summed" in eq.flags]
        self.equations = Equations([eq for eq in equations.values() if "summed" not in eq.flags])
        self._create_variables(equations, dtype)
        self.state_updater = self.hold_updater = self.subexpression_updater = None
        self.summed_updaters = {}
        self._add_euler(method, hold, steps or self.clock, sample_weight, order)
        if len(stored):
            self._add_stored(stored)
        for equation in summed:
            self._add_summed(equation, hold)
        self._enable_group_attributes()

    def _create_variables(self, equations, user_dtype):
        self.variables = variables = Variables(self)
        size = len(self)
        variables.create_clock_variables(self._clock)
        variables.add_constant("N", size)
        variables.add_constant("_n_pre", self._n_pre)
        variables.add_arange("_synapse", size=size, dtype=np.int32, constant=True, read_only=True)
        variables.add_subexpression("i", dtype=np.int32, expr="_synapse % _n_pre")
        variables.add_subexpression("j", dtype=np.int32, expr="_synapse // _n_pre")
        for eq in equations.values():
            if "summed" in eq.flags:
                continue
            check_identifier_pre_post(eq.varname)
            check_name(eq.varname, self.source, self.target)
            dtype, shared = get_dtype(eq, user_dtype), "shared" in eq.flags
            if eq.type == SUBEXPRESSION:
                variables.add_subexpression(
                    eq.varname, dimensions=eq.dim, expr=str(eq.expr), scalar=shared, dtype=dtype
                )
            else:
                variables.add_array(
                    eq.varname,
                    size=1 if shared else size,
                    dimensions=eq.dim,
                    dtype=dtype,
                    constant="constant" in eq.flags,
                    scalar=shared,
                    index="0" if shared else None,
                )
        for noise in equations.stochastic_variables:
            variables.add_auxiliary_variable(noise, dimensions=(second**-0.5).dim)
        self._reference_cells()

    def _reference_cells(self):
        """The cells' variables are no variables of the synapses: only our runners know how to index them."""
        self._cells = cells = Variables(self)
        add_cells(cells, self.source, "_pre", self.batch)
        pre = set(cells)
        add_cells(cells, self.target, "_post", self.batch)
        owner, _ = owner_of(self.target)
        for name in list(owner.variables):  # as in Synapses, names without a suffix mean the target
            suffixed = f"{name}_post"
            if suffixed in cells and name not in self.variables and not name.endswith(("_pre", "_post")):
                cells.add_reference(name, owner, name, index=cells.indices[suffixed])
        self._sides = {
            name: "pre" if name in pre else "post" for name, var in cells.items() if not getattr(var, "scalar", False)
        }

    def _side_of(self, name):
        if name in self._sides:
            return self._sides[name]
        var = self.variables.get(name)
        return "syn" if isinstance(var, (ArrayVariable, Subexpression)) and not var.scalar else None

    def _terms(self, equation, where):
        """The terms of the right-hand side, after substitution of all other subexpressions of the synapse."""
        others = [eq for eq in self.equations.values() if eq.varname != equation.varname]
        substituted = Equations([*others, equation]).get_substituted_expressions(
            self.variables, include_subexpressions=True
        )
        text = dict(substituted)[equation.varname].code
        expression = str_to_sympy(text, DEFAULT_FUNCTIONS)
        where = f"{where} = {equation.expr}"
        return separate(expression, self._side_of, where)

    def _add_euler(self, method, hold, steps, sample_weight, order):
        odes = [eq for eq in self.equations.values() if eq.type == DIFFERENTIAL_EQUATION]
        if not odes:
            return
        split = [(eq, self._terms(eq, f"d{eq.varname}/dt")) for eq in odes]
        coupled = any(_symbols(terms) for _, terms in split)
        if not coupled:
            self.state_updater = StateUpdater(self, method, clock=steps, order=order)
            self.contained_objects.append(self.state_updater)
            return
        if method != "euler" or self.equations.is_stochastic:
            raise ValueError(
                f"'{self.name}': differential equations with variables of cells allow only the method 'euler' "
                f"and no noise (xi); got method {method!r}. Use brian2.Synapses for others."
            )
        held = held_terms(self, split) if hold is not None else []
        self.state_updater = EulerRunner(self, split, steps, sample_weight, held, order)
        self.contained_objects.append(self.state_updater)
        if held:
            self.hold_updater = FlushRunner(self, held, hold)
            self.contained_objects.append(self.hold_updater)

    def _add_stored(self, stored):
        for eq in stored.values():
            cells = self._sides.keys() & eq.identifiers
            if cells:
                raise NotSeparable(
                    f"'{eq.varname}' is (constant over dt) and refers to the cells' '{min(cells)}': dense "
                    "synapses keep no value for each synapse and sample. Store it in the cells' group."
                )
        self.subexpression_updater = SubexpressionUpdater(self, stored)
        self.contained_objects.append(self.subexpression_updater)

    def _add_summed(self, equation, hold):
        varname = equation.varname
        side, group = check_summed(equation, self)
        terms = self._terms(equation, varname)
        clock, when, order = group.clock, "groups", group.order - 1
        if hold is not None:
            check_hold(self, equation, side, terms)
            clock, when, order = hold, "start", 100
        updater = SummedRunner(self, equation, side, terms, clock, when, order)
        self.summed_updaters[varname] = updater
        self.contained_objects.append(updater)

    def resolve_model(self, identifiers, run_namespace, user_identifiers=None):
        """`resolve_all` for the model equations, which may refer to variables of cells."""
        return self.resolve_all(
            identifiers, run_namespace, user_identifiers=user_identifiers, additional_variables=self._cells
        )

    def _resolve(self, identifier, run_namespace, user_identifier=True, additional_variables=None):
        known = identifier in self.variables or identifier in (additional_variables or {})
        if not known and identifier in self._cells:
            raise KeyError(
                f"'{identifier}' is a variable of the cells that '{self.name}' connects. Only the model "
                "equations of dense synapses can refer to it, because each synapse serves all samples."
            )
        return super()._resolve(identifier, run_namespace, user_identifier, additional_variables)

    def before_run(self, run_namespace):
        context = Context(self)
        self.equations.check_units(context, run_namespace=run_namespace)
        check_subexpressions(context, self.equations, run_namespace)
        super().before_run(run_namespace)

    def __setattr__(self, key, value, level=0):
        """Also takes ``(n_post, n_pre)`` arrays for synaptic variables."""
        ready = hasattr(self, "_group_attribute_access_active")
        if ready and getattr(value, "ndim", 0) == 2 and key.rstrip("_") in self.variables:
            shape = self._n_post, self._n_pre
            if value.shape != shape:
                raise ValueError(
                    f"'{key}' of '{self.name}' has the shape (n_post, n_pre) = {shape}, got an array of "
                    f"shape {value.shape}."
                )
            value = value.ravel()
        super().__setattr__(key, value, level=level + 1)

    def __len__(self):
        return self._n_pre * self._n_post


def _symbols(terms):
    return {str(symbol) for term in terms for symbol in (term.post * term.pre).free_symbols}
