// Matrix products on CUDA, by cuBLAS.
#ifndef DENSE_CUBLAS_H
#define DENSE_CUBLAS_H
#include <cublas_v2.h>
#include "dense_cuda.h"

#define DENSE_WORKSPACE ((size_t)32 << 20)  // bytes: what NVIDIA recommends for compute capability 9 and above
inline void* _dense_workspace()
{
    void* memory;
    CUDA_SAFE_CALL(cudaMalloc(&memory, DENSE_WORKSPACE));
    return memory;
}

#define DENSE_CUBLAS(call) _dense_cublas_check(call, __FILE__, __LINE__, #call)
inline void _dense_cublas_check(const cublasStatus_t status, const char* file, const int line, const char* call)
{
    if (status == CUBLAS_STATUS_SUCCESS) return;
    fprintf(stderr, "ERROR: %s failed at %s:%i : %s\n", call, file, line, cublasGetStatusString(status));
    exit(-1);
}

// The program's only handle, with the workspace of the calling code object: in a graph, the products of several code
// objects may run at the same time. No TF32: single precision is single precision.
inline cublasHandle_t _dense_cublas(void* workspace)
{
    static cublasHandle_t handle = nullptr;
    if (!handle)
    {
        DENSE_CUBLAS(cublasCreate(&handle));
        DENSE_CUBLAS(cublasSetStream(handle, cudaStreamPerThread));
        DENSE_CUBLAS(cublasSetMathMode(handle, CUBLAS_DEFAULT_MATH));
    }
    DENSE_CUBLAS(cublasSetWorkspace(handle, workspace, DENSE_WORKSPACE));
    return handle;
}

inline cublasStatus_t _dense_cublas_gemm(cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k,
                                         const double* alpha, const double* A, int lda, const double* B, int ldb,
                                         const double* beta, double* C, int ldc)
{
    return cublasDgemm(handle, ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);
}
inline cublasStatus_t _dense_cublas_gemm(cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k,
                                         const float* alpha, const float* A, int lda, const float* B, int ldb,
                                         const float* beta, float* C, int ldc)
{
    return cublasSgemm(handle, ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);
}

// Zero and one on the device.
template <typename T> inline const T* _dense_number(const int value)
{
    static T* numbers = nullptr;
    if (!numbers)
    {
        const T host[] = {0, 1};
        numbers = _dense_memory<T>(2);
        CUDA_SAFE_CALL(cudaMemcpy(numbers, host, sizeof host, cudaMemcpyHostToDevice));
    }
    return numbers + value;
}

// C[M,N] = alpha * op(A)[M,K] * op(B)[K,N] + beta * C, all row-major; op transposes if ta (tb) is true.
//
// cuBLAS reads a row-major matrix as its transpose, so that it is asked for C^T = op(B)^T op(A)^T.
template <typename T>
inline void _dense_product(const cublasPointerMode_t numbers, void* workspace, const bool ta, const bool tb, const int M, const int N,
                           const int K, const T* alpha, const T* A, const int lda, const T* B, const int ldb, const T* beta, T* C,
                           const int ldc)
{
    const cublasHandle_t handle = _dense_cublas(workspace);
    DENSE_CUBLAS(cublasSetPointerMode(handle, numbers));
    DENSE_CUBLAS(_dense_cublas_gemm(handle, tb ? CUBLAS_OP_T : CUBLAS_OP_N, ta ? CUBLAS_OP_T : CUBLAS_OP_N, N, M, K,
                                    alpha, B, ldb, A, lda, beta, C, ldc));
}

// With alpha and beta from the host.
template <typename T>
inline void _dense_gemm(void* workspace, const bool ta, const bool tb, const int M, const int N, const int K, const double alpha_,
                        const T* A, const int lda, const T* B, const int ldb, const double beta_, T* C, const int ldc)
{
    const T alpha = alpha_, beta = beta_;
    _dense_product<T>(CUBLAS_POINTER_MODE_HOST, workspace, ta, tb, M, N, K, &alpha, A, lda, B, ldb, &beta, C, ldc);
}

// With alpha and beta that lie on the device: nobody waits for them.
template <typename T>
inline void _dense_gemm_scaled(void* workspace, const bool ta, const bool tb, const int M, const int N, const int K, const T* alpha,
                               const T* A, const int lda, const T* B, const int ldb, const T* beta, T* C, const int ldc)
{
    _dense_product<T>(CUBLAS_POINTER_MODE_DEVICE, workspace, ta, tb, M, N, K, alpha, A, lda, B, ldb, beta, C, ldc);
}
#endif
