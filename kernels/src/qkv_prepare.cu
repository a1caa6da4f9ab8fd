// From the projection's output to what attention reads: bias, RMS norm per head (Qwen3's), rotation, and keys and
// values into the paged cache (kv_layout.cuh).
//
//   x += bias;  q, k: x = x / sqrt(mean(x^2) + eps) * gain;  q, k: the pair (x[i], x[i + rotaryDim/2]) turns by the
//   angle of cosSin[t, i], as Hugging Face's rotate_half does, and dims from rotaryDim on stay
//
// q is changed in place; with keepKv so are k and v, for a kernel that attends to whole prompts without the cache.
//
// Kernels
//   penstock_qkv_prepare_{bf16,f16}
//
// Launch contract
//   grid    (tokens, ceil((numHeads + 2 numKvHeads) * lanes / 128)) where lanes = headDim / 16 rounded up to a power
//           of two
//   block   128
//   shared  none
//   align   every pointer to 16 bytes; headDim a multiple of 16, at most 256; rotaryDim a multiple of 16, at most
//           headDim
//
// `lanes` neighbouring threads have one head of one token, 16 dims each: two vectors of eight that lie half the
// rotated dims apart, so that a rotation stays within a thread. In the cache too a vector is 16 bytes in one piece.
//
// Numerics: float32 between one load and one store. A token with slot -1 writes no cache.

#include "element.cuh"
#include "kept.cuh"
#include "kv_layout.cuh"
#include "pdl.cuh"

namespace penstock::qkv_prepare {

constexpr int kThreads = 128;

template <typename T>
struct Arguments {
  T* qkv;               // (tokens, (heads + 2 kvHeads) * D); q is changed in place, k and v with keep_kv
  const T* bias;        // (row of qkv) or null
  const T* q_gain;      // (D) or null
  const T* k_gain;      // (D) or null
  float eps;
  const float2* cos_sin;  // (tokens, rotaryDim / 2)
  const int* slots;       // (tokens): block * 16 + offset, or -1
  T* cache;               // of the layer
  int heads, kv_heads, dim, rotary_dim;
  bool keep_kv;           // k and v change in place too
};

// Bias and gain are constants of the model; qkv and the table are not.
template <typename T>
__device__ __forceinline__ void add_vector(float (&x)[8], const T* bias, int index) {
  float b[8];
  widen<T>(load_constant(bias, index), b);
#pragma unroll
  for (int i = 0; i < 8; ++i) x[i] += b[i];
}

template <typename T>
__device__ __forceinline__ void scale_vector(float (&x)[8], float factor, const T* gain, int index) {
  float g[8];
  widen<T>(load_constant(gain, index), g);
#pragma unroll
  for (int i = 0; i < 8; ++i) x[i] = x[i] * factor * g[i];
}

// Sum over `lanes` neighbouring threads, a power of two.
__device__ __forceinline__ float sum_over(float value, int lanes) {
  for (int offset = 1; offset < lanes; offset *= 2) value += __shfl_xor_sync(0xffffffffu, value, offset);
  return value;
}

__device__ __forceinline__ float squares(const float (&x)[8]) {
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < 8; ++i) sum = fmaf(x[i], x[i], sum);
  return sum;
}

// Cosine and sine of eight pairs.
__device__ __forceinline__ void load_turns(float4 (&turns)[4], const float2* cos_sin, uint64_t keep) {
#pragma unroll
  for (int i = 0; i < 4; ++i) turns[i] = load_kept(reinterpret_cast<const float4*>(cos_sin) + i, keep);
}

__device__ __forceinline__ void rotate(float (&low)[8], float (&high)[8], const float4 (&turns)[4]) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float c[2] = {turns[i].x, turns[i].z};
    const float s[2] = {turns[i].y, turns[i].w};
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      const float a = low[2 * i + j];
      const float b = high[2 * i + j];
      low[2 * i + j] = a * c[j] - b * s[j];
      high[2 * i + j] = b * c[j] + a * s[j];
    }
  }
}

