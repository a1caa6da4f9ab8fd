// The prefill attention of attention_prefill.cu for sm_90a: asynchronous products of whole warpgroups (wgmma), and a
// warpgroup that does nothing but bring keys and values (the division of FlashAttention-3, arXiv 2407.08608).
//
// A tile has 128 rows (positions times the query heads of one KV head), 64 for each of two consuming warpgroups, with
// queries, weights and sums in registers. The third warpgroup reads 64 tokens at a time from the paged cache and lays
// them in shared memory as wgmma wants them: a 16-byte lane of a cache chunk is four words of four 8 x 8 matrices, and
// the 32 words of a warp are one such matrix, so every store is one contiguous row of banks. Four stages are in flight.
// In a consumer, the scores of a step run before the values of the step before, so that its softmax overlaps with the
// latter's products; the two consumers fill each other's gaps.
//
// Work. Blocks stay: each takes every gridDim-th (item, KV head) of the list, in turns from the front and from the
// back, so that what is longer in one round is shorter in the next. The list, the partial sums and the merging are
// those of attention_prefill.cu.
//
// Kernels
//   penstock_attention_prefill_hopper_{bf16,f16}_d{64,128}
//
// Launch contract
//   device  compute capability 9.0 only; on any other the kernel traps
//   grid    any; as many blocks as there are multiprocessors is best
//   block   384
//   shared  1,024 * headDim + 256 bytes
//   align   every pointer to 16 bytes, work to 32
//   group (numHeads / numKvHeads) at most 128
//   counters are zero before the first launch; every launch leaves them zero
//
// Numerics: those of attention_prefill.cu; sums are formed in another order.

#include "mbarrier.cuh"
#include "prefill_item.cuh"
#include "wgmma.cuh"

namespace penstock::attention_prefill_hopper {

#if defined(PENSTOCK_WGMMA)

using namespace attention;
using Item = PrefillItem;
template <typename T>
using Arguments = PrefillArguments<T>;

constexpr int kGroupThreads = 128;  // of a warpgroup
constexpr int kConsumers = 2;
constexpr int kStepPages = 4;
constexpr int kStepTokens = kStepPages * kv::kBlockTokens;
constexpr int kStages = 4;
constexpr int kProducerRegisters = 104;
constexpr int kConsumerRegisters = 200;

// Shared memory: stages of [K | V], then the barriers, then what consumers tell each other.
//   K of a stage  [token / 8][dim / 8][8 tokens][8 dims]
//   V of a stage  [token / 16][dim / 8][token / 8 % 2][8 dims][8 tokens]
template <int D>
struct Memory {
  static constexpr uint32_t kMatrix = 128;  // bytes of 8 x 8 elements
  static constexpr uint32_t kPart = kStepTokens * D * 2;
  static constexpr uint32_t kKeyRow = D / 8 * kMatrix;         // from 8 tokens to the next
  static constexpr uint32_t kValuePage = D / 8 * 2 * kMatrix;  // from 16 tokens to the next
  uint32_t base;

  __device__ __forceinline__ uint32_t keys(int stage) const { return base + stage * 2 * kPart; }
  __device__ __forceinline__ uint32_t values(int stage) const { return keys(stage) + kPart; }
  __device__ __forceinline__ uint32_t barrier(int kind, int stage) const {
    return base + kStages * 2 * kPart + (kind * kStages + stage) * 8;
  }
  __device__ __forceinline__ uint32_t keys_full(int stage) const { return barrier(0, stage); }
  __device__ __forceinline__ uint32_t values_full(int stage) const { return barrier(1, stage); }
  __device__ __forceinline__ uint32_t keys_empty(int stage) const { return barrier(2, stage); }
  __device__ __forceinline__ uint32_t values_empty(int stage) const { return barrier(3, stage); }
  static constexpr uint32_t kFlag = kStages * 2 * kPart + 4 * kStages * 8;  // byte offset

  __device__ __forceinline__ void init() const {
    for (int s = 0; s < kStages; ++s) {
      mbarrier_init(keys_full(s), kGroupThreads / 32);
      mbarrier_init(values_full(s), kGroupThreads / 32);
      mbarrier_init(keys_empty(s), kConsumers * kGroupThreads / 32);
      mbarrier_init(values_empty(s), kConsumers * kGroupThreads / 32);
    }
  }
};

// Place in the ring of stages.
struct Ring {
  int stage = 0;
  uint32_t phase = 0;

