// RMSNorm, then matrix times one, two or four vectors, in one kernel; the method is told in gemv.cuh.
//
// Kernels (T is bf16 or f16; N = 1, 2, 4 tokens; C = 2, 4 vectors of a row that a thread holds at once)
//   penstock_norm_gemv_T_nN_cC         out[n] = W x[n] + bias                  x[n] = rms_norm(residual[n]) * gain
//   penstock_norm_gemv_swiglu_T_nN_cC  out[n] = silu(G x[n] + bias) * (U x[n] + bias), w being G's rows, then U's
//   penstock_norm_gemv_logits_T_nN_cC  out[n] = W x[rows[n]], in float32; a negative row is taken as row 0
//
// Launch contract (io.penstock.engine.backend.cuda.GemvPlan picks all of it)
//   grid    (rows / R rounded up, 1, 1) with R = 8 / C rows a block; for swiglu (ffn / (R / 2) rounded up, 1, 1)
//   block   (threads, 1, 1): a multiple of 32, at most 512; best is k / 8 / C rounded up to 32
//   shared  none (static only)
//   align   w, residual and gain to 16 bytes; k a multiple of 8; any number of rows; rows are contiguous; bias may be
//           null
//
// Numerics: all in float32 from the residual stream to the one rounding at the end; the normalised vector and the
// gate are never rounded to T.

#include "activation.cuh"
#include "gemv.cuh"

namespace penstock::gemv {

// out (kTokens, ffn) = silu(gate) * up. The first half of the row slots are gate rows, the second the up rows that
// belong to them; w has the ffn gate rows first.
template <typename T, int kTokens, int kRowsPerBlock>
struct SwigluOutput {
  static constexpr int kRows = kRowsPerBlock;
  static constexpr int kPairs = kRows / 2;
  const T* bias;
  int ffn;
  T* out;

  __device__ __forceinline__ int first() const { return blockIdx.x * kPairs; }
  __device__ __forceinline__ int row(int r) const {
    return min(first() + r % kPairs, ffn - 1) + (r < kPairs ? 0 : ffn);
  }
  __device__ __forceinline__ float initial(int r, int) const {
    return bias == nullptr ? 0.0f : Element<T>::to_float(bias[row(r)]);
  }
  __device__ __forceinline__ void finish(int lane, float total) const {
    const float up = __shfl_down_sync(0xffffffffu, total, kPairs * kTokens);
    const int at = first() + lane / kTokens;
    if (lane >= kPairs * kTokens || at >= ffn) return;
    out[static_cast<size_t>(lane % kTokens) * ffn + at] = Element<T>::from_float(Silu::of(total) * up);
  }
};

template <typename T, int kTokens, int kRows, int kChunks>
__device__ __forceinline__ void normed(T* out,                 // (kTokens, rows)
                                       const T* w,             // (rows, k)
                                       const float* residual,  // (kTokens, k)
                                       const T* gain,          // (k)
                                       float eps,
                                       const T* bias,  // (rows) or null
                                       int rows, int k) {
  const StoreOutput<T, T, kTokens, kRows> output{{bias, rows}, out};
  multiply<T, kTokens, kChunks>(w, NormedInput<T>{residual, nullptr, gain, k}, output, k, eps);
}

template <typename T, int kTokens, int kRows, int kChunks>
__device__ __forceinline__ void normed_swiglu(T* out,                 // (kTokens, ffn)
                                              const T* w,             // (2 ffn, k)
                                              const float* residual,  // (kTokens, k)
                                              const T* gain,          // (k)
                                              float eps,
                                              const T* bias,  // (2 ffn) or null
                                              int ffn, int k) {
  const SwigluOutput<T, kTokens, kRows> output{bias, ffn, out};
  multiply<T, kTokens, kChunks>(w, NormedInput<T>{residual, nullptr, gain, k}, output, k, eps);
}

template <typename T, int kTokens, int kRows, int kChunks>
__device__ __forceinline__ void normed_logits(float* out,             // (kTokens, vocab)
                                              const T* w,             // (vocab, k)
                                              const float* residual,  // (rows of the step, k)
                                              const int* rows,        // (kTokens)
                                              const T* gain,          // (k)
                                              float eps, int vocab, int k) {
  const StoreOutput<T, float, kTokens, kRows> output{{nullptr, vocab}, out};
  multiply<T, kTokens, kChunks>(w, NormedInput<T>{residual, rows, gain, k}, output, k, eps);
}

}  // namespace penstock::gemv

