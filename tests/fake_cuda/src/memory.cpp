// Device memory: one range of addresses, closed to the host, poisoned where nothing was written.
#include <algorithm>
#include <csignal>
#include <cstdarg>
#include <map>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>
#include "state.h"

namespace fake_cuda
{
namespace
{
constexpr size_t ALIGN = 256;
constexpr unsigned char GUARD = 0xa5;  // what must still follow an array when it is freed
constexpr size_t POISONED = 1 << 16;   // bytes of an array at most: cuBLAS gets large workspaces that nobody touches

struct Memory
{
    size_t size, used = 0, reached = 0;
    char* base;
    std::map<char*, size_t> arrays, holes;  // bytes by address; a hole includes guards
    int open = 0;

    Memory()
    {
        const char* bytes = getenv("FAKE_CUDA_MEMORY");
        size = bytes ? strtoull(bytes, nullptr, 10) : (size_t)1 << 30;
        size = (size + 4095) / 4096 * 4096;
        base = (char*)mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED) stop("no address space for %zu bytes of device memory", size);
        holes[base] = size;
        struct sigaction action = {};
        action.sa_sigaction = wrong_address;
        action.sa_flags = SA_SIGINFO | SA_RESETHAND;
        sigaction(SIGSEGV, &action, nullptr);
    }
    static void wrong_address(int, siginfo_t* info, void*);
    static size_t gross(size_t bytes) { return (bytes + ALIGN - 1) / ALIGN * ALIGN + ALIGN; }

    void* allocate(size_t bytes)
    {
        const size_t wanted = gross(bytes);
        for (auto hole = holes.begin(); hole != holes.end(); ++hole)
        {
            if (hole->second < wanted) continue;
            auto [start, free] = *hole;
            holes.erase(hole);
            if (free > wanted) holes[start + wanted] = free - wanted;
            arrays[start] = bytes;
            used += wanted;
            reached = std::max<size_t>(reached, start + wanted - base);
            Access access;
            memset(start, POISON, std::min(bytes, POISONED));
            memset(start + bytes, GUARD, wanted - bytes);
            return start;
        }
        return nullptr;
    }

    bool free(char* start)
    {
        auto array = arrays.find(start);
        if (array == arrays.end()) return false;
        const size_t bytes = array->second, length = gross(bytes);
        {
            Access access;
            for (size_t i = bytes; i < length; i++)
                if ((unsigned char)start[i] != GUARD)
                    stop("something was written %zu bytes behind the end of an array of %zu bytes", i - bytes, bytes);
            memset(start, POISON, std::min(bytes, POISONED));
        }
        arrays.erase(array);
        used -= length;
        auto hole = holes.emplace(start, length).first;
        auto after = std::next(hole);
        if (after != holes.end() && start + length == after->first)
        {
            hole->second += after->second;
            holes.erase(after);
        }
        if (hole != holes.begin())
        {
            auto before = std::prev(hole);
            if (before->first + before->second == start)
            {
                before->second += hole->second;
                holes.erase(hole);
            }
        }
        return true;
    }
};

Memory& memory()
{
    static Memory* memory = new Memory;
    return *memory;
}
void Memory::wrong_address(int, siginfo_t* info, void*)
{
    const char* address = (const char*)info->si_addr;
    if (address >= memory().base && address < memory().base + memory().size)
    {
        const char* text = memory().open ? "fake CUDA: a kernel reached beyond all arrays\n"
                                         : "fake CUDA: the host touched device memory\n";
        if (write(2, text, strlen(text))) _exit(139);
    }
}

std::vector<std::pair<const char*, size_t>> symbols;
cudaError_t last_error = cudaSuccess;
bool sticky = false;
}

Access::Access()
{
    if (memory().open++ == 0) mprotect(memory().base, memory().reached, PROT_READ | PROT_WRITE);
}
Access::~Access()
{
    if (--memory().open == 0) mprotect(memory().base, memory().reached, PROT_NONE);
}

bool on_device(const void* pointer, size_t bytes)
{
    const char* p = (const char*)pointer;
    for (auto [start, size] : symbols)
        if (p >= start && p + bytes <= start + size) return true;
    auto& arrays = memory().arrays;
    auto array = arrays.upper_bound((char*)p);
    if (array == arrays.begin()) return false;
    --array;
    return p + bytes <= array->first + array->second + (bytes == 1 ? ALIGN : 0);  // a pointer may end its array
}

void register_symbol(const void* symbol, size_t bytes) { symbols.push_back({(const char*)symbol, bytes}); }

void set_error(cudaError_t error, const char* what)
{
    fprintf(stderr, "fake CUDA: %s: %s\n", cudaGetErrorName(error), what);
    last_error = error;
    sticky = sticky || error == cudaErrorIllegalAddress;
}

cudaError_t failed(cudaError_t error, const char* format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    set_error(error, text);
    return error;
}

void stop(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "fake CUDA: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    fflush(nullptr);
    abort();
}

cudaError_t copy(void* to, const void* from, size_t bytes, int kind, bool asynchronous, cudaStream_t stream)
{
    if (!bytes) return cudaSuccess;
    const bool to_device = on_device(to, bytes), from_device = on_device(from, bytes);
    if (kind == cudaMemcpyDefault) kind = 2 * from_device + to_device;
    if (to_device != (kind & 1) || from_device != (kind >> 1 & 1))
        return failed(cudaErrorInvalidValue, "a copy of %zu bytes from %s to %s memory, with the kind %d", bytes,
                      from_device ? "device" : "host", to_device ? "device" : "host", kind);
    auto work = [=] { Access access; memmove(to, from, bytes); };
    if (asynchronous) return run_or_capture(stream, "cudaMemcpyAsync", work);
    if (auto error = not_while_capturing("cudaMemcpy")) return error;
    work();
    return sticky ? last_error : cudaSuccess;
}

