// The prefill attention of attention_prefill.cu for sm_90a: asynchronous products of whole warpgroups (wgmma), and a
// thread that does nothing but have keys and values copied (the division of FlashAttention-3, arXiv 2407.08608).
//
// A tile has 128 rows (positions times the query heads of one KV head), 64 for each of two consuming warpgroups, with
// queries, weights and sums in registers. The producer asks for 64 tokens at a time, a copy for the K part and one for
// the V part of each page: parts lie in the cache in the tiles that wgmma reads (kv_layout.cuh), and beside each other
// they are one operand. Four stages are in flight. In a consumer, the scores of a step run before the values of the
// step before, so that its softmax overlaps with the latter's products; the two consumers fill each other's gaps.
//
// Work. Blocks stay: the producer draws (KV head, item) by number from a counter, all items of a head before those of
// the next so that keys and values stay in L2, and tells the consumers. It runs ahead over the ends of items. The list,
// the partial sums and the merging are those of attention_prefill.cu.
//
// Kernels
//   penstock_attention_prefill_wgmma_{bf16,f16}_d{64,128}
//
// Launch contract
//   device  compute capability 9.0 only; on any other the kernel traps
//   grid    any width; as many blocks as there are multiprocessors is best
//   block   384
//   shared  1,024 * headDim + 1,280 bytes
//   align   every pointer to 16 bytes, work to 32
//   group (numHeads / numKvHeads) at most 128
//   counters are zero before the first launch; every launch leaves them zero
//
// Numerics: those of attention_prefill.cu; sums are formed in another order.

#include "prefill_item.cuh"
#include "wgmma_pages.cuh"

namespace penstock::attention_prefill_wgmma {

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

using namespace attention;
using Item = PrefillItem;
template <typename T>
using Arguments = PrefillArguments<T>;

constexpr int kGroupThreads = 128;  // of a warpgroup
constexpr int kConsumers = 2;
constexpr int kStepPages = 4;
constexpr int kStepTokens = kStepPages * kv::kBlockTokens;
constexpr int kStages = 4;
constexpr int kProducerRegisters = 40;
constexpr int kConsumerRegisters = 232;
constexpr int kNumbers = 2;  // of work that the producer may be ahead
constexpr int kNoMore = -1;

// Shared memory: stages of [K | V], each as the pages' parts in the cache; then barriers; then numbers of work and what
// consumers tell each other.
template <int D>
struct Memory {
  static constexpr uint32_t kTile = kv::kTileVectors * 16;  // bytes of 8 tokens x 32 dims
  static constexpr uint32_t kHalf = kv::half_vectors(D) * 16;  // from 8 tokens to the next
  static constexpr uint32_t kPagePart = kv::part_vectors(D) * 16;
  static constexpr uint32_t kPart = kStepPages * kPagePart;
  static constexpr uint32_t kBarriers = kStages * 2 * kPart;
  static constexpr uint32_t kWords = kBarriers + (4 * kStages + 2 * kNumbers) * 8;
  uint32_t base;

  __device__ __forceinline__ uint32_t keys(int stage) const { return base + stage * 2 * kPart; }
  __device__ __forceinline__ uint32_t values(int stage) const { return keys(stage) + kPart; }
  __device__ __forceinline__ uint32_t barrier(int index) const { return base + kBarriers + index * 8; }
  __device__ __forceinline__ uint32_t keys_full(int stage) const { return barrier(stage); }
  __device__ __forceinline__ uint32_t values_full(int stage) const { return barrier(kStages + stage); }
  __device__ __forceinline__ uint32_t keys_empty(int stage) const { return barrier(2 * kStages + stage); }
  __device__ __forceinline__ uint32_t values_empty(int stage) const { return barrier(3 * kStages + stage); }
  __device__ __forceinline__ uint32_t number_full(int slot) const { return barrier(4 * kStages + slot); }
  __device__ __forceinline__ uint32_t number_empty(int slot) const { return barrier(4 * kStages + kNumbers + slot); }

  __device__ __forceinline__ void init() const {
    constexpr int kWarps = kConsumers * kGroupThreads / 32;
    for (int s = 0; s < kStages; ++s) {
      barrier_init(keys_full(s), 1);
      barrier_init(values_full(s), 1);
      barrier_init(keys_empty(s), kWarps);
      barrier_init(values_empty(s), kWarps);
    }
    for (int s = 0; s < kNumbers; ++s) {
      barrier_init(number_full(s), 1);
      barrier_init(number_empty(s), kWarps);
    }
    barrier_init_done();
  }
};

// Words of shared memory behind the barriers.
struct Words {
  volatile int number[kNumbers];
  volatile int last;  // whether this block is the last of a tile's
};

// Place in a ring.
template <int kPlaces>
struct Ring {
  int place = 0;
  uint32_t phase = 0;

