// One counter of Philox4x32-10 (Salmon et al. 2011), and Box and Muller's normals from its words, on any device.
// The including file defines _dense_log and _dense_cos.
#ifndef DENSE_PHILOX4X32_H
#define DENSE_PHILOX4X32_H
#include <cmath>
#include <cstdint>
#include "dense_anywhere.h"

#define DENSE_PHILOX_MULTIPLIER0 0xD2511F53ull
#define DENSE_PHILOX_MULTIPLIER1 0xCD9E8D57ull
#define DENSE_PHILOX_INCREMENT0 0x9E3779B9u
#define DENSE_PHILOX_INCREMENT1 0xBB67AE85u

// words[0..3] = Philox4x32-10 of the counter (counter, step, stream, 0) and the key (key0, key1)
DENSE_ANYWHERE void _dense_philox(const uint32_t counter, const uint32_t step, const uint32_t stream, uint32_t key0, uint32_t key1,
                                  uint32_t (&words)[4])
{
    words[0] = counter; words[1] = step; words[2] = stream; words[3] = 0;
    for (int round=0; round<10; round++)
    {
        const uint64_t p0 = DENSE_PHILOX_MULTIPLIER0*words[0], p1 = DENSE_PHILOX_MULTIPLIER1*words[2];
        words[0] = (uint32_t)(p1 >> 32) ^ words[1] ^ key0;
        words[2] = (uint32_t)(p0 >> 32) ^ words[3] ^ key1;
        words[1] = (uint32_t)p1;
        words[3] = (uint32_t)p0;
        key0 += DENSE_PHILOX_INCREMENT0;
        key1 += DENSE_PHILOX_INCREMENT1;
    }
}

// Two independent normals from two words: the radius from one, the angle in [-pi, pi) from the other.
template <typename T>
DENSE_ANYWHERE void _dense_box_muller(const uint32_t a, const uint32_t b, const T scale, T& first, T& second)
{
    const T radius = scale*std::sqrt((T)-2*_dense_log(((T)a + (T)1)*(T)2.3283064365386963e-10));  // 2^-32
    const T angle = (T)(int32_t)b*(T)1.4629180792671596e-09;                                      // pi 2^-31
    first = radius*_dense_cos(angle);
    second = radius*_dense_cos(angle - (T)1.5707963267948966);
}
#endif
