// Sixteen-byte vectors of bf16 and how to move them.
//
// A thread that loads 16 bytes at a time needs a quarter of the instructions of one that loads 4 and reaches
// the memory's bandwidth with fewer threads in flight. Pointers must be 16-byte aligned.
#pragma once

#include <cuda_bf16.h>
#include <stdint.h>

namespace penstock {

// Eight bf16 values, the unit of all elementwise kernels.
struct __align__(16) Bf16x8 {
  __nv_bfloat162 pair[4];
};

constexpr int kBf16PerVector = 8;

// Read once, not needed again by this kernel: goes around L1 so that it does not evict what is.
__device__ __forceinline__ Bf16x8 load_streaming(const Bf16x8* from) {
  const int4 raw = __ldcs(reinterpret_cast<const int4*>(from));
  return *reinterpret_cast<const Bf16x8*>(&raw);
}

// Read by every block (weights): kept in the read-only cache.
__device__ __forceinline__ Bf16x8 load_shared_by_blocks(const Bf16x8* from) {
  const int4 raw = __ldg(reinterpret_cast<const int4*>(from));
  return *reinterpret_cast<const Bf16x8*>(&raw);
}

__device__ __forceinline__ void store(Bf16x8* to, const Bf16x8& value) {
  *reinterpret_cast<int4*>(to) = *reinterpret_cast<const int4*>(&value);
}

}  // namespace penstock
