// Causal attention of whole prompts on Hopper's warpgroup matrix units: query length equals context length, no page of
// the cache is read. Many sequences of different lengths in one launch, grouped query heads.
//
//   out[i, h] = sum_{j <= i} softmax_j(scale * q[i, h] . k[j, g(h)]) v[j, g(h)]      i, j tokens of one sequence
//
// After FlashAttention-3 (Shah et al., arXiv 2407.08608): a block is one producer warpgroup, of which one thread feeds
// a ring of K and V tiles by TMA, and consumer warpgroups of 64 query rows each. Consumers
//   - issue S = Q K^T of the next tile before the weighted sum O += P V of this one, so that the softmax of S runs
//     while the tensor cores do O;
//   - take turns (named barriers): the tensor cores serve one while the other does its softmax;
//   - keep S, P and O in registers: rounded scores are in the layout of the A operand of the second product.
// Here the sequence of tiles goes on over the ends of work items, which short prompts live on: the first S of the next
// item is computed beside the last O of this one. The running maximum is raised only when a score exceeds it by a
// factor of 2^8 (the sum carries the same factor), so O is nearly never rescaled.
//
// Kernels
//   penstock_attention_prefill_hopper_{bf16,f16}_d128   128 query rows a tile, 2 consumers, 384 threads
//   penstock_attention_prefill_hopper_{bf16,f16}_d64    192 query rows a tile, 3 consumers, 512 threads
//
// Launch contract
//   grid     (blocks, 1, 1): at most one block an SM is resident; best is min(SMs, tiles * numHeads)
//   block    384 (d128), 512 (d64)
//   shared   197,632 bytes (d128), 115,712 bytes (d64), dynamic
//   qkvMap   tensor map of qkv in global memory, aligned to 64: two dimensions {(H + 2KV) * D, tokens}, 2-byte
//            elements, box {64, 64}, 128-byte swizzle, zeros outside. Its bound may lie anywhere behind the last token
//   tiles    (tileCount) records {first token of the sequence in qkv, sequence length, first query row, 0}, most rows
//            before them first; the first query row is a multiple of the tile's rows
//   headsPerSection   divides numHeads, a multiple of the group: all tiles of so many heads come before those of the
//            next ones, so that their K and V (4 D bytes a token and KV head) stay in L2. numHeads when all fit
//   align    out to 16 bytes
//   sm_90a only; elsewhere the kernels trap
//
// Numerics: scores, sums and output in float32, weights rounded to T before they meet V. A row's bits depend on its
// sequence's tokens up to it only: rescaling is decided per row, and rows of V behind the sequence, which may hold
// anything, are replaced by zeros because 0 * NaN is NaN.

#include "element.cuh"
#include "hopper_softmax.cuh"
#include "pdl.cuh"
#include "tensor_copy.cuh"
#include "wgmma.cuh"

