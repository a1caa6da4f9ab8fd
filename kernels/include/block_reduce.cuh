// Sums over a thread block, in a fixed order: the same input gives the same bits whatever else runs.
#pragma once

namespace penstock {

constexpr int kWarpSize = 32;
constexpr int kMaxWarps = 32;  // 1,024 threads

__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
  for (int offset = kWarpSize / 2; offset > 0; offset /= 2) {
    value += __shfl_xor_sync(0xffffffffu, value, offset);
  }
  return value;
}

// Sums kCount values (a power of two, at most 32) over the warp at once; lane l gets the sum of values[l / (32 /
// kCount)]. Each step sends only the half that the partner keeps: kCount + 5 - log2(kCount) - 1 shuffles instead of
// 5 * kCount. Every sum is added up along the same tree as warp_sum's, whatever kCount is.
template <int kCount>
__device__ __forceinline__ float warp_sum_each(float (&values)[kCount]) {
  static_assert(kCount >= 1 && kCount <= kWarpSize && (kCount & (kCount - 1)) == 0, "a power of two up to 32");
  const int lane = threadIdx.x % kWarpSize;
  int offset = kWarpSize / 2;
#pragma unroll
  for (int half = kCount / 2; half > 0; half /= 2) {
    const bool upper = (lane & offset) != 0;
#pragma unroll
    for (int i = 0; i < half; ++i) {
      const float kept = upper ? values[i + half] : values[i];
      const float sent = upper ? values[i] : values[i + half];
      values[i] = kept + __shfl_xor_sync(0xffffffffu, sent, offset);
    }
    offset /= 2;
  }
  float sum = values[0];
#pragma unroll
  for (int rest = kWarpSize / kCount / 2; rest > 0; rest /= 2) {
    sum += __shfl_xor_sync(0xffffffffu, sum, rest);
  }
  return sum;
}

// All threads of the block must call it; blockDim.x is a multiple of 32. Every thread gets the sum.
// Called twice in one kernel it needs two `scratch` arrays or a barrier between.
__device__ __forceinline__ float block_sum(float value, float (&scratch)[kMaxWarps]) {
  const int lane = threadIdx.x % kWarpSize;
  const int warp = threadIdx.x / kWarpSize;
  const int warps = blockDim.x / kWarpSize;

  value = warp_sum(value);
  if (lane == 0) scratch[warp] = value;
  __syncthreads();
  return warp_sum(lane < warps ? scratch[lane] : 0.0f);
}

}  // namespace penstock