template <typename T>
__device__ __forceinline__ void run(const Arguments<T>& args) {
  pdl_launch_dependents();
  const int active = args.dim / 16;  // threads of a head that have dims
  int lanes = 1;
  while (lanes < active) lanes *= 2;
  const int thread = blockIdx.y * kThreads + threadIdx.x;
  const int head = thread / lanes;
  const int lane = thread % lanes;
  const int token = blockIdx.x;
  const int all_heads = args.heads + 2 * args.kv_heads;
  const bool has_dims = head < all_heads && lane < active;  // the others stay for the shuffles
  const bool is_query = head < args.heads;
  const bool is_value = head >= args.heads + args.kv_heads;
  const int column = head * args.dim;

  pdl_wait();
  const uint64_t keep = last_to_leave();
  const int slot = load_kept(args.slots + token, keep);

  // Two vectors of eight dims: a rotated pair, or two neighbours of those that stay.
  const int half = args.rotary_dim / 16;
  const bool rotated = !is_value && lane < half;
  const int v0 = rotated ? lane : 2 * lane;
  const int v1 = rotated ? lane + half : 2 * lane + 1;
  T* x = args.qkv + static_cast<size_t>(token) * all_heads * args.dim + column;
  float4 turns[4] = {};
  if (has_dims && rotated) {
    load_turns(turns, args.cos_sin + static_cast<size_t>(token) * (args.rotary_dim / 2) + lane * 8, keep);
  }
  float low[8] = {}, high[8] = {};
  if (has_dims) {
    widen<T>(load_activation(x, v0), low);
    widen<T>(load_activation(x, v1), high);
    if (args.bias != nullptr) {
      add_vector(low, args.bias + column, v0);
      add_vector(high, args.bias + column, v1);
    }
  }
  if (args.q_gain != nullptr || args.k_gain != nullptr) {
    const float sum = sum_over(squares(low) + squares(high), lanes);
    const T* gain = is_query ? args.q_gain : is_value ? nullptr : args.k_gain;
    if (has_dims && gain != nullptr) {
      const float factor = rsqrtf(sum / args.dim + args.eps);
      scale_vector(low, factor, gain, v0);
      scale_vector(high, factor, gain, v1);
    }
  }
  if (!has_dims) return;
  if (rotated) rotate(low, high, turns);
  // In place v changes by its bias alone.
  if (is_query || (args.keep_kv && (!is_value || args.bias != nullptr))) {
    store(x, v0, narrow<T>(low));
    store(x, v1, narrow<T>(high));
  }
  if (slot < 0 || is_query) return;
  const int kv_head = (head - args.heads) % args.kv_heads;
  T* cached = args.cache + (kv::head_offset(slot / kv::kBlockTokens, kv_head, args.kv_heads, args.dim) +
                            (is_value ? kv::part_vectors(args.dim) : 0)) *
                               kVectorElements;
  store(cached, kv::place(slot % kv::kBlockTokens, v0, args.dim), narrow<T>(low));
  store(cached, kv::place(slot % kv::kBlockTokens, v1, args.dim), narrow<T>(high));
}

}  // namespace penstock::qkv_prepare

extern "C" __global__ void __launch_bounds__(128)
    penstock_qkv_prepare_bf16(__nv_bfloat16* qkv, const __nv_bfloat16* bias, const __nv_bfloat16* qGain,
                              const __nv_bfloat16* kGain, float eps, const float2* cosSin, const int* slots,
                              __nv_bfloat16* cache, int numHeads, int numKvHeads, int headDim, int rotaryDim,
                              int keepKv) {
  penstock::qkv_prepare::run<__nv_bfloat16>(
      {qkv, bias, qGain, kGain, eps, cosSin, slots, cache, numHeads, numKvHeads, headDim, rotaryDim, keepKv != 0});
}

extern "C" __global__ void __launch_bounds__(128)
    penstock_qkv_prepare_f16(__half* qkv, const __half* bias, const __half* qGain, const __half* kGain, float eps,
                             const float2* cosSin, const int* slots, __half* cache, int numHeads, int numKvHeads,
                             int headDim, int rotaryDim, int keepKv) {
  penstock::qkv_prepare::run<__half>(
      {qkv, bias, qGain, kGain, eps, cosSin, slots, cache, numHeads, numKvHeads, headDim, rotaryDim, keepKv != 0});
}
