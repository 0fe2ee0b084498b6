"""The matrix product of C++ code objects, as a Brian2 `Function`.

A `Function` is Brian2's public way of giving a code object headers and libraries (``compiler_kwds``).
"""

import hashlib
from pathlib import Path

from brian2.core.functions import Function
from brian2.core.preferences import BrianPreference, prefs

from .codeobject import on_numpy

INCLUDE = str(Path(__file__).parent / "include")

prefs.register_preferences(
    "dfc_dense",
    "Dense synapses (dfc_brian.dense)",
    blas=BrianPreference(
        default="auto",
        validator=lambda value: value in ("auto", "openblas", "none"),
        docs="""
        The matrix products of C++ code: ``'openblas'`` (the package scipy-openblas64), ``'none'`` (a tiled
        loop that needs nothing), or ``'auto'`` (OpenBLAS if that package is installed).
        """,
    ),
)


def header_code(*names):
    """A C++ comment with the digests of our headers: the code of a program changes whenever they change."""
    digests = [hashlib.sha256((Path(INCLUDE) / name).read_bytes()).hexdigest()[:16] for name in names]
    return "".join(f"// {name} {digest}\n" for name, digest in zip(names, digests, strict=True))


def openblas_keywords():
    """Compiler keywords for OpenBLAS, or None where the preference or a missing package excludes it."""
    if prefs["dfc_dense.blas"] == "none":
        return None
    try:
        import scipy_openblas64 as openblas
    except ImportError:
        if prefs["dfc_dense.blas"] == "auto":
            return None
        raise ImportError(
            "The preference dfc_dense.blas is 'openblas', but scipy-openblas64 is not installed.\n"
            "Install it (pip install scipy-openblas64), or set the preference to 'auto' or 'none'."
        ) from None
    folder = openblas.get_lib_dir()
    return {
        "headers": ['"dense_gemm_openblas.h"'],
        "libraries": [openblas.get_library()],
        "library_dirs": [folder],
        "runtime_library_dirs": [folder],
    }


def gemm_function():
    """The `Function` that brings ``_dense_gemm`` into a code object of the active device."""
    function = Function(lambda: None, arg_units=[], return_unit=1, arg_types=[], return_type="float")
    if on_numpy():  # numpy.dot
        function.implementations.add_implementation("numpy", code=None)
        return function
    keywords = openblas_keywords() or {"headers": ['"dense_gemm_tiled.h"']}
    function.implementations.add_implementation(
        "cpp",
        code=header_code(keywords["headers"][0].strip('"'), "dense_gemm.h"),
        name="_dense_gemm",
        compiler_kwds={**keywords, "include_dirs": [INCLUDE]},
    )
    return function
