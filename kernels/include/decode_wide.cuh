// The matrix product of a decode batch of 65 to 128 tokens: out (tokens, rows) = x (tokens, k) w (rows, k)^T, sm_90a
// only. See decode_wide.cu for the design; here are its parts.
#pragma once

#include "activation.cuh"
#include "cluster.cuh"
#include "element.cuh"
#include "pdl.cuh"
#include "tensor_copy.cuh"
#include "wgmma_wide.cuh"

namespace penstock::decode_wide {

constexpr int kTokens = 128;      // of a block: two warpgroups' rows
constexpr int kStep = 64;         // of k: 128 bytes, the width of the swizzle
constexpr int kConsumers = 256;   // threads: two warpgroups
constexpr int kThreads = kConsumers + 32;
constexpr int kTokenBytes = kTokens * kStep * 2;

enum class Operation { kStore, kAdd, kSwiglu };

// kRows of weights are a tile, for swiglu half of them gates and half ups.
template <int kRows, int kRingStages>
struct Shape {
  static constexpr int kN = kRows;
  static constexpr int kStages = kRingStages;
  static constexpr int kStageBytes = kTokenBytes + kRows * kStep * 2;
  static constexpr int kPitch = kRows + 8;  // floats of a token in the exchange: fragments' pairs meet no bank twice
  static constexpr int kSharedBytes = kStages * kStageBytes + 1024;  // to align to 1,024
  static_assert(kRows % 32 == 0 && kTokens * kPitch * 4 <= kStages * kStageBytes, "the exchange reuses the ring");
};

struct Arguments {
  void* out;            // (tokens, rows) T, or float32 for kAdd
  const void* weights;  // tensor map
  const void* x;        // tensor map
  const void* bias;     // T (rows; gates then ups) or null
  int tokens;
  int rows;  // of out
  int k;
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

struct Barriers {
  uint32_t base;
  __device__ __forceinline__ uint32_t full(int stage) const { return base + 16 * stage; }
  __device__ __forceinline__ uint32_t empty(int stage) const { return base + 16 * stage + 8; }
};

// One thread. The first stages' weights are under way before the kernels before this one have ended; a stage's barrier
// waits for the bytes of x too, which come after that.
template <class S, Operation kOperation>
__device__ __forceinline__ void produce(const Arguments& a, int tile, int begin, int end, uint32_t shared,
                                        Barriers barriers) {
  const uint64_t policy = first_to_leave();
  const int early = min(end - begin, S::kStages);
  const auto load_weights = [&](int stage, int step) {
    const uint32_t to = shared + stage * S::kStageBytes + kTokenBytes;
    barrier_expect(barriers.full(stage), S::kStageBytes);
    if constexpr (kOperation == Operation::kSwiglu) {
      constexpr int kHalf = S::kN / 2;
      copy_box(to, a.weights, step * kStep, tile * kHalf, barriers.full(stage), policy);
      copy_box(to + kHalf * kStep * 2, a.weights, step * kStep, a.rows + tile * kHalf, barriers.full(stage), policy);
    } else {
      copy_box(to, a.weights, step * kStep, tile * S::kN, barriers.full(stage), policy);
    }
  };
  const auto load_x = [&](int stage, int step) {
    copy_box(shared + stage * S::kStageBytes, a.x, step * kStep, 0, barriers.full(stage));
  };

  acquire_tensor_map(a.weights);
#pragma unroll 1
  for (int i = 0; i < early; ++i) load_weights(i, begin + i);
  acquire_tensor_map(a.x);
  pdl_wait();
  fence_global_for_copies();
#pragma unroll 1
  for (int i = 0; i < early; ++i) load_x(i, begin + i);
  int stage = 0;
  uint32_t parity = 0;
#pragma unroll 1
  for (int step = begin + early; step < end; ++step) {
    barrier_wait(barriers.empty(stage), parity);
    load_weights(stage, step);
    load_x(stage, step);
    if (++stage == S::kStages) stage = 0, parity ^= 1;
  }
}

// acc (64 x kN) = this warpgroup's tokens' products with the tile over this block's steps.
template <typename T, class S>
__device__ __forceinline__ void multiply(float (&acc)[S::kN / 2], int steps, uint32_t shared, Barriers barriers) {
  const int group = threadIdx.x / 128;
#pragma unroll
  for (int i = 0; i < S::kN / 2; ++i) acc[i] = 0.0f;
  int at = 0;
  uint32_t parity = 0;
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    const uint32_t stage = shared + at * S::kStageBytes;
    const uint64_t x = swizzled_operand(stage + group * (kTokenBytes / 2), 16);
    const uint64_t w = swizzled_operand(stage + kTokenBytes, 16);
    barrier_wait(barriers.full(at), parity);
    wgmma_fence();
#pragma unroll
    for (int part = 0; part < kStep / 16; ++part) {
      WideWgmma<T>::shared(acc, advance(x, part * 32), advance(w, part * 32), true);
    }
    wgmma_commit();
    // The stage goes back at once: memory, not the matrix units, is what is short.
    wgmma_wait<0>();
    if (threadIdx.x % 32 == 0) barrier_arrive(barriers.empty(at));
    if (++at == S::kStages) at = 0, parity ^= 1;
  }
  settle(acc);
}

// This warpgroup's sums to the block's shared memory, (kTokens, kPitch) float32.
template <class S>
__device__ __forceinline__ void expose(const float (&acc)[S::kN / 2], float* exchange) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  float* to = exchange + (16 * warp + lane / 4) * S::kPitch + lane % 4 * 2;
#pragma unroll
  for (int j = 0; j < S::kN / 8; ++j) {
    *reinterpret_cast<float2*>(to + 8 * j) = make_float2(acc[4 * j], acc[4 * j + 1]);
    *reinterpret_cast<float2*>(to + 8 * S::kPitch + 8 * j) = make_float2(acc[4 * j + 2], acc[4 * j + 3]);
  }
}

