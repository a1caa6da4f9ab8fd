// Causal attention of chunks of query tokens over the paged cache (FlashAttention-2, arXiv 2307.08691), many sequences
// in one launch.
//
//   out[t, h] = sum_j softmax_j(scale * q[t, h] . k[j, h / group]) v[j, h / group]
//   over positions j <= position of t, and j > position - window where a window is given
//
// A tile is some consecutive positions of one sequence times the query heads of one KV head: up to 128 rows (64 for a
// headDim of 256), so that a group shares each key. 4 warps have 32 (16) rows each; every fragment of K and V serves
// two products. Blocks of the cache go to shared memory by cp.async as they are; what a lane reads of K there, 16 bytes
// without bank conflicts, are operands (kv_layout.cuh), and ldmatrix transposes V. Two stages; one barrier a stage, because the copy that would overwrite a stage
// is issued after the barrier that ends its use. The running maximum is raised only when a score exceeds it by 2^8.
//
// Work. The host lists tiles, the longest first (AttentionWork). Where tiles are few (a short chunk on a long prefix)
// it cuts their pages into several items; these leave partial sums, and the block that arrives last merges them in
// order, so that bits do not depend on who is last.
//
// Kernels
//   penstock_attention_prefill_{bf16,f16}_d{16,32,64,80,96,128,256}
//
// Launch contract
//   grid    (numKvHeads, items or more), of which the product counts: blocks beyond the list's length leave
//   block   128
//   shared  512 * headDim bytes; 65,536 for headDim 256
//   align   every pointer to 16 bytes, work to 32
//   group (numHeads / numKvHeads) at most the rows of a tile
//   counters are zero before the first launch; every launch leaves them zero
//
// Numerics: scores, softmax and sums in float32, weights rounded to T for the product with V. Elements of a page
// beyond the sequence's tokens may hold anything, NaN included.

#include "prefill_item.cuh"

namespace penstock::attention_prefill {

using namespace attention;

using Item = PrefillItem;
template <typename T>
using Arguments = PrefillArguments<T>;

constexpr int kWarps = 4;
constexpr int kThreads = kWarps * 32;

template <int D>
struct Shape {
  static constexpr int kFragments = D <= 128 ? 2 : 1;  // of 16 rows, a warp
  static constexpr int kWarpRows = 16 * kFragments;
  static constexpr int kRows = kWarps * kWarpRows;
  static constexpr int kStagePages = D <= 128 ? 4 : 2;
  static constexpr int kChunks = D / 16;
  static constexpr int kPageVectors = kv::head_vectors(D);
};

// Rows that a thread accounts for: fragment m, half f is row 16m + 8f + lane/4 of its warp. Row r of a tile is
// position r / group, head r % group; rows beyond the tile repeat its last row and are not stored.
template <int D>
struct Rows {
  int position[Shape<D>::kFragments][2];  // in the sequence

  template <typename F>
  static __device__ __forceinline__ void each(const F& f) {
#pragma unroll
    for (int m = 0; m < Shape<D>::kFragments; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) f(m, half);
    }
  }
};

template <typename T, int D>
struct Accumulator {
  static constexpr int kFragments = Shape<D>::kFragments;
  float sum[kFragments][D / 8][4];
  float maximum[kFragments][2];
  float weight[kFragments][2];  // this lane's share

  __device__ __forceinline__ void reset() {
#pragma unroll
    for (int m = 0; m < kFragments; ++m) {
#pragma unroll
      for (int n = 0; n < D / 8; ++n) {
#pragma unroll
        for (int i = 0; i < 4; ++i) sum[m][n][i] = 0.0f;
      }
      maximum[m][0] = maximum[m][1] = kNoMaximum;
      weight[m][0] = weight[m][1] = 0.0f;
    }
  }

