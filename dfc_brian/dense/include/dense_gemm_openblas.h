// OpenBLAS from the Python package scipy-openblas64 (64-bit integers, names with a prefix and a suffix).
#ifndef DENSE_GEMM_OPENBLAS_H
#define DENSE_GEMM_OPENBLAS_H
#include <cstdint>
#include <cstdlib>

extern "C" {
void scipy_cblas_dgemm64_(int order, int ta, int tb, int64_t M, int64_t N, int64_t K, double alpha, const double* A, int64_t lda,
                          const double* B, int64_t ldb, double beta, double* C, int64_t ldc);
void scipy_cblas_sgemm64_(int order, int ta, int tb, int64_t M, int64_t N, int64_t K, float alpha, const float* A, int64_t lda,
                          const float* B, int64_t ldb, float beta, float* C, int64_t ldc);
void scipy_cblas_dgemv64_(int order, int ta, int64_t M, int64_t N, double alpha, const double* A, int64_t lda,
                          const double* x, int64_t incx, double beta, double* y, int64_t incy);
void scipy_cblas_sgemv64_(int order, int ta, int64_t M, int64_t N, float alpha, const float* A, int64_t lda,
                          const float* x, int64_t incx, float beta, float* y, int64_t incy);
void scipy_openblas_set_num_threads64_(int threads);
}

// OpenBLAS threads spin while they wait: one thread, unless the user asks for more.
static const bool _dense_blas_threads = std::getenv("OPENBLAS_NUM_THREADS") == nullptr ? (scipy_openblas_set_num_threads64_(1), true) : false;

static inline int _dense_transposed(const bool t) { return t ? 112 : 111; }  // CblasTrans, CblasNoTrans

static inline void _dense_gemm_general(bool ta, bool tb, long M, long N, long K, double alpha, const double* A, long lda,
                                       const double* B, long ldb, double beta, double* C, long ldc)
{
    scipy_cblas_dgemm64_(101, _dense_transposed(ta), _dense_transposed(tb), M, N, K, alpha, A, lda, B, ldb, beta, C, ldc);
}
static inline void _dense_gemm_general(bool ta, bool tb, long M, long N, long K, float alpha, const float* A, long lda,
                                       const float* B, long ldb, float beta, float* C, long ldc)
{
    scipy_cblas_sgemm64_(101, _dense_transposed(ta), _dense_transposed(tb), M, N, K, alpha, A, lda, B, ldb, beta, C, ldc);
}
// y = alpha * op(A)[M,N stored] * x + beta * y
static inline void _dense_gemv(bool ta, long M, long N, double alpha, const double* A, long lda, const double* x, long incx,
                               double beta, double* y, long incy)
{
    scipy_cblas_dgemv64_(101, _dense_transposed(ta), M, N, alpha, A, lda, x, incx, beta, y, incy);
}
static inline void _dense_gemv(bool ta, long M, long N, float alpha, const float* A, long lda, const float* x, long incx,
                               float beta, float* y, long incy)
{
    scipy_cblas_sgemv64_(101, _dense_transposed(ta), M, N, alpha, A, lda, x, incx, beta, y, incy);
}

#include "dense_gemm.h"
#endif