#define PENSTOCK_NORM_GEMV(symbol, T, kTokens, kRows, kChunks)                                                          \
  extern "C" __global__ void __launch_bounds__(penstock::gemv::kMaxThreads, penstock::gemv::kMinBlocks<kTokens>) \
      symbol(T* out, const T* w, const float* residual,                                                          \
             const T* gain, float eps, const T* bias, int rows, int k) {                                         \
    penstock::gemv::normed<T, kTokens, kRows, kChunks>(out, w, residual, gain, eps, bias, rows, k);                     \
  }

PENSTOCK_NORM_GEMV(penstock_norm_gemv_bf16_n1_c2, __nv_bfloat16, 1, 4, 2)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_bf16_n1_c4, __nv_bfloat16, 1, 2, 4)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_bf16_n2_c2, __nv_bfloat16, 2, 4, 2)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_bf16_n2_c4, __nv_bfloat16, 2, 2, 4)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_bf16_n4_c2, __nv_bfloat16, 4, 4, 2)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_bf16_n4_c4, __nv_bfloat16, 4, 2, 4)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_f16_n1_c2, __half, 1, 4, 2)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_f16_n1_c4, __half, 1, 2, 4)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_f16_n2_c2, __half, 2, 4, 2)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_f16_n2_c4, __half, 2, 2, 4)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_f16_n4_c2, __half, 4, 4, 2)
PENSTOCK_NORM_GEMV(penstock_norm_gemv_f16_n4_c4, __half, 4, 2, 4)

#undef PENSTOCK_NORM_GEMV

#define PENSTOCK_NORM_GEMV_SWIGLU(symbol, T, kTokens, kRows, kChunks)                                                   \
  extern "C" __global__ void __launch_bounds__(penstock::gemv::kMaxThreads, penstock::gemv::kMinBlocks<kTokens>) \
      symbol(T* out, const T* w, const float* residual,                                                          \
             const T* gain, float eps, const T* bias, int ffn, int k) {                                          \
    penstock::gemv::normed_swiglu<T, kTokens, kRows, kChunks>(out, w, residual, gain, eps, bias, ffn, k);               \
  }

PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_bf16_n1_c2, __nv_bfloat16, 1, 4, 2)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_bf16_n1_c4, __nv_bfloat16, 1, 2, 4)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_bf16_n2_c2, __nv_bfloat16, 2, 4, 2)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_bf16_n2_c4, __nv_bfloat16, 2, 2, 4)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_bf16_n4_c2, __nv_bfloat16, 4, 4, 2)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_bf16_n4_c4, __nv_bfloat16, 4, 2, 4)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_f16_n1_c2, __half, 1, 4, 2)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_f16_n1_c4, __half, 1, 2, 4)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_f16_n2_c2, __half, 2, 4, 2)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_f16_n2_c4, __half, 2, 2, 4)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_f16_n4_c2, __half, 4, 4, 2)
PENSTOCK_NORM_GEMV_SWIGLU(penstock_norm_gemv_swiglu_f16_n4_c4, __half, 4, 2, 4)

#undef PENSTOCK_NORM_GEMV_SWIGLU

#define PENSTOCK_NORM_GEMV_LOGITS(symbol, T, kTokens, kRows, kChunks)                                                   \
  extern "C" __global__ void __launch_bounds__(penstock::gemv::kMaxThreads, penstock::gemv::kMinBlocks<kTokens>) \
      symbol(float* out, const T* w, const float* residual, const int* rows,                                     \
             const T* gain, float eps, int vocab, int k) {                                                       \
    penstock::gemv::normed_logits<T, kTokens, kRows, kChunks>(out, w, residual, rows, gain, eps, vocab, k);             \
  }

PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_bf16_n1_c2, __nv_bfloat16, 1, 4, 2)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_bf16_n1_c4, __nv_bfloat16, 1, 2, 4)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_bf16_n2_c2, __nv_bfloat16, 2, 4, 2)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_bf16_n2_c4, __nv_bfloat16, 2, 2, 4)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_bf16_n4_c2, __nv_bfloat16, 4, 4, 2)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_bf16_n4_c4, __nv_bfloat16, 4, 2, 4)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_f16_n1_c2, __half, 1, 4, 2)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_f16_n1_c4, __half, 1, 2, 4)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_f16_n2_c2, __half, 2, 4, 2)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_f16_n2_c4, __half, 2, 2, 4)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_f16_n4_c2, __half, 4, 4, 2)
PENSTOCK_NORM_GEMV_LOGITS(penstock_norm_gemv_logits_f16_n4_c4, __half, 4, 2, 4)

#undef PENSTOCK_NORM_GEMV_LOGITS
