// The matrix products of one step and nothing else: the floor.
// usage: floor awake|asleep float64|float32 STEPS B n0 n1 ... nL   -> seconds per step
// Awake, the forward weights learn, and asleep the feedback weights.
// Layer 1 is held: its product with the image is made once per presentation and does not count.
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

#define FLOOR(NAME, REAL, GEMM)                                                                                      \
    static REAL* NAME##_array(long n)                                                                                \
    {                                                                                                                \
        REAL* a = aligned_alloc(64, (n * sizeof(REAL) + 63) / 64 * 64);                                              \
        for (long i = 0; i < n; i++) a[i] = (REAL)(1e-3 * (rand() % 2001 - 1000));                                   \
        return a;                                                                                                    \
    }                                                                                                                \
    static double NAME(int asleep, long steps, long B, int L, const long* n)                                         \
    {                                                                                                                \
        REAL *w[16], *q[16], *p[16], *u[16], *r[16], *v[16], *control = NAME##_array(n[L] * B);                              \
        for (int i = 0; i <= L; i++) {                                                                               \
            r[i] = NAME##_array(n[i] * B);                                                                           \
            v[i] = NAME##_array(n[i] * B);                                                                           \
            q[i] = NAME##_array(n[i] * n[L]);                                                                        \
            p[i] = NAME##_array(n[i] * n[L]);                                                                        \
            if (i > 1) { w[i] = NAME##_array(n[i] * n[i - 1]); u[i] = NAME##_array(n[i] * n[i - 1]); }               \
        }                                                                                                            \
        const double start = now();                                                                                  \
        for (long t = 0; t < steps; t++) {                                                                           \
            for (int i = 1; i <= L; i++) /* apical: Q_i u */                                                         \
                GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, n[i], B, n[L], 1, q[i], n[L], control, B, 0, v[i], B); \
            for (int i = 2; i <= L; i++) { /* basal: W_i r_(i-1) */                                                  \
                GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, n[i], B, n[i - 1], 1, w[i], n[i - 1], r[i - 1], B, 0,  \
                     v[i], B);                                                                                       \
            }                                                                                                        \
            for (int i = 1; asleep && i <= L; i++) /* plasticity: += v_i^fb u^T */                                   \
                GEMM(CblasRowMajor, CblasNoTrans, CblasTrans, n[i], n[L], B, 1e-6, v[i], B, control, B, 1, p[i], n[L]); \
            for (int i = 2; !asleep && i <= L; i++) /* plasticity: += delta_i r_(i-1)^T */                           \
                GEMM(CblasRowMajor, CblasNoTrans, CblasTrans, n[i], n[i - 1], B, 1e-6, r[i], B, r[i - 1], B, 1, u[i],  \
                     n[i - 1]);                                                                                      \
        }                                                                                                            \
        return (now() - start) / steps;                                                                              \
    }

FLOOR(floor64, double, scipy_cblas_dgemm64_)
FLOOR(floor32, float, scipy_cblas_sgemm64_)

int main(int argc, char** argv)
{
    const int asleep = !strcmp(argv[1], "asleep"), single = !strcmp(argv[2], "float32");
    const long steps = atol(argv[3]), B = atol(argv[4]);
    const int L = argc - 6;
    long n[16];
    for (int i = 0; i <= L; i++) n[i] = atol(argv[5 + i]);
    double (*const measure)(int, long, long, int, const long*) = single ? floor32 : floor64;
    measure(asleep, steps / 10 + 1, B, L, n);
    printf("%.9g\n", measure(asleep, steps, B, L, n));
    return 0;
}
