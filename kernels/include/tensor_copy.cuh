// Copies of tiles by the copy engine (TMA) and the barriers in shared memory that tell when they are there, sm_90 and
// later (PTX ISA, "mbarrier" and "cp.async.bulk.tensor").
//
// A barrier's phase completes when all its arrivals and all announced bytes have come; the next phase, of the other
// parity, begins at once. A ring of stages has a full and an empty barrier each: who fills waits for `empty` with the
// parity flipped, which a fresh barrier passes, who reads waits for `full`.
#pragma once

#include <stdint.h>

namespace penstock {

// PENSTOCK_SPIN_LIMIT, for lab programs too: clocks after which a wait ends the kernel with an error.

#if defined(PENSTOCK_WATCHDOG)
// For a lab program built to find a hang: host memory where a warp that waits for more than a second writes
// {block, address of the barrier in shared memory, parity, 1}, four ints a warp.
__device__ volatile int* stuck_report;
#endif

#if defined(PENSTOCK_BOUNDED_WAITS)
// For a lab program: a wait that nothing ends, such as for a copy with a wrong map, is given up, and all later ones are.
// Results are wrong then, but the kernel ends. (A trap here would cost the registers that setmaxnreg gives.)
__device__ volatile int gave_up;
#endif

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900

__device__ __forceinline__ uint32_t shared_address(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

__device__ __forceinline__ void barrier_init(uint32_t barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

// By the thread that has initialised barriers, before the block's threads and the copy engine use them.
__device__ __forceinline__ void barrier_init_done() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

__device__ __forceinline__ void barrier_arrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

// Arrives and announces bytes that copies will bring.
__device__ __forceinline__ void barrier_expect(uint32_t barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

__device__ __forceinline__ bool barrier_try(uint32_t barrier, uint32_t parity) {
  uint32_t done;
  asm volatile(
      "{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}\n"
      : "=r"(done)
      : "r"(barrier), "r"(parity)
      : "memory");
  return done != 0;
}

// Waits for the end of the phase with this parity.
__device__ __forceinline__ void barrier_wait(uint32_t barrier, uint32_t parity) {
#if defined(PENSTOCK_WATCHDOG)
  const long long begin = clock64();
  while (!barrier_try(barrier, parity)) {
    if (clock64() - begin > 2000000000ll) {
      volatile int* report = stuck_report + threadIdx.x / 32 * 4;
      report[0] = blockIdx.x;
      report[1] = barrier;
      report[2] = parity;
      report[3] = 1;
    }
  }
#elif defined(PENSTOCK_BOUNDED_WAITS)
  uint32_t tries = 0;
  while (!barrier_try(barrier, parity)) {
    if (++tries % 1024 != 0) continue;
    if (tries > 20000000u) gave_up = 1;
    if (gave_up) return;
  }
#elif defined(PENSTOCK_SPIN_LIMIT)
  const long long begin = clock64();
  while (!barrier_try(barrier, parity)) {
    if (clock64() - begin > PENSTOCK_SPIN_LIMIT) __trap();
  }
#else
  while (!barrier_try(barrier, parity)) {
  }
#endif
}

// Makes a tensor map in global memory, that a copy has put there, known to the copy engine. By the thread that uses it.
__device__ __forceinline__ void acquire_tensor_map(const void* map) {
  asm volatile("fence.proxy.tensormap::generic.acquire.sys [%0], 128;" ::"l"(map) : "memory");
}

// Box at (column, row) of a two-dimensional tensor; what lies outside of the tensor comes as zeros.
__device__ __forceinline__ void copy_box(uint32_t shared, const void* map, int column, int row, uint32_t barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(
          shared),
      "l"(map), "r"(column), "r"(row), "r"(barrier)
      : "memory");
}

// As copy_box, for what nobody reads again soon: it is the first to leave L2.
__device__ __forceinline__ uint64_t first_to_leave() {
  uint64_t policy;
  asm volatile("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}

__device__ __forceinline__ void copy_box(uint32_t shared, const void* map, int column, int row, uint32_t barrier,
                                         uint64_t policy) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1, {%2, "
      "%3}], [%4], %5;" ::"r"(shared),
      "l"(map), "r"(column), "r"(row), "r"(barrier), "l"(policy)
      : "memory");
}

// Box at (column, 0, 0, group) of a four-dimensional tensor.
__device__ __forceinline__ void copy_box_of_groups(uint32_t shared, const void* map, int column, int group,
                                                   uint32_t barrier) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %3, %4}], [%5];" ::
          "r"(shared),
      "l"(map), "r"(column), "r"(0), "r"(group), "r"(barrier)
      : "memory");
}

// As copy_box, to the same place in each block of the cluster whose bit is set in `blocks`; the bytes count at the
// barrier of each.
__device__ __forceinline__ void copy_box_to_cluster(uint32_t shared, const void* map, int column, int row,
                                                    uint32_t barrier, uint16_t blocks) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, {%2, "
      "%3}], [%4], %5;" ::"r"(shared),
      "l"(map), "r"(column), "r"(row), "r"(barrier), "h"(blocks)
      : "memory");
}

// Box from shared memory to (column, row); what lies outside of the tensor is left out. A thread's stores make groups.
__device__ __forceinline__ void store_box(uint32_t shared, const void* map, int column, int row) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%1, %2}], [%3];" ::"l"(map), "r"(column),
               "r"(row), "r"(shared)
               : "memory");
}

__device__ __forceinline__ void store_commit() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }

// Until what this thread's stores read may be overwritten.
__device__ __forceinline__ void store_wait_read() { asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory"); }

// Until they are done.
__device__ __forceinline__ void store_wait() { asm volatile("cp.async.bulk.wait_group 0;" ::: "memory"); }

// Starts a box's way from memory to L2.
__device__ __forceinline__ void prefetch_box(const void* map, int column, int row) {
  asm volatile("cp.async.bulk.prefetch.tensor.2d.L2.global [%0, {%1, %2}];" ::"l"(map), "r"(column), "r"(row)
               : "memory");
}

// What ordinary stores have put in global memory, visible to this thread, is so to its copies from here on.
__device__ __forceinline__ void fence_global_for_copies() {
  asm volatile("fence.proxy.async.global;" ::: "memory");
}

// Ordinary writes to shared memory by this thread come before what the copy engine and the tensor cores do there
// after the next barrier.
__device__ __forceinline__ void fence_shared_for_engines() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

// Barriers 1 to 15 of the block: `sync` waits for `threads` arrivals, `arrive` does not wait. Whole warps.
__device__ __forceinline__ void named_sync(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

__device__ __forceinline__ void named_arrive(int id, int threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

#endif

}  // namespace penstock
