// First half of sampling: one read of all logits, and what it tells of each group of 128 tokens.
//
//   a[i]          = the logit after bias, suppression, penalties and mask
//   group_max[g]  = max a[i] over the group
//   group_mass[g] = sum exp((a[i] - slice's max) / temperature) over the group
//   slice         = best token by a; for rows with log-probabilities max and sum of exponentials of the raw logits,
//                   and the raw groups' maxima if a differs
//
// penstock_sample_rows then looks at few of the groups only: those that can hold one of the best k tokens, or the one
// in which the random number falls. The logits themselves stay as they are.
//
// Kernels
//   penstock_sample_slices
//
// Launch contract
//   grid    (ceil(vocab / 4096), rows, 1); rows beyond the upload's are padding
//   block   (256, 1, 1)
//   shared  none (static only)
//   align   every pointer to 16 bytes; rows are contiguous; vocab at most 327,680
//
// Numerics: exponentials as on the host, bit for bit; sums in float32 in a fixed order. A row's results depend on that
// row only.

#include "block_reduce.cuh"
#include "pdl.cuh"
#include "sample_adjust.cuh"
#include "sample_layout.cuh"
#include "sample_math.cuh"

namespace penstock::sample_slices {

using namespace penstock::sampling;

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarpSize;
constexpr int kLoads = 4;  // groups of a warp: group kWarps * load + warp of the slice, four tokens a lane
constexpr int kValues = 4 * kLoads;

static_assert(kThreads * kValues == kSlice && kWarps * kLoads == kGroupsPerSlice, "a block reads a slice");

struct Shared {
  float values[kSlice];  // only where a row is adjusted
  AdjustScratch adjust;
  uint32_t max[kGroupsPerSlice];      // ordered()
  uint32_t raw_max[kGroupsPerSlice];  // a second one, so that no barrier is needed between
  float raw_mass[kGroupsPerSlice];
};

// Where value 4 * load + j of this thread stands in its slice.
__device__ __forceinline__ int place(int load) {
  const int lane = threadIdx.x % kWarpSize;
  const int warp = threadIdx.x / kWarpSize;
  return (load * kWarps + warp) * kGroup + lane * 4;
}

// -infinity beyond the end of the vocabulary.
__device__ __forceinline__ void load(const float* row, int first, int vocab, float (&v)[kValues]) {
  if (vocab % 4 == 0) {
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      const int id = first + place(i);
      float4 quad = make_float4(minus_infinity(), minus_infinity(), minus_infinity(), minus_infinity());
      if (id < vocab) quad = *reinterpret_cast<const float4*>(row + id);
      v[4 * i] = quad.x;
      v[4 * i + 1] = quad.y;
      v[4 * i + 2] = quad.z;
      v[4 * i + 3] = quad.w;
    }
  } else {
#pragma unroll
    for (int i = 0; i < kValues; ++i) {
      const int id = first + place(i / 4) + i % 4;
      v[i] = id < vocab ? row[id] : minus_infinity();
    }
  }
}

// Writes each group's maximum, NaN passed over, and returns the slice's; both as ordered(). A barrier lies between.
__device__ __forceinline__ uint32_t maxima(const float (&v)[kValues], uint32_t (&groups)[kGroupsPerSlice],
                                           bool& has_nan) {
  const int lane = threadIdx.x % kWarpSize;
  const int warp = threadIdx.x / kWarpSize;
  bool nan = false;
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    float max = minus_infinity();
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      max = fmaxf(max, v[4 * i + j]);
      nan |= v[4 * i + j] != v[4 * i + j];
    }
    const uint32_t group = __reduce_max_sync(0xffffffffu, ordered(max));
    if (lane == 0) groups[i * kWarps + warp] = group;
  }
  has_nan = __syncthreads_or(nan);
  return __reduce_max_sync(0xffffffffu, groups[lane]);
}

// The sums of exp((v - reference) * scale) over this warp's groups: lane 8 * i holds that of load i.
__device__ __forceinline__ float masses(const float (&v)[kValues], float reference, float scale) {
  const int lane = threadIdx.x % kWarpSize;
  float sum[kLoads];
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    float weight[4];
#pragma unroll
    for (int j = 0; j < 4; ++j) weight[j] = exp_of(__fmul_rn(__fsub_rn(v[4 * i + j], reference), scale));
    sum[i] = (weight[0] + weight[1]) + (weight[2] + weight[3]);
  }
  // Halves of the warp trade sums until each lane has one load's: 6 shuffles instead of 20.
  const bool second_half = (lane & 16) != 0;
  const float a = (second_half ? sum[2] : sum[0]) + __shfl_xor_sync(0xffffffffu, second_half ? sum[0] : sum[2], 16);
  const float b = (second_half ? sum[3] : sum[1]) + __shfl_xor_sync(0xffffffffu, second_half ? sum[1] : sum[3], 16);
  const bool odd = (lane & 8) != 0;
  float mass = (odd ? b : a) + __shfl_xor_sync(0xffffffffu, odd ? a : b, 8);