namespace penstock::attention_prefill_hopper {

constexpr int kTokens = 128;      // of a K or V tile
constexpr int kGroupRows = 64;    // query rows of a consumer: wgmma's M
constexpr int kPanelColumns = 64; // 128 bytes, the width of the swizzle
constexpr int kBoxRows = 64;
constexpr int kBoxBytes = kBoxRows * kPanelColumns * 2;
constexpr int kStages = 2;
constexpr int kWarpgroup = 128;

template <int kHeadDimension, int kConsumerGroups>
struct Shape {
  static constexpr int kHeadDim = kHeadDimension;
  static constexpr int kConsumers = kConsumerGroups;
  static constexpr int kPanels = kHeadDim / kPanelColumns;
  static constexpr int kRows = kGroupRows * kConsumers;
  static constexpr int kThreads = kWarpgroup * (kConsumers + 1);
  static constexpr int kQueryBytes = kPanels * kBoxBytes;  // of one consumer
  static constexpr int kPanelBytes = kTokens / kBoxRows * kBoxBytes;  // of a K or V tile
  static constexpr int kTileBytes = kPanels * kPanelBytes;
  static constexpr int kKeys = kStages * kConsumers * kQueryBytes;  // offsets in shared memory; queries at 0
  static constexpr int kValues = kKeys + kStages * kTileBytes;
  static constexpr int kSharedBytes = kValues + kStages * kTileBytes + 1024;  // to align to 1,024
  // Registers of a thread: together those of the launch (65,536 / kThreads, rounded down to a multiple of 8).
  static constexpr int kProducerRegisters = kConsumers == 2 ? 24 : 32;
  static constexpr int kConsumerRegisters = kConsumers == 2 ? 240 : 160;
};

struct Arguments {
  const void* map;
  const int4* tiles;  // (tile_count)
  int tile_count, heads, kv_heads, heads_per_section;
  float scale;
};

// A tile of one query head.
struct Item {
  int start;   // the sequence's first token in qkv
  int length;  // of the sequence; 0: no item
  int first;   // query row
  int head;
};

// Items in the order of cost. Blocks take them in rounds, every other round backwards: who had the longest of one round
// gets the shortest of the next, and sums differ by about a tile's step.
__device__ __forceinline__ Item item_of_round(const Arguments& a, int round) {
  const int blocks = gridDim.x;
  const int block = (round & 1) ? blocks - 1 - static_cast<int>(blockIdx.x) : static_cast<int>(blockIdx.x);
  const int index = round * blocks + block;
  Item item = {0, 0, 0, 0};
  if (index < a.tile_count * a.heads) {
    const int section = index / (a.tile_count * a.heads_per_section);
    const int rest = index - section * a.tile_count * a.heads_per_section;
    const int tile = rest / a.heads_per_section;
    const int4 record = a.tiles[tile];
    item = {record.x, record.y, record.z, section * a.heads_per_section + rest - tile * a.heads_per_section};
  }
  return item;
}

// K and V tiles from token 0 to the tile's last row, or the sequence's end.
template <class S>
__device__ __forceinline__ int block_count(const Item& item) {
  return (min(item.first + S::kRows, item.length) + kTokens - 1) / kTokens;
}

// Place in a ring of stages.
struct Ring {
  uint32_t stage = 0;
  uint32_t parity = 0;
  __device__ __forceinline__ void next() {
    stage ^= 1;  // two stages
    parity ^= stage ^ 1;
  }
};
static_assert(kStages == 2, "Ring counts to two");

// Addresses of the barriers: one pair a stage of queries, keys and values.
struct Barriers {
  uint32_t base;
  static constexpr int kCount = 6 * kStages;
  __device__ __forceinline__ uint32_t at(int kind, uint32_t stage) const { return base + 8 * (kind * kStages + stage); }
  __device__ __forceinline__ uint32_t query_full(uint32_t stage) const { return at(0, stage); }
  __device__ __forceinline__ uint32_t query_empty(uint32_t stage) const { return at(1, stage); }
  __device__ __forceinline__ uint32_t key_full(uint32_t stage) const { return at(2, stage); }
  __device__ __forceinline__ uint32_t key_empty(uint32_t stage) const { return at(3, stage); }
  __device__ __forceinline__ uint32_t value_full(uint32_t stage) const { return at(4, stage); }
  __device__ __forceinline__ uint32_t value_empty(uint32_t stage) const { return at(5, stage); }
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

// One thread: loads in the order in which consumers need them, Q K0 K1 V0 K2 V1 ..., on over the items' ends.
template <class S>
__device__ __forceinline__ void produce(const Arguments& a, uint32_t shared, Barriers barriers) {
  acquire_tensor_map(a.map);
  const int group = a.heads / a.kv_heads;
  Ring queries, keys, values;
  int pending_column = -1;  // the V tile that belongs to the K tile loaded last
  int pending_token = 0;

  const auto load_tile = [&](uint32_t to, uint32_t barrier, int column, int token) {
    barrier_expect(barrier, S::kTileBytes);
#pragma unroll
    for (int i = 0; i < S::kPanels * (kTokens / kBoxRows); ++i) {
      const int panel = i / (kTokens / kBoxRows), part = i % (kTokens / kBoxRows);
      copy_box(to + i * kBoxBytes, a.map, column + panel * kPanelColumns, token + part * kBoxRows, barrier);
    }
  };
  const auto load_pending = [&] {
    if (pending_column < 0) return;
    barrier_wait(barriers.value_empty(values.stage), values.parity ^ 1);
    load_tile(shared + S::kValues + values.stage * S::kTileBytes, barriers.value_full(values.stage), pending_column,
              pending_token);
    values.next();
  };

#pragma unroll 1
  for (int round = 0;; ++round) {
    const Item item = item_of_round(a, round);
    if (item.length == 0) break;
    barrier_wait(barriers.query_empty(queries.stage), queries.parity ^ 1);
    const uint32_t full = barriers.query_full(queries.stage);
    barrier_expect(full, S::kConsumers * S::kQueryBytes);
#pragma unroll
    for (int i = 0; i < S::kConsumers * S::kPanels; ++i) {
      const int consumer = i / S::kPanels, panel = i % S::kPanels;
      copy_box(shared + queries.stage * S::kConsumers * S::kQueryBytes + i * kBoxBytes, a.map,
               item.head * S::kHeadDim + panel * kPanelColumns, item.start + item.first + consumer * kGroupRows, full);
    }
    queries.next();

    const int key_column = (a.heads + item.head / group) * S::kHeadDim;
#pragma unroll 1
    for (int block = block_count<S>(item) - 1; block >= 0; --block) {
      const int token = item.start + block * kTokens;
      barrier_wait(barriers.key_empty(keys.stage), keys.parity ^ 1);
      load_tile(shared + S::kKeys + keys.stage * S::kTileBytes, barriers.key_full(keys.stage), key_column, token);
      keys.next();
      load_pending();
      pending_column = key_column + a.kv_heads * S::kHeadDim;
      pending_token = token;
    }
  }
  load_pending();
}

// Divides by the sums and writes the rows that the sequence has, in 16-byte pieces.
template <typename T, class S>
__device__ __forceinline__ void write(T* __restrict__ out, const float (&sums)[S::kHeadDim / 2], const Rows& rows,
                                      const Item& item, int heads, int row) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const float inverse = __fdividef(1.0f, sum_of_quad(rows.sum[h]));
    const int position = item.first + row + 8 * h;
    const size_t out_row = static_cast<size_t>(item.start + position) * heads + item.head;
    uint4* to = reinterpret_cast<uint4*>(out + out_row * S::kHeadDim);
#pragma unroll
    for (int j = 0; j < S::kHeadDim / 8; j += 4) {
      uint32_t w[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int at = 4 * (j + i) + 2 * h;
        w[i] = Element<T>::narrow(sums[at] * inverse, sums[at + 1] * inverse);
      }
      transpose_quad(w, lane);
      if (position < item.length) to[j + lane % 4] = make_uint4(w[0], w[1], w[2], w[3]);
    }
  }
}

