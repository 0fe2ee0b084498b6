// Matrix products without a BLAS: register tiles over packed panels of B.
#ifndef DENSE_GEMM_TILED_H
#define DENSE_GEMM_TILED_H
#include <vector>

// C tile (MR x NR) (+)= alpha * A(rows of strides sr, sc) * panel (K x NR)
template <typename T, int MR, int NR>
static inline void _dense_tile(const long K, const T* A, const long sr, const long sc, const T* __restrict panel, T* __restrict acc)
{
    T sum[MR][NR];
    for (int i=0; i<MR; i++) for (int j=0; j<NR; j++) sum[i][j] = 0;
    for (long k=0; k<K; k++)
    {
        const T* __restrict b = panel + k*NR;
        #pragma GCC unroll 8
        for (int i=0; i<MR; i++)
        {
            const T a = A[i*sr + k*sc];
            #pragma GCC ivdep
            for (int j=0; j<NR; j++) sum[i][j] += a*b[j];
        }
    }
    for (int i=0; i<MR; i++) for (int j=0; j<NR; j++) acc[i*NR + j] = sum[i][j];
}

template <typename T>
static void _dense_gemm_general(bool ta, bool tb, long M, long N, long K, T alpha, const T* A, long lda,
                                const T* B, long ldb, T beta, T* C, long ldc)
{
    const int MR = 6, NR = 256/(8*sizeof(T));  // four vectors of 64 bytes
    const long KB = 256;
    const long sr = ta ? 1 : lda, sc = ta ? lda : 1;
    static std::vector<T> panel(KB*NR);
    T tile[MR*NR];
    for (long k0=0; k0<K; k0+=KB)
    {
        const long kb = K-k0 < KB ? K-k0 : KB;
        const T scale = k0 == 0 ? beta : (T)1;
        for (long j=0; j<N; j+=NR)
        {
            const long nr = N-j < NR ? N-j : NR;
            for (long k=0; k<kb; k++)
                for (long c=0; c<NR; c++)
                    panel[k*NR+c] = c < nr ? (tb ? B[(j+c)*ldb + k0+k] : B[(k0+k)*ldb + j+c]) : (T)0;
            for (long i=0; i<M; i+=MR)
            {
                const long mr = M-i < MR ? M-i : MR;
                const T* a = A + i*sr + k0*sc;
                if (mr == MR) _dense_tile<T,MR,NR>(kb, a, sr, sc, panel.data(), tile);
                else for (long r=0; r<mr; r++) _dense_tile<T,1,NR>(kb, a + r*sr, sr, sc, panel.data(), tile + r*NR);
                for (long r=0; r<mr; r++)
                    for (long c=0; c<nr; c++)
                    {
                        T* out = C + (i+r)*ldc + j+c;
                        *out = alpha*tile[r*NR + c] + (scale == 0 ? (T)0 : scale * *out);
                    }
            }
        }
    }
}

template <typename T>
static inline void _dense_gemv(bool ta, long M, long N, T alpha, const T* A, long lda, const T* x, long incx, T beta, T* y, long incy)
{
    const long rows = ta ? N : M, cols = ta ? M : N, sr = ta ? 1 : lda, sc = ta ? lda : 1;
    for (long i=0; i<rows; i++)
    {
        T sum = 0;
        for (long k=0; k<cols; k++) sum += A[i*sr + k*sc]*x[k*incx];
        y[i*incy] = alpha*sum + (beta == 0 ? (T)0 : beta*y[i*incy]);
    }
}

#include "dense_gemm.h"
#endif