  __device__ __forceinline__ void advance() {
    if (++stage == kStages) {
      stage = 0;
      phase ^= 1;
    }
  }
};

// This block's (item, KV head)s, the same for producers and consumers.
struct Walk {
  int total, kv_heads;
  int base = 0;
  int round = 0;
  int index = 0;

  __device__ __forceinline__ Walk(const int* work, int heads) : total(work[0] * heads), kv_heads(heads) {}

  // Whether there is one more, which `item` and `kv_head` then name.
  __device__ __forceinline__ bool next() {
    const int blocks = gridDim.x;
    while (base < total) {
      index = base + (round % 2 == 0 ? blockIdx.x : blocks - 1 - blockIdx.x);
      base += blocks;
      ++round;
      if (index < total) return true;
    }
    return false;
  }
  __device__ __forceinline__ int item() const { return index / kv_heads; }
  __device__ __forceinline__ int kv_head() const { return index % kv_heads; }
};

// All threads of a warp have written to shared memory: says so to the consumers, once for the warp.
__device__ __forceinline__ void publish(uint32_t barrier) {
  fence_shared_for_wgmma();
  __syncwarp();
  if (threadIdx.x % 32 == 0) mbarrier_arrive(barrier);
}

// The products that this warp waited for are done with a stage.
__device__ __forceinline__ void release(uint32_t barrier) {
  __syncwarp();
  if (threadIdx.x % 32 == 0) mbarrier_arrive(barrier);
}

__device__ __forceinline__ void store_shared(uint32_t address, uint32_t word) {
  asm volatile("st.shared.u32 [%0], %1;" ::"r"(address), "r"(word) : "memory");
}

// ---- producer

// One step of an item: up to four pages.
template <typename T>
struct Step {
  Item item;
  int kv_head;
  int first;  // page of the item
  int ids[kStepPages];

  __device__ __forceinline__ Step(const Arguments<T>& args, const Walk& walk)
      : item(load_record(args.work, walk.item())), kv_head(walk.kv_head()), first(0) {
    load_ids(args);
  }
  __device__ __forceinline__ void load_ids(const Arguments<T>& args) {
#pragma unroll
    for (int j = 0; j < kStepPages; ++j) ids[j] = args.block_ids[item.block + min(first + j, item.pages - 1)];
  }
  // False at the end of this block's work.
  __device__ __forceinline__ bool advance(const Arguments<T>& args, Walk& walk) {
    first += kStepPages;
    if (first >= item.pages) {
      if (!walk.next()) return false;
      item = Item(load_record(args.work, walk.item()));
      kv_head = walk.kv_head();
      first = 0;
    }
    load_ids(args);
    return true;
  }
};

// K or V of a step, as the warpgroup's lanes take them from the cache.
template <int D>
struct Part {
  static constexpr int kVectors = kv::part_vectors(D) / kGroupThreads;  // of a page, a thread
  uint4 vector[kStepPages][kVectors];

