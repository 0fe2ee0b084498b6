// Functions in terms of _dense_tanh and _dense_exp, which the including file defines, and derivatives. NaN stays NaN.
#ifndef DENSE_FUNCTIONS_H
#define DENSE_FUNCTIONS_H
#include "dense_anywhere.h"

template <typename T> DENSE_ANYWHERE T _dense_linear(const T x) { return x; }
template <typename T> DENSE_ANYWHERE T _dense_relu(const T x) { return x < 0 ? (T)0 : x; }
template <typename T> DENSE_ANYWHERE T _dense_sigmoid(const T x) { return (T)1/((T)1 + _dense_exp(-x)); }

template <typename T> DENSE_ANYWHERE T _dense_tanh_slope(const T x) { const T y = _dense_tanh(x); return (T)1 - y*y; }
template <typename T> DENSE_ANYWHERE T _dense_linear_slope(const T x) { return x == x ? (T)1 : x; }
template <typename T> DENSE_ANYWHERE T _dense_relu_slope(const T x) { return x > 0 ? (T)1 : x <= 0 ? (T)0 : x; }
template <typename T> DENSE_ANYWHERE T _dense_sigmoid_slope(const T x) { const T y = _dense_sigmoid(x); return y*((T)1 - y); }

#endif
