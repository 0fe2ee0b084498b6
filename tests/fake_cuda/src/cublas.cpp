#include "cublas_v2.h"
#include "state.h"

struct cublasContext
{
    cudaStream_t stream = cudaStreamLegacy;
    const void* workspace = nullptr;
    cublasPointerMode_t pointers = CUBLAS_POINTER_MODE_HOST;
    cublasMath_t math = CUBLAS_DEFAULT_MATH;
};

namespace fake_cuda
{
namespace
{
// A number of the caller: its value now, or where it will be on the device.
template <class T> struct Scalar
{
    const T* pointer;
    T value;
    Scalar(cublasHandle_t handle, const T* p)
        : pointer(handle->pointers == CUBLAS_POINTER_MODE_DEVICE ? p : nullptr), value(pointer ? T(0) : *p)
    {
    }
    T get() const { return pointer ? *pointer : value; }
};

bool scalar_here(cublasHandle_t handle, const void* p)
{
    return on_device(p) == (handle->pointers == CUBLAS_POINTER_MODE_DEVICE);
}

template <class... P> bool arrays_there(P... p) { return (on_device(p) && ...); }

cublasStatus_t refuse(const char* what)
{
    set_error(cudaErrorInvalidValue, what);
    return CUBLAS_STATUS_INVALID_VALUE;
}

template <class F> cublasStatus_t submit(cublasHandle_t handle, const char* what, F work)
{
    cudaStreamCaptureStatus status;
    cudaStreamIsCapturing(handle->stream, &status);
    if (status == cudaStreamCaptureStatusActive && !handle->workspace)
        return refuse("cuBLAS in a graph without a workspace of its own");
    auto error = run_or_capture(handle->stream, what, [=] { Access access; work(); }, handle->workspace);
    return error ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}

template <class T> T at(const T* A, int ld, cublasOperation_t op, size_t i, size_t j)
{
    return op == CUBLAS_OP_N ? A[i + j * ld] : A[j + i * ld];
}

template <class T>
cublasStatus_t gemm(cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m, int n, int k,
                    const T* alpha, const T* A, int lda, const T* B, int ldb, const T* beta, T* C, int ldc)
{
    if (!scalar_here(handle, alpha) || !scalar_here(handle, beta)) return refuse("gemm: scalars and pointer mode");
    if (!arrays_there(A, B, C)) return refuse("gemm: arrays that are not on the device");
    if (m < 0 || n < 0 || k < 0 || lda < (opa == CUBLAS_OP_N ? m : k) || ldb < (opb == CUBLAS_OP_N ? k : n) || ldc < m)
        return refuse("gemm: sizes and leading dimensions");
    const Scalar<T> a(handle, alpha), b(handle, beta);
    return submit(handle, "gemm", [=] {
        const T scale = a.get(), keep = b.get();
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m; i++)
            {
                T sum = 0;
                for (int l = 0; l < k; l++) sum += at(A, lda, opa, i, l) * at(B, ldb, opb, l, j);
                T& c = C[i + (size_t)j * ldc];
                c = scale * sum + (keep == 0 ? T(0) : keep * c);
            }
    });
}

template <class T>
cublasStatus_t gemv(cublasHandle_t handle, cublasOperation_t op, int m, int n, const T* alpha, const T* A, int lda,
                    const T* x, int incx, const T* beta, T* y, int incy)
{
    if (!scalar_here(handle, alpha) || !scalar_here(handle, beta)) return refuse("gemv: scalars and pointer mode");
    if (!arrays_there(A, x, y)) return refuse("gemv: arrays that are not on the device");
    if (m < 0 || n < 0 || lda < m || incx < 1 || incy < 1) return refuse("gemv: sizes and leading dimensions");
    const Scalar<T> a(handle, alpha), b(handle, beta);
    const int rows = op == CUBLAS_OP_N ? m : n, columns = op == CUBLAS_OP_N ? n : m;
    return submit(handle, "gemv", [=] {
        const T scale = a.get(), keep = b.get();
        for (int i = 0; i < rows; i++)
        {
            T sum = 0;
            for (int l = 0; l < columns; l++) sum += at(A, lda, op, i, l) * x[(size_t)l * incx];
            T& out = y[(size_t)i * incy];
            out = scale * sum + (keep == 0 ? T(0) : keep * out);
        }
    });
}

template <class T>
cublasStatus_t ger(cublasHandle_t handle, int m, int n, const T* alpha, const T* x, int incx, const T* y, int incy,
                   T* A, int lda)
{
    if (!scalar_here(handle, alpha)) return refuse("ger: scalar and pointer mode");
    if (!arrays_there(A, x, y)) return refuse("ger: arrays that are not on the device");
    if (m < 0 || n < 0 || lda < m || incx < 1 || incy < 1) return refuse("ger: sizes and leading dimensions");
    const Scalar<T> a(handle, alpha);
    return submit(handle, "ger", [=] {
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m; i++) A[i + (size_t)j * lda] += a.get() * x[(size_t)i * incx] * y[(size_t)j * incy];
    });
}

