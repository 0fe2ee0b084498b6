// CUDA on the CPU: the part of the runtime that generated programs and our templates use. See ../README.md.
#pragma once
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <type_traits>
#include <math.h>

#define __CUDACC__ 1
#define __NVCC__ 1
#define __CUDACC_VER_MAJOR__ 13
#define __CUDACC_VER_MINOR__ 0
#define CUDART_VERSION 13000
#define CUDA_VERSION 13000
#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __shared__ static  // bin/nvcc translates declarations; this is for headers that it does not see
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

struct uint3 { unsigned x, y, z; };
struct dim3
{
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct float2 { float x, y; };
struct float4 { float x, y, z, w; };
struct double2 { double x, y; };
struct uint4 { unsigned x, y, z, w; };
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

// Errors

enum cudaError
{
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInvalidMemcpyDirection = 21,
    cudaErrorInvalidDevice = 101,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorIllegalAddress = 700,
    cudaErrorStreamCaptureUnsupported = 900,
    cudaErrorStreamCaptureInvalidated = 901,
    cudaErrorStreamCaptureImplicit = 906,
};
typedef enum cudaError cudaError_t;
const char* cudaGetErrorName(cudaError_t);
const char* cudaGetErrorString(cudaError_t);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();

// The device

struct cudaDeviceProp
{
    char name[256];
    int major, minor, multiProcessorCount, maxThreadsPerBlock, maxThreadsPerMultiProcessor, warpSize, regsPerBlock;
    size_t sharedMemPerBlock, totalGlobalMem;
};
enum cudaDeviceAttr
{
    cudaDevAttrMaxThreadsPerBlock = 1,
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76,
};
enum cudaLimit { cudaLimitMallocHeapSize = 2 };
cudaError_t cudaGetDeviceCount(int*);
cudaError_t cudaGetDevice(int*);
cudaError_t cudaSetDevice(int);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp*, int);
cudaError_t cudaDeviceGetAttribute(int*, cudaDeviceAttr, int);
cudaError_t cudaDeviceSetLimit(cudaLimit, size_t);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaDeviceReset();
cudaError_t cudaRuntimeGetVersion(int*);
cudaError_t cudaDriverGetVersion(int*);
cudaError_t cudaMemGetInfo(size_t* available, size_t* total);
cudaError_t cudaProfilerStart();
cudaError_t cudaProfilerStop();

// Streams and events

typedef struct CUstream_st* cudaStream_t;
typedef struct CUevent_st* cudaEvent_t;
#define cudaStreamLegacy ((cudaStream_t)1)
#define cudaStreamPerThread ((cudaStream_t)2)
enum { cudaStreamDefault = 0, cudaStreamNonBlocking = 1 };
enum { cudaEventDefault = 0, cudaEventDisableTiming = 2 };
cudaError_t cudaStreamCreate(cudaStream_t*);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t*, unsigned);
cudaError_t cudaStreamDestroy(cudaStream_t);
cudaError_t cudaStreamSynchronize(cudaStream_t);
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned flags = 0);
cudaError_t cudaEventCreate(cudaEvent_t*);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t*, unsigned);
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t = nullptr);
cudaError_t cudaEventSynchronize(cudaEvent_t);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t);
cudaError_t cudaEventDestroy(cudaEvent_t);

// What the runtime offers to the code in headers

namespace fake_cuda
{
struct Config
{
    dim3 grid, block;
    size_t shared;
    cudaStream_t stream;
    Config(dim3 grid, dim3 block, size_t shared = 0, cudaStream_t stream = nullptr);
};
inline cudaStream_t resolve(cudaStream_t stream)  // stream 0 depends on --default-stream, for each source file
{
#ifdef CUDA_API_PER_THREAD_DEFAULT_STREAM
    return stream ? stream : cudaStreamPerThread;
#else
    return stream ? stream : cudaStreamLegacy;
#endif
}
inline Config::Config(dim3 grid, dim3 block, size_t shared, cudaStream_t stream)
    : grid(grid), block(block), shared(shared), stream(resolve(stream))
{
}

struct Access  // device memory is inaccessible but for the lifetime of such objects
{
    Access();
    ~Access();
};
bool on_device(const void*, size_t bytes = 1);
void set_error(cudaError_t, const char* what);
cudaError_t run_or_capture(cudaStream_t, const char* what, std::function<void()>, const void* workspace = nullptr);
cudaError_t copy(void* to, const void* from, size_t bytes, int kind, bool asynchronous, cudaStream_t);
cudaError_t set(void* to, int value, size_t bytes, bool asynchronous, cudaStream_t);
cudaError_t not_while_capturing(const char* what);
void launch(const Config&, const char* kernel, bool pointers_valid, std::function<void()> thread);
void register_symbol(const void*, size_t);
void* shared_memory(const void* declaration, size_t bytes);
void* dynamic_shared_memory();
void barrier(int line);
void warp_barrier();
void* lane_slot(int lane);
int lane();

template <class T> T& shared(const void* declaration) { return *(T*)shared_memory(declaration, sizeof(T)); }

template <class T> bool valid(const T& argument)
{
    if constexpr (std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>)
        return !argument || on_device((const void*)argument);
    return true;
}

template <class... P> struct Launch
{
    Config config;
    const char* name;
    void (*kernel)(P...);
    void operator()(P... arguments) const
    {
        fake_cuda::launch(config, name, (valid(arguments) && ...), [=, kernel = kernel] { kernel(arguments...); });
    }
};
template <class... P> Launch<P...> kernel(const char* name, void (*kernel)(P...), Config config)
{
    return {config, name, kernel};
}
}