// Puts zeros in the rows of a V tile from `valid` on. Every consumer does so itself before it reads the tile; that
// another one reads it already does no harm, because it reads the zeros of its own.
template <class S>
__device__ __forceinline__ void clear_rows(uint32_t tile, int valid) {
  const int thread = threadIdx.x % kWarpgroup;
#pragma unroll 1
  for (int row = valid + thread / 8; row < kTokens; row += kWarpgroup / 8) {
#pragma unroll
    for (int panel = 0; panel < S::kPanels; ++panel) {
      const uint32_t to = tile + panel * S::kPanelBytes + row * 128 + thread % 8 * 16;
      asm volatile("st.shared.v4.u32 [%0], {%1, %1, %1, %1};" ::"r"(to), "r"(0) : "memory");
    }
  }
}

// scores (64 x 128) = q (64 x D) k (128 x D)^T
template <typename T, class S>
__device__ __forceinline__ void multiply_keys(float (&scores)[64], uint32_t query, uint32_t key) {
  const uint64_t q = swizzled_operand(query, 16);
  const uint64_t k = swizzled_operand(key, 16);
#pragma unroll
  for (int step = 0; step < S::kHeadDim / 16; ++step) {
    const int panel = step / 4, within = step % 4 * 32;
    Wgmma<T>::shared(scores, advance(q, panel * kBoxBytes + within), advance(k, panel * S::kPanelBytes + within),
                     step > 0);
  }
}

// sums (64 x D) = or += weights (64 x 128) v (128 x D)
template <typename T, class S>
__device__ __forceinline__ void multiply_values(float (&sums)[S::kHeadDim / 2], const uint32_t (&weights)[32],
                                                uint32_t value, bool accumulate) {
  const uint64_t v = swizzled_operand(value, S::kPanelBytes);
#pragma unroll
  for (int step = 0; step < kTokens / 16; ++step) {
    Wgmma<T>::registers(sums, weights + 4 * step, advance(v, step * 16 * 128), accumulate || step > 0);
  }
}

// A consumer's turn at the tensor cores: barrier 1 + c belongs to consumer c, who waits there for the one before it.
template <class S, bool kTurns>
__device__ __forceinline__ void begin_turn(int consumer) {
  if constexpr (kTurns && S::kConsumers > 1) named_sync(1 + consumer, 2 * kWarpgroup);
}

template <class S, bool kTurns>
__device__ __forceinline__ void end_turn(int consumer) {
  if constexpr (kTurns && S::kConsumers > 1) {
    named_arrive(consumer + 1 == S::kConsumers ? 1 : 2 + consumer, 2 * kWarpgroup);
  }
}

