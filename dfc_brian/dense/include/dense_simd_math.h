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
#if __GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 35)
DENSE_SIMD double tanh(double) noexcept;
DENSE_SIMD float tanhf(float) noexcept;
#endif
#undef DENSE_SIMD
#endif

static inline double _dense_tanh(const double x) { return tanh(x); }
static inline float _dense_tanh(const float x) { return tanhf(x); }
static inline double _dense_exp(const double x) { return exp(x); }
static inline float _dense_exp(const float x) { return expf(x); }
static inline double _dense_log(const double x) { return log(x); }
static inline float _dense_log(const float x) { return logf(x); }
static inline double _dense_cos(const double x) { return cos(x); }
static inline float _dense_cos(const float x) { return cosf(x); }
template <typename T> static inline T _dense_linear(const T x) { return x; }
template <typename T> static inline T _dense_relu(const T x) { return x < 0 ? (T)0 : x; }  // NaN stays NaN
template <typename T> static inline T _dense_sigmoid(const T x) { return (T)1/((T)1 + _dense_exp(-x)); }

#endif