  // Scores of fragment m against 16 tokens: raises the maxima when it must, and makes weights of the scores.
  __device__ __forceinline__ void softmax(int m, float (&s)[2][4], float scale) {
    float top[2];
#pragma unroll
    for (int f = 0; f < 2; ++f) {
      top[f] = fmaxf(fmaxf(s[0][2 * f], s[0][2 * f + 1]), fmaxf(s[1][2 * f], s[1][2 * f + 1])) * scale;
    }
    if (__any_sync(0xffffffffu, top[0] > maximum[m][0] + kSlack || top[1] > maximum[m][1] + kSlack)) {
#pragma unroll
      for (int f = 0; f < 2; ++f) {
        top[f] = max_of_quad(top[f]);
        const float raised = fmaxf(maximum[m][f], top[f]);
        const float factor = exp2_fast(maximum[m][f] - raised);
        maximum[m][f] = raised;
        weight[m][f] *= factor;
#pragma unroll
        for (int n = 0; n < D / 8; ++n) {
          sum[m][n][2 * f] *= factor;
          sum[m][n][2 * f + 1] *= factor;
        }
      }
    }
#pragma unroll
    for (int n = 0; n < 2; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) s[n][i] = exp2_fast(fmaf(s[n][i], scale, -maximum[m][i / 2]));
    }
#pragma unroll
    for (int f = 0; f < 2; ++f) {
      weight[m][f] += (s[0][2 * f] + s[0][2 * f + 1]) + (s[1][2 * f] + s[1][2 * f + 1]);
    }
  }
};

template <typename T, int D>
__device__ __forceinline__ void load_query(uint32_t (&q)[Shape<D>::kFragments][D / 16][4], const Arguments<T>& args,
                                           const Item& item, int warp, int lane, int group, int kv_head) {
  const size_t stride = static_cast<size_t>(args.heads + 2 * args.kv_heads) * D;
  Rows<D>::each([&](int m, int f) {
    const int r = min(warp * Shape<D>::kWarpRows + m * 16 + f * 8 + lane / 4, item.positions * group - 1);
    const T* from = args.qkv + (item.row + r / group) * stride + (kv_head * group + r % group) * D;
    // The order of dims in which K's vectors are operands, kv_layout.cuh.
#pragma unroll
    for (int t = 0; t < D / kv::kTileDims; ++t) {
      const uint4 v = load_activation(from, t * 4 + lane % 4);
      q[m][2 * t][f] = v.x;
      q[m][2 * t][2 + f] = v.y;
      q[m][2 * t + 1][f] = v.z;
      q[m][2 * t + 1][2 + f] = v.w;
    }
    if constexpr (D % kv::kTileDims != 0) {
      const uint2 v = reinterpret_cast<const uint2*>(from + D - 16)[lane % 4];
      q[m][D / 16 - 1][f] = v.x;
      q[m][D / 16 - 1][2 + f] = v.y;
    }
  });
}

// Ids of the pages [page, + kStagePages); beyond the end the last one.
template <typename T, int D>
struct StageIds {
  int id[Shape<D>::kStagePages];

  __device__ __forceinline__ StageIds(const Arguments<T>& args, const Item& item, int page) {
#pragma unroll
    for (int j = 0; j < Shape<D>::kStagePages; ++j) id[j] = args.block_ids[item.block + min(page + j, item.pages - 1)];
  }
};

// Starts the copies of `pages` pages to shared memory.
template <typename T, int D>
__device__ __forceinline__ void copy_stage(uint32_t stage, const Arguments<T>& args, const StageIds<T, D>& ids,
                                           int kv_head, int pages) {
  using S = Shape<D>;
#pragma unroll
  for (int j = 0; j < S::kStagePages; ++j) {
    if (j < pages) {
      const uint4* from = reinterpret_cast<const uint4*>(args.cache) +
                          kv::head_offset(ids.id[j], kv_head, args.kv_heads, D) + threadIdx.x;
      const uint32_t to = stage + (j * S::kPageVectors + threadIdx.x) * 16;
#pragma unroll
      for (int i = 0; i < S::kPageVectors; i += kThreads) {
        if (S::kPageVectors % kThreads == 0 || i + static_cast<int>(threadIdx.x) < S::kPageVectors) {
          copy_async(to + i * 16, from + i);
        }
      }
    }
  }
  copy_async_commit();
}

// Zeroes the values of a page from token `visible` on: they may be beyond the sequence's tokens, and what a weight of 0
// meets must be finite. Only the last page of a tile has such.
template <int D>
__device__ __forceinline__ void clear_values(uint4* page, int visible) {
  for (int i = threadIdx.x; i < kv::part_vectors(D); i += kThreads) {
    const int token = i / (D / 8);
    if (token >= visible) page[kv::part_vectors(D) + kv::place(token, i % (D / 8), D)] = make_uint4(0, 0, 0, 0);
  }
}

