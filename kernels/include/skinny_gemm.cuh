// Matrix times 8 to 64 vectors: what the skinny matrix products share.
//
// Up to some hundred tokens a product is bound by the one read of its weights, as with one token, but the sums need
// tensor cores. So this is gemv.cuh with mma.sync in the place of FMA: weights go from memory straight into the
// registers they are used in, two chunks ahead, the first before pdl_wait(); no shared memory, no barrier, no swizzle
// on the way.
//
// That works without reordering the weights because the sum over k may be taken in any order. mma.m16n8k16 wants, of
// row l/4, columns 2(l%4) + {0, 1} and + 8 in lane l. Lane l loads instead 16 bytes, columns 8(l%4) .. + 7 of a stretch
// of 32, and calls the first two pairs of them its columns of one multiplication and the last two those of the next. x
// is loaded by the same rule, so the columns of both agree. A load of a warp touches 8 rows of 64 bytes, and two
// of them in a row make whole 128-byte lines.
//
// A block of four warps computes 128 rows, 32 a warp, for all tokens; the warps read the same x at about the same time,
// out of L1. Where a matrix has too few rows to fill the card, kSplit blocks of a cluster share k: each leaves its sums
// in its shared memory, and each then adds up one part of the rows over all of them, in the order of the blocks.
//
// Any k that is a multiple of 8 works: past the end the last vector of a row is read again and multiplied by zero. Rows
// and tokens past the end repeat the last one and are not stored.
#pragma once

#include "cluster.cuh"
#include "element.cuh"
#include "mma.cuh"
#include "pdl.cuh"

namespace penstock::skinny_gemm {

constexpr int kWarps = 4;
constexpr int kThreads = 32 * kWarps;
constexpr int kBlockRows = 32 * kWarps;
constexpr int kChunkVectors = 8;  // of eight elements: 128 bytes of a row
// 4 mod 16 words: the four lanes that hold neighbouring tokens of a row write to different banks.
constexpr int kPartialStride = kBlockRows + 4;

// Blocks on a multiprocessor: sums and weights in flight leave room for so many.
template <int kTokens>
constexpr int kMinBlocks = kTokens <= 16 ? 4 : kTokens <= 32 ? 3 : 2;

// One chunk of the 32 rows of a warp, as one lane holds it: [16-row tile][row l/4 or + 8][half of the chunk].
struct Fragments {
  uint4 packed[2][2][2];
};

template <typename T>
struct WarpRows {
  const T* row[2][2];  // this lane's rows of w
  int vectors;         // length of a row

  __device__ __forceinline__ void load(Fragments& to, int chunk) const {
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int tile = 0; tile < 2; ++tile) {
#pragma unroll
      for (int lower = 0; lower < 2; ++lower) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const int v = chunk * kChunkVectors + half * 4 + lane % 4;
          to.packed[tile][lower][half] = load_weight(row[tile][lower], min(v, vectors - 1));
        }
      }
    }
  }
};

// sum[tile][8-token tile] += one chunk. `offset` has, for each token tile, the element of x at which this lane's token
// begins.
template <typename T, int kTokens>
__device__ __forceinline__ void accumulate(float (&sum)[2][kTokens / 8][4], const Fragments& w, const T* x,
                                           const int (&offset)[kTokens / 8], int chunk, int vectors) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int v = chunk * kChunkVectors + half * 4 + threadIdx.x % 4;
    uint4 b[kTokens / 8];
#pragma unroll
    for (int n = 0; n < kTokens / 8; ++n) {
      b[n] = make_uint4(0, 0, 0, 0);
      if (v < vectors) b[n] = load_activation(x + offset[n], v);
    }
#pragma unroll
    for (int tile = 0; tile < 2; ++tile) {
      const uint4 upper = w.packed[tile][0][half];
      const uint4 lower = w.packed[tile][1][half];
#pragma unroll
      for (int n = 0; n < kTokens / 8; ++n) {
        mma<T>(sum[tile][n], upper.x, lower.x, upper.y, lower.y, b[n].x, b[n].y);
        mma<T>(sum[tile][n], upper.z, lower.z, upper.w, lower.w, b[n].z, b[n].w);
      }
    }
  }
}

