// RMSNorm, alone and fused with the residual add before it (Zhang and Sennrich, arXiv 1910.07467).
//
//   out[t, i] = x[t, i] / sqrt(mean_j(x[t, j]^2) + eps) * weight[i]
//
// A decoder layer normalises what it has just added to the residual stream, so the fused kernel does both and
// reads the sum from registers: per token 2 reads and 2 writes of a row instead of 3 and 2. The operation is
// bound by memory; nothing else matters here but bytes moved and bytes in flight.
//
// Kernels
//   penstock_rms_norm_bf16            out = norm(x) * weight
//   penstock_fused_add_rms_norm_bf16  residual += x;  out = norm(residual) * weight
//
// Launch contract (both)
//   grid    (tokens, 1, 1): one block a row, so a row's bits do not depend on the batch
//   block   (threads, 1, 1): a multiple of 32, at most 1,024, with threads * 8 * 4 >= hidden;
//           best is hidden / 8 rounded up to 32, at most 1,024
//   shared  none (static only)
//   align   every pointer to 16 bytes; hidden a multiple of 8, at most 32,768; rows are contiguous;
//           no two of the arrays overlap
//
// Numerics: squares and their sum in float32. The fused kernel rounds the sum to bf16 first, as it is stored,
// and normalises the rounded values: the next layer reads the same numbers that were normalised.

#include "block_reduce.cuh"
#include "vector_io.cuh"

namespace penstock::rms_norm {

// Vectors of a row that one thread keeps in registers: 4 * 8 * 1,024 threads = 32,768 elements.
constexpr int kVectorsPerThread = 4;

__device__ __forceinline__ float sum_of_squares(const Bf16x8& v) {
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 f = __bfloat1622float2(v.pair[i]);
    sum = fmaf(f.x, f.x, fmaf(f.y, f.y, sum));
  }
  return sum;
}

__device__ __forceinline__ Bf16x8 add(const Bf16x8& a, const Bf16x8& b) {
  Bf16x8 sum;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 x = __bfloat1622float2(a.pair[i]);
    const float2 y = __bfloat1622float2(b.pair[i]);
    sum.pair[i] = __floats2bfloat162_rn(x.x + y.x, x.y + y.y);
  }
  return sum;
}

__device__ __forceinline__ Bf16x8 scale(const Bf16x8& v, float inverse_rms, const Bf16x8& weight) {
  Bf16x8 scaled;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 x = __bfloat1622float2(v.pair[i]);
    const float2 w = __bfloat1622float2(weight.pair[i]);
    scaled.pair[i] = __floats2bfloat162_rn(x.x * inverse_rms * w.x, x.y * inverse_rms * w.y);
  }
  return scaled;
}

template <bool kFusedAdd>
__device__ __forceinline__ void normalise(
    __nv_bfloat16* __restrict__ out,           // (tokens, hidden)
    const __nv_bfloat16* __restrict__ x,       // (tokens, hidden)
    __nv_bfloat16* __restrict__ residual,      // (tokens, hidden), read and written; unused unless fused
    const __nv_bfloat16* __restrict__ weight,  // (hidden)
    int hidden, float eps) {
  __shared__ float scratch[kMaxWarps];
  const int vectors = hidden / kBf16PerVector;
  const size_t row = static_cast<size_t>(blockIdx.x) * vectors;
  const Bf16x8* x_row = reinterpret_cast<const Bf16x8*>(x) + row;
  Bf16x8* residual_row = reinterpret_cast<Bf16x8*>(residual) + row;
  Bf16x8* out_row = reinterpret_cast<Bf16x8*>(out) + row;

  // All loads are issued before the first value is used: bytes in flight are what this kernel lives on.
  Bf16x8 value[kVectorsPerThread];
  Bf16x8 before[kVectorsPerThread];  // in registers when fused, else optimised away
#pragma unroll
  for (int k = 0; k < kVectorsPerThread; ++k) {
    const int v = threadIdx.x + k * blockDim.x;
    if (v < vectors) {
      value[k] = load_streaming(x_row + v);
      if constexpr (kFusedAdd) before[k] = load_streaming(residual_row + v);
    }
  }
  if constexpr (kFusedAdd) {
#pragma unroll
    for (int k = 0; k < kVectorsPerThread; ++k) {
      const int v = threadIdx.x + k * blockDim.x;
      if (v < vectors) {
        value[k] = add(value[k], before[k]);
        store(residual_row + v, value[k]);
      }
    }
  }

  float squares = 0.0f;
#pragma unroll
  for (int k = 0; k < kVectorsPerThread; ++k) {
    if (threadIdx.x + k * blockDim.x < vectors) squares += sum_of_squares(value[k]);
  }
  const float inverse_rms = rsqrtf(block_sum(squares, scratch) / hidden + eps);

#pragma unroll
  for (int k = 0; k < kVectorsPerThread; ++k) {
    const int v = threadIdx.x + k * blockDim.x;
    if (v < vectors) {
      const Bf16x8 w = load_shared_by_blocks(reinterpret_cast<const Bf16x8*>(weight) + v);
      store(out_row + v, scale(value[k], inverse_rms, w));
    }
  }
}

}  // namespace penstock::rms_norm

extern "C" __global__ void __launch_bounds__(1024)
    penstock_rms_norm_bf16(__nv_bfloat16* out, const __nv_bfloat16* x, const __nv_bfloat16* weight,
                           int hidden, float eps) {
  penstock::rms_norm::normalise<false>(out, x, nullptr, weight, hidden, eps);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_fused_add_rms_norm_bf16(__nv_bfloat16* out, const __nv_bfloat16* x, __nv_bfloat16* residual,
                                     const __nv_bfloat16* weight, int hidden, float eps) {
  penstock::rms_norm::normalise<true>(out, x, residual, weight, hidden, eps);
}
