// Loads of what every layer of a step reads, as lists, block tables and the rotations' table are: with this policy they
// stay in L2 while hundreds of megabytes of weights go through it from one layer to the next. Else each layer's
// attention begins with misses that follow from one another.
//
// By the coherent path: this step may have written them, so that it matters where a load stands to pdl_wait().
#pragma once

#include <stdint.h>

namespace penstock {

__device__ __forceinline__ uint64_t last_to_leave() {
  uint64_t policy;
  asm volatile("createpolicy.fractional.L2::evict_last.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}

__device__ __forceinline__ int load_kept(const int* from, uint64_t policy) {
  int value;
  asm volatile("ld.global.L2::cache_hint.s32 %0, [%1], %2;" : "=r"(value) : "l"(from), "l"(policy) : "memory");
  return value;
}

__device__ __forceinline__ int4 load_kept(const int4* from, uint64_t policy) {
  int4 v;
  asm volatile("ld.global.L2::cache_hint.v4.s32 {%0, %1, %2, %3}, [%4], %5;"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(from), "l"(policy)
               : "memory");
  return v;
}

__device__ __forceinline__ float4 load_kept(const float4* from, uint64_t policy) {
  float4 v;
  asm volatile("ld.global.L2::cache_hint.v4.f32 {%0, %1, %2, %3}, [%4], %5;"
               : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w)
               : "l"(from), "l"(policy)
               : "memory");
  return v;
}

}  // namespace penstock
