// RMSNorm over the residual stream, alone and fused with the add before it (Zhang and Sennrich, arXiv 1910.07467).
//
//   out[t, i] = x[t, i] / sqrt(mean_j(x[t, j]^2) + eps) * gain[i]        x = residual[t] or residual[t] + delta[t]
//
// A decoder layer normalises what it has just added to the residual stream, so the fused kernel does both and reads
// the sum from registers. The operation is bound by memory: bytes moved and bytes in flight are all that matters.
//
// Kernels (T is bf16 or f16)
//   penstock_rms_norm_T             out = norm(residual)
//   penstock_add_rms_norm_T         residual += delta;  out = norm(residual)
//   penstock_gather_add_rms_norm_T  out[i] = norm(residual[rows[i]] + delta[rows[i]]), residual is left as it is:
//                                   the last norm, for the rows whose logits are wanted. delta may be null; a
//                                   negative row, as graph padding may leave it, reads row 0.
//   penstock_add_T                  residual += delta
//
// Launch contract (all)
//   grid    (tokens, 1, 1), or the number of `rows`: one block a row, so a row's bits do not depend on the batch
//   block   (threads, 1, 1): any multiple of 32 up to 1,024;
//           best is hidden / 8 rounded up to 32, at most 1,024
//   shared  none (static only)
//   align   every pointer to 16 bytes; hidden a multiple of 8; rows are contiguous;
//           no two of the arrays overlap
//
// Numerics: the residual stream, squares and sums are float32; only `out` is rounded to T.

#include "block_reduce.cuh"
#include "element.cuh"
#include "pdl.cuh"

namespace penstock::rms_norm {

// Eight elements of residual + delta; delta_row may be null.
template <typename T>
__device__ __forceinline__ void load_sum(float (&x)[kVectorElements], const float* residual_row, const T* delta_row,
                                         int v) {
  load_activation(residual_row, v, x);
  if (delta_row == nullptr) return;
  float d[kVectorElements];
  widen<T>(load_activation(delta_row, v), d);
#pragma unroll
  for (int i = 0; i < kVectorElements; ++i) x[i] += d[i];
}

__device__ __forceinline__ float sum_of_squares(const float (&x)[kVectorElements], float sum) {
#pragma unroll
  for (int i = 0; i < kVectorElements; ++i) sum = fmaf(x[i], x[i], sum);
  return sum;
}

template <typename T>
__device__ __forceinline__ void store_scaled(T* out_row, int v, const float (&x)[kVectorElements], float inverse_rms,
                                             const T* gain) {
  float g[kVectorElements];
  widen<T>(load_constant(gain, v), g);
#pragma unroll
  for (int i = 0; i < kVectorElements; ++i) g[i] *= x[i] * inverse_rms;
  store(out_row, v, narrow<T>(g));
}

// One row. `updated_row` gets the sum unless it is null. The first vector of a thread stays in registers, and for
// rows of up to 8,192 elements that is all there is; longer rows are read again, out of L2, which costs less than the
// blocks that more registers would keep off the multiprocessor.
template <typename T>
__device__ __forceinline__ void normalise_row(T* out_row, const float* residual_row, const T* delta_row,
                                              float* updated_row, const T* gain, int hidden, float eps) {
  __shared__ float scratch[kMaxWarps];
  const int vectors = hidden / kVectorElements;
  const int first = threadIdx.x;
  float kept[kVectorElements];
  float squares = 0.0f;
  if (first < vectors) {
    load_sum(kept, residual_row, delta_row, first);
    squares = sum_of_squares(kept, squares);
  }
  for (int v = first + blockDim.x; v < vectors; v += blockDim.x) {
    float x[kVectorElements];
    load_sum(x, residual_row, delta_row, v);
    squares = sum_of_squares(x, squares);
  }
  const float inverse_rms = rsqrtf(block_sum(squares, scratch) / hidden + eps);

  if (first < vectors) {
    if (updated_row != nullptr) store(updated_row, first, kept);
    store_scaled(out_row, first, kept, inverse_rms, gain);
  }
  for (int v = first + blockDim.x; v < vectors; v += blockDim.x) {
    float x[kVectorElements];
    load_sum(x, residual_row, delta_row, v);
    if (updated_row != nullptr) store(updated_row, v, x);
    store_scaled(out_row, v, x, inverse_rms, gain);
  }
}

// The gain comes from memory to L2 while the kernels before this one still run.
template <typename T>
__device__ __forceinline__ void start(const T* gain, int hidden) {
  pdl_launch_dependents();
  for (int v = threadIdx.x; v < hidden / kVectorElements; v += blockDim.x) prefetch_constant(gain, v);
  pdl_wait();
}

template <typename T>
__device__ __forceinline__ void plain(T* out,                 // (tokens, hidden)
                                      const float* residual,  // (tokens, hidden)
                                      const T* gain,          // (hidden)
                                      int hidden, float eps) {
  start(gain, hidden);
  const size_t at = static_cast<size_t>(blockIdx.x) * hidden;
  normalise_row<T>(out + at, residual + at, nullptr, nullptr, gain, hidden, eps);
}

template <typename T>
__device__ __forceinline__ void fused_add(T* out,           // (tokens, hidden)
                                          float* residual,  // (tokens, hidden), read and written
                                          const T* delta,   // (tokens, hidden)
                                          const T* gain,    // (hidden)
                                          int hidden, float eps) {
  start(gain, hidden);
  const size_t at = static_cast<size_t>(blockIdx.x) * hidden;
  normalise_row<T>(out + at, residual + at, delta + at, residual + at, gain, hidden, eps);
}

template <typename T>
__device__ __forceinline__ void gather(T* out,                 // (count of rows, hidden)
                                       const float* residual,  // (tokens, hidden)
                                       const T* delta,         // (tokens, hidden) or null
                                       const int* rows,        // token row of each row of out
                                       const T* gain,          // (hidden)
                                       int hidden, float eps) {
  start(gain, hidden);
  const volatile int* row = rows + blockIdx.x;  // not through the read-only cache
  const size_t from = static_cast<size_t>(max(*row, 0)) * hidden;
  normalise_row<T>(out + static_cast<size_t>(blockIdx.x) * hidden, residual + from,
                   delta == nullptr ? nullptr : delta + from, nullptr, gain, hidden, eps);
}

template <typename T>
__device__ __forceinline__ void add(float* residual,  // (tokens, hidden), read and written
                                    const T* delta,   // (tokens, hidden)
                                    int hidden) {
  pdl_launch_dependents();
  pdl_wait();
  const size_t at = static_cast<size_t>(blockIdx.x) * hidden;
  for (int v = threadIdx.x; v < hidden / kVectorElements; v += blockDim.x) {
    float x[kVectorElements], d[kVectorElements];
    load_activation(residual + at, v, x);
    widen<T>(load_activation(delta + at, v), d);
#pragma unroll
    for (int i = 0; i < kVectorElements; ++i) x[i] += d[i];
    store(residual + at, v, x);
  }
}

}  // namespace penstock::rms_norm

