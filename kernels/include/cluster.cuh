// Thread block clusters (CUDA programming guide, "Thread Block Clusters"): a few blocks on neighbouring
// multiprocessors that can read each other's shared memory. sm_90 and later. The cluster's size is an attribute of
// the launch; blocks of a cluster have consecutive numbers.
#pragma once

#include <stdint.h>

namespace penstock {

// Blocks of the cluster, 1 in a launch without one.
__device__ __forceinline__ int cluster_size() {
  uint32_t size = 1;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm("mov.u32 %0, %%cluster_nctaid.x;" : "=r"(size));
#endif
  return static_cast<int>(size);
}

// All threads of all blocks of the cluster; what was written to shared memory before it can be read after it.
__device__ __forceinline__ void cluster_barrier() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.arrive.release;" ::: "memory");
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
#else
  __trap();
#endif
}

// The same without making anything visible: that all have read what they wanted.
__device__ __forceinline__ void cluster_barrier_after_reads() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.arrive.relaxed;" ::: "memory");
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
#else
  __trap();
#endif
}

// This block's number in its cluster.
__device__ __forceinline__ int cluster_rank() {
  uint32_t rank = 0;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
#endif
  return static_cast<int>(rank);
}

// Arrives at the barrier that block `rank` of the cluster, which may be this one, has where this block has `barrier`. Makes
// nothing visible there: it is for telling that something was read. (A release to the cluster waits for all that the
// thread has under way in memory, a microsecond: a product took twice as long.)
__device__ __forceinline__ void cluster_arrive_at(uint32_t barrier, int rank) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile(
      "{\n.reg .b32 there;\nmapa.shared::cluster.u32 there, %0, %1;\n"
      "mbarrier.arrive.relaxed.cluster.shared::cluster.b64 _, [there];\n}\n" ::"r"(barrier),
      "r"(rank)
      : "memory");
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
