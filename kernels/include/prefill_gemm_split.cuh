// The gated product in tiles of two sizes, sm_90a only: the first rows of weights in wide tiles, as many as fill whole
// rounds of the multiprocessors, the rest in narrower ones, as many as fill one round. With one size a last round costs a
// whole one, however few tiles it has.
#pragma once

#include "prefill_gemm.cuh"

namespace penstock::prefill_gemm {

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

// The tiles of a block: first those of the one grid, then those of the other.
template <class S, class R>
struct SplitGrid {
  Grid<S> wide;
  Grid<R> rest;
  int first, stride;

  __device__ __forceinline__ explicit SplitGrid(const Arguments& a)
      : wide(a, 0, min(a.wide_rows, Grid<S>::rows_of_tiles(a))),
        rest(a, wide.row_tiles, Grid<S>::rows_of_tiles(a) - wide.row_tiles),
        first(static_cast<int>(blockIdx.x) / kCluster),
        stride(static_cast<int>(gridDim.x) / kCluster) {}
};

// One thread, as produce().
template <class S, class R>
__device__ __forceinline__ void produce(const Arguments& a, const SplitGrid<S, R>& grid, uint32_t shared,
                                        Barriers barriers) {
  const int rank = cluster_rank(), steps = (a.k + kStep - 1) / kStep;
  Ring<S::kStages> ring;
  const auto load_weights = [&](const Tile& tile, int step, int bytes) {
    barrier_expect(barriers.full(ring.stage), bytes);
    copy_box_of_groups(shared + ring.stage * S::kStageBytes, a.weights, step * kStep,
                       (tile.row * kCluster + rank) * kGroups, barriers.full(ring.stage));
  };
  const auto load_x = [&](const Tile& tile, int step, const void* map, int share) {
    copy_box_to_cluster(shared + ring.stage * S::kStageBytes + kWeightBytes + rank * share * kRowBytes, map,
                        step * kStep, tile.token + rank * share, barriers.full(ring.stage), (1u << kCluster) - 1);
  };
  const auto load_tile = [&](const Tile& tile, int begin, const void* map, int columns) {
#pragma unroll 1
    for (int step = begin; step < steps; ++step, ring.next()) {
      barrier_wait(barriers.empty(ring.stage), ring.parity ^ 1);
      load_weights(tile, step, kWeightBytes + columns * kRowBytes);
      load_x(tile, step, map, columns / kCluster);
    }
  };

  const Tile tile = grid.wide.at(grid.first);
  const int early = grid.first < grid.wide.count() ? min(steps, S::kStages) : 0;
  acquire_tensor_map(a.weights);
#pragma unroll 1
  for (int step = 0; step < early; ++step, ring.next()) load_weights(tile, step, S::kStageBytes);
  acquire_tensor_map(a.x);
  acquire_tensor_map(a.rest_x);
  pdl_wait();
  fence_global_for_copies();
  ring = Ring<S::kStages>();
#pragma unroll 1
  for (int step = 0; step < early; ++step, ring.next()) load_x(tile, step, a.x, S::kN / kCluster);
  if (early > 0) load_tile(tile, early, a.x, S::kN);
#pragma unroll 1
  for (int i = grid.first + grid.stride; i < grid.wide.count(); i += grid.stride) {
    load_tile(grid.wide.at(i), 0, a.x, S::kN);
  }
#pragma unroll 1
  for (int i = grid.first; i < grid.rest.count(); i += grid.stride) load_tile(grid.rest.at(i), 0, a.rest_x, R::kN);
}

template <typename T, class S, class R>
__device__ __forceinline__ void consume(const Arguments& a, const SplitGrid<S, R>& grid, uint32_t shared,
                                        Barriers barriers, int consumer) {
  const uint32_t staging = shared + S::kStages * S::kStageBytes + consumer * S::kStagingBytes;
  const int steps = (a.k + kStep - 1) / kStep, rank = cluster_rank();
  const auto output_of = [&](const Tile& tile) {
    return (tile.row * kCluster + rank) * kOutputs + consumer * kConsumerOutputs;
  };
  Ring<S::kStages> ring;
  if (threadIdx.x % kWarpgroup == 0) {
    acquire_tensor_map(a.out_map);
    acquire_tensor_map(a.rest_out_map);
  }
  pdl_wait();  // before anything is written that an earlier kernel may read
  Output<T, S> before;
  {
    float acc[S::kN / 2];
#pragma unroll 1
    for (int i = grid.first; i < grid.wide.count(); i += grid.stride) {
      const Tile tile = grid.wide.at(i);
      multiply<T, S, Output<T, S>>(acc, before, a, ring, steps, shared, staging, barriers, consumer);
      before.take(acc, a, tile.token, output_of(tile));
    }
  }
  float acc[R::kN / 2];
  Output<T, R> output;
  int i = grid.first;
  multiply<T, R, Output<T, S>>(acc, before, a, ring, i < grid.rest.count() ? steps : 0, shared, staging, barriers,
                               consumer);
#pragma unroll 1
  while (i < grid.rest.count()) {
    const Tile tile = grid.rest.at(i);
    output.take(acc, a, tile.token, output_of(tile));
    i += grid.stride;
    multiply<T, R, Output<T, R>>(acc, output, a, ring, i < grid.rest.count() ? steps : 0, shared, staging, barriers,
                                 consumer);
  }
  if (threadIdx.x % kWarpgroup == 0) store_wait();
}

template <typename T, class S, class R>
__device__ __forceinline__ void run_split(const Arguments& a) {
  extern __shared__ uint8_t prefill_gemm_shared[];
  __shared__ uint64_t barrier_storage[2 * S::kStages];
  pdl_launch_dependents();
  const uint32_t shared = (shared_address(prefill_gemm_shared) + 1023u) & ~1023u;
  const Barriers barriers = {shared_address(barrier_storage)};
  const SplitGrid<S, R> grid(a);
  const int warpgroup = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / kWarpgroup, 0);
  prepare<S>(barriers);
  if (warpgroup == kConsumers) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kProducerRegisters));
    if (threadIdx.x % kWarpgroup == 0) produce(a, grid, shared, barriers);
    __syncwarp();
    pdl_wait();
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kConsumerRegisters));
    consume<T>(a, grid, shared, barriers, warpgroup);
  }
  cluster_barrier_after_reads();
}

#else

template <typename T, class S, class R>
__device__ __forceinline__ void run_split(const Arguments&) {
  __trap();
}

#endif

}  // namespace penstock::prefill_gemm
