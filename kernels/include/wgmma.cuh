// Matrix products of a warpgroup, sm_90a only (PTX ISA, "Asynchronous warpgroup level matrix instructions").
//
// A product is issued and runs by itself. Until wgmma_wait() the accumulators and the A operand in registers belong
// to the tensor cores: wgmma_fence() comes after the last ordinary write to either, and settle() after the wait, so
// that the compiler moves no use of an accumulator up across it.
//
// Fragments of thread t of the warpgroup (warp w = t / 32, lane l = t % 32):
//   D (64 x N)   d[4j + 0, 1] row 16w + l/4, columns 8j + 2(l%4) + {0, 1};  d[4j + 2, 3] row + 8
//   A (64 x 16)  a0 row 16w + l/4, columns 2(l%4) + {0, 1};  a1 row + 8;  a2 columns + 8;  a3 both
// So d[8k .. 8k + 7], rounded in pairs, are the A fragment of columns 16k .. 16k + 15.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <stdint.h>

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

namespace penstock {

__device__ __forceinline__ void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }

// Closes the group of products issued since the last commit.
__device__ __forceinline__ void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

// Waits until at most kGroups of the youngest groups still run. Waits with different tags are not merged by the
// compiler when they begin two branches.
template <int kGroups, int kTag = 0>
__device__ __forceinline__ void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;  // %1" ::"n"(kGroups), "n"(kTag) : "memory");
}

template <int kCount>
__device__ __forceinline__ void settle(float (&values)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(values[i])::"memory");
}

// Describes an operand in shared memory as TMA's 128-byte swizzle leaves it: panels of 64 elements (128 bytes) a row,
// rows one after the other, each panel on a multiple of 1,024 bytes. Eight rows (1,024 bytes) are the unit of the
// swizzle and the "stride" offset. The "leading" offset counts only where the rows are the summed dimension: it is the
// distance of panels there, which an operand wider than 64 crosses.
__device__ __forceinline__ uint64_t swizzled_operand(uint32_t shared_address, uint32_t panel_bytes) {
  constexpr uint32_t kSwizzle128 = 1u << 30;  // bits 62 and 63
  const uint32_t low = ((shared_address & 0x3ffffu) >> 4) | ((panel_bytes >> 4) << 16);
  const uint32_t high = (1024u >> 4) | kSwizzle128;
  return (static_cast<uint64_t>(high) << 32) | low;
}

// The same operand further on. Addresses end below 2^18, so the sum stays within the address's 14 bits.
__device__ __forceinline__ uint64_t advance(uint64_t operand, uint32_t bytes) { return operand + (bytes >> 4); }

#define PENSTOCK_F8(d, i)                                                                                     \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), \
      "+f"(d[i + 7])
#define PENSTOCK_F32(d, i) PENSTOCK_F8(d, i), PENSTOCK_F8(d, i + 8), PENSTOCK_F8(d, i + 16), PENSTOCK_F8(d, i + 24)
#define PENSTOCK_D32                                                                                    \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, " \
  "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define PENSTOCK_D64                                                                                      \
  PENSTOCK_D32                                                                                            \
  ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, " \
  "%52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"

// d (64 x 128) = or += a (64 x 16) b (16 x 128); the rows of a and the columns of b are rows in shared memory.
#define PENSTOCK_WGMMA_SHARED(NAME, TYPES)                                                                  \
  static __device__ __forceinline__ void NAME(float (&d)[64], uint64_t a, uint64_t b, bool accumulate) {           \
    asm volatile(                                                                                           \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"                                                        \
        "wgmma.mma_async.sync.aligned.m64n128k16.f32." TYPES " {" PENSTOCK_D64 "}, %64, %65, p, 1, 1, 0, 0;\n}\n" \
        : PENSTOCK_F32(d, 0), PENSTOCK_F32(d, 32)                                                           \
        : "l"(a), "l"(b), "r"(static_cast<int>(accumulate))                                                 \
        : "memory");                                                                                        \
  }

// d (64 x 128 or 64) = or += a (64 x 16, registers) b (16 x 128 or 64); the rows of b are rows in shared memory.
#define PENSTOCK_WGMMA_REGISTERS(NAME, TYPES)                                                              \
  static __device__ __forceinline__ void NAME(float (&d)[64], const uint32_t* a, uint64_t b, bool accumulate) {   \
    asm volatile(                                                                                          \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %69, 0;\n"                                                       \
        "wgmma.mma_async.sync.aligned.m64n128k16.f32." TYPES " {" PENSTOCK_D64                             \
        "}, {%64, %65, %66, %67}, %68, p, 1, 1, 1;\n}\n"                                                   \
        : PENSTOCK_F32(d, 0), PENSTOCK_F32(d, 32)                                                          \
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(accumulate))            \
        : "memory");                                                                                       \
  }                                                                                                        \
  static __device__ __forceinline__ void NAME(float (&d)[32], const uint32_t* a, uint64_t b, bool accumulate) {   \
    asm volatile(                                                                                          \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %37, 0;\n"                                                       \
        "wgmma.mma_async.sync.aligned.m64n64k16.f32." TYPES " {" PENSTOCK_D32                              \
        "}, {%32, %33, %34, %35}, %36, p, 1, 1, 1;\n}\n"                                                   \
        : PENSTOCK_F32(d, 0)                                                                               \
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(static_cast<int>(accumulate))            \
        : "memory");                                                                                       \
  }

template <typename T>
struct Wgmma;

template <>
struct Wgmma<__nv_bfloat16> {
  PENSTOCK_WGMMA_SHARED(shared, "bf16.bf16")
  PENSTOCK_WGMMA_REGISTERS(registers, "bf16.bf16")
};

template <>
struct Wgmma<__half> {
  PENSTOCK_WGMMA_SHARED(shared, "f16.f16")
  PENSTOCK_WGMMA_REGISTERS(registers, "f16.f16")
};

#undef PENSTOCK_F8
#undef PENSTOCK_F32
#undef PENSTOCK_D32
#undef PENSTOCK_D64
#undef PENSTOCK_WGMMA_SHARED
#undef PENSTOCK_WGMMA_REGISTERS

}  // namespace penstock

#endif  // __CUDA_ARCH_FEAT_SM90_ALL