// Products of 8 x 16 tokens' keys with the queries: word pairs of the lane's vectors, number c of D / 16.
template <typename T, int D>
__device__ __forceinline__ void scores(float (&s)[Shape<D>::kFragments][2][4],
                                       const uint32_t (&q)[Shape<D>::kFragments][D / 16][4], const uint4* keys, int lane) {
  // Neighbouring products are of different sums: none waits for the one before.
#pragma unroll
  for (int t = 0; t < D / kv::kTileDims; ++t) {
    uint4 k[2];
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      k[half] = keys[half * kv::half_vectors(D) + t * kv::kTileVectors + kv::read_place(lane)];
    }
#pragma unroll
    for (int m = 0; m < Shape<D>::kFragments; ++m) {
      const uint32_t(&a)[4] = q[m][2 * t];
#pragma unroll
      for (int half = 0; half < 2; ++half) mma<T>(s[m][half], a[0], a[1], a[2], a[3], k[half].x, k[half].y);
    }
#pragma unroll
    for (int m = 0; m < Shape<D>::kFragments; ++m) {
      const uint32_t(&a)[4] = q[m][2 * t + 1];
#pragma unroll
      for (int half = 0; half < 2; ++half) mma<T>(s[m][half], a[0], a[1], a[2], a[3], k[half].z, k[half].w);
    }
  }
  if constexpr (D % kv::kTileDims != 0) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const uint4* from = keys + half * kv::half_vectors(D) + D / kv::kTileDims * kv::kTileVectors;
      const uint2 k = reinterpret_cast<const uint2*>(from)[kv::read_place_narrow(lane)];
#pragma unroll
      for (int m = 0; m < Shape<D>::kFragments; ++m) {
        const uint32_t(&a)[4] = q[m][D / 16 - 1];
        mma<T>(s[m][half], a[0], a[1], a[2], a[3], k.x, k.y);
      }
    }
  }
}

// Adds 16 tokens' values times their weights p. `values` is a shared address.
template <typename T, int D>
__device__ __forceinline__ void add_values(Accumulator<T, D>& a, const uint32_t (&p)[Shape<D>::kFragments][4],
                                           uint32_t values, int lane) {
  // Matrices of a load: dims 16c .. + 7 of both halves' tokens, then the dims 8 above.
  const int row = lane % 8;
  const int half = lane / 8 % 2;
  const int vector = lane / 16;
  const uint32_t wide = values + half * kv::half_vectors(D) * 16 + row * 64 + (vector ^ row / 2) * 16;
  const uint32_t narrow = values + (half * kv::half_vectors(D) + D / kv::kTileDims * kv::kTileVectors) * 16 + row * 32 +
                          (vector ^ row / 4) * 16;
#pragma unroll
  for (int c = 0; c < D / 16; ++c) {
    uint32_t v[4];
    const bool last = D % kv::kTileDims != 0 && c == D / 16 - 1;
    // Vectors 2 and 3 of a tile: the permutation makes of + 2 an exclusive or.
    load_transposed(v, last ? narrow : (c % 2 == 0 ? wide : wide ^ 32) + c / 2 * kv::kTileVectors * 16);
#pragma unroll
    for (int m = 0; m < Shape<D>::kFragments; ++m) {
      mma<T>(a.sum[m][2 * c], p[m][0], p[m][1], p[m][2], p[m][3], v[0], v[1]);
      mma<T>(a.sum[m][2 * c + 1], p[m][0], p[m][1], p[m][2], p[m][3], v[2], v[3]);
    }
  }
}

