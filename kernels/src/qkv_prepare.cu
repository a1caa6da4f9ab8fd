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
//   grid    (tokens, 1 + ceil(numHeads * lanes / 256)) where lanes = headDim / 16 rounded up to a power of two
//   block   128
//   shared  none (static only)
//   align   every pointer to 16 bytes; headDim a multiple of 16, at most 256; rotaryDim a multiple of 16, at most
//           headDim
//   slots are read before pdl_wait(): they must be older than the first kernel of the step, which must wait for all
//   of the step before
//
// `lanes` neighbouring threads have one head of one token, 16 dims each: two vectors of eight that lie half the
// rotated dims apart, so that a rotation stays within a thread. The first row of the grid has keys and values, the
// others queries, two heads a thread, which share their load of cosines and sines.
//
// Where all 16 tokens of a cache block are in the batch (a prompt), the 16 blocks that have its tokens divide its KV
// heads among them: each takes the keys or values of all 16 tokens and stores them 16 bytes at a time, after a turn
// through shared memory in which ldmatrix makes the fragments. Else a block has its own token, whose keys and values
// are scattered 4 and 2 bytes at a time; the memory would have to read what is around them when it writes them, so
// the cache block is fetched into L2 beforehand, where attention finds it afterwards.
//
// Numerics: float32 between one load and one store. A token with slot -1 writes no cache.

#include "element.cuh"
#include "kv_layout.cuh"
#include "mma.cuh"
#include "pdl.cuh"

namespace penstock::qkv_prepare {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / 32;
constexpr int kQueryHeads = 2;                    // of a thread
constexpr int kTileVectors = 16 * (256 / 8 + 1);  // of the largest head, see below; smaller ones need less

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

// Cosines and sines of eight pairs.
struct Turns {
  float4 two[4];

  __device__ __forceinline__ void load(const float2* cos_sin) {
#pragma unroll
    for (int i = 0; i < 4; ++i) two[i] = reinterpret_cast<const float4*>(cos_sin)[i];
  }

  __device__ __forceinline__ void turn(float (&low)[8], float (&high)[8]) const {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const float c[2] = {two[i].x, two[i].z};
      const float s[2] = {two[i].y, two[i].w};
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const float a = low[2 * i + j];
        const float b = high[2 * i + j];
        low[2 * i + j] = a * c[j] - b * s[j];
        high[2 * i + j] = b * c[j] + a * s[j];
      }
    }
  }
};

// Dims 8 * vector .. + 7 of a key: four words, each where a lane of the fragment has it.
template <typename T>
__device__ __forceinline__ void put_key(T* head, int token, int vector, const uint4& packed) {
  constexpr int kStep = kv::key_element(0, 2);
  static_assert(kv::key_element(0, 6) == 3 * kStep, "evenly spaced");
  const uint32_t pairs[4] = {packed.x, packed.y, packed.z, packed.w};
  T* to = head + kv::key_element(token, vector * 8);
#pragma unroll
  for (int i = 0; i < 4; ++i) *reinterpret_cast<uint32_t*>(to + i * kStep) = pairs[i];
}

// Dims 8 * vector .. + 7 of a value, each by itself.
template <typename T>
__device__ __forceinline__ void put_value(T* head, int token, int vector, const uint4& packed) {
  constexpr int kStep = kv::value_element(0, 1);
  static_assert(kv::value_element(0, 7) == 7 * kStep, "evenly spaced");
  const uint32_t pairs[4] = {packed.x, packed.y, packed.z, packed.w};
  uint16_t* to = reinterpret_cast<uint16_t*>(head + kv::value_element(token, vector * 8));
#pragma unroll
  for (int i = 0; i < 8; ++i) to[i * kStep] = static_cast<uint16_t>(pairs[i / 2] >> i % 2 * 16);
}

__device__ __forceinline__ int log2_rounded_up(int n) { return n > 1 ? 32 - __clz(n - 1) : 0; }

// How threads share the dims of heads.
struct Lanes {
  int active;  // threads of a head that have dims
  int shift;   // log2 of all its threads
  int lane;    // this thread's place
  int v0, v1;  // its vectors of eight dims: a rotated pair, or two neighbours of those that stay
  bool rotated;

