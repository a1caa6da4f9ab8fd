// Sum over a thread block, in a fixed order: the same input gives the same bits whatever else runs.
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
