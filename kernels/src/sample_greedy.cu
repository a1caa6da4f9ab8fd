// The best token of each row, where all rows of a step are greedy and nothing adjusts their logits.
//
//   id[r] = the lowest id of the highest logit; -1 when no logit is above -infinity or one is +infinity
//
// One read of the logits is all there is to do. A row is cut into slices, one block each, so that one row alone still
// has many blocks that read; the last block of a row to arrive tells the result, in the same launch.
//
// Kernels
//   penstock_sample_greedy
//
// Launch contract
//   grid    (slices, rows, 1): any number of slices from 1 on; best is what fills the GPU once
//           (6 blocks a multiprocessor) but at least 2,048 logits a slice
//   block   (256, 1, 1)
//   shared  none (static only)
//   align   logits to 16 bytes, state to 16 bytes; rows are contiguous
//   state   16 bytes a row, zero before the first launch ever; every launch leaves it zero
//
// Numerics: exact. NaN is passed over. A row's result depends on that row only.

#include "pdl.cuh"
#include "sample_layout.cuh"
#include "sample_math.cuh"

namespace penstock::sample_greedy {

using sampling::ranked;

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kLoads = 4;  // 16-byte loads in flight for each thread

struct __align__(16) RowState {
  unsigned long long best;
  unsigned int arrived;
  unsigned int unused;
};

__device__ __forceinline__ float4 load_quad(const float* logits, int quad, int vocab, bool vectors) {
  if (vectors) return __ldcs(reinterpret_cast<const float4*>(logits) + quad);
  const float none = sampling::minus_infinity();
  const int id = quad * 4;
  return make_float4(logits[id], id + 1 < vocab ? logits[id + 1] : none, id + 2 < vocab ? logits[id + 2] : none,
                     id + 3 < vocab ? logits[id + 3] : none);
}

// The rank of the best of the warp's lanes, in every lane.
__device__ __forceinline__ unsigned long long warp_best(unsigned long long rank) {
  const uint32_t high = static_cast<uint32_t>(rank >> 32);
  const uint32_t best_high = __reduce_max_sync(0xffffffffu, high);
  const uint32_t low = high == best_high ? static_cast<uint32_t>(rank) : 0;
  return static_cast<unsigned long long>(best_high) << 32 | __reduce_max_sync(0xffffffffu, low);
}

}  // namespace penstock::sample_greedy

extern "C" __global__ void __launch_bounds__(256, 6)
    penstock_sample_greedy(int* sampled_ids,     // (rows), the next step's input
                           int* result_ids,      // (rows), what the host copies
                           const float* logits,  // (rows, vocab)
                           void* state, int vocab) {
  using namespace penstock::sample_greedy;
  penstock::pdl_launch_dependents();
  penstock::pdl_wait();

  __shared__ unsigned long long warps[kWarps];
  const int row = blockIdx.y;
  const float* const row_logits = logits + static_cast<size_t>(row) * vocab;
  const bool vectors = vocab % 4 == 0;
  const int quads = (vocab + 3) / 4;
  const int per_slice = (quads + gridDim.x - 1) / gridDim.x;
  const int begin = blockIdx.x * per_slice;
  const int end = min(begin + per_slice, quads);

  float max = penstock::sampling::minus_infinity();
  int id = -1;
  for (int base = begin + threadIdx.x; base < end; base += kThreads * kLoads) {
    float4 v[kLoads];
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      const int quad = base + i * kThreads;
      v[i] = make_float4(max, max, max, max);  // is not above itself
      if (quad < end) v[i] = load_quad(row_logits, quad, vocab, vectors);
    }
    // Ids ascend within a thread, so that "above" alone keeps the lowest of equal ones.
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      const int first = (base + i * kThreads) * 4;
      if (v[i].x > max) max = v[i].x, id = first;
      if (v[i].y > max) max = v[i].y, id = first + 1;
      if (v[i].z > max) max = v[i].z, id = first + 2;
      if (v[i].w > max) max = v[i].w, id = first + 3;
    }
  }

  unsigned long long best = warp_best(id < 0 ? 0 : ranked(penstock::sampling::ordered(max), id));
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = best;
  __syncthreads();
  if (threadIdx.x >= 32) return;
  best = warp_best(threadIdx.x < kWarps ? warps[threadIdx.x] : 0);
  if (threadIdx.x != 0) return;

  if (gridDim.x > 1) {
    RowState* const shared = static_cast<RowState*>(state) + row;
    if (best != 0) atomicMax(&shared->best, best);
    __threadfence();
    if (atomicInc(&shared->arrived, gridDim.x - 1) != gridDim.x - 1) return;  // wraps to 0 with the last
    __threadfence();
    best = atomicExch(&shared->best, 0ull);
  }
  const bool finite = best != 0 && penstock::sampling::unordered(static_cast<uint32_t>(best >> 32)) <= 3.402823466e38f;
  const int token = finite ? penstock::sampling::ranked_id(best) : penstock::sampling::kNone;
  sampled_ids[row] = token;
  result_ids[row] = token;
}