// One block of a cluster of kSplit: blockIdx.x names the rows, blockIdx.y the part of k. Output's members:
//   kRows                 results of a block: 128, or 64 where a gate row and an up row make one
//   slot(warp, tile)      first of the block's 128 row slots that a warp's 16-row tile computes
//   row(slot)             matrix row of a slot, always a valid one
//   finish(token, slot, sums)  stores the results of four slots, starting at a multiple of four; `sums(slot)` gives the
//                         sums of four slots of that token
template <typename T, int kTokens, int kSplit, typename Output>
__device__ __forceinline__ void multiply(const T* w, const T* x, const Output& output, int tokens, int k) {
  static_assert(kTokens % 8 == 0 && kTokens <= 64 && Output::kRows / kSplit % 4 == 0, "whole tiles, whole fours");
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
  __trap();  // no clusters: GPUs that old take cuBLASLt, and their module stays small
#else
  __shared__ __align__(16) float partial[kTokens][kPartialStride];
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
  const int vectors = k / kVectorElements;
  const int chunks = (vectors + kChunkVectors - 1) / kChunkVectors;
  const int share = (chunks + kSplit - 1) / kSplit;
  const int begin = kSplit == 1 ? 0 : static_cast<int>(blockIdx.y) * share;
  const int end = min(begin + share, chunks);

  pdl_launch_dependents();
  WarpRows<T> rows;
  rows.vectors = vectors;
#pragma unroll
  for (int tile = 0; tile < 2; ++tile) {
#pragma unroll
    for (int lower = 0; lower < 2; ++lower) {
      const int slot = output.slot(warp, tile) + lower * 8 + lane / 4;
      rows.row[tile][lower] = w + static_cast<size_t>(output.row(slot)) * k;
    }
  }
  Fragments even = {}, odd = {};
  if (begin < end) rows.load(even, begin);
  if (begin + 1 < end) rows.load(odd, begin + 1);
  int offset[kTokens / 8];
#pragma unroll
  for (int n = 0; n < kTokens / 8; ++n) offset[n] = min(n * 8 + lane / 4, tokens - 1) * k;
  pdl_wait();

  float sum[2][kTokens / 8][4] = {};
  for (int chunk = begin; chunk < end; chunk += 2) {
    accumulate<T, kTokens>(sum, even, x, offset, chunk, vectors);
    if (chunk + 2 < end) rows.load(even, chunk + 2);
    if (chunk + 1 < end) {
      accumulate<T, kTokens>(sum, odd, x, offset, chunk + 1, vectors);
      if (chunk + 3 < end) rows.load(odd, chunk + 3);
    }
  }

#pragma unroll
  for (int tile = 0; tile < 2; ++tile) {
    const int slot = output.slot(warp, tile) + lane / 4;
#pragma unroll
    for (int n = 0; n < kTokens / 8; ++n) {
      const int token = n * 8 + lane % 4 * 2;
      partial[token][slot] = sum[tile][n][0];
      partial[token + 1][slot] = sum[tile][n][1];
      partial[token][slot + 8] = sum[tile][n][2];
      partial[token + 1][slot + 8] = sum[tile][n][3];
    }
  }
  if constexpr (kSplit == 1) {
    __syncthreads();
  } else {
    cluster_barrier();
  }

  constexpr int kFours = Output::kRows / kSplit / 4;  // of each token, that this block finishes
  const int first = kSplit == 1 ? 0 : static_cast<int>(blockIdx.y) * kFours * 4;
  for (int i = threadIdx.x; i < tokens * kFours; i += kThreads) {
    const int token = i / kFours;
    output.finish(token, first + i % kFours * 4, [&](int slot) {
      if constexpr (kSplit == 1) return *reinterpret_cast<const float4*>(&partial[token][slot]);
      float4 all = {};
#pragma unroll
      for (int rank = 0; rank < kSplit; ++rank) {
        const float4 one = load_from_cluster(&partial[token][slot], rank);
        all.x += one.x, all.y += one.y, all.z += one.z, all.w += one.w;
      }
      return all;
    });
  }
  if constexpr (kSplit > 1) cluster_barrier();  // nobody may leave while others read its shared memory
#endif
}

}  // namespace penstock::skinny_gemm