// Eight rows of a token, added up over the cluster's blocks in their order.
template <int kRanks>
__device__ __forceinline__ void sum_ranks(float (&sum)[8], const float* mine) {
  float4 parts[kRanks][2];
#pragma unroll
  for (int i = 0; i < kRanks; ++i) {
    if constexpr (kRanks == 1) {
      parts[i][0] = *reinterpret_cast<const float4*>(mine);
      parts[i][1] = *reinterpret_cast<const float4*>(mine + 4);
    } else {
      parts[i][0] = load_from_cluster(mine, i);
      parts[i][1] = load_from_cluster(mine + 4, i);
    }
  }
#pragma unroll
  for (int i = 0; i < kRanks; ++i) {
    const float values[8] = {parts[i][0].x, parts[i][0].y, parts[i][0].z, parts[i][0].w,
                             parts[i][1].x, parts[i][1].y, parts[i][1].z, parts[i][1].w};
#pragma unroll
    for (int e = 0; e < 8; ++e) sum[e] = i == 0 ? values[e] : sum[e] + values[e];
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

// The blocks that share a tile's columns share its tokens here.
template <typename T, class S, Operation kOperation, int kRanks>
__device__ __forceinline__ void finish(const float* exchange, const Arguments& a, int tile, int rank) {
  constexpr int kOutputs = kOperation == Operation::kSwiglu ? S::kN / 2 : S::kN;
  constexpr int kGroups = kOutputs / 8;
  const int begin = rank * a.tokens / kRanks, end = (rank + 1) * a.tokens / kRanks;
#pragma unroll 1
  for (int i = begin * kGroups + threadIdx.x; i < end * kGroups; i += kConsumers) {
    const int token = i / kGroups, group = i % kGroups, row = tile * kOutputs + 8 * group;
    if (row >= a.rows) continue;
    const float* mine = exchange + token * S::kPitch + 8 * group;
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
      sum_ranks<kRanks>(up, mine + S::kN / 2);
      add_bias<T>(sum, a, row);
      add_bias<T>(up, a, a.rows + row);
#pragma unroll
      for (int e = 0; e < 8; ++e) sum[e] = Silu::of(sum[e]) * up[e];
      store(static_cast<T*>(a.out) + at, 0, narrow<T>(sum));
    }
  }
}

// kRanks blocks of a cluster share a tile's columns.
template <typename T, class S, Operation kOperation, int kRanks>
__device__ __forceinline__ void run(const Arguments& a) {
  extern __shared__ uint8_t decode_wide_shared[];
  __shared__ uint64_t barrier_storage[2 * S::kStages];
  pdl_launch_dependents();
  const uint32_t unaligned = shared_address(decode_wide_shared);
  const uint32_t shared = (unaligned + 1023u) & ~1023u;
  float* exchange = reinterpret_cast<float*>(decode_wide_shared + (shared - unaligned));
  const Barriers barriers = {shared_address(barrier_storage)};
  const int tile = static_cast<int>(blockIdx.x) / kRanks, rank = static_cast<int>(blockIdx.x) % kRanks;
  const int steps = (a.k + kStep - 1) / kStep;
  const int begin = rank * steps / kRanks, end = (rank + 1) * steps / kRanks;
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
    if (threadIdx.x == kConsumers) produce<S, kOperation>(a, tile, begin, end, shared, barriers);
    __syncwarp();
    pdl_wait();
  } else {
    pdl_wait();  // before anything is written that an earlier kernel may read
    float acc[S::kN / 2];
    multiply<T, S>(acc, end - begin, shared, barriers);
    named_sync(1, kConsumers);  // nobody reads the ring any more
    expose<S>(acc, exchange);
    if constexpr (kRanks == 1) {
      named_sync(1, kConsumers);
      finish<T, S, kOperation, 1>(exchange, a, tile, 0);
    }
  }
  if constexpr (kRanks > 1) {
    cluster_barrier();
    if (warp < kConsumers / 32) finish<T, S, kOperation, kRanks>(exchange, a, tile, rank);
    cluster_barrier_after_reads();
  }
}

#else

template <typename T, class S, Operation kOperation, int kRanks>
__device__ __forceinline__ void run(const Arguments&) {
  __trap();
}

#endif

}  // namespace penstock::decode_wide
