"""Code objects of the active device that know our templates, and the runner that uses them."""

import numpy as np
from brian2.codegen.translation import analyse_identifiers, get_identifiers_recursively
from brian2.core.functions import Function
from brian2.core.variables import Subexpression, Variables
from brian2.devices.device import get_device
from brian2.groups.group import CodeRunner
from brian2.groups.subgroup import Subgroup

from .headers import implement, template_function

#: The folder of templates by the name of the device's own code object class.
TEMPLATES = {
    "NumpyCodeObject": "templates/numpy",
    "CPPStandaloneCodeObject": "templates/cpp",
    "CUDAStandaloneCodeObject": "templates/cuda",
}
_classes = {}

#: Brings dense_cuda.h into the code objects of all CUDA templates, which need it.
_cuda_function = template_function()
implement(_cuda_function, "cuda", "_dense_cuda", "dense_cuda.h")


def dense_codeobj_class():
    """The device's own code object class, with our templates in front of Brian2's."""
    base = get_device().code_object_class()
    if base not in _classes:
        folder = TEMPLATES.get(base.__name__)
        if folder is None:
            raise NotImplementedError(
                f"Dense synapses have no templates for the target '{base.class_name or base.__name__}'.\n"
                "Allowed: prefs.codegen.target = 'numpy', or set_device with 'cpp_standalone' or 'cuda_standalone'."
            )
        templater = base.templater.derive(__package__, templates_dir=folder)
        _classes[base] = type(f"Dense{base.__name__}", (base,), {"templater": templater})
    return _classes[base]


def target():
    """What the active device generates code for: ``"numpy"``, ``"cpp"`` or ``"cuda"``."""
    return get_device().code_object_class().generator_class.class_name


def owner_of(group):
    """The group that owns the arrays, and the position of the first cell in them: ``(group, start)``."""
    return (group.source, group.start) if isinstance(group, Subgroup) else (group, 0)


def travel_with(group, obj):
    """Let ``obj`` enter the networks of ``group`` (or of the owner of a subgroup); returns the group."""
    owner, _ = owner_of(group)
    owner.contained_objects.append(obj)
    return group


class DenseRunner(CodeRunner):
    """A `CodeRunner` on one of our templates, with variables of its own in ``variables``.

    ``writes``: names of the code object's variables that the template writes, beside those that its code assigns to.
    """

    writes = ()

    def __init__(self, group, template, **keywords):
        super().__init__(group=group, template=template, needed_variables=[], template_kwds={}, **keywords)
        self.variables = Variables(self)
        self.variables._variables["_dense_cuda"] = _cuda_function

    def need(self, *names):
        """The template uses these variables: bring their arrays into the code object."""
        self.needed_variables = sorted({*self.needed_variables, *names})

    def create_default_code_object(self, run_namespace):
        self.codeobj_class = dense_codeobj_class()
        self.update_abstract_code(run_namespace)
        for name, function in self.functions(run_namespace).items():
            if target() == "numpy":
                self._provide_on_numpy(function)
            elif target() == "cuda" and not function.stateless:
                raise NotImplementedError(
                    f"'{self.name}' uses '{name}', which has a state (as rand has), and cannot on CUDA.\n"
                    "Use Noise, or store the values with run_regularly."
                )
        return super().create_default_code_object(run_namespace)

    def _provide_on_numpy(self, function):
        """Brian2 gives plain Python functions a numpy implementation only for its own code object class."""
        try:
            function.implementations[self.codeobj_class]
        except KeyError:
            function.implementations.add_numpy_implementation(function.pyfunc)

    def functions(self, run_namespace):
        """The `Function` objects that the code refers to, directly or through subexpressions, by name."""
        known = {**self.group.variables, **self.variables}
        code = self.abstract_code if isinstance(self.abstract_code, dict) else {None: self.abstract_code}
        names = set()
        for text in code.values():
            mentioned = get_identifiers_recursively([text], known) & known.keys()
            # Brian2 takes its time over each variable that it is given
            _, used, unknown = analyse_identifiers(text, {name: known[name] for name in mentioned}, recursive=True)
            names |= used | unknown
        resolved = self.group.resolve_all(
            sorted(names), run_namespace, user_identifiers=set(), additional_variables=self.variables
        )
        return {name: value for name, value in resolved.items() if isinstance(value, Function)}


def add_own_cells(variables, group):
    """For code that runs on the owner of a subgroup: let ``i`` and ``N`` mean what they mean in the subgroup."""
    owner, start = owner_of(group)
    if owner is group:
        return
    for name, var in owner.variables.items():  # their own ``i`` stays the owner's, as in Brian2
        if isinstance(var, Subexpression):
            variables.add_reference(name, owner, name, index="0" if var.scalar else "_idx")
    variables.add_constant("N", len(group))
    variables.add_reference("_source_i", owner, "i", index="_idx")
    variables.add_subexpression("i", expr=f"_source_i - {start}", dtype=np.int32, index="_idx")
