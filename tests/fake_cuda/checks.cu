// What test_fake_cuda.py asks of the emulation: ./checks <case>
#include <cstdio>
#include <cstring>
#include "cublas_v2.h"

#define CHECK(call) \
    do { const cudaError_t error = (call); if (error) { printf("%s\n", cudaGetErrorName(error)); return 1; } } while (0)

__global__ void fill(const int n, double* x)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] = i;
}

__global__ void sum(const int n, const double* x, double* parts, unsigned* arrived, double* total)
{
    __shared__ double part[64], first;
    __shared__ bool last;
    double mine = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) mine += x[i];
    part[threadIdx.x] = mine;
    if (threadIdx.x == 63) first = parts[gridDim.x];
    for (int half = blockDim.x / 2; half; half /= 2)
    {
        __syncthreads();
        if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
    }
    if (threadIdx.x == 0)
    {
        parts[blockIdx.x] = part[0];
        __threadfence();
        last = atomicAdd(arrived, 1u) == gridDim.x - 1;
    }
    __syncthreads();
    if (!last || threadIdx.x) return;
    *total = first;
    for (int b = 0; b < gridDim.x; b++) *total += parts[b];
}

template <typename T> __global__ void exchange(T* out)
{
    extern __shared__ T values[];
    const int t = threadIdx.x + blockDim.x * threadIdx.y;
    T value = t;
    for (int lanes = 16; lanes; lanes /= 2) value += __shfl_down_sync(~0u, value, lanes);
    values[t] = value;
    __syncthreads();
    if (t == 0) *out = values[0] + values[32];
}

__global__ void diverge(double* x)
{
    if (threadIdx.x % 2) __syncthreads();
    else
        __syncthreads();
    x[threadIdx.x] = 0;
}

__global__ void unset_shared(double* x)
{
    __shared__ double value;
    *x = value;
}

__global__ void add(double* x, const double value) { *x += value; }
__global__ void multiply(double* x, const double value) { *x *= value; }

int main(int, char** arguments)
{
    const char* wanted = arguments[1];
    auto is = [=](const char* name) { return !strcmp(wanted, name); };
    const int n = 1000;
    double *x, *y, number[2] = {1, 2};
    unsigned* arrived;
    CHECK(cudaMalloc(&x, n * sizeof(double)));
    CHECK(cudaMalloc(&y, n * sizeof(double)));
    CHECK(cudaMalloc((void**)&arrived, sizeof(unsigned)));
    CHECK(cudaMemset(arrived, 0, sizeof(unsigned)));
    double* result = y + 10;

    if (is("reduction"))
    {
        CHECK(cudaMemset(y + 5, 0, sizeof(double)));
        fill<<<(n + 63) / 64, 64>>>(n, x);
        sum<<<5, 64>>>(n, x, y, arrived, result);
    }
    if (is("exchange")) exchange<double><<<1, dim3(32, 2), 64 * sizeof(double)>>>(result);
    if (is("unset memory")) add<<<1, 1>>>(result, 1);
    if (is("unset shared memory")) unset_shared<<<1, 1>>>(result);
    if (is("divergent barrier")) diverge<<<1, 2>>>(x);
    if (is("too many threads")) fill<<<1, 2000>>>(n, x);
    if (is("host pointer")) fill<<<1, 1>>>(1, number);
    if (is("host access")) number[0] = x[0];
    if (is("behind the end"))
    {
        fill<<<4, 256>>>(n + 1, y);
        CHECK(cudaFree(y));
    }
    if (is("wrong kind")) CHECK(cudaMemcpy(number, x, sizeof number, cudaMemcpyHostToDevice));
    if (is("out of memory")) CHECK(cudaMalloc(&x, (size_t)1 << 20));
    if (is("wait while capturing") || is("legacy stream") || is("edge") || is("no edge"))
    {
        cudaGraph_t part, whole;
        cudaGraphNode_t nodes[2];
        cudaGraphExec_t exec;
        CHECK(cudaGraphCreate(&whole, 0));
        CHECK(cudaMemcpy(result, number, sizeof(double), cudaMemcpyHostToDevice));
        for (int i = 0; i < 2; i++)
        {
            CHECK(cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeThreadLocal));
            if (is("wait while capturing")) cudaDeviceSynchronize();
            if (is("legacy stream")) add<<<1, 1, 0, cudaStreamLegacy>>>(result, 1);
            if (i == 0) add<<<1, 1>>>(result, 1);
            else multiply<<<1, 1>>>(result, 10);
            CHECK(cudaStreamEndCapture(cudaStreamPerThread, &part));
            CHECK(cudaGraphAddChildGraphNode(&nodes[i], whole, nodes, i && is("edge") ? 1 : 0, part));
        }
        CHECK(cudaGraphInstantiate(&exec, whole));
        CHECK(cudaGraphLaunch(exec, cudaStreamPerThread));
    }
    if (is("scalars on the host") || is("scalars on the device") || is("wrong scalars"))
    {
        cublasHandle_t handle;
        cublasCreate(&handle);
        fill<<<1, 6>>>(6, x);
        const bool device = !is("scalars on the host");
        cublasSetPointerMode(handle, device ? CUBLAS_POINTER_MODE_DEVICE : CUBLAS_POINTER_MODE_HOST);
        const double* alpha = is("scalars on the device") ? x + 2 : number + 1;  // 2 in both
        const double beta = 0;
        const double* zero = device ? x : &beta;
        if (cublasDgemm(handle, CUBLAS_OP_T, CUBLAS_OP_N, 1, 1, 3, alpha, x, 3, x + 3, 3, zero, result, 1))
            return 1;
    }
    if (is("shared workspace"))
    {
        cublasHandle_t handle;
        cublasCreate(&handle);
        cublasSetStream(handle, cudaStreamPerThread);
        cublasSetWorkspace(handle, x, 512);
        cudaGraph_t part, whole;
        cudaGraphNode_t node;
        cudaGraphExec_t exec;
        CHECK(cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeThreadLocal));
        cublasDscal(handle, 3, number, y, 1);
        CHECK(cudaStreamEndCapture(cudaStreamPerThread, &part));
        CHECK(cudaGraphCreate(&whole, 0));
        for (int i = 0; i < 2; i++) CHECK(cudaGraphAddChildGraphNode(&node, whole, nullptr, 0, part));
        CHECK(cudaGraphInstantiate(&exec, whole));
    }
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpy(number, result, sizeof(double), cudaMemcpyDeviceToHost));
    printf("%g\n", number[0]);
}
