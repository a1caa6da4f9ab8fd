// The activation functions of gated feed-forward networks, in float32.
//
// exp and 1/x by the fast instructions, whose relative errors of about 2^-21 are lost in the rounding to bf16 or f16.
// The tanh of GELU is formed of the same exp: the tanh instruction is good to 2^-11 only, which an f16 result shows.
// Inputs as far out as float32 reaches give 0 or themselves, never NaN: the reciprocal of infinity is 0.
#pragma once

namespace penstock {

// 1 / (1 + exp(-x))
__device__ __forceinline__ float sigmoid(float x) {
  const float divisor = 1.0f + __expf(-x);
  float reciprocal;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(reciprocal) : "f"(divisor));
  return reciprocal;
}

// x / (1 + exp(-x))
struct Silu {
  static __device__ __forceinline__ float of(float x) { return x * sigmoid(x); }
};

// x / 2 * (1 + tanh(y)), y = sqrt(2 / pi) * (x + 0.044715 x^3); (1 + tanh(y)) / 2 is sigmoid(2y).
struct GeluTanh {
  static __device__ __forceinline__ float of(float x) {
    return x * sigmoid(1.5957691216057308f * x * fmaf(0.044715f * x, x, 1.0f));
  }
};

}  // namespace penstock
