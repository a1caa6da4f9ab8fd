// Matrix times one, two or four vectors of activations; the method is told in gemv.cuh.
//
// Kernels (T is bf16 or f16; N = 1, 2, 4 tokens; C = 2, 4 vectors of a row that a thread holds at once)
//   penstock_gemv_T_nN_cC      out[n] = W x[n] + bias
//   penstock_gemv_add_T_nN_cC  residual[n] += W x[n] + bias
//
// Launch contract (io.penstock.engine.backend.cuda.GemvPlan picks all of it)
//   grid    (rows / R rounded up, 1, 1) with R = 8 / C rows a block
//   block   (threads, 1, 1): a multiple of 32, at most 512; best is k / 8 / C rounded up to 32
//   shared  none (static only)
//   align   w and x to 16 bytes; k a multiple of 8; any number of rows; rows are contiguous; bias may be null
//
// Numerics: products and sums in float32, one rounding to T at the end, none into the residual stream.

#include "gemv.cuh"

namespace penstock::gemv {

// residual (kTokens, rows) += the totals. A row belongs to one block, which reads it early and writes it late.
template <typename T, int kTokens, int kRowsPerBlock>
struct AddOutput {
  static constexpr int kRows = kRowsPerBlock;
  RowSlots<T, kRows> slots;
  float* residual;

  __device__ __forceinline__ int row(int r) const { return slots.row(r); }
  __device__ __forceinline__ float initial(int r, int n) const {
    const volatile float* before = residual + static_cast<size_t>(n) * slots.rows + row(r);
    return slots.bias_of(r) + *before;
  }
  __device__ __forceinline__ void finish(int lane, float total) const {
    const int row = slots.first() + lane / kTokens;
    if (lane >= kRows * kTokens || row >= slots.rows) return;
    residual[static_cast<size_t>(lane % kTokens) * slots.rows + row] = total;
  }
};

template <typename T, int kTokens, int kRows, int kChunks>
__device__ __forceinline__ void plain(T* out,         // (kTokens, rows)
                                      const T* w,     // (rows, k)
                                      const T* x,     // (kTokens, k)
                                      const T* bias,  // (rows) or null
                                      int rows, int k) {
  const StoreOutput<T, T, kTokens, kRows> output{{bias, rows}, out};
  multiply<T, kTokens, kChunks>(w, PlainInput<T>{x, k}, output, k, 0.0f);
}

template <typename T, int kTokens, int kRows, int kChunks>
__device__ __forceinline__ void add(float* residual,  // (kTokens, rows), read and written
                                    const T* w,       // (rows, k)
                                    const T* x,       // (kTokens, k)
                                    const T* bias,    // (rows) or null
                                    int rows, int k) {
  const AddOutput<T, kTokens, kRows> output{{bias, rows}, residual};
  multiply<T, kTokens, kChunks>(w, PlainInput<T>{x, k}, output, k, 0.0f);
}

}  // namespace penstock::gemv

#define PENSTOCK_GEMV(symbol, T, kTokens, kRows, kChunks)                                                               \
  extern "C" __global__ void __launch_bounds__(penstock::gemv::kMaxThreads, penstock::gemv::kMinBlocks<kTokens>) \
      symbol(T* out, const T* w, const T* x, const T* bias, int rows, int k) {                                   \
    penstock::gemv::plain<T, kTokens, kRows, kChunks>(out, w, x, bias, rows, k);                                        \
  }

PENSTOCK_GEMV(penstock_gemv_bf16_n1_c2, __nv_bfloat16, 1, 4, 2)
PENSTOCK_GEMV(penstock_gemv_bf16_n1_c4, __nv_bfloat16, 1, 2, 4)
PENSTOCK_GEMV(penstock_gemv_bf16_n2_c2, __nv_bfloat16, 2, 4, 2)
PENSTOCK_GEMV(penstock_gemv_bf16_n2_c4, __nv_bfloat16, 2, 2, 4)
PENSTOCK_GEMV(penstock_gemv_bf16_n4_c2, __nv_bfloat16, 4, 4, 2)
PENSTOCK_GEMV(penstock_gemv_bf16_n4_c4, __nv_bfloat16, 4, 2, 4)
PENSTOCK_GEMV(penstock_gemv_f16_n1_c2, __half, 1, 4, 2)
PENSTOCK_GEMV(penstock_gemv_f16_n1_c4, __half, 1, 2, 4)
PENSTOCK_GEMV(penstock_gemv_f16_n2_c2, __half, 2, 4, 2)
PENSTOCK_GEMV(penstock_gemv_f16_n2_c4, __half, 2, 2, 4)
PENSTOCK_GEMV(penstock_gemv_f16_n4_c2, __half, 4, 4, 2)
PENSTOCK_GEMV(penstock_gemv_f16_n4_c4, __half, 4, 2, 4)

#undef PENSTOCK_GEMV

#define PENSTOCK_GEMV_ADD(symbol, T, kTokens, kRows, kChunks)                                                           \
  extern "C" __global__ void __launch_bounds__(penstock::gemv::kMaxThreads, penstock::gemv::kMinBlocks<kTokens>) \
      symbol(float* residual, const T* w, const T* x, const T* bias, int rows, int k) {                          \
    penstock::gemv::add<T, kTokens, kRows, kChunks>(residual, w, x, bias, rows, k);                                     \
  }

PENSTOCK_GEMV_ADD(penstock_gemv_add_bf16_n1_c2, __nv_bfloat16, 1, 4, 2)
PENSTOCK_GEMV_ADD(penstock_gemv_add_bf16_n1_c4, __nv_bfloat16, 1, 2, 4)
PENSTOCK_GEMV_ADD(penstock_gemv_add_bf16_n2_c2, __nv_bfloat16, 2, 4, 2)
PENSTOCK_GEMV_ADD(penstock_gemv_add_bf16_n2_c4, __nv_bfloat16, 2, 2, 4)
PENSTOCK_GEMV_ADD(penstock_gemv_add_bf16_n4_c2, __nv_bfloat16, 4, 4, 2)
PENSTOCK_GEMV_ADD(penstock_gemv_add_bf16_n4_c4, __nv_bfloat16, 4, 2, 4)
PENSTOCK_GEMV_ADD(penstock_gemv_add_f16_n1_c2, __half, 1, 4, 2)
PENSTOCK_GEMV_ADD(penstock_gemv_add_f16_n1_c4, __half, 1, 2, 4)
PENSTOCK_GEMV_ADD(penstock_gemv_add_f16_n2_c2, __half, 2, 4, 2)
PENSTOCK_GEMV_ADD(penstock_gemv_add_f16_n2_c4, __half, 2, 2, 4)
PENSTOCK_GEMV_ADD(penstock_gemv_add_f16_n4_c2, __half, 4, 4, 2)
PENSTOCK_GEMV_ADD(penstock_gemv_add_f16_n4_c4, __half, 4, 2, 4)

#undef PENSTOCK_GEMV_ADD