  __device__ __forceinline__ void advance() {
    if (++place == kPlaces) {
      place = 0;
      phase ^= 1;
    }
  }
};

// This warp is done with what the barrier guards.
__device__ __forceinline__ void release(uint32_t barrier) {
  __syncwarp();
  if (threadIdx.x % 32 == 0) barrier_arrive(barrier);
}

// ---- producer, one thread

template <typename T, int D>
__device__ __forceinline__ void produce(const Arguments<T>& args, const Memory<D>& memory, Words* words) {
  using M = Memory<D>;
  const int items = args.work[0];
  const int total = items * args.kv_heads;
  const int blocks = gridDim.x;
  Ring<kStages> ring;
  Ring<kNumbers> numbers;
  int number = blockIdx.x;
  while (true) {
    barrier_wait(memory.number_empty(numbers.place), numbers.phase ^ 1);
    words->number[numbers.place] = number < total ? number : kNoMore;
    barrier_arrive(memory.number_full(numbers.place));
    numbers.advance();
    if (number >= total) return;

    // The next number comes while this one's pages are asked for. The blocks that have work draw `total` in all, each
    // one beyond the end: the last resets the counter.
    int ticket = 0;
    if (total > blocks) ticket = atomicAdd(args.counters, 1);
    const Item item(load_record(args.work, number % items));
    const int kv_head = number / items;
    for (int first = 0; first < item.pages; first += kStepPages) {
      const int pages = min(kStepPages, item.pages - first);
      const uint4* from[kStepPages];
#pragma unroll
      for (int j = 0; j < kStepPages; ++j) {
        const int id = args.block_ids[item.block + first + min(j, pages - 1)];
        from[j] = reinterpret_cast<const uint4*>(args.cache) + kv::head_offset(id, kv_head, args.kv_heads, D);
      }
      barrier_wait(memory.keys_empty(ring.place), ring.phase ^ 1);
      barrier_expect(memory.keys_full(ring.place), pages * M::kPagePart);
#pragma unroll
      for (int j = 0; j < kStepPages; ++j) {
        const uint32_t to = memory.keys(ring.place) + j * M::kPagePart;
        if (j < pages) copy_bulk(to, from[j], M::kPagePart, memory.keys_full(ring.place));
      }
      barrier_wait(memory.values_empty(ring.place), ring.phase ^ 1);
      barrier_expect(memory.values_full(ring.place), pages * M::kPagePart);
#pragma unroll
      for (int j = 0; j < kStepPages; ++j) {
        const uint32_t to = memory.values(ring.place) + j * M::kPagePart;
        if (j < pages) copy_bulk(to, from[j] + kv::part_vectors(D), M::kPagePart, memory.values_full(ring.place));
      }
      ring.advance();
    }
    if (total > blocks) {
      if (ticket == total - 1) args.counters[0] = 0;
      number = blocks + ticket;
    } else {
      number = total;
    }
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
        top[f] = max_of_quad(top[f]);
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
    wgmma_scores<T>(s, rows.query[c], tiled_operand(keys + c / 2 * M::kTile + c % 2 * 32, 16, M::kHalf), c > 0);
  }
  wgmma_commit();
}

template <typename T, int D>
__device__ __forceinline__ void start_values(Accumulator<D>& a, const uint32_t (&p)[kStepPages][4], uint32_t values) {
  using M = Memory<D>;
#pragma unroll
  for (int j = 0; j < kStepPages; ++j) {
    Wgmma<T>::registers(a.sum, p[j], tiled_operand(values + j * M::kPagePart, M::kTile, M::kHalf), true);
  }
  wgmma_commit();
}

// Waits for a step's values, of which those of tokens beyond `last` become zero: there may be anything, and what a
// weight of 0 meets must be finite. All consumers.
template <int D>
__device__ __forceinline__ void wait_for_values(const Memory<D>& memory, const Ring<kStages>& ring, int first_token,
                                                int last, int thread) {
  barrier_wait(memory.values_full(ring.place), ring.phase);
  if (first_token + kStepTokens - 1 <= last) return;
  constexpr int kThreads = kConsumers * kGroupThreads;
  for (int i = thread; i < kStepTokens * D / 8; i += kThreads) {
    const int token = i / (D / 8);
    if (first_token + token > last) {
      const uint32_t to = memory.values(ring.place) + token / kv::kBlockTokens * Memory<D>::kPagePart +
                          kv::place(token % kv::kBlockTokens, i % (D / 8), D) * 16;
      asm volatile("st.shared.v4.u32 [%0], {%1, %1, %1, %1};" ::"r"(to), "r"(0) : "memory");
    }
  }
  fence_shared_for_engines();
  named_sync(1, kThreads);
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
                                      int thread, Words* words) {
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
  named_sync(1, kThreads);  // the consumers' writes come before the arrival
  if (thread == 0) {
    int* counter = args.counters + (1 + item.slot) * args.kv_heads + kv_head;
    const bool last = arrive(counter) == item.splits - 1;
    if (last) *counter = 0;
    words->last = last;
  }
  named_sync(1, kThreads);
  if (words->last == 0) return false;

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
    const float weight = sum_of_quad(a.weight[f]);
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
__device__ __forceinline__ void consume(const Arguments<T>& args, const Memory<D>& memory, Words* words) {
  const int thread = threadIdx.x - kGroupThreads;  // of the consumers: rows 64 * warpgroup + 16 * warp
  const int group = args.heads / args.kv_heads;
  const float scale = args.scale * kLog2E;
  const int items = args.work[0];
  Ring<kStages> key_ring, value_ring;
  Ring<kNumbers> numbers;
  while (true) {
    barrier_wait(memory.number_full(numbers.place), numbers.phase);
    const int number = words->number[numbers.place];
    release(memory.number_empty(numbers.place));
    numbers.advance();
    if (number == kNoMore) return;

    const Item item(load_record(args.work, number % items));
    const int kv_head = number / items;
    const Rows<T, D> rows(args, item, kv_head, thread, group);
    Accumulator<D> a;
    a.reset();
    float s[32], factor[2];
    uint32_t p[kStepPages][4];
    int token = item.first_page * kv::kBlockTokens;
    const int end = token + item.pages * kv::kBlockTokens;
    const int last = min(item.position + item.positions, end) - 1;  // beyond it values may be anything

    barrier_wait(memory.keys_full(key_ring.place), key_ring.phase);
    wgmma_fence();
    start_scores<T, D>(s, rows, memory.keys(key_ring.place));
    wgmma_wait<0>();
    settle(s);
    release(memory.keys_empty(key_ring.place));
    key_ring.advance();
    mask(s, rows, token);
    a.softmax(s, scale, factor);  // nothing has been summed that a factor could concern
    pack<T>(s, p);

    for (token += kStepTokens; token < end; token += kStepTokens) {
      barrier_wait(memory.keys_full(key_ring.place), key_ring.phase);
      wgmma_fence();
      start_scores<T, D>(s, rows, memory.keys(key_ring.place));
      barrier_wait(memory.values_full(value_ring.place), value_ring.phase);
      wgmma_fence();
      start_values<T, D>(a, p, memory.values(value_ring.place));
      wgmma_wait<1>();
      settle(s);
      release(memory.keys_empty(key_ring.place));
      key_ring.advance();
      mask(s, rows, token);
      const bool raised = a.softmax(s, scale, factor);
      wgmma_wait<0>();
      settle(a.sum);
      release(memory.values_empty(value_ring.place));
      value_ring.advance();
      if (raised) a.rescale(factor);
      pack<T>(s, p);
    }
    wait_for_values(memory, value_ring, token - kStepTokens, last, thread);
    wgmma_fence();
    start_values<T, D>(a, p, memory.values(value_ring.place));
    wgmma_wait<0>();
    settle(a.sum);
    release(memory.values_empty(value_ring.place));
    value_ring.advance();

    if (item.splits > 1 && !merge<T, D>(a, args, item, kv_head, thread, words)) continue;
    store_rows<T, D>(a, args, item, kv_head, thread, group);
  }
}

template <typename T, int D>
__device__ __forceinline__ void run(const Arguments<T>& args) {
  extern __shared__ __align__(1024) unsigned char prefill_memory[];
  pdl_launch_dependents();
  // To a multiple of 1,024, of which the tiles' 512 is a part.
  const uint32_t base = (shared_address(prefill_memory) + 1023) & ~1023u;
  const Memory<D> memory{base};
  Words* words = reinterpret_cast<Words*>(prefill_memory + (base - shared_address(prefill_memory)) + Memory<D>::kWords);
  if (threadIdx.x == 0) memory.init();
  __syncthreads();
  pdl_wait();
  if (threadIdx.x < kGroupThreads) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kProducerRegisters));
    if (threadIdx.x == 0) produce<T, D>(args, memory, words);
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kConsumerRegisters));
    consume<T, D>(args, memory, words);
  }
}