  template <typename T>
  __device__ __forceinline__ void load(const Arguments<T>& args, const Step<T>& step, int offset) {
    const int thread = threadIdx.x % kGroupThreads;
#pragma unroll
    for (int j = 0; j < kStepPages; ++j) {
      const uint4* from = reinterpret_cast<const uint4*>(args.cache) +
                          kv::head_offset(step.ids[j], step.kv_head, args.kv_heads, D) + offset + thread;
#pragma unroll
      for (int i = 0; i < kVectors; ++i) {
        uint4 v = make_uint4(0, 0, 0, 0);
        if (step.first + j < step.item.pages) {
          const uint4* at = from + i * kGroupThreads;
          asm volatile("ld.global.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                       : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                       : "l"(at)
                       : "memory");
        }
        vector[j][i] = v;
      }
    }
  }
};

template <int D>
__device__ __forceinline__ void put_keys(uint32_t keys, const Part<D>& part) {
  using M = Memory<D>;
  const int warp = threadIdx.x % kGroupThreads / 32;
  const uint32_t lane_bytes = threadIdx.x % 32 * 4;
#pragma unroll
  for (int j = 0; j < kStepPages; ++j) {
#pragma unroll
    for (int i = 0; i < Part<D>::kVectors; ++i) {
      const int chunk = i * 4 + warp;
      const uint32_t to = keys + 2 * j * M::kKeyRow + 2 * chunk * M::kMatrix + lane_bytes;
      const uint4 v = part.vector[j][i];
      store_shared(to, v.x);
      store_shared(to + M::kMatrix, v.y);
      store_shared(to + M::kKeyRow, v.z);
      store_shared(to + M::kKeyRow + M::kMatrix, v.w);
    }
  }
}

// Values of tokens beyond the tile become zero: what a weight of 0 meets must be finite.
template <typename T, int D>
__device__ __forceinline__ void put_values(uint32_t values, const Part<D>& part, const Step<T>& step) {
  using M = Memory<D>;
  const int warp = threadIdx.x % kGroupThreads / 32;
  const uint32_t lane_bytes = threadIdx.x % 32 * 4;
  const int first_token = (step.item.first_page + step.first) * kv::kBlockTokens;
  const int tile_last = step.item.position + step.item.positions - 1;
  const bool partly = first_token + kStepTokens - 1 > tile_last;
#pragma unroll
  for (int j = 0; j < kStepPages; ++j) {
    uint32_t low = 0xffffffffu, high = 0xffffffffu;
    if (partly) {
      const int token = first_token + j * kv::kBlockTokens + threadIdx.x % 4 * 2;
      const auto mask = [&](int t) { return (t <= tile_last ? 0xffffu : 0u) | (t < tile_last ? 0xffff0000u : 0u); };
      low = mask(token);
      high = mask(token + 8);
    }
#pragma unroll
    for (int i = 0; i < Part<D>::kVectors; ++i) {
      const int chunk = i * 4 + warp;
      const uint32_t to = values + j * M::kValuePage + 4 * chunk * M::kMatrix + lane_bytes;
      const uint4 v = part.vector[j][i];
      store_shared(to, v.x & low);
      store_shared(to + M::kMatrix, v.y & high);
      store_shared(to + 2 * M::kMatrix, v.z & low);
      store_shared(to + 3 * M::kMatrix, v.w & high);
    }
  }
}

template <typename T, int D>
__device__ __forceinline__ void produce(const Arguments<T>& args, const Memory<D>& memory) {
  Walk walk(args.work, args.kv_heads);
  if (!walk.next()) return;
  Step<T> step(args, walk);
  Ring ring;
  Part<D> keys, values;
  keys.load(args, step, 0);
  bool more = true;
  while (more) {
    // Loads of one part are on their way while the other is stored.
    values.load(args, step, kv::part_vectors(D));
    mbarrier_wait(memory.keys_empty(ring.stage), ring.phase ^ 1);
    put_keys<D>(memory.keys(ring.stage), keys);
    publish(memory.keys_full(ring.stage));
    Step<T> next = step;
    more = next.advance(args, walk);
    if (more) keys.load(args, next, 0);
    mbarrier_wait(memory.values_empty(ring.stage), ring.phase ^ 1);
    put_values<T, D>(memory.values(ring.stage), values, step);
    publish(memory.values_full(ring.stage));
    ring.advance();
    step = next;
  }
}

// ---- consumer

// Rows lane/4 and lane/4 + 8 of a warp's 16.
template <typename T, int D>
struct Rows {
  uint32_t query[D / 16][4];
  int last[2];      // position of the last visible token
  int first[2];     // of the first
  int warp_last_first, warp_first_last;  // over the warp: the latest first and the earliest last visible token

  __device__ __forceinline__ Rows(const Arguments<T>& args, const Item& item, int kv_head, int thread, int group) {
    const size_t stride = static_cast<size_t>(args.heads + 2 * args.kv_heads) * D;
    const int window = args.window > 0 ? args.window : 0x40000000;
    const int item_last = (item.first_page + item.pages) * kv::kBlockTokens - 1;
    const int rows = item.positions * group;
    const int warp_row = thread / 32 * 16;
#pragma unroll
    for (int f = 0; f < 2; ++f) {
      const int r = min(warp_row + f * 8 + thread % 32 / 4, rows - 1);
      const int position = item.position + r / group;
      last[f] = min(position, item_last);
      first[f] = position - window + 1;
      const uint32_t* from = reinterpret_cast<const uint32_t*>(args.qkv + (item.row + r / group) * stride +
                                                               (kv_head * group + r % group) * D) +
                             thread % 4;
#pragma unroll
      for (int c = 0; c < D / 16; ++c) {
        query[c][f] = from[c * 8];
        query[c][2 + f] = from[c * 8 + 4];
      }
    }
    warp_first_last = min(item.position + min(warp_row, rows - 1) / group, item_last);
    warp_last_first = item.position + min(warp_row + 15, rows - 1) / group - window + 1;
  }
};

template <int D>
struct Accumulator {
  float sum[D / 2];  // D / 8 C fragments
  float maximum[2];
  float weight[2];  // this lane's share

