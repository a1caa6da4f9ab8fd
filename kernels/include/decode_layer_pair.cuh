// Two blocks of a cluster that share activations (kPair = 2), or one by itself (kPair = 1): barriers and copies that
// reach both. sm_90 and later; see tensor_copy.cuh and cluster.cuh.
#pragma once

#include "cluster.cuh"
#include "tensor_copy.cuh"

namespace penstock::decode_layer {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900

__device__ __forceinline__ uint32_t address_in(uint32_t shared, int rank) {
  uint32_t there;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(shared), "r"(rank));
  return there;
}

// All threads of the pair.
template <int kPair>
__device__ __forceinline__ void pair_sync() {
  if constexpr (kPair == 1) {
    __syncthreads();
  } else {
    cluster_barrier();
  }
}

// Arrives at block `rank`'s barrier.
template <int kPair>
__device__ __forceinline__ void pair_arrive(uint32_t barrier, int rank) {
  if constexpr (kPair == 1) {
    barrier_arrive(barrier);
  } else {
    asm volatile("mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(address_in(barrier, rank))
                 : "memory");
  }
}

// Waits at an own barrier at which both blocks arrive.
template <int kPair>
__device__ __forceinline__ void pair_wait(uint32_t barrier, uint32_t parity) {
  if constexpr (kPair == 1) {
    barrier_wait(barrier, parity);
  } else {
#if defined(PENSTOCK_SPIN_LIMIT)
    const long long begin = clock64();
#endif
    uint32_t done;
    do {
      asm volatile(
          "{\n.reg .pred p;\nmbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 p, [%1], %2;\n"
          "selp.u32 %0, 1, 0, p;\n}\n"
          : "=r"(done)
          : "r"(barrier), "r"(parity)
          : "memory");
#if defined(PENSTOCK_SPIN_LIMIT)
      if (clock64() - begin > PENSTOCK_SPIN_LIMIT) __trap();
#endif
    } while (done == 0);
  }
}

template <int kPair>
__device__ __forceinline__ void pair_store(uint32_t shared, int value, int rank) {
  if constexpr (kPair == 1) {
    asm volatile("st.shared.u32 [%0], %1;" ::"r"(shared), "r"(value) : "memory");
  } else {
    asm volatile("st.shared::cluster.u32 [%0], %1;" ::"r"(address_in(shared, rank)), "r"(value) : "memory");
  }
}

// A box to the same place in both blocks; the barriers at `barrier` in both get its bytes.
template <int kPair>
__device__ __forceinline__ void pair_copy(uint32_t shared, const void* map, int column, int row, uint32_t barrier) {
  if constexpr (kPair == 1) {
    copy_box(shared, map, column, row, barrier);
  } else {
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, {%2, "
        "%3}], [%4], %5;" ::"r"(shared),
        "l"(map), "r"(column), "r"(row), "r"(barrier), "h"(static_cast<uint16_t>((1 << kPair) - 1))
        : "memory");
  }
}

#endif

}  // namespace penstock::decode_layer
