// Functions that GCC may vectorise over doubles and floats alike.
//
// Brian2 compiles with -ffast-math -fno-finite-math-only, which leaves __FAST_MATH__ undefined, and glibc's own
// declarations of its vector functions (bits/math-vector.h, libmvec) are then switched off: declare them here.
#ifndef DENSE_SIMD_MATH_H
#define DENSE_SIMD_MATH_H
#include <cmath>

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define DENSE_SIMD extern "C" __attribute__((__simd__("notinbranch")))
#if __GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 22)
DENSE_SIMD double exp(double) noexcept;
DENSE_SIMD float expf(float) noexcept;
DENSE_SIMD double log(double) noexcept;
DENSE_SIMD float logf(float) noexcept;
DENSE_SIMD double cos(double) noexcept;
DENSE_SIMD float cosf(float) noexcept;
#endif
#undef DENSE_SIMD
#endif

// tanh(x) = x*p(x^2)/q(x^2), minimax in relative error, for |x| below the point from which tanh(x) rounds to 1. Inline
// code that vectorises everywhere, two to four times as fast as libmvec's; all coefficients are positive, so that sums
// do not cancel whatever order -ffast-math gives them. Relative error below 1e-15 and 4e-7; NaN stays NaN.
static inline double _dense_tanh(const double value)
{
    const double x = value > 19.1 ? 19.1 : value < -19.1 ? -19.1 : value, z = x*x;
    double p = 2.4923704780634565e-23;
    p = p*z + 7.394974908153123e-19;
    p = p*z + 3.058573930807464e-15;
    p = p*z + 4.16673699492555e-12;
    p = p*z + 2.439105908972316e-09;
    p = p*z + 6.828410953358104e-07;
    p = p*z + 9.358926078345728e-05;
    p = p*z + 0.0059743513307660675;
    p = p*z + 0.15180294291033808;
    p = p*z + 0.9999999999999999;
    double q = 6.2043120623949234e-21;
    q = q*z + 5.619974155775514e-17;
    q = q*z + 1.2687429285535784e-13;
    q = q*z + 1.1102898360652981e-10;
    q = q*z + 4.461344452274108e-08;
    q = q*z + 8.751756462232043e-06;
    q = q*z + 0.0008280430894323677;
    q = q*z + 0.034353110078658114;
    q = q*z + 0.4851362762436705;
    q = q*z + 1.0;
    const double y = x*p/q;
    return y > 1.0 ? 1.0 : y < -1.0 ? -1.0 : y;
}
static inline float _dense_tanh(const float value)
{
    const float x = value > 9.02f ? 9.02f : value < -9.02f ? -9.02f : value, z = x*x;
    float p = 1.33209652e-08f;
    p = p*z + 2.05849967e-05f;
    p = p*z + 0.00349413275f;
    p = p*z + 0.133798024f;
    p = p*z + 0.999999979f;
    float q = 7.76283864e-07f;
    q = q*z + 0.000328324925f;
    q = q*z + 0.0258714525f;
    q = q*z + 0.467131177f;
    q = q*z + 1.0f;
    const float y = x*p/q;
    return y > 1.0f ? 1.0f : y < -1.0f ? -1.0f : y;
}
static inline double _dense_exp(const double x) { return exp(x); }
static inline float _dense_exp(const float x) { return expf(x); }
static inline double _dense_log(const double x) { return log(x); }
static inline float _dense_log(const float x) { return logf(x); }
static inline double _dense_cos(const double x) { return cos(x); }
static inline float _dense_cos(const float x) { return cosf(x); }

#include "dense_functions.h"
#endif