template <typename T, class S, bool kTurns>
__device__ __forceinline__ void consume(T* __restrict__ out, const Arguments& a, uint32_t shared, Barriers barriers,
                                        int consumer) {
  const int thread = threadIdx.x % kWarpgroup;
  const int lane = thread % 32;
  const int row = consumer * kGroupRows + thread / 32 * 16 + lane / 4;  // of the tile; and row + 8
  const float log2_scale = a.scale * 1.4426950408889634f;

  float sums[S::kHeadDim / 2];  // O, belongs to `item`
  float scores[64];             // S of the next K tile, then its weights
  uint32_t weights[32];         // P of `block`
  Rows rows;
  float top[2], factor[2];
  Ring queries, keys, values;

  const auto release = [&](uint32_t barrier) {
    if (lane == 0) barrier_arrive(barrier);
  };
  const auto query_address = [&] {
    return shared + (queries.stage * S::kConsumers + consumer) * S::kQueryBytes;
  };
  const auto key_address = [&] { return shared + S::kKeys + keys.stage * S::kTileBytes; };
  const auto value_address = [&] { return shared + S::kValues + values.stage * S::kTileBytes; };
  // What becomes of the scores of a K tile, from the moment they are there.
  const auto take_keys = [&](int first, int block) {
    settle(scores);
    release(barriers.key_empty(keys.stage));
    keys.next();
    if (block == 0) {
      release(barriers.query_empty(queries.stage));
      queries.next();
    }
    if (block * kTokens + kTokens - 1 > first + consumer * kGroupRows) {
      mask(scores, first + row - block * kTokens - lane % 4 * 2);
    }
    maxima(scores, top);
  };
  const auto take_values = [&] {
    settle(sums);
    release(barriers.value_empty(values.stage));
    values.next();
  };
  const auto begin_rows = [&] {
#pragma unroll
    for (int h = 0; h < 2; ++h) rows.maximum[h] = fmaxf(top[h], kNoMaximum), rows.sum[h] = 0.0f;
  };
  const auto wait_values = [&](const Item& item, int block, bool first_block) {
    barrier_wait(barriers.value_full(values.stage), values.parity);
    const int valid = item.length - block * kTokens;
    if (first_block && valid < kTokens) {
      clear_rows<S>(value_address(), valid);
      fence_shared_for_engines();
      named_sync(1 + S::kConsumers + consumer, kWarpgroup);
    }
  };

  Item item = item_of_round(a, 0);
  if (item.length == 0) return;
  Item following = item_of_round(a, 1);
  int round = 1;
  int block = block_count<S>(item) - 1;
  bool first_block = true;

  if constexpr (kTurns && S::kConsumers > 1) {
    if (consumer == S::kConsumers - 1) named_arrive(1, 2 * kWarpgroup);  // the first turn is free
  }
  barrier_wait(barriers.query_full(queries.stage), queries.parity);
  barrier_wait(barriers.key_full(keys.stage), keys.parity);
  wgmma_fence();
  multiply_keys<T, S>(scores, query_address(), key_address());
  wgmma_commit();
  wgmma_wait<0>();
  take_keys(item.first, block);
  begin_rows();
  exponentials(scores, rows, log2_scale);
  round_weights<T>(scores, weights);

  // Weights of `block` of `item` are there; its V is not yet summed up.
#pragma unroll 1
  for (;;) {
    const bool last_block = block == 0;
    if (last_block && following.length == 0) break;
    const int next_block = last_block ? block_count<S>(following) - 1 : block - 1;

    if (last_block) barrier_wait(barriers.query_full(queries.stage), queries.parity);
    barrier_wait(barriers.key_full(keys.stage), keys.parity);
    wait_values(item, block, first_block);
    begin_turn<S, kTurns>(consumer);
    wgmma_fence();
    multiply_keys<T, S>(scores, query_address(), key_address());
    wgmma_commit();
    multiply_values<T, S>(sums, weights, value_address(), !first_block);
    wgmma_commit();
    end_turn<S, kTurns>(consumer);

    wgmma_wait<1>();
    take_keys(last_block ? following.first : item.first, next_block);
    const Rows before = rows;
    bool raised = false;
    if (last_block) {
      begin_rows();
    } else {
      raised = raise(rows, top, log2_scale, factor);
    }
    exponentials(scores, rows, log2_scale);

    // The wait stands in both branches, and differs in them: in the block of the exponentials ptxas would move it up
    // before them, and the tensor cores would have nothing to do meanwhile.
    if (last_block) {
      wgmma_wait<0, 1>();
      take_values();
      write<T, S>(out, sums, before, item, a.heads, row);
      item = following;
      following = item_of_round(a, ++round);
    } else {
      wgmma_wait<0>();
      take_values();
      if (raised) {
#pragma unroll
        for (int i = 0; i < S::kHeadDim / 2; ++i) sums[i] *= factor[i / 2 % 2];
      }
    }
    round_weights<T>(scores, weights);
    first_block = last_block;
    block = next_block;
  }

  wait_values(item, block, first_block);
  wgmma_fence();
  multiply_values<T, S>(sums, weights, value_address(), !first_block);
  wgmma_commit();
  wgmma_wait<0>();
  settle(sums);
  write<T, S>(out, sums, rows, item, a.heads, row);
}

