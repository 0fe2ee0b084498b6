#include "curand.h"
#include <random>
#include "state.h"

struct curandGenerator_st
{
    std::mt19937_64 engine;
};

using namespace fake_cuda;

template <class T, class D> static curandStatus_t fill(curandGenerator_t generator, T* out, size_t n, D distribution)
{
    if (not_while_capturing("cuRAND") || !on_device(out, n * sizeof(T))) return CURAND_STATUS_LAUNCH_FAILURE;
    Access access;
    for (size_t i = 0; i < n; i++) out[i] = distribution(generator->engine);
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandCreateGenerator(curandGenerator_t* generator, curandRngType_t)
{
    *generator = new curandGenerator_st;
    return CURAND_STATUS_SUCCESS;
}
curandStatus_t curandDestroyGenerator(curandGenerator_t generator)
{
    delete generator;
    return CURAND_STATUS_SUCCESS;
}
curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t generator, unsigned long long seed)
{
    generator->engine.seed(seed);
    return CURAND_STATUS_SUCCESS;
}
curandStatus_t curandSetGeneratorOffset(curandGenerator_t, unsigned long long) { return CURAND_STATUS_SUCCESS; }
curandStatus_t curandSetGeneratorOrdering(curandGenerator_t, curandOrdering_t) { return CURAND_STATUS_SUCCESS; }
curandStatus_t curandSetStream(curandGenerator_t, cudaStream_t) { return CURAND_STATUS_SUCCESS; }
curandStatus_t curandGenerateUniform(curandGenerator_t g, float* out, size_t n)
{
    return fill(g, out, n, std::uniform_real_distribution<float>());
}
curandStatus_t curandGenerateUniformDouble(curandGenerator_t g, double* out, size_t n)
{
    return fill(g, out, n, std::uniform_real_distribution<double>());
}
curandStatus_t curandGenerateNormal(curandGenerator_t g, float* out, size_t n, float mean, float sd)
{
    return fill(g, out, n, std::normal_distribution<float>(mean, sd));
}
curandStatus_t curandGenerateNormalDouble(curandGenerator_t g, double* out, size_t n, double mean, double sd)
{
    return fill(g, out, n, std::normal_distribution<double>(mean, sd));
}
curandStatus_t curandGeneratePoisson(curandGenerator_t g, unsigned* out, size_t n, double rate)
{
    return fill(g, out, n, std::poisson_distribution<unsigned>(rate));
}
