// What the attention kernels for one and for many query tokens share.
#pragma once

#include "kept.cuh"
#include "kv_layout.cuh"
#include "mma.cuh"
#include "pdl.cuh"

namespace penstock::attention {

constexpr float kLog2E = 1.4426950408889634f;

// A maximum that any visible score exceeds. Finite, so that differences with it are no NaN.
constexpr float kNoMaximum = -1e30f;

// Scores (times log2 e) may exceed the running maximum by this before everything is rescaled: the weights then reach
// 2^8, exact after the division by a sum with the same factor. Nearly all rescaling goes away.
constexpr float kSlack = 8.0f;

// A work list: a header of 8 ints, then records of 8 ints.
//   header  [0] work items that blocks begin with; [1] non-zero where pages may be read before pdl_wait()
constexpr int kRecordInts = 8;

struct Record {
  int4 low, high;
};

__device__ __forceinline__ Record load_record(const int* work, int index) {
  const int4* from = reinterpret_cast<const int4*>(work) + 2 * (1 + index);
  return {from[0], from[1]};
}

// As one of many small things that every layer reads, kept.cuh.
__device__ __forceinline__ Record load_record(const int* work, int index, uint64_t policy) {
  const int4* from = reinterpret_cast<const int4*>(work) + 2 * (1 + index);
  return {load_kept(from, policy), load_kept(from + 1, policy)};
}

// Counts an arrival and returns how many came before. Releases what this thread wrote, or knows of others by a barrier,
// and acquires what earlier arrivals released: one fence instead of two.
__device__ __forceinline__ int arrive(int* counter) {
  int before;
  asm volatile("atom.acq_rel.gpu.global.add.s32 %0, [%1], 1;" : "=r"(before) : "l"(counter) : "memory");
  return before;
}

// The last of `count` blocks that share an item gets true, in all its threads, and then sees (past L1: __ldcg) what
// the others wrote before the call. The counter is left at zero for the next launch.
__device__ __forceinline__ bool arrived_last(int* counter, int count) {
  __shared__ int last;
  __syncthreads();  // the block's writes come before thread 0's arrival
  if (threadIdx.x == 0) {
    last = arrive(counter) == count - 1;
    if (last) *counter = 0;
  }
  __syncthreads();
  return last;
}

}  // namespace penstock::attention