// Memory

enum cudaMemcpyKind
{
    cudaMemcpyHostToHost,
    cudaMemcpyHostToDevice,
    cudaMemcpyDeviceToHost,
    cudaMemcpyDeviceToDevice,
    cudaMemcpyDefault,
};
cudaError_t cudaMalloc(void**, size_t);
cudaError_t cudaFree(void*);
cudaError_t cudaMallocHost(void**, size_t);
cudaError_t cudaFreeHost(void*);
template <class T> cudaError_t cudaMalloc(T** p, size_t n) { return cudaMalloc((void**)p, n); }
template <class T> cudaError_t cudaMallocHost(T** p, size_t n) { return cudaMallocHost((void**)p, n); }
template <class T> cudaError_t cudaMallocAsync(T** p, size_t n, cudaStream_t) { return cudaMalloc((void**)p, n); }
inline cudaError_t cudaFreeAsync(void* p, cudaStream_t) { return cudaFree(p); }
inline cudaError_t cudaMemcpy(void* to, const void* from, size_t n, cudaMemcpyKind kind)
{
    return fake_cuda::copy(to, from, n, kind, false, nullptr);
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t n, cudaMemcpyKind kind, cudaStream_t s = nullptr)
{
    return fake_cuda::copy(to, from, n, kind, true, fake_cuda::resolve(s));
}
inline cudaError_t cudaMemset(void* to, int value, size_t n) { return fake_cuda::set(to, value, n, false, nullptr); }
inline cudaError_t cudaMemsetAsync(void* to, int value, size_t n, cudaStream_t s = nullptr)
{
    return fake_cuda::set(to, value, n, true, fake_cuda::resolve(s));
}
template <class T> cudaError_t cudaMemcpyToSymbol(T& symbol, const void* from, size_t n, size_t offset = 0)
{
    if (auto error = fake_cuda::not_while_capturing("cudaMemcpyToSymbol")) return error;
    memcpy((char*)&symbol + offset, from, n);
    return cudaSuccess;
}
template <class T> cudaError_t cudaMemcpyFromSymbol(void* to, const T& symbol, size_t n, size_t offset = 0)
{
    if (auto error = fake_cuda::not_while_capturing("cudaMemcpyFromSymbol")) return error;
    memcpy(to, (const char*)&symbol + offset, n);
    return cudaSuccess;
}
template <class P, class T> cudaError_t cudaGetSymbolAddress(P** p, T& symbol)
{
    fake_cuda::register_symbol(&symbol, sizeof(T));
    *p = (P*)&symbol;
    return cudaSuccess;
}

// Kernels

struct cudaFuncAttributes
{
    size_t sharedSizeBytes = 0, constSizeBytes = 0, localSizeBytes = 0;
    int maxThreadsPerBlock = 1024, numRegs = 32;
};
template <class F> cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* a, F) { *a = {}; return cudaSuccess; }
template <class F>
cudaError_t cudaOccupancyMaxPotentialBlockSize(int* grid, int* block, F, size_t = 0, int = 0)
{
    *grid = 3, *block = 64;
    return cudaSuccess;
}
template <class F> cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* n, F, int, size_t)
{
    *n = 2;
    return cudaSuccess;
}

#define __syncthreads() fake_cuda::barrier(__LINE__)
inline void __syncwarp(unsigned = ~0u) { fake_cuda::warp_barrier(); }
inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}

namespace fake_cuda
{
template <class T> T from_lane(T value, int source)
{
    static_assert(sizeof(T) <= 16);
    memcpy(lane_slot(lane()), &value, sizeof value);
    warp_barrier();
    memcpy(&value, lane_slot(source), sizeof value);
    warp_barrier();
    return value;
}
inline int within(int source, int width) { return source / width == lane() / width ? source : lane(); }
}
template <class T> T __shfl_sync(unsigned, T v, int source, int width = 32)
{
    return fake_cuda::from_lane(v, fake_cuda::lane() / width * width + source % width);
}
template <class T> T __shfl_down_sync(unsigned, T v, int delta, int width = 32)
{
    return fake_cuda::from_lane(v, fake_cuda::within(fake_cuda::lane() + delta, width));
}
template <class T> T __shfl_up_sync(unsigned, T v, int delta, int width = 32)
{
    int source = fake_cuda::lane() - delta;
    return fake_cuda::from_lane(v, source < 0 ? fake_cuda::lane() : fake_cuda::within(source, width));
}
template <class T> T __shfl_xor_sync(unsigned, T v, int mask, int width = 32)
{
    return fake_cuda::from_lane(v, fake_cuda::within(fake_cuda::lane() ^ mask, width));
}

