// What the sources of the emulated runtime share.
#pragma once
#include "cuda_runtime.h"

namespace fake_cuda
{
cudaError_t failed(cudaError_t, const char* format, ...);  // also tells stderr why
[[noreturn]] void stop(const char* format, ...);
constexpr int POISON = 0xff;  // NaN, or -1
}
