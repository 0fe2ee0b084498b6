"""The matrix product of C++ code objects, as a Brian2 `Function`.

A `Function` is Brian2's public way of giving a code object headers and libraries (``compiler_kwds``).
"""

import hashlib
from pathlib import Path

from brian2.core.functions import Function
from brian2.core.preferences import BrianPreference, prefs

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
    """C++ support code that changes whenever one of our headers changes, so that no program is taken for up
    to date."""
    digests = [
        f"{name} {hashlib.sha256((Path(INCLUDE) / name).read_bytes()).hexdigest()[:16]}" for name in names
    ]
    return "".join(f"// {digest}\n" for digest in digests)


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
    """The `Function` that brings ``_dense_gemm`` into a code object (numpy needs nothing: it has
    `numpy.dot`)."""
    keywords = openblas_keywords() or {"headers": ['"dense_gemm_tiled.h"']}
    headers = [keywords["headers"][0].strip('"'), "dense_gemm.h"]
    function = Function(lambda: None, arg_units=[], return_unit=1, arg_types=[], return_type="float")
    function.implementations.add_implementation("numpy", code=None)
    function.implementations.add_implementation(
        "cpp",
        code=header_code(*headers),
        name="_dense_gemm",
        compiler_kwds={**keywords, "include_dirs": [INCLUDE]},
    )
    return function
