// What the CUDA templates of dense synapses share: memory, and sums and maxima in shared memory.
//
// Reductions run in an order that depends on the number of elements only, so that the same program gives the same bits
// in every run. Templates launch blocks of DENSE_THREADS threads on the default stream, and the host never waits.
#ifndef DENSE_CUDA_H
#define DENSE_CUDA_H
#include "brianlib/cuda_utils.h"
#include "dense_anywhere.h"

#define DENSE_THREADS 256
#define DENSE_COLUMNS 32  // samples side by side, where a block reduces over the units of each sample

// The blocks of a kernel with a thread for each element, of one that reduces over all elements, and of one that reduces
// over the units of each sample.
DENSE_ANYWHERE constexpr int _dense_blocks(const long elements) { return (elements + DENSE_THREADS - 1)/DENSE_THREADS; }
DENSE_ANYWHERE constexpr int _dense_total_blocks(const long elements)
{
    return _dense_blocks(elements) < DENSE_THREADS ? _dense_blocks(elements) : DENSE_THREADS;
}
DENSE_ANYWHERE constexpr int _dense_column_blocks(const long samples) { return (samples + DENSE_COLUMNS - 1)/DENSE_COLUMNS; }

// Device memory, zero at first, that a code object keeps: to be called once, for a static variable.
template <typename T> inline T* _dense_memory(const size_t size)
{
    T* memory = nullptr;
    if (!size) return memory;
    CUDA_SAFE_CALL(cudaMalloc((void**)&memory, size*sizeof(T)));
    CUDA_SAFE_CALL(cudaMemset(memory, 0, size*sizeof(T)));
    return memory;
}

// Whether a code object is being captured into a graph, which runs its kernels later, without the host's code.
inline bool _dense_captured()
{
    cudaStreamCaptureStatus status;
    CUDA_SAFE_CALL(cudaStreamIsCapturing(cudaStreamPerThread, &status));
    return status != cudaStreamCaptureStatusNone;
}

struct _dense_sum
{
    template <typename T> static __device__ T start() { return 0; }
    template <typename T> static __device__ T of(const T a, const T b) { return a + b; }
};
struct _dense_max  // NaN if any value is
{
    template <typename T> static __device__ T start() { return -INFINITY; }
    template <typename T> static __device__ T of(const T a, const T b) { return b > a || b != b ? b : a; }
};

// The reduction over the threads t, t + columns, ... of a block, for the threads t < columns (a power of two), in all
// threads t modulo columns. All threads of the block take part.
template <typename Operation, typename T>
__device__ inline T _dense_reduce(const T value, const int columns = 1)
{
    __shared__ T values[DENSE_THREADS];
    __syncthreads();  // the last result has been read
    values[threadIdx.x] = value;
    for (int half=DENSE_THREADS/2; half>=columns; half/=2)
    {
        __syncthreads();
        if (threadIdx.x < half)
            values[threadIdx.x] = Operation::of(values[threadIdx.x], values[threadIdx.x + half]);
    }
    __syncthreads();
    return values[threadIdx.x % columns];
}

// Whether all other blocks of the kernel have come here; then what they read and wrote before is done. `arrived` is zero
// before and afterwards. All threads of the block take part.
__device__ inline bool _dense_last_block(unsigned* arrived)
{
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0)
    {
        last = atomicAdd(arrived, 1u) == gridDim.x - 1;
        if (last) *arrived = 0;
    }
    __syncthreads();
    __threadfence();
    return last;
}
#endif