template <typename T, class S, bool kTurns = true>
__device__ __forceinline__ void run(T* __restrict__ out, const Arguments& a) {
  extern __shared__ uint8_t hopper_shared[];
  __shared__ uint64_t barrier_storage[Barriers::kCount];
  pdl_launch_dependents();
  const uint32_t shared = (shared_address(hopper_shared) + 1023u) & ~1023u;
  const Barriers barriers = {shared_address(barrier_storage)};
  if (threadIdx.x == 0) {
    constexpr int kConsumerWarps = S::kConsumers * kWarpgroup / 32;
    for (int stage = 0; stage < kStages; ++stage) {
      barrier_init(barriers.query_full(stage), 1);
      barrier_init(barriers.query_empty(stage), kConsumerWarps);
      barrier_init(barriers.key_full(stage), 1);
      barrier_init(barriers.key_empty(stage), kConsumerWarps);
      barrier_init(barriers.value_full(stage), 1);
      barrier_init(barriers.value_empty(stage), kConsumerWarps);
    }
    barrier_init_done();
  }
  __syncthreads();
  pdl_wait();

  // The same number in all lanes, and the compiler knows: descriptors live in uniform registers.
  const int warpgroup = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / kWarpgroup, 0);
  if (warpgroup == 0) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(S::kProducerRegisters));
    if (threadIdx.x == 0) produce<S>(a, shared, barriers);
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(S::kConsumerRegisters));
    consume<T, S, kTurns>(out, a, shared, barriers, warpgroup - 1);
  }
}

#else

template <typename T, class S, bool kTurns = true>
__device__ __forceinline__ void run(T* __restrict__, const Arguments&) {
  __trap();
}

#endif

using Shape128 = Shape<128, 2>;
using Shape64 = Shape<64, 3>;
static_assert(Shape128::kThreads == 384 && Shape64::kThreads == 512, "launch bounds below");
static_assert(Shape128::kSharedBytes == 197632 && Shape64::kSharedBytes == 115712, "launch contract above");

}  // namespace penstock::attention_prefill_hopper

extern "C" __global__ void __launch_bounds__(384, 1)
    penstock_attention_prefill_hopper_bf16_d128(__nv_bfloat16* out, const void* qkvMap, const int4* tiles,
                                                int tileCount, int numHeads, int numKvHeads, int headsPerSection,
                                                float scale) {
  using namespace penstock::attention_prefill_hopper;
  run<__nv_bfloat16, Shape128>(out, {qkvMap, tiles, tileCount, numHeads, numKvHeads, headsPerSection, scale});
}

extern "C" __global__ void __launch_bounds__(384, 1)
    penstock_attention_prefill_hopper_f16_d128(__half* out, const void* qkvMap, const int4* tiles, int tileCount,
                                               int numHeads, int numKvHeads, int headsPerSection, float scale) {
  using namespace penstock::attention_prefill_hopper;
  run<__half, Shape128>(out, {qkvMap, tiles, tileCount, numHeads, numKvHeads, headsPerSection, scale});
}

extern "C" __global__ void __launch_bounds__(512, 1)
    penstock_attention_prefill_hopper_bf16_d64(__nv_bfloat16* out, const void* qkvMap, const int4* tiles,
                                               int tileCount, int numHeads, int numKvHeads, int headsPerSection,
                                               float scale) {
  using namespace penstock::attention_prefill_hopper;
  run<__nv_bfloat16, Shape64>(out, {qkvMap, tiles, tileCount, numHeads, numKvHeads, headsPerSection, scale});
}

extern "C" __global__ void __launch_bounds__(512, 1)
    penstock_attention_prefill_hopper_f16_d64(__half* out, const void* qkvMap, const int4* tiles, int tileCount,
                                              int numHeads, int numKvHeads, int headsPerSection, float scale) {
  using namespace penstock::attention_prefill_hopper;
  run<__half, Shape64>(out, {qkvMap, tiles, tileCount, numHeads, numKvHeads, headsPerSection, scale});
}