  template <typename T>
  __device__ __forceinline__ explicit Lanes(const Arguments<T>& args)
      : active(args.dim / 16), shift(log2_rounded_up(active)), lane(threadIdx.x & ((1 << shift) - 1)) {
    const int half = args.rotary_dim / 16;
    rotated = lane < half;
    v0 = rotated ? lane : 2 * lane;
    v1 = rotated ? lane + half : 2 * lane + 1;
  }
  __device__ __forceinline__ int heads() const { return kThreads >> shift; }  // that a block has at a time
};

enum class Kind { kQuery, kKey, kValue };

// Bias, norm and rotation of this thread's two vectors. All threads of a warp come here, with `has_dims` or without.
template <typename T>
__device__ __forceinline__ void prepare(const Arguments<T>& args, const Lanes& lanes, Kind kind, bool has_dims,
                                        int column, const Turns& turns, uint4& packed0, uint4& packed1) {
  const int v0 = kind == Kind::kValue ? 2 * lanes.lane : lanes.v0;
  const int v1 = kind == Kind::kValue ? 2 * lanes.lane + 1 : lanes.v1;
  float low[8], high[8];
  widen<T>(packed0, low);
  widen<T>(packed1, high);
  if (args.bias != nullptr && has_dims) {
    add_vector(low, args.bias + column, v0);
    add_vector(high, args.bias + column, v1);
  }
  if (args.q_gain != nullptr || args.k_gain != nullptr) {
    const float sum = sum_over(squares(low) + squares(high), 1 << lanes.shift);
    const T* gain = kind == Kind::kQuery ? args.q_gain : kind == Kind::kKey ? args.k_gain : nullptr;
    if (gain != nullptr && has_dims) {
      const float factor = rsqrtf(sum / args.dim + args.eps);
      scale_vector(low, factor, gain, v0);
      scale_vector(high, factor, gain, v1);
    }
  }
  if (kind != Kind::kValue && lanes.rotated) turns.turn(low, high);
  packed0 = narrow<T>(low);
  packed1 = narrow<T>(high);
}

template <typename T>
__device__ __forceinline__ void load_turns(const Arguments<T>& args, const Lanes& lanes, int token, Turns& turns) {
  turns.load(args.cos_sin + static_cast<size_t>(token) * (args.rotary_dim / 2) + lanes.lane * 8);
}

template <typename T>
__device__ __forceinline__ T* row_of(const Arguments<T>& args, int token) {
  return args.qkv + static_cast<size_t>(token) * (args.heads + 2 * args.kv_heads) * args.dim;
}

// The query heads of token blockIdx.x that block row `slice` has.
template <typename T>
__device__ __forceinline__ void queries(const Arguments<T>& args, int slice) {
  const Lanes lanes(args);
  const int token = blockIdx.x;
  const int first = slice * kQueryHeads * lanes.heads() + (threadIdx.x >> lanes.shift);
  T* row = row_of(args, token);
  pdl_wait();
  uint4 low[kQueryHeads] = {}, high[kQueryHeads] = {};
  bool has_dims[kQueryHeads];
#pragma unroll
  for (int i = 0; i < kQueryHeads; ++i) {
    const int head = first + i * lanes.heads();
    has_dims[i] = head < args.heads && lanes.lane < lanes.active;
    if (has_dims[i]) {
      low[i] = load_activation(row + head * args.dim, lanes.v0);
      high[i] = load_activation(row + head * args.dim, lanes.v1);
    }
  }
  Turns turns = {};
  if (lanes.rotated) load_turns(args, lanes, token, turns);
#pragma unroll
  for (int i = 0; i < kQueryHeads; ++i) {
    const int column = (first + i * lanes.heads()) * args.dim;
    prepare(args, lanes, Kind::kQuery, has_dims[i], column, turns, low[i], high[i]);
    if (has_dims[i]) {
      store(row + column, lanes.v0, low[i]);
      store(row + column, lanes.v1, high[i]);
    }
  }
}