template <class T, class U> T atomicAdd(T* p, U v) { T old = *p; *p = old + (T)v; return old; }
template <class T, class U> T atomicSub(T* p, U v) { T old = *p; *p = old - (T)v; return old; }
template <class T, class U> T atomicExch(T* p, U v) { T old = *p; *p = (T)v; return old; }
template <class T, class U> T atomicMin(T* p, U v) { T old = *p; if ((T)v < old) *p = (T)v; return old; }
template <class T, class U> T atomicMax(T* p, U v) { T old = *p; if (old < (T)v) *p = (T)v; return old; }
template <class T, class U> T atomicAnd(T* p, U v) { T old = *p; *p = old & (T)v; return old; }
template <class T, class U> T atomicOr(T* p, U v) { T old = *p; *p = old | (T)v; return old; }
template <class T, class U, class V> T atomicCAS(T* p, U c, V v) { T old = *p; if (old == (T)c) *p = (T)v; return old; }
inline unsigned atomicInc(unsigned* p, unsigned top) { unsigned old = *p; *p = old >= top ? 0 : old + 1; return old; }

// Arithmetic that CUDA has and C++ has not

namespace fake_cuda
{
template <class To, class From> To bits(From x)
{
    static_assert(sizeof(To) == sizeof(From));
    To result;
    memcpy(&result, &x, sizeof x);
    return result;
}
}
inline long long __double_as_longlong(double x) { return fake_cuda::bits<long long>(x); }
inline double __longlong_as_double(long long x) { return fake_cuda::bits<double>(x); }
inline int __float_as_int(float x) { return fake_cuda::bits<int>(x); }
inline float __int_as_float(int x) { return fake_cuda::bits<float>(x); }
inline unsigned __float_as_uint(float x) { return fake_cuda::bits<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return fake_cuda::bits<float>(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((uint64_t)a * b) >> 32); }
template <class T> T __ldg(const T* p) { return *p; }
template <class A, class B> typename std::common_type<A, B>::type min(A a, B b)
{
    typedef typename std::common_type<A, B>::type T;
    if constexpr (std::is_floating_point_v<T>) return std::fmin((T)a, (T)b);
    return (T)b < (T)a ? (T)b : (T)a;
}
template <class A, class B> typename std::common_type<A, B>::type max(A a, B b)
{
    typedef typename std::common_type<A, B>::type T;
    if constexpr (std::is_floating_point_v<T>) return std::fmax((T)a, (T)b);
    return (T)a < (T)b ? (T)b : (T)a;
}
inline double rsqrt(double x) { return 1 / std::sqrt(x); }
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline float rsqrt(float x) { return rsqrtf(x); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline double sinpi(double x) { return std::sin(M_PI * x); }
inline double cospi(double x) { return std::cos(M_PI * x); }
inline float sinpif(float x) { return (float)std::sin(M_PI * x); }
inline float cospif(float x) { return (float)std::cos(M_PI * x); }
inline void sincospi(double x, double* s, double* c) { *s = sinpi(x), *c = cospi(x); }
inline void sincospif(float x, float* s, float* c) { *s = sinpif(x), *c = cospif(x); }

// Graphs

typedef struct CUgraph_st* cudaGraph_t;
typedef struct CUgraphNode_st* cudaGraphNode_t;
typedef struct CUgraphExec_st* cudaGraphExec_t;
enum cudaStreamCaptureMode
{
    cudaStreamCaptureModeGlobal,
    cudaStreamCaptureModeThreadLocal,
    cudaStreamCaptureModeRelaxed,
};
enum cudaStreamCaptureStatus
{
    cudaStreamCaptureStatusNone,
    cudaStreamCaptureStatusActive,
    cudaStreamCaptureStatusInvalidated,
};
cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode);
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t*);
cudaError_t cudaStreamIsCapturing(cudaStream_t, cudaStreamCaptureStatus*);
cudaError_t cudaGraphCreate(cudaGraph_t*, unsigned flags);
cudaError_t cudaGraphDestroy(cudaGraph_t);
cudaError_t cudaGraphGetNodes(cudaGraph_t, cudaGraphNode_t*, size_t*);
cudaError_t cudaGraphAddChildGraphNode(cudaGraphNode_t*, cudaGraph_t, const cudaGraphNode_t* after, size_t,
                                       cudaGraph_t);
cudaError_t cudaGraphAddEmptyNode(cudaGraphNode_t*, cudaGraph_t, const cudaGraphNode_t* after, size_t);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t*, cudaGraph_t, unsigned long long flags = 0);
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t);
cudaError_t cudaGraphLaunch(cudaGraphExec_t, cudaStream_t);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t);