  __device__ __forceinline__ void reset() {
#pragma unroll
    for (int i = 0; i < D / 2; ++i) sum[i] = 0.0f;
    maximum[0] = maximum[1] = kNoMaximum;
    weight[0] = weight[1] = 0.0f;
  }

  __device__ __forceinline__ void rescale(const float (&factor)[2]) {
#pragma unroll
    for (int i = 0; i < D / 2; ++i) sum[i] *= factor[i / 2 % 2];
  }

  // Makes weights of 64 tokens' scores. True when `sum` must be multiplied by `factor` before they are added.
  __device__ __forceinline__ bool softmax(float (&s)[32], float scale, float (&factor)[2]) {
    float top[2] = {-INFINITY, -INFINITY};
#pragma unroll
    for (int i = 0; i < 32; ++i) top[i / 2 % 2] = fmaxf(top[i / 2 % 2], s[i]);
    top[0] *= scale;
    top[1] *= scale;
    const bool raise =
        __any_sync(0xffffffffu, top[0] > maximum[0] + kSlack || top[1] > maximum[1] + kSlack);
    if (raise) {
#pragma unroll
      for (int f = 0; f < 2; ++f) {
        top[f] = fmaxf(top[f], __shfl_xor_sync(0xffffffffu, top[f], 1));
        top[f] = fmaxf(top[f], __shfl_xor_sync(0xffffffffu, top[f], 2));
        const float raised = fmaxf(maximum[f], top[f]);
        factor[f] = exp2_fast(maximum[f] - raised);
        maximum[f] = raised;
        weight[f] *= factor[f];
      }
    }
#pragma unroll
    for (int i = 0; i < 32; ++i) {
      s[i] = exp2_fast(fmaf(s[i], scale, -maximum[i / 2 % 2]));
      weight[i / 2 % 2] += s[i];
    }
    return raise;
  }
};

// Weights as the first operands of four products of 16 tokens.
template <typename T>
__device__ __forceinline__ void pack(const float (&s)[32], uint32_t (&p)[kStepPages][4]) {
#pragma unroll
  for (int j = 0; j < kStepPages; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) p[j][i] = Element<T>::narrow(s[8 * j + 2 * i], s[8 * j + 2 * i + 1]);
  }
}

template <typename T, int D>
__device__ __forceinline__ void start_scores(float (&s)[32], const Rows<T, D>& rows, uint32_t keys) {
  using M = Memory<D>;
#pragma unroll
  for (int c = 0; c < D / 16; ++c) {
    wgmma<T>(s, rows.query[c], wgmma_descriptor(keys + c * 2 * M::kMatrix, M::kMatrix, M::kKeyRow), c > 0);
  }
  wgmma_commit();
}

template <typename T, int D>
__device__ __forceinline__ void start_values(Accumulator<D>& a, const uint32_t (&p)[kStepPages][4], uint32_t values) {
  using M = Memory<D>;
#pragma unroll
  for (int j = 0; j < kStepPages; ++j) {
    wgmma<T>(a.sum, p[j], wgmma_descriptor(values + j * M::kValuePage, M::kMatrix, 2 * M::kMatrix), 1);
  }
  wgmma_commit();
}

// Hides what a row must not see.
template <typename T, int D>
__device__ __forceinline__ void mask(float (&s)[32], const Rows<T, D>& rows, int first_token) {
  if (first_token + kStepTokens - 1 <= rows.warp_first_last && first_token >= rows.warp_last_first) return;
#pragma unroll
  for (int i = 0; i < 32; ++i) {
    const int token = first_token + i / 4 * 8 + threadIdx.x % 4 * 2 + i % 2;
    const int f = i / 2 % 2;
    if (token > rows.last[f] || token < rows.first[f]) s[i] = -INFINITY;
  }
}

