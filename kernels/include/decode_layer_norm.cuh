// The norm between two products of decode_layer.cu: a token's row of the residual stream takes the parts of the
// product before it, in their order, and is normalised for the product behind it. See rms_norm.cu for the formula.
#pragma once

#include "block_reduce.cuh"
#include "decode_layer_sync.cuh"
#include "decode_layer_work.cuh"

namespace penstock::decode_layer {

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

constexpr int kNormBarrier = 2;

struct NormScratch {
  int claimed[2];  // in turns, so that nobody writes a word that is still read
  float sums[8];
};

// `kHeld` vectors of eight elements a thread. Two of them with four parts each are on their way from L2 at once.
template <typename T, int kThreads, int kHeld>
struct NormRow {
  int thread;
  float x[kHeld][8];

  __device__ __forceinline__ int vector(int first, int i) const { return first + i * kThreads + thread; }

  // x += parts [split, split + kParts) of vectors i and i + 1.
  template <int kParts>
  __device__ __forceinline__ void add_parts(const float* parts, size_t pitch, int vectors, int first, int i) {
    float part[kParts][2][8];
#pragma unroll
    for (int p = 0; p < kParts; ++p) {
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        if (vector(first, i + h) < vectors) load_shared_row(parts + p * pitch, vector(first, i + h), part[p][h]);
      }
    }
#pragma unroll
    for (int p = 0; p < kParts; ++p) {
#pragma unroll
      for (int h = 0; h < 2; ++h) {
#pragma unroll
        for (int e = 0; e < 8; ++e) x[i + h][e] += part[p][h][e];
      }
    }
  }

  // x = residual + parts + bias, which becomes the residual; returns this thread's share of the sum of squares.
  __device__ __forceinline__ float add(const Arguments& a, const Product& p, int token, int first) {
    const int hidden = p.rows, vectors = hidden / 8;
    float* row = a.residual + static_cast<size_t>(token) * hidden;
    const size_t pitch = static_cast<size_t>(a.tokens) * hidden;
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < kHeld; i += 2) {
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        if (vector(first, i + h) < vectors) load_shared_row(row, vector(first, i + h), x[i + h]);
      }
      const float* parts = a.partials + static_cast<size_t>(token) * hidden;
      int split = 0;
#pragma unroll 1
      for (; split + 4 <= p.splits; split += 4, parts += 4 * pitch) add_parts<4>(parts, pitch, vectors, first, i);
#pragma unroll 1
      for (; split < p.splits; ++split, parts += pitch) add_parts<1>(parts, pitch, vectors, first, i);
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        const int v = vector(first, i + h);
        if (v >= vectors) continue;
        if (p.bias != nullptr) {
          float bias[8];
          widen<T>(load_constant(static_cast<const T*>(p.bias), v), bias);
#pragma unroll
          for (int e = 0; e < 8; ++e) x[i + h][e] += bias[e];
        }
        store(row, v, x[i + h]);
#pragma unroll
        for (int e = 0; e < 8; ++e) squares = fmaf(x[i + h][e], x[i + h][e], squares);
      }
    }
    return squares;
  }

  __device__ __forceinline__ void reload(const Arguments& a, int hidden, int token, int first) {
    const float* row = a.residual + static_cast<size_t>(token) * hidden;
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const int v = vector(first, i);
      if (v < hidden / 8) load_shared_row(row, v, x[i]);  // this thread wrote it
    }
  }

  __device__ __forceinline__ void store_scaled(const Arguments& a, const T* gain, float inverse_rms, int hidden,
                                               int token, int first) {
    T* row = static_cast<T*>(a.normed) + static_cast<size_t>(token) * hidden;
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const int v = vector(first, i);
      if (v >= hidden / 8) continue;
      float g[8];
      widen<T>(load_constant(gain, v), g);
#pragma unroll
      for (int e = 0; e < 8; ++e) g[e] *= x[i][e] * inverse_rms;
      store(row, v, narrow<T>(g));
    }
  }
};

// Sum over the warps that norm, in a fixed order; all get it.
template <int kThreads>
__device__ __forceinline__ float norm_sum(float value, int thread, float* sums) {
  value = warp_sum(value);
  if (thread % 32 == 0) sums[thread / 32] = value;
  named_sync(kNormBarrier, kThreads);
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < kThreads / 32; ++i) sum += sums[i];
  return sum;
}

// Normalises tokens as long as there are some that no block has taken; gain null: only adds. A token waits for units,
// which blocks that run have drawn and which wait for no token of this norm.
template <typename T, int kThreads>
__device__ __forceinline__ void normalise_tokens(const Arguments& a, const Product& p, const T* gain, uint32_t* claims,
                                                 const uint32_t* done, int units, uint32_t* normed, int thread,
                                                 NormScratch& scratch) {
  constexpr int kHeld = 512 / kThreads;  // 4,096 elements
  const int hidden = p.rows;
#pragma unroll 1
  for (int turn = 0;; turn ^= 1) {
    if (thread == 0) {
      const int claimed = static_cast<int>(draw(claims));
      if (claimed < a.tokens) wait_for(done, units), trace(p.k == a.o.k ? 10 : 12);
      scratch.claimed[turn] = claimed;
    }
    named_sync(kNormBarrier, kThreads);
    const int token = scratch.claimed[turn];
    if (token >= a.tokens) break;
    NormRow<T, kThreads, kHeld> row;
    row.thread = thread;
    float squares = 0.0f;
    const int chunk = 8 * kHeld * kThreads;
#pragma unroll 1
    for (int first = 0; first < hidden; first += chunk) squares += row.add(a, p, token, first / 8);
    if (gain != nullptr) {
      const float inverse_rms = rsqrtf(norm_sum<kThreads>(squares, thread, scratch.sums) / hidden + a.eps);
#pragma unroll 1
      for (int first = 0; first < hidden; first += chunk) {
        if (hidden > chunk) row.reload(a, hidden, token, first / 8);
        row.store_scaled(a, gain, inverse_rms, hidden, token, first / 8);
      }
      fence_global_for_copies();
    }
    named_sync(kNormBarrier, kThreads);
    if (thread == 0) add_release(normed), trace(p.k == a.o.k ? 11 : 13);
  }
  named_sync(kNormBarrier, kThreads);  // the words are free for the next norm
}

#endif

}  // namespace penstock::decode_layer
