"""The matrix product of compiled code objects."""

from brian2.core.preferences import BrianPreference, prefs

from .codeobject import target
from .headers import implement, template_function

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
        "libraries": [openblas.get_library()],
        "library_dirs": [folder],
        "runtime_library_dirs": [folder],
    }


def gemm_function():
    """The `Function` that brings ``_dense_gemm`` into a code object of the active device; numpy has its own."""
    function = template_function()
    function.implementations.add_implementation("numpy", code=None)
    implement(function, "cuda", "_dense_gemm", "dense_cublas.h", libraries=["cublas"])
    if target() == "cpp":
        openblas = openblas_keywords()
        header = "dense_gemm_openblas.h" if openblas else "dense_gemm_tiled.h"
        implement(function, "cpp", "_dense_gemm", header, **(openblas or {}))
    return function
