// Products of a warpgroup as in wgmma.cuh with 144 to 256 columns, sm_90a only: the more columns an instruction has, the
// fewer bytes of shared memory it reads for a multiplication.
#pragma once

#include "wgmma.cuh"

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

namespace penstock {

#define PENSTOCK_D64 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define PENSTOCK_D72 PENSTOCK_D64 ", %64, %65, %66, %67, %68, %69, %70, %71"
#define PENSTOCK_D80 PENSTOCK_D72 ", %72, %73, %74, %75, %76, %77, %78, %79"
#define PENSTOCK_D88 PENSTOCK_D80 ", %80, %81, %82, %83, %84, %85, %86, %87"
#define PENSTOCK_D96 PENSTOCK_D88 ", %88, %89, %90, %91, %92, %93, %94, %95"
#define PENSTOCK_D104 PENSTOCK_D96 ", %96, %97, %98, %99, %100, %101, %102, %103"
#define PENSTOCK_D112 PENSTOCK_D104 ", %104, %105, %106, %107, %108, %109, %110, %111"
#define PENSTOCK_D120 PENSTOCK_D112 ", %112, %113, %114, %115, %116, %117, %118, %119"
#define PENSTOCK_D128 PENSTOCK_D120 ", %120, %121, %122, %123, %124, %125, %126, %127"

#define PENSTOCK_F8(d, i)                                                                                     \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), \
      "+f"(d[i + 7])
#define PENSTOCK_OPERANDS64                                                                                \
  PENSTOCK_F8(d, 0), PENSTOCK_F8(d, 8), PENSTOCK_F8(d, 16), PENSTOCK_F8(d, 24), PENSTOCK_F8(d, 32),        \
      PENSTOCK_F8(d, 40), PENSTOCK_F8(d, 48), PENSTOCK_F8(d, 56)
#define PENSTOCK_OPERANDS72 PENSTOCK_OPERANDS64, PENSTOCK_F8(d, 64)
#define PENSTOCK_OPERANDS80 PENSTOCK_OPERANDS72, PENSTOCK_F8(d, 72)
#define PENSTOCK_OPERANDS88 PENSTOCK_OPERANDS80, PENSTOCK_F8(d, 80)
#define PENSTOCK_OPERANDS96 PENSTOCK_OPERANDS88, PENSTOCK_F8(d, 88)
#define PENSTOCK_OPERANDS104 PENSTOCK_OPERANDS96, PENSTOCK_F8(d, 96)
#define PENSTOCK_OPERANDS112 PENSTOCK_OPERANDS104, PENSTOCK_F8(d, 104)
#define PENSTOCK_OPERANDS120 PENSTOCK_OPERANDS112, PENSTOCK_F8(d, 112)
#define PENSTOCK_OPERANDS128 PENSTOCK_OPERANDS120, PENSTOCK_F8(d, 120)

// d (64 x N) = or += a (64 x 16) b (16 x N); the rows of a and the columns of b are rows in shared memory. HALF is N / 2,
// then come the numbers of the other operands.
#define PENSTOCK_WGMMA_WIDE(TYPES, N, HALF, A, B, P)                                                       \
  static __device__ __forceinline__ void shared(float (&d)[HALF], uint64_t a, uint64_t b, bool accumulate) { \
    asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, " P ", 0;\n"                                          \
                 "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." TYPES " {" PENSTOCK_D##HALF "}, " A     \
                 ", " B ", p, 1, 1, 0, 0;\n}\n"                                                           \
                 : PENSTOCK_OPERANDS##HALF                                                                 \
                 : "l"(a), "l"(b), "r"(static_cast<int>(accumulate))                                       \
                 : "memory");                                                                              \
  }
#define PENSTOCK_WGMMA_WIDE_ALL(TYPES)                       \
  PENSTOCK_WGMMA_WIDE(TYPES, 144, 72, "%72", "%73", "%74")   \
  PENSTOCK_WGMMA_WIDE(TYPES, 160, 80, "%80", "%81", "%82")   \
  PENSTOCK_WGMMA_WIDE(TYPES, 176, 88, "%88", "%89", "%90")   \
  PENSTOCK_WGMMA_WIDE(TYPES, 192, 96, "%96", "%97", "%98")   \
  PENSTOCK_WGMMA_WIDE(TYPES, 208, 104, "%104", "%105", "%106")\
  PENSTOCK_WGMMA_WIDE(TYPES, 224, 112, "%112", "%113", "%114")\
  PENSTOCK_WGMMA_WIDE(TYPES, 240, 120, "%120", "%121", "%122")\
  PENSTOCK_WGMMA_WIDE(TYPES, 256, 128, "%128", "%129", "%130")

template <typename T>
struct WideWgmma;

template <>
struct WideWgmma<__nv_bfloat16> : Wgmma<__nv_bfloat16> {
  using Wgmma<__nv_bfloat16>::shared;
  PENSTOCK_WGMMA_WIDE_ALL("bf16.bf16")
};

template <>
struct WideWgmma<__half> : Wgmma<__half> {
  using Wgmma<__half>::shared;
  PENSTOCK_WGMMA_WIDE_ALL("f16.f16")
};

#undef PENSTOCK_WGMMA_WIDE_ALL
#undef PENSTOCK_WGMMA_WIDE
#undef PENSTOCK_OPERANDS64
#undef PENSTOCK_OPERANDS72
#undef PENSTOCK_OPERANDS80
#undef PENSTOCK_OPERANDS88
#undef PENSTOCK_OPERANDS96
#undef PENSTOCK_OPERANDS104
#undef PENSTOCK_OPERANDS112
#undef PENSTOCK_OPERANDS120
#undef PENSTOCK_OPERANDS128
#undef PENSTOCK_D64
#undef PENSTOCK_D72
#undef PENSTOCK_D80
#undef PENSTOCK_D88
#undef PENSTOCK_D96
#undef PENSTOCK_D104
#undef PENSTOCK_D112
#undef PENSTOCK_D120
#undef PENSTOCK_D128
#undef PENSTOCK_F8

}  // namespace penstock

#endif  // __CUDA_ARCH_FEAT_SM90_ALL
