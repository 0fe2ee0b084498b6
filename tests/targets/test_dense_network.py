"""Everything of dfc_brian.dense in one network, on all targets, against plain numpy; and the C++ headers alone."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from dense_network import data, errors, reference, run, target

import dfc_brian.dense
from dfc_brian.dense.blas import openblas_keywords
from dfc_brian.dense.headers import INCLUDE

FLAGS = [
    "-w",
    "-O3",
    "-ffast-math",
    "-fno-finite-math-only",
    "-march=native",
    "-std=c++11",
]  # as Brian2 has them
TOLERANCE = {np.float64: 1e-13, np.float32: 2e-6}  # relative to the largest value of each array
HELD = "s1_update"  # what is held since the last tick is not in the variable yet
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")


def check(results, dtype, hold, full=True):
    found = errors(results, reference(full=full))
    if hold:
        assert found.pop(HELD) == 1
    assert max(found.values()) < TOLERANCE[dtype], found
    planted = data()[0]
    for name in planted if full else ("w1", "w2"):
        wrong = {**planted, name: planted[name].copy()}
        wrong[name].flat[0] *= 1.01
        found = errors(results, reference(wrong, full))
        found.pop(HELD)
        assert max(found.values()) > 5 * TOLERANCE[dtype], name
    assert np.abs(results["s1_w"] - planted["w1"].ravel()).max() > 1e-4  # it learned


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numpy(dtype, hold):
    with target("numpy", dtype=dtype):
        check(run(hold=hold), dtype, hold)


@needs_compiler
@pytest.mark.parametrize("name, dtype, blas", [("cpp", np.float64, "auto"), ("brian2", np.float32, "none")])
def test_cpp_standalone(name, dtype, blas, tmp_path):
    whole = dtype is np.float64  # in single precision without what does not depend on it, and without hold
    with target(name, tmp_path, dtype, blas):
        results = run(hold=whole, full=whole)
    assert ("scipy_openblas" in (tmp_path / "makefile").read_text()) == (blas == "auto")
    check(results, dtype, hold=whole, full=whole)


PRODUCTS = r"""
#include <cmath>
#include <cstdio>
#include <vector>
#include HEADER
template <typename T> double worst(bool ta, bool tb, long M, long N, long K, double alpha, double beta)
{
    std::vector<T> A(M*K), B(K*N), C(M*N);
    for (long i=0; i<M*K; i++) A[i] = std::sin(1.0 + i);
    for (long i=0; i<K*N; i++) B[i] = std::cos(2.0 + 0.7*i);
    for (long i=0; i<M*N; i++) C[i] = beta == 0 ? NAN : std::sin(0.3*i);  // beta = 0 must not read C
    std::vector<T> D = C;
    _dense_gemm<T>(ta, tb, M, N, K, alpha, A.data(), ta ? M : K, B.data(), tb ? K : N, beta, C.data(), N);
    double error = 0;
    for (long i=0; i<M; i++) for (long j=0; j<N; j++)
    {
        double sum = 0;
        for (long k=0; k<K; k++) sum += (double)(ta ? A[k*M+i] : A[i*K+k])*(tb ? B[j*K+k] : B[k*N+j]);
        const double difference = std::fabs(C[i*N+j] - (alpha*sum + (beta == 0 ? 0 : beta*D[i*N+j])));
        error = difference <= error ? error : difference;
    }
    return error/std::sqrt((double)K);
}
int main()
{
    const long sizes[][3] = {{1,1,1}, {5,1,7}, {1,5,7}, {6,5,1}, {4,24,8}, {7,50,300}, {13,3,2}, {9,17,600}};
    double errors[2] = {0, 0};
    for (auto& s : sizes) for (int t=0; t<4; t++) for (double beta : {0.0, 1.0, -0.5})
    {
        errors[0] = std::fmax(errors[0], worst<double>(t & 1, t & 2, s[0], s[1], s[2], 0.7, beta));
        errors[1] = std::fmax(errors[1], worst<float>(t & 1, t & 2, s[0], s[1], s[2], 0.7, beta));
    }
    std::printf("%g %g\n", errors[0], errors[1]);
}
"""


def compiled(source, folder, *flags):
    (folder / "program.cpp").write_text(source)
    command = ["g++", *FLAGS, f"-I{INCLUDE}", "program.cpp", "-o", "program", *flags]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    output = subprocess.run([folder / "program"], capture_output=True, text=True, check=True).stdout
    return done.stderr, [float(word) for word in output.split()]


@needs_compiler
@pytest.mark.parametrize("header", ["dense_gemm_openblas.h", "dense_gemm_tiled.h"])
def test_products_of_all_shapes(header, tmp_path):
    flags = [f'-DHEADER="{header}"']
    if "openblas" in header:
        keywords = openblas_keywords() or pytest.skip("needs scipy-openblas64")
        folder = keywords["library_dirs"][0]
        flags += [f"-L{folder}", f"-l{keywords['libraries'][0]}", f"-Wl,-rpath,{folder}"]
    _, (double, single) = compiled(PRODUCTS, tmp_path, *flags)
    assert double < 1e-14 and single < 5e-6


TANH = r"""
#include <cstdio>
#include <vector>
#include "dense_simd_math.h"
template <typename T> double worst()
{
    std::vector<T> x, y;
    for (double v=-25; v<25; v+=1e-4) x.push_back(v);
    for (double v=1e-30; v<1; v*=1.01) x.push_back(v);
    y.resize(x.size());
    for (size_t i=0; i<x.size(); i++) y[i] = _dense_tanh(x[i]);  // VECTOR
    double error = 0;
    for (size_t i=0; i<x.size(); i++)
    {
        const long double t = std::tanh((long double)x[i]);
        error = std::fmax(error, x[i] == 0 ? (double)std::fabs(y[i]) : (double)std::fabs(y[i]/t - 1));
        if (std::fabs(y[i]) > 1) error = INFINITY;
    }
    return error;
}
int main()
{
    const double inf = INFINITY;
    std::printf("%g %g %g %g %g %g\n", worst<double>(), worst<float>(), _dense_tanh((double)NAN),
                (double)_dense_tanh((float)NAN), _dense_tanh(inf), (double)_dense_relu((float)NAN));
}
"""


@needs_compiler
def test_tanh_is_exact_and_vectorised(tmp_path):
    messages, (double, single, *special) = compiled(TANH, tmp_path, "-fopt-info-vec-optimized")
    assert double < 1e-15 and single < 4e-7
    np.testing.assert_array_equal(special, [np.nan, np.nan, 1, np.nan])
    line = 1 + TANH.split("// VECTOR")[0].count("\n")
    assert f"program.cpp:{line}:" in messages and messages.count("loop vectorized") >= 2, messages


def test_readme_runs():
    """The example of the guide is what it says."""
    text = Path(dfc_brian.dense.__file__).with_name("README.md").read_text()
    code = text.split("```python")[1].split("```")[0]
    with target("numpy"):
        namespace = {}
        exec(code, namespace)
        assert namespace["error_after"] < 0.1 * namespace["error_before"]


SLOPES = r"""
#include <cmath>
#include <cstdio>
#include "dense_simd_math.h"
#define CHECK(name) worst = std::fmax(worst, std::abs( \
    _dense_##name##_slope(x) - (_dense_##name(x + h) - _dense_##name(x - h))/(2*h)));
int main()
{
    const double h = 1e-6;
    double worst = 0;
    for (double x=-4.05; x<4; x+=0.1)
    {
        CHECK(tanh) CHECK(relu) CHECK(linear) CHECK(sigmoid)
        worst = std::fmax(worst, std::abs(_dense_tanh_slope(x) - _dense_tanh_slope((float)x)) - 1e-6);
    }
    const double nan = NAN;
    std::printf("%g %g %g\n", worst, _dense_relu_slope(0.0), _dense_relu_slope(nan) + _dense_linear_slope(nan));
}
"""


@needs_compiler
def test_slopes_in_cpp(tmp_path):
    (tmp_path / "slopes.cpp").write_text(SLOPES)
    subprocess.run(["g++", *FLAGS, f"-I{INCLUDE}", "slopes.cpp", "-o", "slopes"], cwd=tmp_path, check=True)
    worst, at_zero, nan = subprocess.run([tmp_path / "slopes"], capture_output=True, text=True).stdout.split()
    assert float(worst) < 1e-8 and float(at_zero) == 0 and "nan" in nan
