// Matrix products without a BLAS: register tiles of 4 rows and 3 vectors, over packed panels of B.
#ifndef DENSE_GEMM_TILED_H
#define DENSE_GEMM_TILED_H
#include <cstring>
#include <vector>

#if defined(__AVX512F__)
#define DENSE_VECTOR 64
#elif defined(__AVX__)
#define DENSE_VECTOR 32
#else
#define DENSE_VECTOR 16
#endif

// tile (4 x NR) = A (4 rows; strides sr, sc) * panel (K x NR)
template <typename T>
static inline void _dense_tile(const long K, const T* A, const long sr, const long sc, const T* __restrict panel, T* __restrict tile)
{
    typedef T vector __attribute__((vector_size(DENSE_VECTOR), aligned(sizeof(T))));
    const int width = DENSE_VECTOR/sizeof(T);
    vector sum[4][3] = {};
    for (long k=0; k<K; k++)
    {
        const vector* b = (const vector*)(panel + k*3*width);
        const vector b0 = b[0], b1 = b[1], b2 = b[2];
        #pragma GCC unroll 4
        for (int i=0; i<4; i++)
        {
            const T a = A[i*sr + k*sc];
            sum[i][0] += a*b0;
            sum[i][1] += a*b1;
            sum[i][2] += a*b2;
        }
    }
    std::memcpy(tile, sum, sizeof sum);
}

template <typename T>
static void _dense_gemm_general(bool ta, bool tb, long M, long N, long K, T alpha, const T* A, long lda,
                                const T* B, long ldb, T beta, T* C, long ldc)
{
    const long NR = 3*DENSE_VECTOR/sizeof(T), KB = 256;
    const long sr = ta ? 1 : lda, sc = ta ? lda : 1;
    static std::vector<T> panel(KB*NR), edge(KB*4);
    T tile[4*NR];
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
            for (long i=0; i<M; i+=4)
            {
                const long mr = M-i < 4 ? M-i : 4;
                const T* a = A + i*sr + k0*sc;
                if (mr == 4)
                    _dense_tile<T>(kb, a, sr, sc, panel.data(), tile);
                else
                {
                    for (long k=0; k<kb; k++) for (long r=0; r<4; r++) edge[k*4+r] = r < mr ? a[r*sr + k*sc] : (T)0;
                    _dense_tile<T>(kb, edge.data(), 1, 4, panel.data(), tile);
                }
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

// y = alpha * op(A)[M,N stored] * x + beta * y
template <typename T>
static inline void _dense_gemv(bool ta, long M, long N, T alpha, const T* A, long lda, const T* x, long incx, T beta, T* y, long incy)
{
    const long rows = ta ? N : M, columns = ta ? M : N, sr = ta ? 1 : lda, sc = ta ? lda : 1;
    for (long i=0; i<rows; i++)
    {
        T sum = 0;
        for (long k=0; k<columns; k++) sum += A[i*sr + k*sc]*x[k*incx];
        y[i*incy] = alpha*sum + (beta == 0 ? (T)0 : beta*y[i*incy]);
    }
}

#include "dense_gemm.h"
#endif
