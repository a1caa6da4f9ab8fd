// The gate of a gated feed-forward network (Shazeer, "GLU variants improve transformer", arXiv 2002.05202).
//
//   out[t, i] = f(gateUp[t, i]) * gateUp[t, n + i]
//
// Kernels (T is bf16 or f16)
//   penstock_swiglu_T  f(x) = x / (1 + exp(-x))
//   penstock_geglu_T   f(x) = x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))
//
// Launch contract
//   grid    (n / 8 / (threads * 2) rounded up, tokens, 1), tokens at most 65,535
//   block   (threads, 1, 1): best is 128
//   shared  none
//   align   pointers to 16 bytes; n a multiple of 8; rows are contiguous; out and gateUp do not overlap
//
// Numerics: float32 in between, see activation.cuh.

#include "activation.cuh"
#include "element.cuh"
#include "pdl.cuh"

namespace penstock::gated_activation {

// Vectors of one thread, a block's width apart: all their loads are in flight together.
constexpr int kVectors = 2;

template <typename F, typename T>
__device__ __forceinline__ void apply(T* out,           // (tokens, n)
                                      const T* gateUp,  // (tokens, 2 n): gates, then ups
                                      int n) {
  pdl_launch_dependents();
  pdl_wait();
  const int vectors = n / kVectorElements;
  const int first = blockIdx.x * blockDim.x * kVectors + threadIdx.x;
  const T* gates = gateUp + static_cast<size_t>(blockIdx.y) * 2 * n;
  const T* ups = gates + n;
  T* out_row = out + static_cast<size_t>(blockIdx.y) * n;

  uint4 gate[kVectors], up[kVectors];
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const int v = first + k * blockDim.x;
    if (v >= vectors) continue;
    gate[k] = load_activation(gates, v);
    up[k] = load_activation(ups, v);
  }
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const int v = first + k * blockDim.x;
    if (v >= vectors) continue;
    float g[kVectorElements], u[kVectorElements];
    widen<T>(gate[k], g);
    widen<T>(up[k], u);
#pragma unroll
    for (int i = 0; i < kVectorElements; ++i) g[i] = F::of(g[i]) * u[i];
    store(out_row, v, narrow<T>(g));
  }
}

}  // namespace penstock::gated_activation

extern "C" __global__ void __launch_bounds__(1024)
    penstock_swiglu_bf16(__nv_bfloat16* out, const __nv_bfloat16* gateUp, int n) {
  penstock::gated_activation::apply<penstock::Silu>(out, gateUp, n);
}

extern "C" __global__ void __launch_bounds__(1024) penstock_swiglu_f16(__half* out, const __half* gateUp, int n) {
  penstock::gated_activation::apply<penstock::Silu>(out, gateUp, n);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_geglu_bf16(__nv_bfloat16* out, const __nv_bfloat16* gateUp, int n) {
  penstock::gated_activation::apply<penstock::GeluTanh>(out, gateUp, n);
}

extern "C" __global__ void __launch_bounds__(1024) penstock_geglu_f16(__half* out, const __half* gateUp, int n) {
  penstock::gated_activation::apply<penstock::GeluTanh>(out, gateUp, n);
}