// Head `unit` of keys and then values, of one token: prepared, and left in place where a later kernel wants it there.
template <typename T>
__device__ __forceinline__ void prepare_unit(const Arguments<T>& args, const Lanes& lanes, int token, int unit,
                                             bool has_dims, uint4& low, uint4& high) {
  const Kind kind = unit < args.kv_heads ? Kind::kKey : Kind::kValue;
  const int v0 = kind == Kind::kValue ? 2 * lanes.lane : lanes.v0;
  const int v1 = kind == Kind::kValue ? 2 * lanes.lane + 1 : lanes.v1;
  const int column = (args.heads + unit) * args.dim;
  T* x = row_of(args, token) + column;
  low = high = {};
  Turns turns = {};
  if (has_dims) {
    low = load_activation(x, v0);
    high = load_activation(x, v1);
    if (kind == Kind::kKey && lanes.rotated) load_turns(args, lanes, token, turns);
  }
  prepare(args, lanes, kind, has_dims, column, turns, low, high);
  if (args.keep_kv && has_dims && (kind == Kind::kKey || args.bias != nullptr)) {
    store(x, v0, low);
    store(x, v1, high);
  }
}

// The head's keys or values in a cache block.
template <typename T>
__device__ __forceinline__ T* cached_unit(const Arguments<T>& args, int block, int unit) {
  const bool is_value = unit >= args.kv_heads;
  const size_t vectors = kv::head_offset(block, unit % args.kv_heads, args.kv_heads, args.dim) +
                         (is_value ? kv::part_vectors(args.dim) : 0);
  return args.cache + vectors * kVectorElements;
}

// Keys and values of token blockIdx.x alone; slot -1 has no place in the cache.
template <typename T>
__device__ __forceinline__ void own_token(const Arguments<T>& args, int slot) {
  const Lanes lanes(args);
  for (int first = 0; first < 2 * args.kv_heads; first += lanes.heads()) {
    const int unit = first + (threadIdx.x >> lanes.shift);
    const bool has_dims = unit < 2 * args.kv_heads && lanes.lane < lanes.active;
    uint4 low, high;
    prepare_unit(args, lanes, blockIdx.x, unit, has_dims, low, high);
    if (has_dims && slot >= 0) {
      T* cached = cached_unit(args, slot / kv::kBlockTokens, unit);
      const int offset = slot % kv::kBlockTokens;
      if (unit < args.kv_heads) {
        put_key(cached, offset, lanes.v0, low);
        put_key(cached, offset, lanes.v1, high);
      } else {
        put_value(cached, offset, 2 * lanes.lane, low);
        put_value(cached, offset, 2 * lanes.lane + 1, high);
      }
    }
  }
}

// Four 8 x 8 matrices, each from the addresses of its rows in eight lanes, as fragments.
template <bool kTransposed>
__device__ __forceinline__ uint4 load_matrices(const uint4* row) {
  const uint32_t address = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  uint4 v;
  if constexpr (kTransposed) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "r"(address)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "r"(address)
                 : "memory");
  }
  return v;
}

// A share of a cache block all of whose tokens are in the batch, from row `first_token` on.
template <typename T>
__device__ __forceinline__ void whole_block(const Arguments<T>& args, int first_token, int block, int share) {
  __shared__ uint4 tile[kTileVectors];  // (units, 16, dim / 8 + 1): the odd stride keeps ldmatrix free of conflicts
  const Lanes lanes(args);
  const int vectors = args.dim / 8;
  const int stride = vectors + 1;
  const int together = max(1, lanes.heads() / kv::kBlockTokens);  // heads of 16 tokens that the block has at a time
  const int tasks = together * kv::kBlockTokens << lanes.shift;
  const int all = 2 * args.kv_heads;
  for (int first = share * together; first < all; first += kv::kBlockTokens * together) {
    for (int base = 0; base < tasks; base += kThreads) {
      const int token_of_units = (base + static_cast<int>(threadIdx.x)) >> lanes.shift;
      const int unit = first + token_of_units / kv::kBlockTokens;
      const int token = token_of_units % kv::kBlockTokens;
      const bool has_dims = base + static_cast<int>(threadIdx.x) < tasks && unit < all && lanes.lane < lanes.active;
      uint4 low, high;
      prepare_unit(args, lanes, first_token + token, unit, has_dims, low, high);
      if (has_dims) {
        const bool is_value = unit >= args.kv_heads;
        uint4* row = tile + token_of_units * stride;
        row[is_value ? 2 * lanes.lane : lanes.v0] = low;
        row[is_value ? 2 * lanes.lane + 1 : lanes.v1] = high;
      }
    }
    __syncthreads();
    const int l = threadIdx.x % 32;
    const int chunks = together * lanes.active;
    for (int chunk = threadIdx.x / 32; chunk < chunks; chunk += kWarps) {
      const int unit = first + chunk / lanes.active;
      const int c = chunk % lanes.active;
      if (unit < all) {
        const uint4* rows = tile + chunk / lanes.active * kv::kBlockTokens * stride + 2 * c;
        const bool is_value = unit >= args.kv_heads;
        // Matrices in the order of the vector's words: of keys the second has the dims above, of values the tokens.
        const int token = is_value ? l % 16 : l / 16 * 8 + l % 8;
        const int above = is_value ? l / 16 : l / 8 % 2;
        const uint4* row = rows + token * stride + above;
        const uint4 v = is_value ? load_matrices<true>(row) : load_matrices<false>(row);
        store(cached_unit(args, block, unit), c * kv::kLanes + l, v);
      }
    }
    __syncthreads();
  }
}