#pragma unroll
  for (int offset = 4; offset > 0; offset /= 2) mass += __shfl_xor_sync(0xffffffffu, mass, offset);
  return mass;
}

// Of the group in which lane 8 * i keeps the sum of load i.
__device__ __forceinline__ int group_of_mass() {
  return threadIdx.x % kWarpSize / 8 * kWarps + threadIdx.x / kWarpSize;
}

// A slice without a number above -infinity has no best to subtract; all its weights are 0.
__device__ __forceinline__ float reference_of(uint32_t max) {
  return max == kOrderedMinusInfinity ? 0.0f : unordered(max);
}

// Writes the best of the slice: the lowest id among the highest.
__device__ __forceinline__ void write_best(const float (&v)[kValues], uint32_t max,
                                           const uint32_t (&groups)[kGroupsPerSlice], int first, SliceStats& out) {
  if (max == kOrderedMinusInfinity) {
    if (threadIdx.x == 0) out.best = 0;
    return;
  }
  const int lane = threadIdx.x % kWarpSize;
  const int group = __ffs(__ballot_sync(0xffffffffu, groups[lane] == max)) - 1;  // groups ascend as ids do
  if (group % kWarps != threadIdx.x / kWarpSize) return;
  const float best = unordered(max);
  uint32_t hits = 0;  // a bit for each value: no dynamic index into registers
#pragma unroll
  for (int i = 0; i < kValues; ++i) hits |= (v[i] == best ? 1u : 0u) << i;
  hits = hits >> (4 * (group / kWarps)) & 15u;
  const uint32_t lanes = __ballot_sync(0xffffffffu, hits != 0);
  if (lane == __ffs(lanes) - 1) out.best = ranked(max, first + group * kGroup + lane * 4 + __ffs(hits) - 1);
}

}  // namespace penstock::sample_slices

extern "C" __global__ void __launch_bounds__(256, 6)
    penstock_sample_slices(const float* logits,    // (rows, vocab)
                           uint32_t* upload,       // SamplingUpload; read only
                           const int* input_ids,   // (tokens)
                           const int* logit_rows,  // (rows), token row of each
                           void* workspace, int vocab) {
  using namespace penstock::sample_slices;
  penstock::pdl_launch_dependents();
  penstock::pdl_wait();

  __shared__ Shared s;
  const int r = blockIdx.y;
  if (r >= upload_rows(upload)) return;
  const SampleRow& row = upload_row(upload, r);
  const uint32_t flags = row.flags;
  const RowWorkspace out = row_workspace(workspace, r, gridDim.x);
  SliceStats& stats = out.slices[blockIdx.x];
  const int first = blockIdx.x * kSlice;
  const int first_group = blockIdx.x * kGroupsPerSlice;
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;

  float v[kValues];
  load(logits + static_cast<size_t>(r) * vocab, first, vocab, v);

  bool raw_nan = false;
  if (flags & kLogprobs) {
    const uint32_t max = maxima(v, s.raw_max, raw_nan);
    const float mass = masses(v, reference_of(max), 1.0f);
    if (lane % 8 == 0) s.raw_mass[group_of_mass()] = mass;
    __syncthreads();
    if (warp == 0) {
      const float sum = penstock::warp_sum(s.raw_mass[lane]);
      if (flags & kAdjusts) out.raw_group_max[first_group + lane] = unordered(s.raw_max[lane]);
      if (lane == 0) {
        stats.raw_max = unordered(max);
        stats.raw_sum = sum;
      }
    }
  }

  if (flags & kAdjusts) {
#pragma unroll
    for (int i = 0; i < kValues; ++i) s.values[place(i / 4) + i % 4] = v[i];
    const int input = flags & kAddInput ? input_ids[logit_rows[r]] : -1;
    adjust<false>(s.values, first, min(kSlice, vocab - first), row, upload, input, s.adjust);
    const uint32_t* const mask = row.mask_start < 0 ? nullptr : upload + row.mask_start;
#pragma unroll
    for (int i = 0; i < kValues; ++i) {
      const int id = first + place(i / 4) + i % 4;
      v[i] = s.values[place(i / 4) + i % 4];
      if (mask != nullptr && id < vocab && !(mask[id / 32] >> (id % 32) & 1)) v[i] = minus_infinity();
    }
  }

  bool nan;
  const uint32_t max = maxima(v, s.max, nan);
  write_best(v, max, s.max, first, stats);
  if (threadIdx.x == 0) stats.flags = (nan ? kHasNan : 0) | (raw_nan ? kRawHasNan : 0);
  if (warp == 0) out.group_max[first_group + lane] = unordered(s.max[lane]);
  if (!(flags & kGreedy)) {
    const float mass = masses(v, reference_of(max), row.inverse_temperature);
    if (lane % 8 == 0) out.group_mass[first_group + group_of_mass()] = mass;
  }
}
