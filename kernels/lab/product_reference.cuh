// Data for the lab programs of matrix products, made on the GPU, and the products in double precision.
#pragma once

#include "../include/element.cuh"
#include "check.cuh"

namespace lab {

// In [-1, 1).
__device__ inline float uniform(uint64_t i, uint64_t seed) {
  uint64_t h = (i + 1) * 0x9E3779B97F4A7C15ull + seed * 0xD1B54A32D192ED03ull;
  h ^= h >> 31;
  h *= 0xBF58476D1CE4E5B9ull;
  h ^= h >> 29;
  return static_cast<float>(static_cast<int32_t>(h >> 20)) * (1.0f / 2147483648.0f);
}

template <typename T>
__global__ void fill(T* to, size_t count, float scale, uint64_t seed) {
  for (size_t i = blockIdx.x * size_t{blockDim.x} + threadIdx.x; i < count; i += size_t{gridDim.x} * blockDim.x) {
    to[i] = penstock::Element<T>::from_float(scale * uniform(i, seed));
  }
}

// Sums of four uniform numbers with this deviation: near enough to normal. The matrix units draw as much power as for what
// a model has.
template <typename T>
__global__ void fill_normal(T* to, size_t count, float deviation, uint64_t seed) {
  const float scale = deviation * 0.8660254f;
  for (size_t i = blockIdx.x * size_t{blockDim.x} + threadIdx.x; i < count; i += size_t{gridDim.x} * blockDim.x) {
    float sum = 0;
    for (int part = 0; part < 4; ++part) sum += uniform(4 * i + part, seed);
    to[i] = penstock::Element<T>::from_float(scale * sum);
  }
}

// A warp an output. Operations: 0 out = x w^T + bias, 1 out = before + x w^T + bias, 2 out = silu(g) * u, w gates, then ups.
template <typename T>
__global__ void reference(double* out, const T* w, const T* x, const T* bias, const float* before, int operation,
                          int tokens, int rows, int k) {
  const size_t outputs = static_cast<size_t>(tokens) * rows;
  const int lane = threadIdx.x % 32;
  for (size_t i = (blockIdx.x * size_t{blockDim.x} + threadIdx.x) / 32; i < outputs;
       i += size_t{gridDim.x} * blockDim.x / 32) {
    const size_t token = i / rows, row = i % rows;
    double sums[2] = {0, 0};
    for (int part = 0; part < (operation == 2 ? 2 : 1); ++part) {
      const size_t w_row = row + static_cast<size_t>(part) * rows;
      double sum = 0;
      for (int c = lane; c < k; c += 32) {
        sum += static_cast<double>(penstock::Element<T>::to_float(w[w_row * k + c])) *
               static_cast<double>(penstock::Element<T>::to_float(x[token * k + c]));
      }
      for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
      sums[part] = sum + (bias == nullptr ? 0.0 : static_cast<double>(penstock::Element<T>::to_float(bias[w_row])));
    }
    if (lane == 0) {
      out[i] = operation == 0   ? sums[0]
               : operation == 1 ? sums[0] + static_cast<double>(before[i])
                                : sums[0] / (1 + exp(-sums[0])) * sums[1];
    }
  }
}

}  // namespace lab
