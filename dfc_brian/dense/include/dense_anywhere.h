// What is the same on the processor and on a CUDA device.
#ifndef DENSE_ANYWHERE_H
#define DENSE_ANYWHERE_H

#ifdef __CUDACC__
#define DENSE_ANYWHERE __host__ __device__ static inline
#else
#define DENSE_ANYWHERE static inline
#endif

#endif
