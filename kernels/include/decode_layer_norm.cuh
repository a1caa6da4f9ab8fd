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
  float sums[kNormThreads / 32];
};

// `kHeld` vectors of eight elements a thread. Two of them with four parts each are on their way from L2 at once.
template <typename T, int kHeld>
struct NormRow {
  int thread;
  float x[kHeld][8];
  uint4 gain[kHeld];

  __device__ __forceinline__ int vector(int first, int i) const { return first + i * kNormThreads + thread; }

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

  // What is there before the product is done.
  __device__ __forceinline__ void load(const Arguments& a, const T* gains, int hidden, int token, int first) {
    const float* row = a.residual + static_cast<size_t>(token) * hidden;
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const int v = vector(first, i);
      if (v >= hidden / 8) continue;
      load_shared_row(row, v, x[i]);
      if (gains != nullptr) gain[i] = load_constant(gains, v);
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

  __device__ __forceinline__ void store_scaled(const Arguments& a, float inverse_rms, int hidden, int token, int first) {
    T* out = static_cast<T*>(a.normed) + static_cast<size_t>(token) * hidden;
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      const int v = vector(first, i);
      if (v >= hidden / 8) continue;
      float g[8];
      widen<T>(gain[i], g);
#pragma unroll
      for (int e = 0; e < 8; ++e) g[e] *= x[i][e] * inverse_rms;
      store(out, v, narrow<T>(g));
    }
  }
};

// Sum over the warps that norm, in a fixed order; all get it.
__device__ __forceinline__ float norm_sum(float value, int thread, float* sums) {
  value = warp_sum(value);
  if (thread % 32 == 0) sums[thread / 32] = value;
  named_sync(kNormBarrier, kNormThreads);
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < kNormThreads / 32; ++i) sum += sums[i];
  return sum;
}

// Normalises tokens as long as there are some that no block has taken; gain null: only adds. A token waits for units,
// which blocks that run have drawn and which wait for no token of this norm. `before`: how many tokens the norm before
// this one must have finished, as the stream is read early.
template <typename T>
__device__ __forceinline__ void normalise_tokens(const Arguments& a, const Product& p, const T* gains, uint32_t* claims,
                                                 const uint32_t* done, int units, const uint32_t* before, uint32_t* normed,
                                                 int thread, NormScratch& scratch) {
  constexpr int kHeld = 512 / kNormThreads;  // 4,096 elements
  const int hidden = p.rows;
#pragma unroll 1
  for (int turn = 0;; turn ^= 1) {
    if (thread == 0) {
      const int claimed = static_cast<int>(draw(claims));
      if (before != nullptr && claimed < a.tokens) wait_for(before, a.tokens);
      scratch.claimed[turn] = claimed;
    }
    named_sync(kNormBarrier, kNormThreads);
    const int token = scratch.claimed[turn];
    if (token >= a.tokens) break;
    NormRow<T, kHeld> row;
    row.thread = thread;
    row.load(a, gains, hidden, token, 0);
    if (thread == 0) wait_for(done, units);
    named_sync(kNormBarrier, kNormThreads);
    float squares = 0.0f;
    const int chunk = 8 * kHeld * kNormThreads;
#pragma unroll 1
    for (int first = 0; first < hidden; first += chunk) {
      if (first > 0) row.load(a, gains, hidden, token, first / 8);
      squares += row.add(a, p, token, first / 8);
    }
    if (gains != nullptr) {
      const float inverse_rms = rsqrtf(norm_sum(squares, thread, scratch.sums) / hidden + a.eps);
#pragma unroll 1
      for (int first = 0; first < hidden; first += chunk) {
        if (hidden > chunk) row.load(a, gains, hidden, token, first / 8);  // this thread wrote it
        row.store_scaled(a, inverse_rms, hidden, token, first / 8);
      }
      fence_global_for_copies();
    }
    named_sync(kNormBarrier, kNormThreads);
    if (thread == 0) add_release(normed);
  }
  named_sync(kNormBarrier, kNormThreads);  // the words are free for the next norm
}

// Tiles of q, k and v of which several pieces have a part, sixteen tokens at a time: the sum of the parts, in their
// order. Each block has its share; nobody in this kernel waits for it.
template <typename T>
__device__ __forceinline__ void sum_parts(const Arguments& a, const Order& order, int thread) {
  constexpr int kVectors = kTileRows / 8, kTokens = 16, kAtOnce = 4;
  const Product& p = a.qkv;
  const int groups = (a.tokens + kTokens - 1) / kTokens, jobs = Order::tiles(p.rows, kTileRows) * groups;
  const size_t pitch = static_cast<size_t>(a.tokens) * p.rows;
#pragma unroll 1
  for (int job = blockIdx.x; job < jobs; job += gridDim.x) {
    const int tile = job / groups, parts = order.parts(a, tile);
    if (parts == 1) continue;
    if (thread == 0) wait_for(a.control + kQkvArrived + tile, parts);
    named_sync(kNormBarrier, kNormThreads);
#pragma unroll
    for (int i = thread; i < kTokens * kVectors; i += kNormThreads) {
      const int token = job % groups * kTokens + i / kVectors, row = tile * kTileRows + i % kVectors * 8;
      if (token >= a.tokens || row >= p.rows) continue;
      const size_t at = static_cast<size_t>(token) * p.rows + row;
      float sum[8] = {};
      if (p.bias != nullptr) widen<T>(load_constant(static_cast<const T*>(p.bias) + row, 0), sum);
#pragma unroll 1
      for (int first = 0; first < parts; first += kAtOnce) {
        float part[kAtOnce][8];
#pragma unroll
        for (int s = 0; s < kAtOnce; ++s) {
          if (first + s < parts) load_shared_row(a.partials + at + (first + s) * pitch, 0, part[s]);
        }
#pragma unroll
        for (int s = 0; s < kAtOnce; ++s) {
#pragma unroll
          for (int e = 0; e < 8; ++e) sum[e] += first + s < parts ? part[s][e] : 0.0f;
        }
      }
      store(static_cast<T*>(a.out) + at, 0, narrow<T>(sum));
    }
  }
}

#endif

}  // namespace penstock::decode_layer