// Zeros, without pages for the interior of what is large: closing and opening the memory takes time for each page.
static void clear(char* to, size_t bytes)
{
    constexpr size_t PAGE = 4096;
    char* first = (char*)(((uintptr_t)to + PAGE - 1) / PAGE * PAGE);
    char* last = (char*)((uintptr_t)(to + bytes) / PAGE * PAGE);
    if (last <= first || madvise(first, last - first, MADV_DONTNEED)) first = last = to;
    memset(to, 0, first - to);
    memset(last, 0, to + bytes - last);
}

cudaError_t set(void* to, int value, size_t bytes, bool asynchronous, cudaStream_t stream)
{
    if (!bytes) return cudaSuccess;
    if (!on_device(to, bytes)) return failed(cudaErrorInvalidValue, "cudaMemset of host memory");
    auto work = [=] { Access access; value ? (void)memset(to, value, bytes) : clear((char*)to, bytes); };
    if (asynchronous) return run_or_capture(stream, "cudaMemsetAsync", work);
    if (auto error = not_while_capturing("cudaMemset")) return error;
    work();
    return cudaSuccess;
}
}

using namespace fake_cuda;

cudaError_t cudaMalloc(void** pointer, size_t bytes)
{
    if (auto error = not_while_capturing("cudaMalloc")) return error;
    *pointer = bytes ? memory().allocate(bytes) : nullptr;
    if (bytes && !*pointer)
        return failed(cudaErrorMemoryAllocation, "cudaMalloc(%zu) with %zu of %zu bytes in use", bytes, memory().used,
                      memory().size);
    return cudaSuccess;
}
cudaError_t cudaFree(void* pointer)
{
    if (!pointer) return cudaSuccess;
    if (auto error = not_while_capturing("cudaFree")) return error;
    if (!memory().free((char*)pointer))
        return failed(cudaErrorInvalidValue, "cudaFree of what cudaMalloc did not give");
    return cudaSuccess;
}
cudaError_t cudaMallocHost(void** pointer, size_t bytes)
{
    *pointer = malloc(bytes ? bytes : 1);
    return cudaSuccess;
}
cudaError_t cudaFreeHost(void* pointer)
{
    free(pointer);
    return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t* available, size_t* total)
{
    *total = memory().size;
    *available = memory().size - memory().used;
    return cudaSuccess;
}

cudaError_t cudaGetLastError()
{
    const cudaError_t error = last_error;
    if (!sticky) last_error = cudaSuccess;
    return error;
}
cudaError_t cudaPeekAtLastError() { return last_error; }
const char* cudaGetErrorName(cudaError_t error)
{
    switch (error)
    {
        case cudaSuccess: return "cudaSuccess";
        case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
        case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
        case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
        case cudaErrorInvalidMemcpyDirection: return "cudaErrorInvalidMemcpyDirection";
        case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
        case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
        case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
        case cudaErrorStreamCaptureUnsupported: return "cudaErrorStreamCaptureUnsupported";
        case cudaErrorStreamCaptureInvalidated: return "cudaErrorStreamCaptureInvalidated";
        case cudaErrorStreamCaptureImplicit: return "cudaErrorStreamCaptureImplicit";
    }
    return "unknown error";
}
const char* cudaGetErrorString(cudaError_t error)
{
    switch (error)
    {
        case cudaSuccess: return "no error";
        case cudaErrorInvalidValue: return "invalid argument";
        case cudaErrorMemoryAllocation: return "out of memory";
        case cudaErrorInvalidConfiguration: return "invalid configuration argument";
        case cudaErrorInvalidDevice: return "invalid device ordinal";
        case cudaErrorIllegalAddress: return "an illegal memory access was encountered";
        case cudaErrorStreamCaptureUnsupported: return "operation not permitted when stream is capturing";
        case cudaErrorStreamCaptureInvalidated: return "operation failed due to a previous error during capture";
        default: return cudaGetErrorName(error);
    }
}

cudaError_t cudaGetDeviceCount(int* count) { *count = 1; return cudaSuccess; }
cudaError_t cudaGetDevice(int* device) { *device = 0; return cudaSuccess; }
cudaError_t cudaSetDevice(int device)
{
    return device ? failed(cudaErrorInvalidDevice, "there is device 0 only, got %d", device) : cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int)
{
    *p = {"CPU emulation", 9, 0, 3, 1024, 2048, 32, 65536, 49152, memory().size};
    return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int)
{
    *value = attribute == cudaDevAttrMaxThreadsPerBlock ? 1024
             : attribute == cudaDevAttrMultiProcessorCount ? 3
             : attribute == cudaDevAttrComputeCapabilityMajor ? 9 : 0;
    return cudaSuccess;
}
cudaError_t cudaDeviceSetLimit(cudaLimit, size_t) { return cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int* version) { *version = CUDART_VERSION; return cudaSuccess; }
cudaError_t cudaDriverGetVersion(int* version) { *version = CUDART_VERSION; return cudaSuccess; }
cudaError_t cudaDeviceReset() { return cudaSuccess; }
cudaError_t cudaDeviceSynchronize()
{
    if (auto error = not_while_capturing("cudaDeviceSynchronize")) return error;
    return sticky ? last_error : cudaSuccess;
}
cudaError_t cudaProfilerStart() { return cudaSuccess; }
cudaError_t cudaProfilerStop() { return cudaSuccess; }
