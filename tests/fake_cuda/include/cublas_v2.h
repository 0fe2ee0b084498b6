// The part of cuBLAS that code of matrix products uses: column-major, scalars on the host or on the device.
#pragma once
#include "cuda_runtime.h"

typedef struct cublasContext* cublasHandle_t;
enum cublasStatus_t
{
    CUBLAS_STATUS_SUCCESS = 0,
    CUBLAS_STATUS_NOT_INITIALIZED = 1,
    CUBLAS_STATUS_ALLOC_FAILED = 3,
    CUBLAS_STATUS_INVALID_VALUE = 7,
    CUBLAS_STATUS_EXECUTION_FAILED = 13,
};
enum cublasOperation_t { CUBLAS_OP_N, CUBLAS_OP_T, CUBLAS_OP_C };
enum cublasPointerMode_t { CUBLAS_POINTER_MODE_HOST, CUBLAS_POINTER_MODE_DEVICE };
enum cublasAtomicsMode_t { CUBLAS_ATOMICS_NOT_ALLOWED, CUBLAS_ATOMICS_ALLOWED };
enum cublasMath_t { CUBLAS_DEFAULT_MATH = 0, CUBLAS_PEDANTIC_MATH = 2, CUBLAS_TF32_TENSOR_OP_MATH = 3 };

cublasStatus_t cublasCreate(cublasHandle_t*);
cublasStatus_t cublasDestroy(cublasHandle_t);
cublasStatus_t cublasSetStream(cublasHandle_t, cudaStream_t);  // forgets the workspace, as the real one does
cublasStatus_t cublasGetStream(cublasHandle_t, cudaStream_t*);
cublasStatus_t cublasSetWorkspace(cublasHandle_t, void*, size_t);
cublasStatus_t cublasSetPointerMode(cublasHandle_t, cublasPointerMode_t);
cublasStatus_t cublasGetPointerMode(cublasHandle_t, cublasPointerMode_t*);
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t);
cublasStatus_t cublasGetMathMode(cublasHandle_t, cublasMath_t*);
cublasStatus_t cublasSetAtomicsMode(cublasHandle_t, cublasAtomicsMode_t);
const char* cublasGetStatusString(cublasStatus_t);
const char* cublasGetStatusName(cublasStatus_t);

#define FAKE_CUBLAS(L, T) \
    cublasStatus_t cublas##L##gemm(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, int k, \
        const T* alpha, const T* A, int lda, const T* B, int ldb, const T* beta, T* C, int ldc); \
    cublasStatus_t cublas##L##gemv(cublasHandle_t, cublasOperation_t, int m, int n, \
        const T* alpha, const T* A, int lda, const T* x, int incx, const T* beta, T* y, int incy); \
    cublasStatus_t cublas##L##ger(cublasHandle_t, int m, int n, \
        const T* alpha, const T* x, int incx, const T* y, int incy, T* A, int lda); \
    cublasStatus_t cublas##L##geam(cublasHandle_t, cublasOperation_t, cublasOperation_t, int m, int n, \
        const T* alpha, const T* A, int lda, const T* beta, const T* B, int ldb, T* C, int ldc); \
    cublasStatus_t cublas##L##axpy(cublasHandle_t, int n, const T* alpha, const T* x, int incx, T* y, int incy); \
    cublasStatus_t cublas##L##scal(cublasHandle_t, int n, const T* alpha, T* x, int incx); \
    cublasStatus_t cublas##L##copy(cublasHandle_t, int n, const T* x, int incx, T* y, int incy); \
    cublasStatus_t cublas##L##dot(cublasHandle_t, int n, const T* x, int incx, const T* y, int incy, T* result);
FAKE_CUBLAS(S, float)
FAKE_CUBLAS(D, double)
#undef FAKE_CUBLAS
