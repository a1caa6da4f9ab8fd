// How blocks of one grid tell each other what is done, sm_90 and later.
//
// Data are written by ordinary stores of many threads of one block and read in another block, by ordinary loads or by
// the copy engine. The chain that makes them visible (PTX ISA, "Memory Consistency Model"):
//   writers' stores -> bar.sync of the block -> one thread: red.release.gpu of a counter
//   -> ld.acquire.gpu of a thread elsewhere that finds the counter complete -> bar.sync there, or that thread itself
//   -> loads; for copies a fence.proxy.async stands between, as they go by another proxy than the stores did.
// Release and acquire are cumulative: what the barrier put before the release comes along. Loads of such data go to L2
// (ld.global.cg): a line that this multiprocessor had in L1 from an earlier phase is not asked.
#pragma once

#include <stdint.h>

#include "tensor_copy.cuh"

namespace penstock::decode_layer {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900

__device__ __forceinline__ uint32_t load_acquire(const uint32_t* word) {
  uint32_t value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
  return value;
}

// Only to know how far the others are; nothing is ordered by it.
__device__ __forceinline__ uint32_t load_relaxed(const uint32_t* word) {
  uint32_t value;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
  return value;
}

// By one thread.
__device__ __forceinline__ void wait_for(const uint32_t* counter, uint32_t count) {
#if defined(PENSTOCK_SPIN_LIMIT)
  const long long begin = clock64();
#endif
  while (load_acquire(counter) < count) {
    __nanosleep(40);
#if defined(PENSTOCK_SPIN_LIMIT)
    if (clock64() - begin > PENSTOCK_SPIN_LIMIT) __trap();
#endif
  }
}

__device__ __forceinline__ void add_release(uint32_t* counter) {
  asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(counter) : "memory");
}

__device__ __forceinline__ uint32_t add_acquire_release(uint32_t* counter) {
  uint32_t before;
  asm volatile("atom.acq_rel.gpu.global.add.u32 %0, [%1], 1;" : "=r"(before) : "l"(counter) : "memory");
  return before;
}

// The next number of a counter; nothing is ordered by it.
__device__ __forceinline__ uint32_t draw(uint32_t* counter) {
  uint32_t before;
  asm volatile("atom.relaxed.gpu.global.add.u32 %0, [%1], 1;" : "=r"(before) : "l"(counter) : "memory");
  return before;
}

// Eight floats that another block has written.
__device__ __forceinline__ void load_shared_row(const float* base, int vector, float (&values)[8]) {
  const float4* from = reinterpret_cast<const float4*>(base) + 2 * vector;
  const float4 low = __ldcg(from), high = __ldcg(from + 1);
  values[0] = low.x, values[1] = low.y, values[2] = low.z, values[3] = low.w;
  values[4] = high.x, values[5] = high.y, values[6] = high.z, values[7] = high.w;
}

#endif

}  // namespace penstock::decode_layer
