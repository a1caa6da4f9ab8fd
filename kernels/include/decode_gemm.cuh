// The matrix product of a decode batch: out (tokens, rows) = x (tokens, k) w (rows, k)^T, sm_90a only. See
// decode_gemm.cu for the design; here are its parts, which the kernels there put together.
#pragma once

#include "activation.cuh"
#include "cluster.cuh"
#include "element.cuh"
#include "pdl.cuh"
#include "tensor_copy.cuh"
#include "wgmma.cuh"

namespace penstock::decode_gemm {

constexpr int kBoxRows = 64;      // of weights: wgmma's M
constexpr int kTileRows = 128;    // two boxes
constexpr int kStep = 64;         // of k: 128 bytes, the width of the swizzle
constexpr int kBoxBytes = kBoxRows * kStep * 2;
constexpr int kConsumers = 128;   // threads: one warpgroup
constexpr int kThreads = kConsumers + 32;
constexpr int kRowPitch = kTileRows + 4;  // floats of a token in the exchange: conflict-free writes of fragments

enum class Operation { kStore, kAdd, kSwiglu };

template <int kTokenColumns, int kRingStages>
struct Shape {
  static constexpr int kN = kTokenColumns;
  static constexpr int kStages = kRingStages;
  static constexpr int kWeightBytes = 2 * kBoxBytes;
  static constexpr int kStageBytes = kWeightBytes + kN * kStep * 2;
  static constexpr int kSharedBytes = kStages * kStageBytes + 1024;  // to align to 1,024
  static_assert(kN * kRowPitch * 4 <= kStages * kStageBytes, "the exchange reuses the ring");
};

struct Arguments {
  void* out;            // (tokens, rows) T, or float32 for kAdd
  const void* weights;  // tensor map
  const void* x;        // tensor map
  const void* bias;     // T (rows; gates then ups) or null
  int tokens;
  int rows;   // of out
  int k;
  int ahead;  // steps that are fetched into L2 behind those that fit into the ring, before the wait
};

// What a block does: tiles `first`, `first + stride`, ...; of each, k steps [begin, end).
struct Work {
  int first, stride, tiles, begin, end, rank, ranks;
};

template <Operation kOperation>
__device__ __forceinline__ Work work_of(const Arguments& a) {
  constexpr int kOutputs = kOperation == Operation::kSwiglu ? kBoxRows : kTileRows;
  Work w;
  w.ranks = cluster_size();
  w.rank = static_cast<int>(blockIdx.x) % w.ranks;
  w.first = static_cast<int>(blockIdx.x) / w.ranks;
  w.stride = static_cast<int>(gridDim.x) / w.ranks;
  w.tiles = (a.rows + kOutputs - 1) / kOutputs;
  const int steps = (a.k + kStep - 1) / kStep;
  w.begin = w.rank * steps / w.ranks;
  w.end = (w.rank + 1) * steps / w.ranks;
  return w;
}

// Weight rows of the two boxes of a tile.
template <Operation kOperation>
__device__ __forceinline__ int box_row(const Arguments& a, int tile, int box) {
  if constexpr (kOperation == Operation::kSwiglu) return tile * kBoxRows + box * a.rows;
  return tile * kTileRows + box * kBoxRows;
}

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

struct Barriers {
  uint32_t base;
  __device__ __forceinline__ uint32_t full(int stage) const { return base + 16 * stage; }
  __device__ __forceinline__ uint32_t empty(int stage) const { return base + 16 * stage + 8; }
};

template <int kStages>
struct Ring {
  int stage = 0;
  uint32_t parity = 0;
  __device__ __forceinline__ void next() {
    if (++stage == kStages) stage = 0, parity ^= 1;
  }
};

// A block's steps one after the other, over the tiles' ends.
struct Cursor {
  int tile, step;
  __device__ __forceinline__ void next(const Work& w) {
    if (++step == w.end) step = w.begin, tile += w.stride;
  }
};

// One thread. The first stages' weights are under way before the kernels before this one have ended; a stage's
// barrier waits for the bytes of x too, which come after that.
template <class S, Operation kOperation>
__device__ __forceinline__ void produce(const Arguments& a, const Work& w, uint32_t shared, Barriers barriers) {
  const uint64_t policy = first_to_leave();
  const int tiles = w.first < w.tiles ? (w.tiles - w.first + w.stride - 1) / w.stride : 0;
  const int total = tiles * (w.end - w.begin);
  const int early = min(total, S::kStages);
  const auto load_weights = [&](int stage, const Cursor& at) {
    barrier_expect(barriers.full(stage), S::kStageBytes);
#pragma unroll
    for (int box = 0; box < 2; ++box) {
      copy_box(shared + stage * S::kStageBytes + box * kBoxBytes, a.weights, at.step * kStep,
               box_row<kOperation>(a, at.tile, box), barriers.full(stage), policy);
    }
  };
  const auto load_x = [&](int stage, const Cursor& at) {
    copy_box(shared + stage * S::kStageBytes + S::kWeightBytes, a.x, at.step * kStep, 0, barriers.full(stage));
  };

  acquire_tensor_map(a.weights);
  Cursor weights = {w.first, w.begin};
  Cursor x = weights;
#pragma unroll 1
  for (int i = 0; i < early; ++i, weights.next(w)) load_weights(i, weights);
  Cursor later = weights;
#pragma unroll 1
  for (int i = early; i < min(total, early + a.ahead); ++i, later.next(w)) {
#pragma unroll
    for (int box = 0; box < 2; ++box) {
      prefetch_box(a.weights, later.step * kStep, box_row<kOperation>(a, later.tile, box));
    }
  }
  acquire_tensor_map(a.x);
  pdl_wait();
  fence_global_for_copies();
#pragma unroll 1
  for (int i = 0; i < early; ++i, x.next(w)) load_x(i, x);

  Ring<S::kStages> ring;
#pragma unroll 1
  for (int i = early; i < total; ++i, weights.next(w)) {
    barrier_wait(barriers.empty(ring.stage), ring.parity);
    load_weights(ring.stage, weights);
    load_x(ring.stage, weights);
    ring.next();
  }
}

// acc (2 x 64 x N) = the tile's product over this block's steps.
template <typename T, class S>
__device__ __forceinline__ void multiply(float (&acc)[2][S::kN / 2], Ring<S::kStages>& ring, int steps, uint32_t shared,
                                         Barriers barriers) {
#pragma unroll
  for (int m = 0; m < 2; ++m) {
#pragma unroll
    for (int i = 0; i < S::kN / 2; ++i) acc[m][i] = 0.0f;
  }
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    const uint32_t stage = shared + ring.stage * S::kStageBytes;
    const uint64_t w = swizzled_operand(stage, 16);
    const uint64_t x = swizzled_operand(stage + S::kWeightBytes, 16);
    barrier_wait(barriers.full(ring.stage), ring.parity);
    wgmma_fence();
#pragma unroll
    for (int part = 0; part < kStep / 16; ++part) {
      Wgmma<T>::shared(acc[0], advance(w, part * 32), advance(x, part * 32), true);
      Wgmma<T>::shared(acc[1], advance(w, kBoxBytes + part * 32), advance(x, part * 32), true);
    }
    wgmma_commit();
    // The stage goes back at once: memory, not the matrix units, is what is short.
    wgmma_wait<0>();
    if (threadIdx.x % 32 == 0) barrier_arrive(barriers.empty(ring.stage));
    ring.next();
  }
  settle(acc[0]);
  settle(acc[1]);
}

