// C[M,N] = alpha * op(A)[M,K] * op(B)[K,N] + beta * C, all row-major; op transposes if ta (tb) is true.
// The including file defines _dense_gemm_general for float and double; thin shapes are plain loops here.
#ifndef DENSE_GEMM_H
#define DENSE_GEMM_H

template <typename T>
static inline void _dense_gemm(const bool ta, const bool tb, const long M, const long N, const long K, const double alpha_,
                               const T* A, const long lda, const T* B, const long ldb,
                               const double beta_, T* __restrict C, const long ldc)
{
    const T alpha = alpha_, beta = beta_;
    if (K == 1)  // an outer product
    {
        const long step = tb ? ldb : 1;
        for (long i=0; i<M; i++)
        {
            const T a = alpha*(ta ? A[i] : A[i*lda]);
            T* __restrict c = C + i*ldc;
            if (beta_ == 0) { _Pragma("GCC ivdep") for (long j=0; j<N; j++) c[j] = a*B[j*step]; }
            else            { _Pragma("GCC ivdep") for (long j=0; j<N; j++) c[j] = a*B[j*step] + beta*c[j]; }
        }
    }
    else if (N == 1)
        _dense_gemv(ta, ta ? K : M, ta ? M : K, alpha, A, lda, B, tb ? 1 : ldb, beta, C, ldc);
    else if (M == 1)
        _dense_gemv(!tb, tb ? N : K, tb ? K : N, alpha, B, ldb, A, ta ? lda : 1, beta, C, 1);
    else
        _dense_gemm_general(ta, tb, M, N, K, alpha, A, lda, B, ldb, beta, C, ldc);
}

#endif