template <class T>
cublasStatus_t geam(cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m, int n, const T* alpha,
                    const T* A, int lda, const T* beta, const T* B, int ldb, T* C, int ldc)
{
    if (!scalar_here(handle, alpha) || !scalar_here(handle, beta)) return refuse("geam: scalars and pointer mode");
    if (!arrays_there(C) || (A && !arrays_there(A)) || (B && !arrays_there(B)))
        return refuse("geam: arrays that are not on the device");
    const Scalar<T> a(handle, alpha), b(handle, beta);
    return submit(handle, "geam", [=] {
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m; i++)
                C[i + (size_t)j * ldc] = (a.get() == 0 ? T(0) : a.get() * at(A, lda, opa, i, j)) +
                                         (b.get() == 0 ? T(0) : b.get() * at(B, ldb, opb, i, j));
    });
}

template <class T>
cublasStatus_t axpy(cublasHandle_t handle, int n, const T* alpha, const T* x, int incx, T* y, int incy)
{
    if (!scalar_here(handle, alpha)) return refuse("axpy: scalar and pointer mode");
    if (!arrays_there(x, y)) return refuse("axpy: arrays that are not on the device");
    const Scalar<T> a(handle, alpha);
    return submit(handle, "axpy", [=] {
        for (int i = 0; i < n; i++) y[(size_t)i * incy] += a.get() * x[(size_t)i * incx];
    });
}

template <class T> cublasStatus_t scal(cublasHandle_t handle, int n, const T* alpha, T* x, int incx)
{
    if (!scalar_here(handle, alpha)) return refuse("scal: scalar and pointer mode");
    if (!arrays_there(x)) return refuse("scal: an array that is not on the device");
    const Scalar<T> a(handle, alpha);
    return submit(handle, "scal", [=] {
        for (int i = 0; i < n; i++) x[(size_t)i * incx] *= a.get();
    });
}

template <class T> cublasStatus_t copy(cublasHandle_t handle, int n, const T* x, int incx, T* y, int incy)
{
    if (!arrays_there(x, y)) return refuse("copy: arrays that are not on the device");
    return submit(handle, "copy", [=] {
        for (int i = 0; i < n; i++) y[(size_t)i * incy] = x[(size_t)i * incx];
    });
}

template <class T>
cublasStatus_t dot(cublasHandle_t handle, int n, const T* x, int incx, const T* y, int incy, T* result)
{
    if (!scalar_here(handle, result)) return refuse("dot: result and pointer mode");
    if (!arrays_there(x, y)) return refuse("dot: arrays that are not on the device");
    const bool waits = handle->pointers == CUBLAS_POINTER_MODE_HOST;
    if (waits && not_while_capturing("dot with its result on the host")) return CUBLAS_STATUS_EXECUTION_FAILED;
    return submit(handle, "dot", [=] {
        T sum = 0;
        for (int i = 0; i < n; i++) sum += x[(size_t)i * incx] * y[(size_t)i * incy];
        *result = sum;
    });
}
}
}