// An 8 x 8 matrix of two-byte elements, two of a row a lane, becomes its transpose.
__device__ __forceinline__ uint32_t transpose(uint32_t pair) {
  uint32_t result;
  asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(result) : "r"(pair));
  return result;
}

template <typename T>
__device__ __forceinline__ float bias_of(const Arguments& a, int row, int limit) {
  if (a.bias == nullptr || row >= limit) return 0.0f;
  return Element<T>::to_float(static_cast<const T*>(a.bias)[row]);
}

// A whole tile from registers. Fragments have consecutive rows in different lanes and tokens in pairs; turned around,
// a lane has eight rows of one token: sixteen bytes.
template <typename T, class S>
__device__ __forceinline__ void store_tile(const float (&acc)[2][S::kN / 2], const Arguments& a, int tile) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int row = tile * kTileRows + 16 * warp;
  float bias[2][2];
#pragma unroll
  for (int i = 0; i < 4; ++i) bias[i / 2][i % 2] = bias_of<T>(a, row + i / 2 * 64 + i % 2 * 8 + lane / 4, a.rows);
  const int own = row + lane % 4 / 2 * 64 + lane % 2 * 8;
#pragma unroll
  for (int j = 0; j < S::kN / 8; ++j) {
    uint32_t words[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int m = i / 2, h = i % 2;
      const int at = 4 * j + 2 * h;
      words[i] = transpose(Element<T>::narrow(acc[m][at] + bias[m][h], acc[m][at + 1] + bias[m][h]));
    }
    transpose_quad(words, lane);
    const int token = 8 * j + lane / 4;
    if (token < a.tokens && own < a.rows) {
      *reinterpret_cast<uint4*>(static_cast<T*>(a.out) + static_cast<size_t>(token) * a.rows + own) =
          make_uint4(words[0], words[1], words[2], words[3]);
    }
  }
}