// Leaves the accumulators in `partials`; the last of the tile's items takes the sum of all, in order, and gets true.
template <typename T, int D>
__device__ __forceinline__ bool merge(Accumulator<T, D>& a, const Arguments<T>& args, const Item& item, int kv_head) {
  constexpr int kFragments = Shape<D>::kFragments;
  constexpr int kVectors = kFragments * D / 8 + kFragments;  // a thread's float4s
  const auto partial = [&](int split) {
    return reinterpret_cast<float4*>(args.partials) +
           (static_cast<size_t>(item.slot + split) * args.kv_heads + kv_head) * kVectors * kThreads + threadIdx.x;
  };
  float4* mine = partial(item.split);
#pragma unroll
  for (int m = 0; m < kFragments; ++m) {
    *mine = make_float4(a.maximum[m][0], a.maximum[m][1], a.weight[m][0], a.weight[m][1]);
    mine += kThreads;
#pragma unroll
    for (int n = 0; n < D / 8; ++n) {
      *mine = make_float4(a.sum[m][n][0], a.sum[m][n][1], a.sum[m][n][2], a.sum[m][n][3]);
      mine += kThreads;
    }
  }
  if (!arrived_last(args.counters + (1 + item.slot) * args.kv_heads + kv_head, item.splits)) return false;

  a.reset();
  for (int split = 0; split < item.splits; ++split) {
    const float4* from = partial(split);
#pragma unroll
    for (int m = 0; m < kFragments; ++m) {
      const float4 state = __ldcg(from);
      const float theirs[2] = {state.x, state.y};
      const float weights[2] = {state.z, state.w};
      float keep[2], take[2];
#pragma unroll
      for (int f = 0; f < 2; ++f) {
        const float raised = fmaxf(a.maximum[m][f], theirs[f]);
        keep[f] = exp2_fast(a.maximum[m][f] - raised);
        take[f] = exp2_fast(theirs[f] - raised);
        a.maximum[m][f] = raised;
        a.weight[m][f] = a.weight[m][f] * keep[f] + weights[f] * take[f];
      }
      from += kThreads;
#pragma unroll
      for (int n = 0; n < D / 8; ++n) {
        const float4 part = __ldcg(from);
        const float values[4] = {part.x, part.y, part.z, part.w};
#pragma unroll
        for (int i = 0; i < 4; ++i) a.sum[m][n][i] = a.sum[m][n][i] * keep[i / 2] + values[i] * take[i / 2];
        from += kThreads;
      }
    }
  }
  return true;
}

template <typename T, int D>
__device__ __forceinline__ void store_rows(Accumulator<T, D>& a, const Arguments<T>& args, const Item& item, int warp,
                                           int lane, int group, int kv_head) {
  Rows<D>::each([&](int m, int f) {
    const float weight = sum_of_quad(a.weight[m][f]);
    const int r = warp * Shape<D>::kWarpRows + m * 16 + f * 8 + lane / 4;
    if (r < item.positions * group) {
      const float inverse = 1.0f / weight;
      const size_t token = item.row + r / group;
      uint32_t* to =
          reinterpret_cast<uint32_t*>(args.out + (token * args.heads + kv_head * group + r % group) * D) + lane % 4;
#pragma unroll
      for (int n = 0; n < D / 8; ++n) {
        to[n * 4] = Element<T>::narrow(a.sum[m][n][2 * f] * inverse, a.sum[m][n][2 * f + 1] * inverse);
      }
    }
  });
}

