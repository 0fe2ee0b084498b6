// Kernels: the threads of a block one after the other, as coroutines from where they meet a barrier.
#include <algorithm>
#include <csetjmp>
#include <sys/mman.h>
#include <ucontext.h>
#include <vector>
#include "state.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace fake_cuda
{
namespace
{
constexpr size_t STACK = 256 << 10, SHARED = 48 << 10;

enum State { IDLE, READY, AT_BARRIER, AT_WARP_BARRIER };

struct Fiber  // runs threads until one of them waits, and then is that thread's until it has ended
{
    ucontext_t start;
    jmp_buf here;
    bool started = false;
    State state = IDLE;
    int line = 0, warp = 0;
};

struct Block
{
    const std::function<void()>* thread = nullptr;
    const char* kernel = "";
    unsigned size = 0, next = 0, ended = 0;
    std::vector<unsigned> living;  // threads of each warp
    std::vector<std::pair<const void*, size_t>> declarations;
    size_t dynamic = 0, used = 0;
};

Block block;
std::vector<Fiber*> fibers;
Fiber* current = nullptr;
jmp_buf scheduler;
alignas(256) char shared_bytes[SHARED];
char slots[1024][16];

unsigned linear() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }

void suspend()
{
    if (_setjmp(current->here) == 0) _longjmp(scheduler, 1);
}

void work()
{
    for (;;)
    {
        while (block.next < block.size)
        {
            const unsigned i = block.next++;
            threadIdx = {i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
            (*block.thread)();
            block.ended++;
            block.living[linear() / 32]--;
        }
        current->state = IDLE;
        suspend();
    }
}

void resume(Fiber* fiber)
{
    current = fiber;
    if (_setjmp(scheduler) != 0) return;
    if (fiber->started) _longjmp(fiber->here, 1);
    fiber->started = true;
    setcontext(&fiber->start);
}

Fiber* idle_fiber()
{
    for (Fiber* fiber : fibers)
        if (fiber->state == IDLE) return fiber;
    Fiber* fiber = new Fiber;
    getcontext(&fiber->start);
    fiber->start.uc_stack.ss_sp =
        mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    fiber->start.uc_stack.ss_size = STACK;
    fiber->start.uc_link = nullptr;
    makecontext(&fiber->start, work, 0);
    fibers.push_back(fiber);
    return fiber;
}

bool release()
{
    std::vector<unsigned> waiting(block.living.size());
    unsigned at_barrier = 0;
    int line = 0;
    for (Fiber* fiber : fibers)
    {
        if (fiber->state == AT_WARP_BARRIER) waiting[fiber->warp]++;
        if (fiber->state != AT_BARRIER) continue;
        if (at_barrier++ && fiber->line != line)
            stop("%s: threads of one block wait in the lines %d and %d", block.kernel, line, fiber->line);
        line = fiber->line;
    }
    bool any = false;
    for (Fiber* fiber : fibers)
    {
        const bool whole_block = fiber->state == AT_BARRIER && at_barrier == block.size - block.ended;
        const bool warp = fiber->state == AT_WARP_BARRIER && waiting[fiber->warp] == block.living[fiber->warp];
        if (!whole_block && !warp) continue;
        fiber->state = READY;
        any = true;
    }
    return any;
}

void run_block()
{
    block.next = block.ended = 0;
    block.living.assign((block.size + 31) / 32, 32);
    if (block.size % 32) block.living.back() = block.size % 32;
    block.declarations.clear();
    block.used = (block.dynamic + 255) / 256 * 256;
    memset(shared_bytes, POISON, block.dynamic);
    while (block.ended < block.size)
    {
        while (block.next < block.size) resume(idle_fiber());
        if (block.ended == block.size) break;
        if (!release()) stop("%s: some threads of a block wait for others that do not come", block.kernel);
        for (size_t i = 0; i < fibers.size(); i++)
            if (fibers[i]->state == READY) resume(fibers[i]);
    }
}

void wait(State state, int line)
{
    const uint3 mine = threadIdx;
    Fiber* fiber = current;
    fiber->state = state;
    fiber->line = line;
    fiber->warp = linear() / 32;
    suspend();
    threadIdx = mine;
}
}

void barrier(int line) { wait(AT_BARRIER, line); }
void warp_barrier() { wait(AT_WARP_BARRIER, 0); }
int lane() { return linear() % 32; }
void* lane_slot(int lane) { return slots[linear() / 32 * 32 + lane]; }
void* dynamic_shared_memory() { return shared_bytes; }

void* shared_memory(const void* declaration, size_t bytes)
{
    for (auto [known, offset] : block.declarations)
        if (known == declaration) return shared_bytes + offset;
    const size_t offset = block.used;
    block.used += (bytes + 15) / 16 * 16;
    if (block.used > SHARED) stop("%s: more than %zu bytes of shared memory", block.kernel, SHARED);
    block.declarations.push_back({declaration, offset});
    memset(shared_bytes + offset, POISON, bytes);
    return shared_bytes + offset;
}

void launch(const Config& config, const char* kernel, bool pointers_valid, std::function<void()> thread)
{
    const unsigned long size = (unsigned long)config.block.x * config.block.y * config.block.z;
    const unsigned long blocks = (unsigned long)config.grid.x * config.grid.y * config.grid.z;
    char what[256];
    if (size == 0 || blocks == 0 || size > 1024 || config.shared > SHARED)
    {
        snprintf(what, sizeof what, "%s with %lu blocks of %lu threads and %zu bytes of shared memory", kernel, blocks,
                 size, config.shared);
        return set_error(cudaErrorInvalidConfiguration, what);
    }
    if (!pointers_valid)
    {
        snprintf(what, sizeof what, "%s got a pointer that is not to device memory", kernel);
        return set_error(cudaErrorIllegalAddress, what);
    }
    run_or_capture(config.stream, kernel, [=, thread = std::move(thread)] {
        Access access;
        block.thread = &thread;
        block.kernel = kernel;
        block.size = size;
        block.dynamic = config.shared;
        blockDim = config.block;
        gridDim = config.grid;
        for (unsigned long b = blocks; b-- > 0;)  // in the order that one would expect least
        {
            const unsigned i = b;
            blockIdx = {i % gridDim.x, i / gridDim.x % gridDim.y, i / gridDim.x / gridDim.y};
            run_block();
        }
    });
}
}