template <typename T, class S>
__device__ __forceinline__ void store_gated(const float (&acc)[2][S::kN / 2], const Arguments& a, int tile) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int row = tile * kBoxRows + 16 * warp;
  float gate_bias[2], up_bias[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int of_lane = row + 8 * h + lane / 4;
    gate_bias[h] = bias_of<T>(a, of_lane, a.rows);
    up_bias[h] = of_lane < a.rows ? bias_of<T>(a, a.rows + of_lane, 2 * a.rows) : 0.0f;
  }
  const int own = row + lane % 2 * 8;
#pragma unroll
  for (int j = 0; j < S::kN / 8; j += 2) {
    uint32_t words[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int h = i % 2, at = 4 * (j + i / 2) + 2 * h;
      float values[2];
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        values[e] = Silu::of(acc[0][at + e] + gate_bias[h]) * (acc[1][at + e] + up_bias[h]);
      }
      words[i] = transpose(Element<T>::narrow(values[0], values[1]));
    }
    transpose_quad(words, lane);
    const int token = 8 * (j + lane % 4 / 2) + lane / 4;
    if (token < a.tokens && own < a.rows) {
      *reinterpret_cast<uint4*>(static_cast<T*>(a.out) + static_cast<size_t>(token) * a.rows + own) =
          make_uint4(words[0], words[1], words[2], words[3]);
    }
  }
}

// Eight lanes have 32 bytes of a token: whole sectors without any exchange.
template <typename T, class S>
__device__ __forceinline__ void add_tile(const float (&acc)[2][S::kN / 2], const Arguments& a, int tile) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int row = tile * kTileRows + 16 * warp + lane / 4;
  float* residual = static_cast<float*>(a.out);
  float bias[2][2];
#pragma unroll
  for (int i = 0; i < 4; ++i) bias[i / 2][i % 2] = bias_of<T>(a, row + i / 2 * 64 + i % 2 * 8, a.rows);
  bool there[2][2];
#pragma unroll
  for (int i = 0; i < 4; ++i) there[i / 2][i % 2] = row + i / 2 * 64 + i % 2 * 8 < a.rows;
  const int token = lane % 4 * 2;
  float* to = residual + static_cast<size_t>(token) * a.rows + row;
