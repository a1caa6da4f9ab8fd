// From the projection's output to what attention reads: bias, RMS norm per head (Qwen3's), rotation, and keys and
// values into the paged cache in fragment order (kv_layout.cuh).
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
// rotated dims apart, so that a rotation stays within a thread. Values of one token are scattered 2 bytes at a time in
// the cache. Where all 16 tokens of a block are in the batch (a prompt), the 16 rows share the block's work instead:
// each gathers a sixteenth of its vectors, 16 bytes to a store.
//
// Numerics: float32 between one load and one store. A token with slot -1 writes no cache.

#include "element.cuh"
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

__device__ __forceinline__ void rotate(float (&low)[8], float (&high)[8], const float2* cos_sin) {
  const float4* table = reinterpret_cast<const float4*>(cos_sin);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float4 two = table[i];
    const float c[2] = {two.x, two.z};
    const float s[2] = {two.y, two.w};
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      const float a = low[2 * i + j];
      const float b = high[2 * i + j];
      low[2 * i + j] = a * c[j] - b * s[j];
      high[2 * i + j] = b * c[j] + a * s[j];
    }
  }
}

// Dims 8 * vector .. + 7 of a key: four words, each where a lane of the fragment has it.
template <typename T>
__device__ __forceinline__ void put_key(T* head, int token, int vector, const uint4& packed) {
  const uint32_t pairs[4] = {packed.x, packed.y, packed.z, packed.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    *reinterpret_cast<uint32_t*>(head + kv::key_element(token, vector * 8 + 2 * i)) = pairs[i];
  }
}

template <typename T>
__device__ __forceinline__ void put_value(T* head, int token, int vector, const float (&x)[8]) {
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    head[kv::value_element(token, vector * 8 + i)] = Element<T>::from_float(x[i]);
  }
}

// This row's sixteenth of the block's values: `first_row` is the row of the block's token 0, `share` this row's place.
template <typename T>
__device__ __forceinline__ void put_values_together(const Arguments<T>& args, T* values, int first_row, int share,
                                                    int column, int lane) {
  const size_t stride = static_cast<size_t>(args.heads + 2 * args.kv_heads) * args.dim;
  const T* rows = args.qkv + first_row * stride + column;
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int vector = share * (args.dim / 8) + lane * 2 + i;
    const int l = vector % kv::kLanes;
    const int dim = vector / kv::kLanes * 16 + l / 4;
    const int token = l % 4 * 2;
    float x[8];
#pragma unroll
    for (int e = 0; e < 8; ++e) {
      // Element e of the vector: bit 0 the next token, bit 1 eight tokens on, bit 2 eight dims on.
      const int t = token + e % 2 + (e / 2 % 2) * 8;
      x[e] = Element<T>::to_float(rows[t * stride + dim + e / 4 * 8]);
    }
    if (args.bias != nullptr) {
      const float b[2] = {Element<T>::to_float(args.bias[column + dim]), Element<T>::to_float(args.bias[column + dim + 8])};
#pragma unroll
      for (int e = 0; e < 8; ++e) x[e] += b[e / 4];
    }
    store(values, vector, narrow<T>(x));
  }
}

template <typename T>
__device__ __forceinline__ void run(const Arguments<T>& args) {
  pdl_launch_dependents();
  pdl_wait();
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

  const int slot = args.slots[token];
  const int offset = slot % kv::kBlockTokens;
  T* cached = nullptr;  // the head's keys or values in the block
  if (slot >= 0 && !is_query && has_dims) {
    const int kv_head = (head - args.heads) % args.kv_heads;
    cached = args.cache + (kv::head_offset(slot / kv::kBlockTokens, kv_head, args.kv_heads, args.dim) +
                           (is_value ? kv::part_vectors(args.dim) : 0)) *
                              kVectorElements;
  }

  bool done = !has_dims;
  // Rows that change in place are read by their own threads only.
  const bool values_change = args.keep_kv && args.bias != nullptr;
  if (is_value && cached != nullptr && !values_change) {
    const int first_row = token - offset;
    const int last_row = first_row + kv::kBlockTokens - 1;
    if (first_row >= 0 && last_row < static_cast<int>(gridDim.x) && args.slots[first_row] == slot - offset &&
        args.slots[last_row] == slot - offset + kv::kBlockTokens - 1) {
      put_values_together(args, cached, first_row, offset, column, lane);
      done = true;
    }
  }

  // Two vectors of eight dims: a rotated pair, or two neighbours of those that stay.
  const int half = args.rotary_dim / 16;
  const bool rotated = !is_value && lane < half;
  const int v0 = rotated ? lane : 2 * lane;
  const int v1 = rotated ? lane + half : 2 * lane + 1;
  T* x = args.qkv + static_cast<size_t>(token) * all_heads * args.dim + column;
  float low[8] = {}, high[8] = {};
  if (!done) {
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
    if (!done && gain != nullptr) {
      const float factor = rsqrtf(sum / args.dim + args.eps);
      scale_vector(low, factor, gain, v0);
      scale_vector(high, factor, gain, v1);
    }
  }
  if (done) return;
  if (rotated) rotate(low, high, args.cos_sin + static_cast<size_t>(token) * (args.rotary_dim / 2) + lane * 8);
  if (is_query || (is_value ? values_change : args.keep_kv)) {
    store(x, v0, narrow<T>(low));
    store(x, v1, narrow<T>(high));
  }
  if (cached != nullptr) {
    if (is_value) {
      put_value(cached, offset, v0, low);
      put_value(cached, offset, v1, high);
    } else {
      put_key(cached, offset, v0, narrow<T>(low));
      put_key(cached, offset, v1, narrow<T>(high));
    }
  }
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
