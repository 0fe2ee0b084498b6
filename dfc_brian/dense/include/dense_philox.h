// Standard normals by a counter-based generator, Philox4x32-10 (Salmon et al. 2011) and Box and Muller.
//
// A number depends on its key, its stream, its step and its place in the array only, not on the number of threads, the
// order of execution or the device. dense/noise.py does the same in numpy, templates/cuda/dense_noise.cu on CUDA.
#ifndef DENSE_PHILOX_H
#define DENSE_PHILOX_H
#include <cstdint>
#include <cstring>
#include "dense_simd_math.h"
#include "dense_philox4x32.h"
#if defined(__AVX2__)
#include <immintrin.h>
#endif

static const long DENSE_BLOCK = 512;  // counters at once: their words stay in the first-level cache

// words[0..3][j] = Philox4x32-10 of the counter (first + j, step, stream, 0) and the key (key0, key1)
#if defined(__AVX2__)
// 32-bit words in 64-bit lanes, whose upper halves mean nothing: GCC does not find this multiplication by itself.
#if defined(__AVX512F__)
typedef uint64_t _dense_wide __attribute__((vector_size(64)));
typedef uint32_t _dense_narrow __attribute__((vector_size(32)));
static inline _dense_wide _dense_multiply(_dense_wide a, _dense_wide b) { return (_dense_wide)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
#else
typedef uint64_t _dense_wide __attribute__((vector_size(32)));
typedef uint32_t _dense_narrow __attribute__((vector_size(16)));
static inline _dense_wide _dense_multiply(_dense_wide a, _dense_wide b) { return (_dense_wide)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
#endif
static inline void _dense_philox(const uint32_t first, const uint32_t step, const uint32_t stream, const uint32_t key0, const uint32_t key1,
                                 uint32_t (*words)[DENSE_BLOCK])
{
    const int lanes = sizeof(_dense_wide)/8;
    const _dense_wide zero = {}, m0 = zero + DENSE_PHILOX_MULTIPLIER0, m1 = zero + DENSE_PHILOX_MULTIPLIER1;
    alignas(64) static const uint64_t count[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    const _dense_wide position = *(const _dense_wide*)count;
    for (int j=0; j<DENSE_BLOCK; j+=lanes)
    {
        _dense_wide c[4] = {position + (first + j), zero + step, zero + stream, zero};
        uint32_t k0 = key0, k1 = key1;
        #pragma GCC unroll 10
        for (int round=0; round<10; round++)
        {
            const _dense_wide p0 = _dense_multiply(c[0], m0), p1 = _dense_multiply(c[2], m1);
            c[0] = (p1 >> 32) ^ c[1] ^ (zero + k0);
            c[2] = (p0 >> 32) ^ c[3] ^ (zero + k1);
            c[1] = p1;
            c[3] = p0;
            k0 += DENSE_PHILOX_INCREMENT0;
            k1 += DENSE_PHILOX_INCREMENT1;
        }
        for (int w=0; w<4; w++) *(_dense_narrow*)(words[w] + j) = __builtin_convertvector(c[w], _dense_narrow);
    }
}
#else
static inline void _dense_philox(const uint32_t first, const uint32_t step, const uint32_t stream, const uint32_t key0, const uint32_t key1,
                                 uint32_t (*words)[DENSE_BLOCK])
{
    for (int j=0; j<DENSE_BLOCK; j++)
    {
        uint32_t counter[4];
        _dense_philox(first + j, step, stream, key0, key1, counter);
        for (int w=0; w<4; w++) words[w][j] = counter[w];
    }
}
#endif

// out[0..n) = scale * standard normals. The four normals of counter j are the elements j + k*quarter, k = 0..3.
template <typename T>
static void _dense_normals(T* out, const long n, const uint32_t key0, const uint32_t key1, const uint32_t step, const uint32_t stream, const T scale)
{
    alignas(64) static uint32_t words[4][DENSE_BLOCK];
    alignas(64) static T normals[4][DENSE_BLOCK];
    const long quarter = (n + 3)/4;
    for (long start=0; start<quarter; start+=DENSE_BLOCK)
    {
        _dense_philox(start, step, stream, key0, key1, words);
        for (int pair=0; pair<4; pair+=2)
            for (int j=0; j<DENSE_BLOCK; j++)
                _dense_box_muller(words[pair][j], words[pair + 1][j], scale, normals[pair][j], normals[pair + 1][j]);
        for (int k=0; k<4; k++)
        {
            const long first = start + k*quarter;
            const long limit = (k + 1)*quarter < n ? (k + 1)*quarter : n;
            const long count = limit - first < DENSE_BLOCK ? limit - first : DENSE_BLOCK;
            if (count > 0) std::memcpy(out + first, normals[k], count*sizeof(T));
        }
    }
}
#endif