#pragma unroll
  for (int j = 0; j < S::kN / 4; ++j) {  // column j / 2 * 8 + token + j % 2
    const bool inside = j / 2 * 8 + token + j % 2 < a.tokens;
    float before[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) before[i] = inside && there[i / 2][i % 2] ? to[i / 2 * 64 + i % 2 * 8] : 0.0f;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int m = i / 2, h = i % 2;
      if (inside && there[m][h]) to[m * 64 + h * 8] = before[i] + (acc[m][j / 2 * 4 + 2 * h + j % 2] + bias[m][h]);
    }
    to += static_cast<size_t>(j % 2 == 0 ? 1 : 7) * a.rows;
  }
}

// The tile's partial sums to this block's shared memory, (N, kRowPitch) float32.
template <class S>
__device__ __forceinline__ void expose(const float (&acc)[2][S::kN / 2], float* exchange) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
  for (int m = 0; m < 2; ++m) {
#pragma unroll
    for (int i = 0; i < S::kN / 2; ++i) {
      const int token = i / 4 * 8 + lane % 4 * 2 + i % 2;
      exchange[token * kRowPitch + 64 * m + 16 * warp + i / 2 % 2 * 8 + lane / 4] = acc[m][i];
    }
  }
}

// Eight rows of a token, added up over the cluster's blocks in their order. Four blocks' parts are under way at once:
// more would cost the registers that the next product's blocks need beside these.
template <int kRanks>
__device__ __forceinline__ void sum_ranks(float (&sum)[8], const float* mine) {
  constexpr int kAtOnce = kRanks < 4 ? kRanks : 4;
#pragma unroll
  for (int first = 0; first < kRanks; first += kAtOnce) {
    float4 parts[kAtOnce][2];
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      parts[i][0] = load_from_cluster(mine, first + i);
      parts[i][1] = load_from_cluster(mine + 4, first + i);
    }
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      const float values[8] = {parts[i][0].x, parts[i][0].y, parts[i][0].z, parts[i][0].w,
                               parts[i][1].x, parts[i][1].y, parts[i][1].z, parts[i][1].w};
#pragma unroll
      for (int e = 0; e < 8; ++e) sum[e] = first + i == 0 ? values[e] : sum[e] + values[e];
    }
    settle(sum);
  }
}

template <typename T>
__device__ __forceinline__ void add_bias(float (&sum)[8], const Arguments& a, int row) {
  if (a.bias == nullptr) return;
  float bias[8];
  widen<T>(load_constant(static_cast<const T*>(a.bias) + row, 0), bias);
#pragma unroll
  for (int i = 0; i < 8; ++i) sum[i] += bias[i];
}

// The blocks of a cluster share a tile's tokens among them.
template <typename T, Operation kOperation, int kRanks>
__device__ __forceinline__ void finish_ranks(const float* exchange, const Arguments& a, const Work& w, int tile) {
  constexpr int kOutputs = kOperation == Operation::kSwiglu ? kBoxRows : kTileRows;
  constexpr int kGroups = kOutputs / 8;
  const int begin = w.rank * a.tokens / kRanks, end = (w.rank + 1) * a.tokens / kRanks;
#pragma unroll 1
  for (int i = begin * kGroups + threadIdx.x; i < end * kGroups; i += kConsumers) {
    const int token = i / kGroups, group = i % kGroups, row = tile * kOutputs + 8 * group;
    if (row >= a.rows) continue;
    const float* mine = exchange + token * kRowPitch + 8 * group;
    const size_t at = static_cast<size_t>(token) * a.rows + row;
    float sum[8];
    if constexpr (kOperation == Operation::kAdd) {
      float* residual = static_cast<float*>(a.out) + at;
      float before[8];
      load_activation(residual, 0, before);
      sum_ranks<kRanks>(sum, mine);
      add_bias<T>(sum, a, row);
#pragma unroll
      for (int e = 0; e < 8; ++e) sum[e] += before[e];
      store(residual, 0, sum);
    } else if constexpr (kOperation == Operation::kStore) {
      sum_ranks<kRanks>(sum, mine);
      add_bias<T>(sum, a, row);
      store(static_cast<T*>(a.out) + at, 0, narrow<T>(sum));
    } else {
      float up[8];
      sum_ranks<kRanks>(sum, mine);
      sum_ranks<kRanks>(up, mine + kBoxRows);
      add_bias<T>(sum, a, row);
      add_bias<T>(up, a, a.rows + row);
#pragma unroll
      for (int e = 0; e < 8; ++e) sum[e] = Silu::of(sum[e]) * up[e];
      store(static_cast<T*>(a.out) + at, 0, narrow<T>(sum));
    }
  }
}