// Leaves the accumulators in `partials`; the last of the tile's items takes the sum of all, in order, and gets true.
template <typename T, int D>
__device__ __forceinline__ bool merge(Accumulator<D>& a, const Arguments<T>& args, const Item& item, int kv_head,
                                      int thread, int* flag) {
  constexpr int kThreads = kConsumers * kGroupThreads;
  constexpr int kVectors = D / 8 + 1;  // a thread's float4s
  const auto partial = [&](int split) {
    return reinterpret_cast<float4*>(args.partials) +
           (static_cast<size_t>(item.slot + split) * args.kv_heads + kv_head) * kVectors * kThreads + thread;
  };
  float4* mine = partial(item.split);
  *mine = make_float4(a.maximum[0], a.maximum[1], a.weight[0], a.weight[1]);
#pragma unroll
  for (int n = 0; n < D / 8; ++n) {
    mine[(n + 1) * kThreads] = make_float4(a.sum[4 * n], a.sum[4 * n + 1], a.sum[4 * n + 2], a.sum[4 * n + 3]);
  }
  named_barrier(1, kThreads);  // the consumers' writes come before the fence
  if (thread == 0) {
    int* counter = args.counters + item.slot * args.kv_heads + kv_head;
    fence_gpu();
    const bool last = atomicAdd(counter, 1) == item.splits - 1;
    if (last) *counter = 0;
    *flag = last;
    fence_gpu();
  }
  named_barrier(1, kThreads);
  const bool last = *reinterpret_cast<volatile int*>(flag) != 0;
  if (!last) return false;

  a.reset();
  for (int split = 0; split < item.splits; ++split) {
    const float4* from = partial(split);
    const float4 state = __ldcg(from);
    const float theirs[2] = {state.x, state.y};
    const float weights[2] = {state.z, state.w};
    float keep[2], take[2];
#pragma unroll
    for (int f = 0; f < 2; ++f) {
      const float raised = fmaxf(a.maximum[f], theirs[f]);
      keep[f] = exp2_fast(a.maximum[f] - raised);
      take[f] = exp2_fast(theirs[f] - raised);
      a.maximum[f] = raised;
      a.weight[f] = a.weight[f] * keep[f] + weights[f] * take[f];
    }
#pragma unroll
    for (int n = 0; n < D / 8; ++n) {
      const float4 part = __ldcg(from + (n + 1) * kThreads);
      const float values[4] = {part.x, part.y, part.z, part.w};
#pragma unroll
      for (int i = 0; i < 4; ++i) a.sum[4 * n + i] = a.sum[4 * n + i] * keep[i / 2] + values[i] * take[i / 2];
    }
  }
  return true;
}

template <typename T, int D>
__device__ __forceinline__ void store_rows(const Accumulator<D>& a, const Arguments<T>& args, const Item& item,
                                           int kv_head, int thread, int group) {
#pragma unroll
  for (int f = 0; f < 2; ++f) {
    float weight = a.weight[f];
    weight += __shfl_xor_sync(0xffffffffu, weight, 1);
    weight += __shfl_xor_sync(0xffffffffu, weight, 2);
    const int r = thread / 32 * 16 + f * 8 + thread % 32 / 4;
    if (r < item.positions * group) {
      const float inverse = 1.0f / weight;
      const size_t token = item.row + r / group;
      uint32_t* to =
          reinterpret_cast<uint32_t*>(args.out + (token * args.heads + kv_head * group + r % group) * D) + thread % 4;
#pragma unroll
      for (int n = 0; n < D / 8; ++n) {
        to[n * 4] = Element<T>::narrow(a.sum[4 * n + 2 * f] * inverse, a.sum[4 * n + 2 * f + 1] * inverse);
      }
    }
  }
}