#else

template <typename T, int D>
__device__ __forceinline__ void run(const attention::PrefillArguments<T>&) {
  __trap();
}

#endif

}  // namespace penstock::attention_prefill_wgmma

// clang-format off
#define PENSTOCK_PARAMETERS(T)                                                                                    \
  T *out, const T *qkv, const T *cache, const int *blockIds, const int *work, float *partials, int *counters,     \
      int numHeads, int numKvHeads, int window, float scale
#define PENSTOCK_RUN(T, D)                                                                                        \
  penstock::attention_prefill_wgmma::run<T, D>(                                                                  \
      penstock::attention::PrefillArguments<T>{out, qkv, cache, blockIds, work, partials, counters, numHeads,     \
                                               numKvHeads, window, scale})

extern "C" __global__ void __launch_bounds__(384, 1) penstock_attention_prefill_wgmma_bf16_d64(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 64);
}
extern "C" __global__ void __launch_bounds__(384, 1) penstock_attention_prefill_wgmma_bf16_d128(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 128);
}
extern "C" __global__ void __launch_bounds__(384, 1) penstock_attention_prefill_wgmma_f16_d64(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 64);
}
extern "C" __global__ void __launch_bounds__(384, 1) penstock_attention_prefill_wgmma_f16_d128(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 128);
}

#undef PENSTOCK_PARAMETERS
#undef PENSTOCK_RUN
// clang-format on