// Brings the cache block into L2, unless a launch has more of them than L2 keeps until attention.
template <typename T>
__device__ __forceinline__ void fetch_block(const Arguments<T>& args, int block) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  constexpr int kMost = 24 << 20;
  const uint32_t bytes = args.kv_heads * kv::head_vectors(args.dim) * 16;
  const T* from = args.cache + kv::head_offset(block, 0, args.kv_heads, args.dim) * kVectorElements;
  if (static_cast<size_t>(bytes) * gridDim.x <= kMost) {
    asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(from), "r"(bytes) : "memory");
  }
#endif
}

template <typename T>
__device__ __forceinline__ void keys_and_values(const Arguments<T>& args) {
  // Each lane looks at one of the 15 tokens before this one, it, and the 15 behind it.
  constexpr int kBehind = kv::kBlockTokens - 1;
  const int l = threadIdx.x % 32;
  const int token = static_cast<int>(blockIdx.x) - kBehind + l;
  const int seen = token >= 0 && token < static_cast<int>(gridDim.x) && l < 32 - 1 ? args.slots[token] : -1;
  const int slot = __shfl_sync(0xffffffffu, seen, kBehind);
  const int before = __shfl_sync(0xffffffffu, seen, kBehind - 1);
  const int block = slot / kv::kBlockTokens;
  const int offset = slot % kv::kBlockTokens;
  const bool in_block = l >= kBehind - offset && l < kBehind - offset + kv::kBlockTokens;
  const bool whole = __all_sync(0xffffffffu, slot >= 0 && (!in_block || seen == slot + l - kBehind));
  if (!whole && slot >= 0 && threadIdx.x == 0 && !(offset > 0 && before == slot - 1)) fetch_block(args, block);
  pdl_wait();
  if (whole) {
    whole_block(args, static_cast<int>(blockIdx.x) - offset, block, offset);
  } else {
    own_token(args, slot);
  }
}

template <typename T>
__device__ __forceinline__ void run(const Arguments<T>& args) {
  pdl_launch_dependents();
  if (blockIdx.y == 0) {
    keys_and_values(args);
  } else {
    queries(args, blockIdx.y - 1);
  }
}

}  // namespace penstock::qkv_prepare

extern "C" __global__ void __launch_bounds__(128, 7)
    penstock_qkv_prepare_bf16(__nv_bfloat16* qkv, const __nv_bfloat16* bias, const __nv_bfloat16* qGain,
                              const __nv_bfloat16* kGain, float eps, const float2* cosSin, const int* slots,
                              __nv_bfloat16* cache, int numHeads, int numKvHeads, int headDim, int rotaryDim,
                              int keepKv) {
  penstock::qkv_prepare::run<__nv_bfloat16>(
      {qkv, bias, qGain, kGain, eps, cosSin, slots, cache, numHeads, numKvHeads, headDim, rotaryDim, keepKv != 0});
}

extern "C" __global__ void __launch_bounds__(128, 7)
    penstock_qkv_prepare_f16(__half* qkv, const __half* bias, const __half* qGain, const __half* kGain, float eps,
                             const float2* cosSin, const int* slots, __half* cache, int numHeads, int numKvHeads,
                             int headDim, int rotaryDim, int keepKv) {
  penstock::qkv_prepare::run<__half>(
      {qkv, bias, qGain, kGain, eps, cosSin, slots, cache, numHeads, numKvHeads, headDim, rotaryDim, keepKv != 0});
}