template <typename T, int D>
__device__ __forceinline__ void consume(const Arguments<T>& args, const Memory<D>& memory, int* flag) {
  const int thread = threadIdx.x - kGroupThreads;  // of the consumers: rows 64 * warpgroup + 16 * warp
  const int group = args.heads / args.kv_heads;
  const float scale = args.scale * kLog2E;
  Ring key_ring, value_ring;
  for (Walk walk(args.work, args.kv_heads); walk.next();) {
    const Item item(load_record(args.work, walk.item()));
    const int kv_head = walk.kv_head();
    const Rows<T, D> rows(args, item, kv_head, thread, group);
    Accumulator<D> a;
    a.reset();
    float s[32], factor[2];
    uint32_t p[kStepPages][4];
    int token = item.first_page * kv::kBlockTokens;
    const int end = token + item.pages * kv::kBlockTokens;

    mbarrier_wait(memory.keys_full(key_ring.stage), key_ring.phase);
    wgmma_fence();
    start_scores<T, D>(s, rows, memory.keys(key_ring.stage));
    wgmma_wait<0>();
    hold(s);
    release(memory.keys_empty(key_ring.stage));
    key_ring.advance();
    mask(s, rows, token);
    a.softmax(s, scale, factor);  // nothing has been summed that a factor could concern
    pack<T>(s, p);

    for (token += kStepTokens; token < end; token += kStepTokens) {
      mbarrier_wait(memory.keys_full(key_ring.stage), key_ring.phase);
      wgmma_fence();
      start_scores<T, D>(s, rows, memory.keys(key_ring.stage));
      mbarrier_wait(memory.values_full(value_ring.stage), value_ring.phase);
      wgmma_fence();
      start_values<T, D>(a, p, memory.values(value_ring.stage));
      wgmma_wait<1>();
      hold(s);
      release(memory.keys_empty(key_ring.stage));
      key_ring.advance();
      mask(s, rows, token);
      const bool raised = a.softmax(s, scale, factor);
      wgmma_wait<0>();
      hold(a.sum);
      release(memory.values_empty(value_ring.stage));
      value_ring.advance();
      if (raised) a.rescale(factor);
      pack<T>(s, p);
    }
    mbarrier_wait(memory.values_full(value_ring.stage), value_ring.phase);
    wgmma_fence();
    start_values<T, D>(a, p, memory.values(value_ring.stage));
    wgmma_wait<0>();
    hold(a.sum);
    release(memory.values_empty(value_ring.stage));
    value_ring.advance();

    if (item.splits > 1 && !merge<T, D>(a, args, item, kv_head, thread, flag)) continue;
    store_rows<T, D>(a, args, item, kv_head, thread, group);
  }
}

template <typename T, int D>
__device__ __forceinline__ void run(const Arguments<T>& args) {
  extern __shared__ __align__(1024) unsigned char hopper_memory[];
  pdl_launch_dependents();
  const Memory<D> memory{static_cast<uint32_t>(__cvta_generic_to_shared(hopper_memory))};
  if (threadIdx.x == 0) {
    memory.init();
    fence_shared_for_wgmma();
  }
  __syncthreads();
  pdl_wait();
  if (threadIdx.x < kGroupThreads) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kProducerRegisters));
    produce<T, D>(args, memory);
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kConsumerRegisters));
    consume<T, D>(args, memory, reinterpret_cast<int*>(hopper_memory + Memory<D>::kFlag));
  }
}

#else

template <typename T, int D>
__device__ __forceinline__ void run(const attention::PrefillArguments<T>&) {
  __trap();
}

#endif

}  // namespace penstock::attention_prefill_hopper

// clang-format off
#define PENSTOCK_PARAMETERS(T)                                                                                    \
  T *out, const T *qkv, const T *cache, const int *blockIds, const int *work, float *partials, int *counters,     \
      int numHeads, int numKvHeads, int window, float scale
#define PENSTOCK_RUN(T, D)                                                                                        \
  penstock::attention_prefill_hopper::run<T, D>(                                                                  \
      penstock::attention::PrefillArguments<T>{out, qkv, cache, blockIds, work, partials, counters, numHeads,     \
                                               numKvHeads, window, scale})

extern "C" __global__ void __launch_bounds__(384, 1) penstock_attention_prefill_hopper_bf16_d64(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 64);
}
extern "C" __global__ void __launch_bounds__(384, 1) penstock_attention_prefill_hopper_bf16_d128(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 128);
}
extern "C" __global__ void __launch_bounds__(384, 1) penstock_attention_prefill_hopper_f16_d64(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 64);
}
extern "C" __global__ void __launch_bounds__(384, 1) penstock_attention_prefill_hopper_f16_d128(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 128);
}

#undef PENSTOCK_PARAMETERS
#undef PENSTOCK_RUN
// clang-format on
