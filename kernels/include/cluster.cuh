// Thread block clusters (CUDA programming guide, "Thread Block Clusters"): a few blocks on neighbouring
// multiprocessors that can read each other's shared memory. sm_90 and later; below, a kernel that is declared with a
// cluster is compiled without one and must not be launched.
#pragma once

#include <stdint.h>

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
#define PENSTOCK_CLUSTER(x, y, z)
#else
#define PENSTOCK_CLUSTER(x, y, z) __cluster_dims__(x, y, z)
#endif

namespace penstock {

// All threads of all blocks of the cluster; what was written to shared memory before it can be read after it.
__device__ __forceinline__ void cluster_barrier() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.arrive.release;" ::: "memory");
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
#else
  __trap();
#endif
}

// What block `rank` of the cluster has where this block has `mine`, in shared memory.
__device__ __forceinline__ float4 load_from_cluster(const float* mine, int rank) {
  float4 value = {};
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  const uint32_t here = static_cast<uint32_t>(__cvta_generic_to_shared(mine));
  uint32_t there;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(here), "r"(rank));
  asm volatile("ld.shared::cluster.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(value.x), "=f"(value.y), "=f"(value.z), "=f"(value.w)
               : "r"(there)
               : "memory");
#else
  __trap();
#endif
  return value;
}

}  // namespace penstock
