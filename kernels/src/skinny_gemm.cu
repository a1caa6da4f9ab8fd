// Matrix times up to 8, 16, 32 or 64 vectors of activations; the method is told in skinny_gemm.cuh.
//
// Kernels (T is bf16 or f16; N = 8, 16, 32, 64 tokens at most; S = 1, 2, 4, 8 blocks that share k)
//   penstock_skinny_gemm_T_nN_sS         out[n] = W x[n] + bias
//   penstock_skinny_gemm_add_T_nN_sS     residual[n] += W x[n] + bias
//   penstock_skinny_gemm_swiglu_T_nN_sS  out[n] = silu(G x[n] + bias) * (U x[n] + bias), w being G's rows, then U's
//
// Launch contract
//   grid    (rows / 128 rounded up, S, 1), for swiglu (ffn / 64 rounded up, S, 1); the S blocks of a column are a
//           cluster, which the kernel declares itself. sm_90 or later
//   block   (128, 1, 1)
//   shared  none (static only)
//   align   all arrays to 16 bytes; k and rows (ffn) multiples of 8; 1 <= tokens <= N; bias may be null
//
// Numerics: products of T, sums in float32, one rounding to T at the end, none into the residual stream and none of
// gate and up. A token's bits depend on k and S, neither on the other tokens nor on N.

#include "activation.cuh"
#include "skinny_gemm.cuh"

namespace penstock::skinny_gemm {

// Four consecutive values of an array of T, as floats; zeros if there is no array.
template <typename T>
__device__ __forceinline__ float4 four_of(const T* values, int at) {
  if (values == nullptr) return make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  const uint2 packed = __ldg(reinterpret_cast<const uint2*>(values + at));
  const float2 a = Element<T>::widen(packed.x), b = Element<T>::widen(packed.y);
  return make_float4(a.x, a.y, b.x, b.y);
}

__device__ __forceinline__ float4 plus(const float4& a, const float4& b) {
  return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}

template <typename T>
__device__ __forceinline__ void store_four(T* to, const float4& v) {
  *reinterpret_cast<uint2*>(to) = make_uint2(Element<T>::narrow(v.x, v.y), Element<T>::narrow(v.z, v.w));
}

// 128 consecutive rows, a warp's two tiles side by side.
template <typename T>
struct RowSlots {
  static constexpr int kRows = kBlockRows;
  const T* bias;
  int rows;

  __device__ __forceinline__ int slot(int warp, int tile) const { return warp * 32 + tile * 16; }
  __device__ __forceinline__ int first() const { return blockIdx.x * kBlockRows; }
  __device__ __forceinline__ int row(int slot) const { return min(first() + slot, rows - 1); }
};

template <typename T>
struct StoreOutput : RowSlots<T> {
  T* out;  // (tokens, rows)

  template <typename Sums>
  __device__ __forceinline__ void finish(int token, int slot, Sums sums) const {
    const int row = this->first() + slot;
    if (row >= this->rows) return;
    store_four(out + static_cast<size_t>(token) * this->rows + row, plus(sums(slot), four_of(this->bias, row)));
  }
};

template <typename T>
struct AddOutput : RowSlots<T> {
  float* residual;  // (tokens, rows), read and written

  template <typename Sums>
  __device__ __forceinline__ void finish(int token, int slot, Sums sums) const {
    const int row = this->first() + slot;
    if (row >= this->rows) return;
    float4* at = reinterpret_cast<float4*>(residual + static_cast<size_t>(token) * this->rows + row);
    *at = plus(*at, plus(sums(slot), four_of(this->bias, row)));
  }
};

// 64 gate rows in slots 0 to 63 and the up rows that belong to them in slots 64 to 127.
template <typename T>
struct SwigluOutput {
  static constexpr int kRows = kBlockRows / 2;
  const T* bias;
  int ffn;
  T* out;  // (tokens, ffn)