using namespace fake_cuda;

cublasStatus_t cublasCreate(cublasHandle_t* handle)
{
    if (not_while_capturing("cublasCreate")) return CUBLAS_STATUS_NOT_INITIALIZED;
    *handle = new cublasContext;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy(cublasHandle_t handle)
{
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream ? stream : cudaStreamLegacy;
    handle->workspace = nullptr;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasGetStream(cublasHandle_t handle, cudaStream_t* stream)
{
    *stream = handle->stream;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void* workspace, size_t bytes)
{
    if (bytes && !on_device(workspace, bytes)) return refuse("cublasSetWorkspace: not on the device, or too small");
    if ((uintptr_t)workspace % 256) return refuse("cublasSetWorkspace: not aligned to 256 bytes");
    handle->workspace = workspace;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetPointerMode(cublasHandle_t handle, cublasPointerMode_t mode)
{
    handle->pointers = mode;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasGetPointerMode(cublasHandle_t handle, cublasPointerMode_t* mode)
{
    *mode = handle->pointers;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t math)
{
    handle->math = math;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* math)
{
    *math = handle->math;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetAtomicsMode(cublasHandle_t, cublasAtomicsMode_t) { return CUBLAS_STATUS_SUCCESS; }
const char* cublasGetStatusName(cublasStatus_t status)
{
    switch (status)
    {
        case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
        case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
        case CUBLAS_STATUS_ALLOC_FAILED: return "CUBLAS_STATUS_ALLOC_FAILED";
        case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
        default: return "CUBLAS_STATUS_EXECUTION_FAILED";
    }
}
const char* cublasGetStatusString(cublasStatus_t status) { return cublasGetStatusName(status); }

#define FAKE_CUBLAS(L, T) \
    cublasStatus_t cublas##L##gemm(cublasHandle_t h, cublasOperation_t a, cublasOperation_t b, int m, int n, int k, \
        const T* alpha, const T* A, int lda, const T* B, int ldb, const T* beta, T* C, int ldc) \
    { return gemm(h, a, b, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc); } \
    cublasStatus_t cublas##L##gemv(cublasHandle_t h, cublasOperation_t a, int m, int n, \
        const T* alpha, const T* A, int lda, const T* x, int incx, const T* beta, T* y, int incy) \
    { return gemv(h, a, m, n, alpha, A, lda, x, incx, beta, y, incy); } \
    cublasStatus_t cublas##L##ger(cublasHandle_t h, int m, int n, \
        const T* alpha, const T* x, int incx, const T* y, int incy, T* A, int lda) \
    { return ger(h, m, n, alpha, x, incx, y, incy, A, lda); } \
    cublasStatus_t cublas##L##geam(cublasHandle_t h, cublasOperation_t a, cublasOperation_t b, int m, int n, \
        const T* alpha, const T* A, int lda, const T* beta, const T* B, int ldb, T* C, int ldc) \
    { return geam(h, a, b, m, n, alpha, A, lda, beta, B, ldb, C, ldc); } \
    cublasStatus_t cublas##L##axpy(cublasHandle_t h, int n, const T* alpha, const T* x, int incx, T* y, int incy) \
    { return axpy(h, n, alpha, x, incx, y, incy); } \
    cublasStatus_t cublas##L##scal(cublasHandle_t h, int n, const T* alpha, T* x, int incx) \
    { return scal(h, n, alpha, x, incx); } \
    cublasStatus_t cublas##L##copy(cublasHandle_t h, int n, const T* x, int incx, T* y, int incy) \
    { return copy(h, n, x, incx, y, incy); } \
    cublasStatus_t cublas##L##dot(cublasHandle_t h, int n, const T* x, int incx, const T* y, int incy, T* result) \
    { return dot(h, n, x, incx, y, incy, result); }
FAKE_CUBLAS(S, float)
FAKE_CUBLAS(D, double)