template <typename T, Operation kOperation>
__device__ __forceinline__ void finish(const float* exchange, const Arguments& a, const Work& w, int tile) {
  if (w.ranks == 2) {
    finish_ranks<T, kOperation, 2>(exchange, a, w, tile);
  } else if (w.ranks == 4) {
    finish_ranks<T, kOperation, 4>(exchange, a, w, tile);
  } else {
    finish_ranks<T, kOperation, 8>(exchange, a, w, tile);
  }
}

template <typename T, class S, Operation kOperation>
__device__ __forceinline__ void run(const Arguments& a) {
  extern __shared__ uint8_t decode_gemm_shared[];
  __shared__ uint64_t barrier_storage[2 * S::kStages];
  pdl_launch_dependents();
  const uint32_t unaligned = shared_address(decode_gemm_shared);
  const uint32_t shared = (unaligned + 1023u) & ~1023u;
  float* exchange = reinterpret_cast<float*>(decode_gemm_shared + (shared - unaligned));
  const Barriers barriers = {shared_address(barrier_storage)};
  const Work w = work_of<kOperation>(a);
  const int warp = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / 32, 0);
  if (threadIdx.x == kConsumers) {
    for (int stage = 0; stage < S::kStages; ++stage) {
      barrier_init(barriers.full(stage), 1);
      barrier_init(barriers.empty(stage), kConsumers / 32);
    }
    barrier_init_done();
  }
  __syncthreads();

  if (warp == kConsumers / 32) {
    if (threadIdx.x == kConsumers) produce<S, kOperation>(a, w, shared, barriers);
    __syncwarp();
    pdl_wait();
    if (w.ranks > 1) {
      cluster_barrier();
      cluster_barrier_after_reads();
    }
    return;
  }

  pdl_wait();  // before anything is written that an earlier kernel may read
  float acc[2][S::kN / 2];
  Ring<S::kStages> ring;
  if (w.ranks == 1) {
#pragma unroll 1
    for (int tile = w.first; tile < w.tiles; tile += w.stride) {
      multiply<T, S>(acc, ring, w.end - w.begin, shared, barriers);
      if constexpr (kOperation == Operation::kStore) store_tile<T, S>(acc, a, tile);
      if constexpr (kOperation == Operation::kAdd) add_tile<T, S>(acc, a, tile);
      if constexpr (kOperation == Operation::kSwiglu) store_gated<T, S>(acc, a, tile);
    }
  } else {
    // One tile a cluster: the ring is free when it is done.
    multiply<T, S>(acc, ring, w.end - w.begin, shared, barriers);
    named_sync(1, kConsumers);
    expose<S>(acc, exchange);
    cluster_barrier();
    finish<T, kOperation>(exchange, a, w, w.first);
    cluster_barrier_after_reads();
  }
}

#else

template <typename T, class S, Operation kOperation>
__device__ __forceinline__ void run(const Arguments&) {
  __trap();
}

#endif

// Stages: what fits twice on a multiprocessor, beside a norm, so that the next product's weights come while this one
// ends.
using Shape16 = Shape<16, 6>;
using Shape32 = Shape<32, 5>;
using Shape64 = Shape<64, 4>;
using Shape128 = Shape<128, 3>;
static_assert(Shape16::kSharedBytes == 111616 && Shape32::kSharedBytes == 103424 && Shape64::kSharedBytes == 99328 &&
                  Shape128::kSharedBytes == 99328,
              "launch contract");

}  // namespace penstock::decode_gemm