  __device__ __forceinline__ int slot(int warp, int tile) const { return tile * kRows + warp * 16; }
  __device__ __forceinline__ int first() const { return blockIdx.x * kRows; }
  __device__ __forceinline__ int row(int slot) const {
    return min(first() + slot % kRows, ffn - 1) + (slot < kRows ? 0 : ffn);
  }
  template <typename Sums>
  __device__ __forceinline__ void finish(int token, int slot, Sums sums) const {
    const int at = first() + slot;
    if (at >= ffn) return;
    const float4 gate = plus(sums(slot), four_of(bias, at));
    const float4 up = plus(sums(slot + kRows), four_of(bias, ffn + at));
    store_four(out + static_cast<size_t>(token) * ffn + at,
               make_float4(Silu::of(gate.x) * up.x, Silu::of(gate.y) * up.y, Silu::of(gate.z) * up.z,
                           Silu::of(gate.w) * up.w));
  }
};

template <typename T, int kTokens, int kSplit>
__device__ __forceinline__ void plain(T* out,         // (tokens, rows)
                                      const T* w,     // (rows, k)
                                      const T* x,     // (tokens, k)
                                      const T* bias,  // (rows) or null
                                      int tokens, int rows, int k) {
  multiply<T, kTokens, kSplit>(w, x, StoreOutput<T>{{bias, rows}, out}, tokens, k);
}

template <typename T, int kTokens, int kSplit>
__device__ __forceinline__ void add(float* residual,  // (tokens, rows), read and written
                                    const T* w,       // (rows, k)
                                    const T* x,       // (tokens, k)
                                    const T* bias,    // (rows) or null
                                    int tokens, int rows, int k) {
  multiply<T, kTokens, kSplit>(w, x, AddOutput<T>{{bias, rows}, residual}, tokens, k);
}

template <typename T, int kTokens, int kSplit>
__device__ __forceinline__ void swiglu(T* out,         // (tokens, ffn)
                                       const T* w,     // (2 ffn, k)
                                       const T* x,     // (tokens, k)
                                       const T* bias,  // (2 ffn) or null
                                       int tokens, int ffn, int k) {
  multiply<T, kTokens, kSplit>(w, x, SwigluOutput<T>{bias, ffn, out}, tokens, k);
}

}  // namespace penstock::skinny_gemm

#define PENSTOCK_SKINNY_GEMM(symbol, T, kTokens, kSplit)                                             \
  extern "C" __global__ void PENSTOCK_CLUSTER(1, kSplit, 1)                                          \
      __launch_bounds__(penstock::skinny_gemm::kThreads, penstock::skinny_gemm::kMinBlocks<kTokens>) \
      symbol(T* out, const T* w, const T* x, const T* bias, int tokens, int rows, int k) {           \
    penstock::skinny_gemm::plain<T, kTokens, kSplit>(out, w, x, bias, tokens, rows, k);              \
  }

PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n8_s1, __nv_bfloat16, 8, 1)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n8_s2, __nv_bfloat16, 8, 2)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n8_s4, __nv_bfloat16, 8, 4)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n8_s8, __nv_bfloat16, 8, 8)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n16_s1, __nv_bfloat16, 16, 1)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n16_s2, __nv_bfloat16, 16, 2)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n16_s4, __nv_bfloat16, 16, 4)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n16_s8, __nv_bfloat16, 16, 8)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n32_s1, __nv_bfloat16, 32, 1)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n32_s2, __nv_bfloat16, 32, 2)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n32_s4, __nv_bfloat16, 32, 4)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n32_s8, __nv_bfloat16, 32, 8)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n64_s1, __nv_bfloat16, 64, 1)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n64_s2, __nv_bfloat16, 64, 2)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n64_s4, __nv_bfloat16, 64, 4)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_bf16_n64_s8, __nv_bfloat16, 64, 8)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n8_s1, __half, 8, 1)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n8_s2, __half, 8, 2)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n8_s4, __half, 8, 4)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n8_s8, __half, 8, 8)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n16_s1, __half, 16, 1)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n16_s2, __half, 16, 2)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n16_s4, __half, 16, 4)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n16_s8, __half, 16, 8)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n32_s1, __half, 32, 1)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n32_s2, __half, 32, 2)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n32_s4, __half, 32, 4)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n32_s8, __half, 32, 8)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n64_s1, __half, 64, 1)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n64_s2, __half, 64, 2)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n64_s4, __half, 64, 4)
PENSTOCK_SKINNY_GEMM(penstock_skinny_gemm_f16_n64_s8, __half, 64, 8)

#undef PENSTOCK_SKINNY_GEMM

#define PENSTOCK_SKINNY_GEMM_ADD(symbol, T, kTokens, kSplit)                                         \
  extern "C" __global__ void PENSTOCK_CLUSTER(1, kSplit, 1)                                          \
      __launch_bounds__(penstock::skinny_gemm::kThreads, penstock::skinny_gemm::kMinBlocks<kTokens>) \
      symbol(float* residual, const T* w, const T* x, const T* bias, int tokens, int rows, int k) {  \
    penstock::skinny_gemm::add<T, kTokens, kSplit>(residual, w, x, bias, tokens, rows, k);           \
  }

PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n8_s1, __nv_bfloat16, 8, 1)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n8_s2, __nv_bfloat16, 8, 2)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n8_s4, __nv_bfloat16, 8, 4)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n8_s8, __nv_bfloat16, 8, 8)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n16_s1, __nv_bfloat16, 16, 1)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n16_s2, __nv_bfloat16, 16, 2)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n16_s4, __nv_bfloat16, 16, 4)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n16_s8, __nv_bfloat16, 16, 8)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n32_s1, __nv_bfloat16, 32, 1)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n32_s2, __nv_bfloat16, 32, 2)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n32_s4, __nv_bfloat16, 32, 4)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n32_s8, __nv_bfloat16, 32, 8)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n64_s1, __nv_bfloat16, 64, 1)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n64_s2, __nv_bfloat16, 64, 2)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n64_s4, __nv_bfloat16, 64, 4)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_bf16_n64_s8, __nv_bfloat16, 64, 8)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n8_s1, __half, 8, 1)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n8_s2, __half, 8, 2)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n8_s4, __half, 8, 4)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n8_s8, __half, 8, 8)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n16_s1, __half, 16, 1)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n16_s2, __half, 16, 2)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n16_s4, __half, 16, 4)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n16_s8, __half, 16, 8)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n32_s1, __half, 32, 1)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n32_s2, __half, 32, 2)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n32_s4, __half, 32, 4)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n32_s8, __half, 32, 8)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n64_s1, __half, 64, 1)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n64_s2, __half, 64, 2)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n64_s4, __half, 64, 4)
PENSTOCK_SKINNY_GEMM_ADD(penstock_skinny_gemm_add_f16_n64_s8, __half, 64, 8)

#undef PENSTOCK_SKINNY_GEMM_ADD

#define PENSTOCK_SKINNY_GEMM_SWIGLU(symbol, T, kTokens, kSplit)                                      \
  extern "C" __global__ void PENSTOCK_CLUSTER(1, kSplit, 1)                                          \
      __launch_bounds__(penstock::skinny_gemm::kThreads, penstock::skinny_gemm::kMinBlocks<kTokens>) \
      symbol(T* out, const T* w, const T* x, const T* bias, int tokens, int ffn, int k) {            \
    penstock::skinny_gemm::swiglu<T, kTokens, kSplit>(out, w, x, bias, tokens, ffn, k);              \
  }

PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n8_s1, __nv_bfloat16, 8, 1)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n8_s2, __nv_bfloat16, 8, 2)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n8_s4, __nv_bfloat16, 8, 4)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n8_s8, __nv_bfloat16, 8, 8)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n16_s1, __nv_bfloat16, 16, 1)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n16_s2, __nv_bfloat16, 16, 2)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n16_s4, __nv_bfloat16, 16, 4)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n16_s8, __nv_bfloat16, 16, 8)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n32_s1, __nv_bfloat16, 32, 1)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n32_s2, __nv_bfloat16, 32, 2)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n32_s4, __nv_bfloat16, 32, 4)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n32_s8, __nv_bfloat16, 32, 8)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n64_s1, __nv_bfloat16, 64, 1)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n64_s2, __nv_bfloat16, 64, 2)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n64_s4, __nv_bfloat16, 64, 4)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_bf16_n64_s8, __nv_bfloat16, 64, 8)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n8_s1, __half, 8, 1)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n8_s2, __half, 8, 2)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n8_s4, __half, 8, 4)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n8_s8, __half, 8, 8)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n16_s1, __half, 16, 1)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n16_s2, __half, 16, 2)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n16_s4, __half, 16, 4)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n16_s8, __half, 16, 8)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n32_s1, __half, 32, 1)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n32_s2, __half, 32, 2)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n32_s4, __half, 32, 4)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n32_s8, __half, 32, 8)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n64_s1, __half, 64, 1)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n64_s2, __half, 64, 2)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n64_s4, __half, 64, 4)
PENSTOCK_SKINNY_GEMM_SWIGLU(penstock_skinny_gemm_swiglu_f16_n64_s8, __half, 64, 8)

#undef PENSTOCK_SKINNY_GEMM_SWIGLU
