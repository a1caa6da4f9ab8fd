// Barriers in shared memory on which producers and consumers of a block meet (PTX ISA, "mbarrier"); from sm_80 on, the
// waiting form used here from sm_90 on.
#pragma once

#include <stdint.h>

namespace penstock {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900

// `address` is in shared memory, 8 bytes.
__device__ __forceinline__ void mbarrier_init(uint32_t address, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(address), "r"(arrivals) : "memory");
}

// What this thread wrote before is visible to those that wait.
__device__ __forceinline__ void mbarrier_arrive(uint32_t address) {
  asm volatile("mbarrier.arrive.release.cta.shared::cta.b64 _, [%0];" ::"r"(address) : "memory");
}

// Waits for the end of the phase of the given parity: 0 for the first, 1 for the second, 0 again for the third. A wait
// for parity 1 returns at once on a fresh barrier.
__device__ __forceinline__ void mbarrier_wait(uint32_t address, uint32_t parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra again;\n"
      "}\n" ::"r"(address),
      "r"(parity)
      : "memory");
}

// Makes this thread's writes to shared memory visible to wgmma, which reads it on another path.
__device__ __forceinline__ void fence_shared_for_wgmma() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

// Barrier `id` (1 .. 15) of `threads` threads, a multiple of 32.
__device__ __forceinline__ void named_barrier(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

#endif

}  // namespace penstock
