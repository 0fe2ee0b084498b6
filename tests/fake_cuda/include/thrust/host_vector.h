// Vectors on the host and on the device, whose elements the host reaches through references that copy.
#pragma once
#include <new>
#include <utility>
#include <vector>
#include "cuda_runtime.h"

namespace thrust
{
template <class T> T* raw_pointer_cast(T* p) { return p; }

template <class T> class device_reference
{
    T* p;

public:
    explicit device_reference(T* p) : p(p) {}
    T* operator&() const { return p; }
    operator T() const
    {
        fake_cuda::Access access;
        return *p;
    }
    device_reference& operator=(const T& value)
    {
        fake_cuda::Access access;
        *p = value;
        return *this;
    }
    device_reference& operator=(const device_reference& other) { return *this = (T)other; }
};

template <class T> class device_vector
{
    T* data_ = nullptr;
    size_t size_ = 0, capacity_ = 0;

    void reserve(size_t n)
    {
        if (n <= capacity_) return;
        T* grown;
        if (cudaMalloc(&grown, n * sizeof(T))) throw std::bad_alloc();
        if (size_) cudaMemcpy(grown, data_, size_ * sizeof(T), cudaMemcpyDeviceToDevice);
        cudaFree(data_);
        data_ = grown, capacity_ = n;
    }

public:
    device_vector() = default;
    explicit device_vector(size_t n) { resize(n); }
    device_vector(const device_vector& other) { *this = other; }
    ~device_vector() { cudaFree(data_); }
    device_vector& operator=(const device_vector& other)
    {
        size_ = 0;
        reserve(other.size_);
        size_ = other.size_;
        if (size_) cudaMemcpy(data_, other.data_, size_ * sizeof(T), cudaMemcpyDeviceToDevice);
        return *this;
    }
    device_vector& operator=(const std::vector<T>& other)
    {
        size_ = 0;
        reserve(other.size());
        size_ = other.size();
        if (size_) cudaMemcpy(data_, other.data(), size_ * sizeof(T), cudaMemcpyHostToDevice);
        return *this;
    }
    size_t size() const { return size_; }
    T* data() const { return data_; }
    void clear() { size_ = 0; }
    void swap(device_vector& other)
    {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    void shrink_to_fit()
    {
        device_vector copy(*this);
        swap(copy);
    }
    void resize(size_t n, T value = T())
    {
        reserve(n);
        fake_cuda::Access access;
        for (size_t i = size_; i < n; i++) data_[i] = value;
        size_ = n;
    }
    void push_back(const T& value)
    {
        if (size_ == capacity_) reserve(2 * capacity_ + 1);
        resize(size_ + 1, value);
    }
    device_reference<T> operator[](size_t i) const { return device_reference<T>(data_ + i); }
};

template <class T> class host_vector : public std::vector<T>
{
public:
    using std::vector<T>::vector;
    host_vector& operator=(const device_vector<T>& other)
    {
        this->resize(other.size());
        if (other.size()) cudaMemcpy(this->data(), other.data(), other.size() * sizeof(T), cudaMemcpyDeviceToHost);
        return *this;
    }
};
}