extern "C" __global__ void __launch_bounds__(1024)
    penstock_rms_norm_bf16(__nv_bfloat16* out, const float* residual, const __nv_bfloat16* gain, int hidden,
                           float eps) {
  penstock::rms_norm::plain(out, residual, gain, hidden, eps);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_rms_norm_f16(__half* out, const float* residual, const __half* gain, int hidden, float eps) {
  penstock::rms_norm::plain(out, residual, gain, hidden, eps);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_add_rms_norm_bf16(__nv_bfloat16* out, float* residual, const __nv_bfloat16* delta,
                               const __nv_bfloat16* gain, int hidden, float eps) {
  penstock::rms_norm::fused_add(out, residual, delta, gain, hidden, eps);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_add_rms_norm_f16(__half* out, float* residual, const __half* delta, const __half* gain, int hidden,
                              float eps) {
  penstock::rms_norm::fused_add(out, residual, delta, gain, hidden, eps);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_gather_add_rms_norm_bf16(__nv_bfloat16* out, const float* residual, const __nv_bfloat16* delta,
                                      const int* rows, const __nv_bfloat16* gain, int hidden, float eps) {
  penstock::rms_norm::gather(out, residual, delta, rows, gain, hidden, eps);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_gather_add_rms_norm_f16(__half* out, const float* residual, const __half* delta, const int* rows,
                                     const __half* gain, int hidden, float eps) {
  penstock::rms_norm::gather(out, residual, delta, rows, gain, hidden, eps);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_add_bf16(float* residual, const __nv_bfloat16* delta, int hidden) {
  penstock::rms_norm::add(residual, delta, hidden);
}

extern "C" __global__ void __launch_bounds__(1024) penstock_add_f16(float* residual, const __half* delta, int hidden) {
  penstock::rms_norm::add(residual, delta, hidden);
}