template <typename T, int D>
__device__ __forceinline__ void run(const Arguments<T>& args) {
  using S = Shape<D>;
  constexpr int kFragments = S::kFragments;
  extern __shared__ __align__(128) uint4 stages[];  // [2][kStagePages][kPageVectors]
  pdl_launch_dependents();
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  const int group = args.heads / args.kv_heads;
  // One KV head after the other: what runs together shares keys and values, and these stay in L2.
  const int number = blockIdx.y * gridDim.x + blockIdx.x;
  const int items = args.work[0];
  const int kv_head = items > 0 ? number / items : args.kv_heads;
  // One block's wait is enough for the launch to end after all before it.
  if (kv_head < args.kv_heads || number == 0) pdl_wait();
  if (kv_head >= args.kv_heads) return;
  const Item item(load_record(args.work, number % items));

  const uint32_t base = static_cast<uint32_t>(__cvta_generic_to_shared(stages));
  constexpr int kStageVectors = S::kStagePages * S::kPageVectors;
  copy_stage<T, D>(base, args, StageIds<T, D>(args, item, 0), kv_head, item.pages);

  uint32_t q[kFragments][S::kChunks][4];
  load_query<T, D>(q, args, item, warp, lane, group, kv_head);
  Rows<D> rows;
  Rows<D>::each([&](int m, int f) {
    const int r = min(warp * S::kWarpRows + m * 16 + f * 8 + lane / 4, item.positions * group - 1);
    rows.position[m][f] = item.position + r / group;
  });
  const int last_row = item.positions * group - 1;
  const int warp_first = item.position + min(warp * S::kWarpRows, last_row) / group;
  const int warp_last = item.position + min(warp * S::kWarpRows + S::kWarpRows - 1, last_row) / group;
  const int tile_last = item.position + item.positions - 1;
  const int window = args.window > 0 ? args.window : 0x40000000;
  const float scale = args.scale * kLog2E;

  Accumulator<T, D> a;
  a.reset();
  int buffer = 0;
  for (int first = 0; first < item.pages; first += S::kStagePages, buffer ^= 1) {
    const StageIds<T, D> ids(args, item, first + S::kStagePages);
    copy_async_wait<0>();
    __syncthreads();  // this stage is there for all, and all are done with the other
    copy_stage<T, D>(base + (buffer ^ 1) * kStageVectors * 16, args, ids, kv_head,
                     item.pages - first - S::kStagePages);
    const int pages = min(S::kStagePages, item.pages - first);
    const int last_token = (item.first_page + first + pages) * kv::kBlockTokens - 1;
    if (last_token > tile_last) {
      clear_values<D>(stages + buffer * kStageVectors + (pages - 1) * S::kPageVectors,
                      tile_last % kv::kBlockTokens + 1);
      __syncthreads();
    }
#pragma unroll 1
    for (int j = 0; j < pages; ++j) {
      const int token = (item.first_page + first + j) * kv::kBlockTokens;
      const int token_last = token + kv::kBlockTokens - 1;
      if (token > warp_last || token_last <= warp_first - window) continue;  // nothing visible to this warp
      const int page = buffer * kStageVectors + j * S::kPageVectors;
      float s[kFragments][2][4] = {};
      scores<T, D>(s, q, stages + page, lane);
      if (token_last > warp_first || token <= warp_last - window) {
        Rows<D>::each([&](int m, int f) {
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const int at = token + i / 2 * 8 + lane % 4 * 2 + i % 2;
            if (at > rows.position[m][f] || at <= rows.position[m][f] - window) s[m][i / 2][2 * f + i % 2] = -INFINITY;
          }
        });
      }
      uint32_t p[kFragments][4];
#pragma unroll
      for (int m = 0; m < kFragments; ++m) {
        a.softmax(m, s[m], scale);
        p[m][0] = Element<T>::narrow(s[m][0][0], s[m][0][1]);
        p[m][1] = Element<T>::narrow(s[m][0][2], s[m][0][3]);
        p[m][2] = Element<T>::narrow(s[m][1][0], s[m][1][1]);
        p[m][3] = Element<T>::narrow(s[m][1][2], s[m][1][3]);
      }
      add_values<T, D>(a, p, base + (page + kv::part_vectors(D)) * 16, lane);
    }
  }
  if (item.splits > 1 && !merge(a, args, item, kv_head)) return;
  store_rows(a, args, item, warp, lane, group, kv_head);
}

}  // namespace penstock::attention_prefill

// clang-format off
#define PENSTOCK_PARAMETERS(T)                                                                                    \
  T *out, const T *qkv, const T *cache, const int *blockIds, const int *work, float *partials, int *counters,     \
      int numHeads, int numKvHeads, int window, float scale
#define PENSTOCK_RUN(T, D)                                                                                        \
  penstock::attention_prefill::run<T, D>(                                                                         \
      {out, qkv, cache, blockIds, work, partials, counters, numHeads, numKvHeads, window, scale})

extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_prefill_bf16_d16(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 16);
}
extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_prefill_bf16_d32(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 32);
}
extern "C" __global__ void __launch_bounds__(128, 3) penstock_attention_prefill_bf16_d64(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 64);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_prefill_bf16_d80(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 80);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_prefill_bf16_d96(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 96);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_prefill_bf16_d128(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 128);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_prefill_bf16_d256(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 256);
}
extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_prefill_f16_d16(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 16);
}
extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_prefill_f16_d32(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 32);
}
extern "C" __global__ void __launch_bounds__(128, 3) penstock_attention_prefill_f16_d64(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 64);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_prefill_f16_d80(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 80);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_prefill_f16_d96(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 96);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_prefill_f16_d128(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 128);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_prefill_f16_d256(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 256);
}

#undef PENSTOCK_PARAMETERS
#undef PENSTOCK_RUN
// clang-format on
