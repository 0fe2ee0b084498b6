// The device side of cuRAND: what Brian2CUDA declares without using it. There are no random numbers here.
#pragma once
#include "curand.h"

struct curandState
{
    unsigned long long seed;
};
inline void curand_init(unsigned long long seed, unsigned long long sequence, unsigned long long, curandState* state)
{
    state->seed = seed + sequence;
}
