// Inputs and a plain double-precision reference for attention over rows (q heads, k heads, v heads), both on the GPU:
// every element of every case is compared, not a sample.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "check.cuh"

namespace lab {

// What q, k and v are. Each isolates something: a wrong kernel passes some and fails others.
enum class Input {
  kRandom,   // everything
  kSharp,    // scores of standard deviation 9: weights on few tokens
  kGrowing,  // scores grow towards the first token, which is read last: the maximum is raised again and again
  kUniform,  // q = 0: all weights equal, so the product with V, the diagonal and the sums without the one with K
  kOnes,     // v = 1: the result is 1 whatever the weights are
  kPick,     // row i has all its weight on token i / 2; v is the token's number (even dimensions) or the dimension's
};

struct Layout {
  int heads, kv_heads, head_dim;
  __host__ __device__ int width() const { return (heads + 2 * kv_heads) * head_dim; }
};

__device__ inline unsigned mix(unsigned long long x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ull;
  return static_cast<unsigned>(x >> 32);
}

// About normal: the sum of four uniform numbers, scaled to variance 1.
__device__ inline float normal(unsigned long long key) {
  const unsigned a = mix(key * 2 + 1), b = mix(key * 2 + 0x9e3779b97f4a7c15ull);
  const float sum = (a & 0xffff) + (a >> 16) + (b & 0xffff) + (b >> 16) + 2.0f;
  return (sum / 65536.0f - 2.0f) * 1.7320508f;
}

__device__ inline float code(int token, int dim, int head_dim) {
  for (int bit = 0; bit < 7; ++bit) {
    if (dim == bit * 17 % head_dim) return token >> bit & 1 ? 8.0f : -8.0f;
  }
  return 0.0f;
}

// Fills the rows of one sequence.
template <typename T>
__global__ void fill_sequence(T* qkv, Layout layout, int start, int length, Input input, unsigned long long seed) {
  const int width = layout.width();
  const int q_end = layout.heads * layout.head_dim, k_end = q_end + layout.kv_heads * layout.head_dim;
  for (size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x; i < static_cast<size_t>(length) * width;
       i += static_cast<size_t>(gridDim.x) * blockDim.x) {
    const int token = static_cast<int>(i / width), column = static_cast<int>(i % width), dim = column % layout.head_dim;
    const bool is_q = column < q_end, is_v = column >= k_end;
    float value = normal(i + (seed << 40));
    if (input == Input::kSharp && !is_v) value *= 3.0f;
    if (input == Input::kGrowing && !is_v) {
      // A common direction, whose weight in k grows towards the first token.
      value = is_q ? 1.0f + 0.5f * value : value + 12.0f * (length - token) / length;
    }
    if (input == Input::kUniform && is_q) value = 0.0f;
    if (input == Input::kOnes && is_v) value = 1.0f;
    if (input == Input::kPick) {
      value = is_v ? (dim % 2 == 0 ? token % 128 : dim) : code(is_q ? token / 2 : token, dim, layout.head_dim);
    }
    qkv[static_cast<size_t>(start) * width + i] = T(value);
  }
}

// A row whose result is wanted.
struct Row {
  int start, length, position;
};

// out (rows, heads, headDim); a block takes (row, head) pairs; scratch (blocks, longest) holds its scores.
template <typename T>
__global__ void reference(double* out, const T* qkv, Layout layout, const Row* rows, int count, double scale,
                          double* scratch, int longest) {
  __shared__ double reduced[128];
  double* scores = scratch + static_cast<size_t>(blockIdx.x) * longest;
  const int thread = threadIdx.x, dim = layout.head_dim, width = layout.width();
  for (int job = blockIdx.x; job < count * layout.heads; job += gridDim.x) {
    const Row row = rows[job / layout.heads];
    const int head = job % layout.heads, kv_head = head / (layout.heads / layout.kv_heads);
    const T* q = qkv + static_cast<size_t>(row.start + row.position) * width + head * dim;
    const T* k = qkv + static_cast<size_t>(row.start) * width + (layout.heads + kv_head) * dim;
    const T* v = k + layout.kv_heads * dim;
    double top = -INFINITY;
    for (int j = thread; j <= row.position; j += 128) {
      double sum = 0;
      const T* key = k + static_cast<size_t>(j) * width;
      for (int d = 0; d < dim; ++d) sum += static_cast<double>(float(q[d])) * static_cast<double>(float(key[d]));
      scores[j] = sum * scale;
      top = fmax(top, scores[j]);
    }
    const auto all = [&](double value, bool maximum) {
      reduced[thread] = value;
      __syncthreads();
      double result = reduced[0];
      for (int i = 1; i < 128; ++i) result = maximum ? fmax(result, reduced[i]) : result + reduced[i];
      __syncthreads();
      return result;
    };
    top = all(top, true);
    double total = 0;
    for (int j = thread; j <= row.position; j += 128) {
      scores[j] = exp(scores[j] - top);
      total += scores[j];
    }
    total = all(total, false);
    for (int d = thread; d < dim; d += 128) {
      double sum = 0;
      for (int j = 0; j <= row.position; ++j) {
        sum += scores[j] * static_cast<double>(float(v[static_cast<size_t>(j) * width + d]));
      }
      out[(static_cast<size_t>(job / layout.heads) * layout.heads + head) * dim + d] = sum / total;
    }
    __syncthreads();
  }
}

}  // namespace lab
