// The gated matrix product of a prefill step, sm_90a only. See prefill_gemm.cu for the design; here are its parts.
#pragma once

#include "cluster.cuh"
#include "pdl.cuh"
#include "prefill_gemm_output.cuh"
#include "prefill_gemm_shape.cuh"
#include "tensor_copy.cuh"
#include "wgmma_wide.cuh"

namespace penstock::prefill_gemm {

// Of all the cluster's blocks: its first token, and the number of its rows of outputs.
struct Tile {
  int token, row;
};

// The tiles of S::kN tokens of some rows of tiles.
template <class S>
struct Grid {
  int token_tiles, row_tiles, first_row, group;

  __device__ __forceinline__ Grid(const Arguments& a, int first, int count)
      : token_tiles((a.tokens + S::kN - 1) / S::kN), row_tiles(count), first_row(first), group(a.group) {}

  __device__ __forceinline__ explicit Grid(const Arguments& a) : Grid(a, 0, rows_of_tiles(a)) {}

  static __device__ __forceinline__ int rows_of_tiles(const Arguments& a) {
    return (a.rows + kCluster * kOutputs - 1) / (kCluster * kOutputs);
  }

  __device__ __forceinline__ int count() const { return token_tiles * row_tiles; }

  // Tiles of a group of tokens first, so that what runs at one time reads few rows of either matrix; the next group
  // goes over the weights backwards and finds the last ones in L2.
  __device__ __forceinline__ Tile at(int index) const {
    const int of_group = max(1, group * row_tiles);
    const int g = index / of_group, rest = index - g * of_group;
    const int size = max(1, min(group, token_tiles - g * group));  // behind the last tile, too
    const int row = rest / size;
    return {(g * group + rest - row * size) * S::kN, first_row + (g % 2 == 0 ? row : row_tiles - 1 - row)};
  }
};

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
template <class S>
struct Cursor {
  const Grid<S>& grid;
  int index, stride, steps;
  int step = 0;
  Tile tile;

  __device__ __forceinline__ Cursor(const Grid<S>& g, int k)
      : grid(g),
        index(static_cast<int>(blockIdx.x) / kCluster),
        stride(static_cast<int>(gridDim.x) / kCluster),
        steps((k + kStep - 1) / kStep),
        tile(g.at(index)) {}

