// CUDA's own functions over doubles and floats, none of its fast and inaccurate ones.
#ifndef DENSE_CUDA_MATH_H
#define DENSE_CUDA_MATH_H
#include <cmath>
#include "dense_anywhere.h"

DENSE_ANYWHERE double _dense_tanh(const double x) { return tanh(x); }
DENSE_ANYWHERE float _dense_tanh(const float x) { return tanhf(x); }
DENSE_ANYWHERE double _dense_exp(const double x) { return exp(x); }
DENSE_ANYWHERE float _dense_exp(const float x) { return expf(x); }
DENSE_ANYWHERE double _dense_log(const double x) { return log(x); }
DENSE_ANYWHERE float _dense_log(const float x) { return logf(x); }
DENSE_ANYWHERE double _dense_cos(const double x) { return cos(x); }
DENSE_ANYWHERE float _dense_cos(const float x) { return cosf(x); }

#include "dense_functions.h"
#endif