  __device__ __forceinline__ bool more() const { return index < grid.count(); }
  __device__ __forceinline__ void next() {
    if (++step < steps) return;
    step = 0;
    index += stride;
    tile = grid.at(index);
  }
};

// One thread. The first stages' weights are under way before the kernels before this one have ended; a stage's
// barrier waits for the bytes of x too, of which each block of the cluster brings a share to all.
template <class S>
__device__ __forceinline__ void produce(const Arguments& a, const Grid<S>& grid, uint32_t shared, Barriers barriers) {
  const int rank = cluster_rank();
  const auto load_weights = [&](int stage, const Cursor<S>& at) {
    barrier_expect(barriers.full(stage), S::kStageBytes);
    copy_box_of_groups(shared + stage * S::kStageBytes, a.weights, at.step * kStep,
                       (at.tile.row * kCluster + rank) * kGroups, barriers.full(stage));
  };
  const auto load_x = [&](int stage, const Cursor<S>& at) {
    const uint32_t to = shared + stage * S::kStageBytes + kWeightBytes + rank * S::kShareBytes;
    const int row = at.tile.token + rank * (S::kN / kCluster);
    copy_box_to_cluster(to, a.x, at.step * kStep, row, barriers.full(stage), (1u << kCluster) - 1);
  };

  acquire_tensor_map(a.weights);
  Cursor<S> weights(grid, a.k);
  Cursor<S> x = weights;
#pragma unroll 1
  for (int stage = 0; stage < S::kStages && weights.more(); ++stage, weights.next()) load_weights(stage, weights);
  acquire_tensor_map(a.x);
  pdl_wait();
  fence_global_for_copies();
#pragma unroll 1
  for (int stage = 0; stage < S::kStages && x.more(); ++stage, x.next()) load_x(stage, x);

  Ring<S::kStages> ring;
#pragma unroll 1
  for (; weights.more(); weights.next()) {
    barrier_wait(barriers.empty(ring.stage), ring.parity);
    load_weights(ring.stage, weights);
    load_x(ring.stage, weights);
    ring.next();
  }
}

// A consumer has read a stage: a thread for each block of the cluster says so there, as all of them write to it.
__device__ __forceinline__ void release(uint32_t empty) {
  const int warp = threadIdx.x % kWarpgroup / 32;
  if (threadIdx.x % 32 == 0 && warp < kCluster) cluster_arrive_at(empty, warp);
}

// acc (64 x N) = the consumer's rows of the tile's product. One step's products run while the next step's are issued;
// beside the first ones the outputs of the tile before, which may have had another size, are written.
template <typename T, class S, class O>
__device__ __forceinline__ void multiply(float (&acc)[S::kN / 2], const O& output, const Arguments& a,
                                         Ring<S::kStages>& ring, int steps, uint32_t shared, uint32_t staging,
                                         Barriers barriers, int consumer) {
  int before = ring.stage;
  const auto issue = [&](int step) {
    const uint32_t stage = shared + ring.stage * S::kStageBytes;
    const uint64_t w = swizzled_operand(stage + consumer * kConsumerBytes, 16);
    const uint64_t x = swizzled_operand(stage + kWeightBytes, 16);
    barrier_wait(barriers.full(ring.stage), ring.parity);
    wgmma_fence();
#pragma unroll
    for (int part = 0; part < kStep / 16; ++part) {
      WideWgmma<T>::shared(acc, advance(w, part * 32), advance(x, part * 32), part > 0 || step > 0);
    }
    wgmma_commit();
  };
  const auto retire = [&](int step) {
    wgmma_wait<1>();
    if (step > 0) release(barriers.empty(before));
    before = ring.stage;
    ring.next();
  };

  int step = 0;
  if (output.any) {
    output.begin(consumer);
    if (steps > O::kParts) {
#pragma unroll
      for (int part = 0; part < O::kParts; ++part) {
        issue(part);
        output.stage_part(staging, part);
        retire(part);
      }
      step = O::kParts;
    } else {
#pragma unroll
      for (int part = 0; part < O::kParts; ++part) output.stage_part(staging, part);
    }
    output.end(a, staging, consumer);
  }
#pragma unroll 1
  for (; step < steps; ++step) {
    issue(step);
    retire(step);
  }
  wgmma_wait<0>();
  if (steps > 0) release(barriers.empty(before));
  settle(acc);
}

template <typename T, class S>
__device__ __forceinline__ void consume(const Arguments& a, const Grid<S>& grid, uint32_t shared, Barriers barriers,
                                        int consumer) {
  const uint32_t staging = shared + S::kStages * S::kStageBytes + consumer * S::kStagingBytes;
  const int steps = (a.k + kStep - 1) / kStep;
  const int rank = cluster_rank();
  float acc[S::kN / 2];
  Output<T, S> output;
  Ring<S::kStages> ring;
  if (threadIdx.x % kWarpgroup == 0) acquire_tensor_map(a.out_map);
  pdl_wait();  // before anything is written that an earlier kernel may read
#pragma unroll 1
  for (int i = static_cast<int>(blockIdx.x) / kCluster;; i += static_cast<int>(gridDim.x) / kCluster) {
    const bool more = i < grid.count();
    multiply<T, S, Output<T, S>>(acc, output, a, ring, more ? steps : 0, shared, staging, barriers, consumer);
    if (!more) break;
    const Tile tile = grid.at(i);
    output.take(acc, a, tile.token,
                (tile.row * kCluster + rank) * kOutputs + consumer * kConsumerOutputs);
  }
  if (threadIdx.x % kWarpgroup == 0) store_wait();
}

template <class S>
__device__ __forceinline__ void prepare(Barriers barriers) {
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < S::kStages; ++stage) {
      barrier_init(barriers.full(stage), 1);
      barrier_init(barriers.empty(stage), kConsumers * kCluster);
    }
    barrier_init_done();
  }
  // Blocks write to each other's memory and arrive at each other's barriers.
  cluster_barrier();
}

template <typename T, class S>
__device__ __forceinline__ void run(const Arguments& a) {
  extern __shared__ uint8_t prefill_gemm_shared[];
  __shared__ uint64_t barrier_storage[2 * S::kStages];
  pdl_launch_dependents();
  const uint32_t shared = (shared_address(prefill_gemm_shared) + 1023u) & ~1023u;
  const Barriers barriers = {shared_address(barrier_storage)};
  const Grid<S> grid(a);
  const int warpgroup = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / kWarpgroup, 0);
  prepare<S>(barriers);
  if (warpgroup == kConsumers) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kProducerRegisters));
    if (threadIdx.x % kWarpgroup == 0) produce<S>(a, grid, shared, barriers);
    __syncwarp();
    pdl_wait();
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kConsumerRegisters));
    consume<T, S>(a, grid, shared, barriers, warpgroup);
  }
  cluster_barrier_after_reads();
}

#else

template <typename T, class S>
__device__ __forceinline__ void run(const Arguments&) {
  __trap();
}

#endif

}  // namespace penstock::prefill_gemm
