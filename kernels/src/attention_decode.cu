// Attention of one query token a sequence over the paged cache (PagedAttention, arXiv 2309.06180), with the context
// cut over the card's blocks and the pieces merged by whoever comes last (Flash-Decoding, 2023).
//
//   out[t, h] = sum_j softmax_j(scale * q[t, h] . k[j, h / group]) v[j, h / group],  j = visible positions
//
// Bound by memory: keys and values are read once and nothing else counts. They lie in the cache so that a lane's
// 16-byte loads are tensor core operands at once (kv_layout.cuh), those of V after a transposition from register to
// register: no shared memory and no barrier on the way. A warp takes a page of 16 tokens at a time. Products are transposed, S^T = K Q^T and O^T = V^T P^T, so that
// tokens and dims fill the 16 rows of a fragment and up to 8 query heads of the group its columns: no row of the
// accumulators is idle, and there are few enough registers for 12 warps an SM. K of the next page is loaded while the
// softmax of this one runs, V while the next scores are computed: bytes are in flight all the time.
//
// Work. The host cuts the sequences' pages into segments and strings these to workers, the longest first
// (AttentionWork). A block takes worker blockIdx.y for one KV head and draws further ones from a counter: its 4 warps
// take pages of a segment in turn, merge in shared memory, and go on with the next segment, whose first pages are
// already on their way. A sequence in one segment is written to `out` at once. Else each block leaves its unscaled sum
// with maximum and weight in `partials`, and the one that arrives last merges them in the order of the segments: the
// same bits whoever is last.
//
// Kernels
//   penstock_attention_decode_{bf16,f16}_d{16,32,64,80,96,128,256}
//
// Launch contract
//   grid    (numKvHeads * ceil(group / 8), any): as many blocks as the card runs at once is best; blocks beyond the
//           list's length leave, missing ones are made up for
//   block   128
//   shared  none (static only)
//   align   every pointer to 16 bytes, work to 32
//   counters are zero before the first launch; every launch leaves them zero
//   work, blockIds and, where the header allows it, the pages that this step does not write are read before
//   pdl_wait(): they must be older than the first kernel of the step, which must wait for all of the step before
//
// Numerics: scores, softmax and sums in float32, weights rounded to T for the product with V. Elements of a page
// beyond the visible positions may hold anything, NaN included.

#include "attention_common.cuh"

namespace penstock::attention_decode {

using namespace attention;

constexpr int kWarps = 4;
constexpr int kThreads = kWarps * 32;
constexpr int kHeads = 8;  // query heads of a block: columns of a fragment
constexpr int kMergedPieces = 64;  // whose factors are in shared memory

// Pages [.., + pages) of one sequence.
struct Segment {
  int row;       // token row of the query in qkv and out
  int block;     // index in blockIds of the first page
  int pages;
  int position;  // of the first page's first token
  int context;   // tokens of the sequence; the query is the last
  int next;      // record of the worker's next segment, or -1
  int slot;      // first partial of the sequence, when it has several segments
  int splits;    // number of its segments
  int split;     // which of them this is

  __device__ __forceinline__ explicit Segment(const Record& r)
      : row(r.low.x), block(r.low.y), pages(r.low.z), position(r.low.w), context(r.high.x), next(r.high.y),
        slot(r.high.z), splits(r.high.w >> 16), split(r.high.w & 0xffff) {}
};

template <typename T>
struct Arguments {
  T* out;               // (tokens, heads, D)
  const T* qkv;         // (tokens, (heads + 2 kvHeads) * D)
  const T* cache;       // of the layer, kv_layout.cuh
  const int* block_ids;
  const int* work;
  float* partials;      // (slots, heads, 4 + D): maximum, weight, two unused, sum
  int* counters;        // (1 + slots, gridDim.x): tickets drawn, then arrivals
  int heads, kv_heads, window;
  float scale;
};

// K or V of one page: the lane's vectors of both halves' tiles, and 8 bytes of each half where headDim ends with a tile
// of 16 dims.
template <int D>
struct Part {
  static constexpr int kTiles = D / kv::kTileDims;
  static constexpr bool kNarrow = D % kv::kTileDims != 0;
  uint4 tile[2][kTiles > 0 ? kTiles : 1];
  uint2 narrow[2];

  // `part` is where the part begins.
  __device__ __forceinline__ void load(const uint4* part, int lane) {
    // Not the read-only path: the page of the new token is written by the kernel before, which may still run.
#pragma unroll
    for (int half = 0; half < 2; ++half) {
#pragma unroll
      for (int t = 0; t < kTiles; ++t) {
        uint4& v = tile[half][t];
        const uint4* from = part + half * kv::half_vectors(D) + t * kv::kTileVectors + kv::read_place(lane);
        asm volatile("ld.global.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                     : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                     : "l"(from)
                     : "memory");
      }
      if constexpr (kNarrow) {
        uint2& v = narrow[half];
        const uint2* from =
            reinterpret_cast<const uint2*>(part + half * kv::half_vectors(D) + kTiles * kv::kTileVectors) +
            kv::read_place_narrow(lane);
        asm volatile("ld.global.L1::no_allocate.v2.u32 {%0, %1}, [%2];" : "=r"(v.x), "=r"(v.y) : "l"(from) : "memory");
      }
    }
  }

  // Clears one of the lane's two tokens: what a weight of 0 meets must be finite.
  __device__ __forceinline__ void clear(int half) {
#pragma unroll
    for (int t = 0; t < kTiles; ++t) tile[half][t] = make_uint4(0, 0, 0, 0);
    narrow[half] = make_uint2(0, 0);
  }

  // Words of 16 x 16 elements, number c of D / 16: of tokens l/4, the first and the second of its two, then of tokens
  // 8 + l/4.
  __device__ __forceinline__ uint4 words(int c) const {
    if (kNarrow && c == D / 16 - 1) return make_uint4(narrow[0].x, narrow[0].y, narrow[1].x, narrow[1].y);
    const uint4& low = tile[0][c / 2 % (kTiles > 0 ? kTiles : 1)];
    const uint4& high = tile[1][c / 2 % (kTiles > 0 ? kTiles : 1)];
    return c % 2 == 0 ? make_uint4(low.x, low.y, high.x, high.y) : make_uint4(low.z, low.w, high.z, high.w);
  }
};

// First dim of row r (0 .. 7) of the transposed first word of words(c); the second word's is 2 further.
template <int D>
__device__ __forceinline__ int first_dim(int c, int r) {
  if (Part<D>::kNarrow && c == D / 16 - 1) return c * 16 + r / 2 * 4 + r % 2;
  return c / 2 * 32 + r / 2 * 8 + c % 2 * 4 + r % 2;
}

// Query of up to 8 heads as B fragments: column = head; absent heads are zero. Dims in the order of Part::words.
template <typename T, int D>
struct Query {
  uint32_t low[D / 16], high[D / 16];

  __device__ __forceinline__ void load(const T* first_head, int heads, int lane) {
    const int head = lane / 4;
    const T* from = first_head + static_cast<size_t>(head) * D;
#pragma unroll
    for (int t = 0; t < Part<D>::kTiles; ++t) {
      uint4 v = make_uint4(0, 0, 0, 0);
      if (head < heads) v = load_activation(from, t * 4 + lane % 4);
      low[2 * t] = v.x;
      high[2 * t] = v.y;
      low[2 * t + 1] = v.z;
      high[2 * t + 1] = v.w;
    }
    if constexpr (Part<D>::kNarrow) {
      uint2 v = make_uint2(0, 0);
      if (head < heads) v = reinterpret_cast<const uint2*>(from + D - 16)[lane % 4];
      low[D / 16 - 1] = v.x;
      high[D / 16 - 1] = v.y;
    }
  }
};

// Running softmax of a warp. Lane l accounts for heads 2(l%4) + {0,1}.
template <typename T, int D>
struct Accumulator {
  float sum[D / 16][4];  // O^T: first_dim(c, l/4) and 2 further; elements 0 and 2 of the first head, 1 and 3 of the second
  float maximum[2];      // of scaled scores; the same in all lanes of a head
  float weight[2];       // this lane's share

  __device__ __forceinline__ void reset() {
#pragma unroll
    for (int c = 0; c < D / 16; ++c) {
#pragma unroll
      for (int i = 0; i < 4; ++i) sum[c][i] = 0.0f;
    }
    maximum[0] = maximum[1] = kNoMaximum;
    weight[0] = weight[1] = 0.0f;
  }

  // Scores s of 16 tokens, in base-2 units, -infinity where invisible: raises the maximum when it must.
  __device__ __forceinline__ void adapt(const float (&s)[4]) {
    float top[2] = {fmaxf(s[0], s[2]), fmaxf(s[1], s[3])};
    const bool above = top[0] > maximum[0] + kSlack || top[1] > maximum[1] + kSlack;
    if (!__any_sync(0xffffffffu, above)) return;
#pragma unroll
    for (int h = 0; h < 2; ++h) {
#pragma unroll
      for (int offset = 4; offset < 32; offset *= 2) {
        top[h] = fmaxf(top[h], __shfl_xor_sync(0xffffffffu, top[h], offset));
      }
      const float raised = fmaxf(maximum[h], top[h]);
      const float factor = exp2_fast(maximum[h] - raised);
      maximum[h] = raised;
      weight[h] *= factor;
#pragma unroll
      for (int c = 0; c < D / 16; ++c) {
        sum[c][h] *= factor;
        sum[c][2 + h] *= factor;
      }
    }
  }
};

template <int D>
struct Shared {
  float maximum[kWarps][kHeads];
  float weight[kWarps][kHeads];
  float sum[kWarps][kHeads][D + 4];  // the pad keeps the fragments' stores free of bank conflicts
  int next;                          // record to go on with, or -1
};

// What shared memory holds while pieces are merged.
union Merge {
  float factor[kMergedPieces][kHeads];
  float4 sum[kThreads];
};

template <typename T, int D>
__device__ __forceinline__ void put(Accumulator<T, D>& a, Shared<D>& shared, int warp, int lane, int heads) {
#pragma unroll
  for (int h = 0; h < 2; ++h) {
#pragma unroll
    for (int offset = 4; offset < 32; offset *= 2) {
      a.weight[h] += __shfl_xor_sync(0xffffffffu, a.weight[h], offset);
    }
    const int head = lane % 4 * 2 + h;
    if (head < heads) {
      if (lane < 4) {
        shared.maximum[warp][head] = a.maximum[h];
        shared.weight[warp][head] = a.weight[h];
      }
#pragma unroll
      for (int c = 0; c < D / 16; ++c) {
        const int dim = first_dim<D>(c, lane / 4);
        shared.sum[warp][head][dim] = a.sum[c][h];
        shared.sum[warp][head][dim + 2] = a.sum[c][2 + h];
      }
    }
  }
}

__device__ __forceinline__ void add_scaled(float4& to, const float4& value, float factor) {
  to.x = fmaf(value.x, factor, to.x);
  to.y = fmaf(value.y, factor, to.y);
  to.z = fmaf(value.z, factor, to.z);
  to.w = fmaf(value.w, factor, to.w);
}

template <typename T>
__device__ __forceinline__ void store_four(T* to, const float4& sum, float weight) {
  const float inverse = 1.0f / weight;
  *reinterpret_cast<uint2*>(to) = make_uint2(Element<T>::narrow(sum.x * inverse, sum.y * inverse),
                                             Element<T>::narrow(sum.z * inverse, sum.w * inverse));
}

// From L2, where other blocks left it, and where it stands in the program: __ldcg would be put off until it is used.
__device__ __forceinline__ float4 load_partial(const float* from) {
  float4 value;
  asm volatile("ld.global.cg.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(value.x), "=f"(value.y), "=f"(value.z), "=f"(value.w)
               : "l"(from)
               : "memory");
  return value;
}

// The result of a sequence from the partials of its pieces, by the block that has found them all there. What counts is
// latency, as a lone sequence has many pieces: loads go out together, and a piece's factor is computed once for all.
template <typename T, int D>
__device__ __forceinline__ void merge_pieces(const Arguments<T>& args, const Segment& segment, Shared<D>& shared,
                                             int first_head, int heads) {
  constexpr int kQuads = D / 4;
  constexpr int kColumns = (kHeads * kQuads + kThreads - 1) / kThreads;  // most of a thread, four dims each
  constexpr int kLoads = (D > 64 ? 16 : 8) / kColumns;  // on their way; a narrow head has few registers, many threads
  constexpr int kHeadThreads = kThreads / kHeads;
  constexpr int kStates = kMergedPieces / kHeadThreads;
  static_assert(sizeof(Merge) <= sizeof(shared.sum), "takes the place of what it merges");
  Merge& merge = *reinterpret_cast<Merge*>(shared.sum);

  // Columns that are too few for the threads have several each, which take the pieces in turn.
  const int columns = heads * kQuads;
  const int shares = columns < kThreads ? kThreads / columns : 1;
  const int share = columns < kThreads ? threadIdx.x / columns : 0;
  const int first_column = columns < kThreads ? threadIdx.x % columns : threadIdx.x;
  const size_t step = static_cast<size_t>(args.heads) * (D + 4);
  const float* partials = args.partials + (static_cast<size_t>(segment.slot) * args.heads + first_head) * (D + 4);

  const int state_head = threadIdx.x / kHeadThreads;
  const int state_piece = threadIdx.x % kHeadThreads;
  float maximum = kNoMaximum;  // of state_head's pieces so far, and their weight
  float weight = 0.0f;
  float4 sum[kColumns];
#pragma unroll
  for (int i = 0; i < kColumns; ++i) sum[i] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);

#pragma unroll 1
  for (int first = 0; first < segment.splits; first += kMergedPieces) {
    const int pieces = min(kMergedPieces, segment.splits - first);
    float4 part[kColumns][kLoads];
    const auto load_parts = [&](int at) {
#pragma unroll
      for (int i = 0; i < kColumns; ++i) {
        const int column = min(first_column + i * kThreads, columns - 1);
        const float* from = partials + column / kQuads * (D + 4) + 4 + column % kQuads * 4;
#pragma unroll
        for (int s = 0; s < kLoads; ++s) {
          const int piece = first + min(at + s * shares, pieces - 1);
          part[i][s] = load_partial(from + piece * step);
        }
      }
    };
    load_parts(share);
    __syncthreads();  // without it the compiler puts these loads off until the states are there
    float2 state[kStates];
    float top = kNoMaximum;
#pragma unroll
    for (int i = 0; i < kStates; ++i) {
      const int piece = i * kHeadThreads + state_piece;
      state[i] = make_float2(kNoMaximum, 0.0f);
      if (state_head < heads && piece < pieces) {
        state[i] = __ldcg(reinterpret_cast<const float2*>(partials + (first + piece) * step + state_head * (D + 4)));
      }
    }
#pragma unroll
    for (int i = 0; i < kStates; ++i) top = fmaxf(top, state[i].x);
#pragma unroll
    for (int offset = 1; offset < kHeadThreads; offset *= 2) {
      top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, offset));
    }
    const float raised = fmaxf(maximum, top);
    const float keep = exp2_fast(maximum - raised);
    maximum = raised;
    float added = 0.0f;
#pragma unroll
    for (int i = 0; i < kStates; ++i) {
      const float factor = exp2_fast(state[i].x - raised);
      added = fmaf(state[i].y, factor, added);
      merge.factor[i * kHeadThreads + state_piece][state_head] = factor;
    }
#pragma unroll
    for (int offset = 1; offset < kHeadThreads; offset *= 2) {
      added += __shfl_xor_sync(0xffffffffu, added, offset);
    }
    weight = fmaf(weight, keep, added);
    if (state_piece == 0) {
      shared.maximum[0][state_head] = keep;
      shared.weight[0][state_head] = weight;
    }
    __syncthreads();

#pragma unroll
    for (int i = 0; i < kColumns; ++i) {
      const float kept = shared.maximum[0][min(first_column + i * kThreads, columns - 1) / kQuads];
      sum[i] = make_float4(sum[i].x * kept, sum[i].y * kept, sum[i].z * kept, sum[i].w * kept);
    }
#pragma unroll 1
    for (int at = share; at < pieces; at += kLoads * shares) {
      if (at != share) load_parts(at);
#pragma unroll
      for (int i = 0; i < kColumns; ++i) {
        const int head = min(first_column + i * kThreads, columns - 1) / kQuads;
#pragma unroll
        for (int s = 0; s < kLoads; ++s) {
          const int piece = at + s * shares;
          if (piece < pieces) add_scaled(sum[i], part[i][s], merge.factor[piece][head]);
        }
      }
    }
    __syncthreads();
  }

  if (shares > 1) {
    if (share < shares) merge.sum[threadIdx.x] = sum[0];
    __syncthreads();
  }
  if (share > 0) return;  // also what is left over where threads are no multiple of columns
  for (int s = 1; s < shares; ++s) add_scaled(sum[0], merge.sum[s * columns + first_column], 1.0f);
#pragma unroll
  for (int i = 0; i < kColumns; ++i) {
    const int column = first_column + i * kThreads;
    if (column < columns) {
      const int head = column / kQuads;
      T* to = args.out + (static_cast<size_t>(segment.row) * args.heads + first_head + head) * D + column % kQuads * 4;
      store_four(to, sum[i], shared.weight[0][head]);
    }
  }
}

// Merges the warps of the block and writes the result, or the partial and, as the last block, the result of all.
template <typename T, int D>
__device__ __forceinline__ void finish(const Arguments<T>& args, const Segment& segment, Shared<D>& shared,
                                       int first_head, int heads) {
  constexpr int kStride = D + 4;
  constexpr int kQuads = D / 4;
  const int warps = min(kWarps, segment.pages);  // the others had no page
  for (int i = threadIdx.x; i < heads * kQuads; i += kThreads) {
    const int head = i / kQuads;
    const int dim = i % kQuads * 4;
    float maximum = kNoMaximum;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) {
      if (w < warps) maximum = fmaxf(maximum, shared.maximum[w][head]);
    }
    float weight = 0.0f;
    float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
#pragma unroll
    for (int w = 0; w < kWarps; ++w) {
      if (w < warps) {
        const float factor = exp2_fast(shared.maximum[w][head] - maximum);
        weight = fmaf(shared.weight[w][head], factor, weight);
        add_scaled(sum, *reinterpret_cast<const float4*>(&shared.sum[w][head][dim]), factor);
      }
    }
    const int h = first_head + head;
    if (segment.splits == 1) {
      store_four(args.out + (static_cast<size_t>(segment.row) * args.heads + h) * D + dim, sum, weight);
    } else {
      float* partial =
          args.partials + (static_cast<size_t>(segment.slot + segment.split) * args.heads + h) * kStride;
      if (dim == 0) *reinterpret_cast<float4*>(partial) = make_float4(maximum, weight, 0.0f, 0.0f);
      *reinterpret_cast<float4*>(partial + 4 + dim) = sum;
    }
  }
  if (segment.splits == 1) return;
  if (!arrived_last(args.counters + (1 + segment.slot) * gridDim.x + blockIdx.x, segment.splits)) return;

  merge_pieces<T, D>(args, segment, shared, first_head, heads);
}

template <typename T, int D>
__device__ __forceinline__ void run(const Arguments<T>& args) {
  static_assert(D % 16 == 0, "chunks of 16 dims");
  __shared__ __align__(16) Shared<D> shared;
  pdl_launch_dependents();
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  const int kv_head = blockIdx.x % args.kv_heads;
  const int group = args.heads / args.kv_heads;
  const int first_head = kv_head * group + blockIdx.x / args.kv_heads * kHeads;  // of all query heads
  const int heads = min(kHeads, (kv_head + 1) * group - first_head);

  const uint64_t keep = last_to_leave();
  const auto record = [&](int index) { return Segment(load_record(args.work, index, keep)); };
  const auto block_id = [&](int index) { return load_kept(args.block_ids + index, keep); };
  const int4 header = load_kept(reinterpret_cast<const int4*>(args.work), keep);
  const int workers = header.x;
  Segment segment = record(blockIdx.y);
  if (static_cast<int>(blockIdx.y) >= workers) {
    if (blockIdx.y == 0) pdl_wait();  // one block's wait is enough for the launch to end after all before it
    return;
  }
  const auto page = [&](int id) {
    return reinterpret_cast<const uint4*>(args.cache) + kv::head_offset(id, kv_head, args.kv_heads, D);
  };
  constexpr int kPartVectors = kv::part_vectors(D);

  Part<D> keys, values;
  const auto load_page = [&](const uint4* from) {
    keys.load(from, lane);
    values.load(from + kPartVectors, lane);
  };
  const bool has_page = warp < segment.pages;
  // Only the page of the sequence's last token is written by this step.
  const bool early =
      header.y != 0 && has_page && segment.position + (warp + 1) * kv::kBlockTokens < segment.context;
  if (early) load_page(page(block_id(segment.block + warp)));
  pdl_wait();
  if (has_page && !early) load_page(page(block_id(segment.block + warp)));

  const float scale = args.scale * kLog2E;
  const bool queued = workers > static_cast<int>(gridDim.y);
  while (true) {
    Query<T, D> query;
    query.load(args.qkv + static_cast<size_t>(segment.row) * (args.heads + 2 * args.kv_heads) * D +
                   static_cast<size_t>(first_head) * D,
               heads, lane);
    const int end = segment.block + segment.pages;
    int ahead = segment.block + warp + kWarps;  // the page after this one
    int ahead_id = ahead < end ? block_id(ahead) : 0;
    // The first page of the worker's next segment follows the last of this one without a gap.
    bool continues = false;
    const uint4* next_page = nullptr;
    int ticket = 0;
    if (segment.next >= 0) {
      const Segment next = record(segment.next);
      continues = warp < next.pages;
      if (continues) next_page = page(block_id(next.block + warp));
    } else if (queued && threadIdx.x == 0) {
      ticket = atomicAdd(args.counters + blockIdx.x, 1);
    }

    Accumulator<T, D> a;
    a.reset();
    const int first_visible = args.window > 0 ? segment.context - args.window : 0;
    int token = segment.position + warp * kv::kBlockTokens;
    for (int p = warp; p < segment.pages; p += kWarps, token += kWarps * kv::kBlockTokens) {
      // Two chains of products: their latency, not their number, is what a lone page waits for.
      float s[4] = {0.0f, 0.0f, 0.0f, 0.0f};
      float t[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
      for (int c = 0; c < D / 16; ++c) {
        const uint4 k = keys.words(c);
        mma<T>(c % 2 == 0 ? s : t, k.x, k.z, k.y, k.w, query.low[c], query.high[c]);
      }
      const bool more = ahead < end || continues;
      const uint4* following = ahead < end ? page(ahead_id) : next_page;
      ahead += kWarps;
      if (ahead < end) ahead_id = block_id(ahead);
      if (more) keys.load(following, lane);

#pragma unroll
      for (int i = 0; i < 4; ++i) s[i] = (s[i] + t[i]) * scale;
      if (token + kv::kBlockTokens > segment.context || token < first_visible) {
        const auto visible = [&](int offset) {
          return token + offset < segment.context && token + offset >= first_visible;
        };
        if (!visible(lane / 4)) {
          s[0] = s[1] = -INFINITY;
          values.clear(0);
        }
        if (!visible(lane / 4 + 8)) {
          s[2] = s[3] = -INFINITY;
          values.clear(1);
        }
      }
      a.adapt(s);
#pragma unroll
      for (int i = 0; i < 4; ++i) s[i] = exp2_fast(s[i] - a.maximum[i % 2]);
      a.weight[0] += s[0] + s[2];
      a.weight[1] += s[1] + s[3];
      const uint32_t p_low = transpose_8x8(Element<T>::narrow(s[0], s[1]));
      const uint32_t p_high = transpose_8x8(Element<T>::narrow(s[2], s[3]));
#pragma unroll
      for (int c = 0; c < D / 16; ++c) {
        const uint4 v = values.words(c);
        mma<T>(a.sum[c], transpose_8x8(v.x), transpose_8x8(v.y), transpose_8x8(v.z), transpose_8x8(v.w), p_low, p_high);
      }
      if (more) values.load(following + kPartVectors, lane);
    }
    if (warp < segment.pages) {
      put(a, shared, warp, lane, heads);
    } else if (continues) {
      load_page(next_page);
    }
    if (threadIdx.x == 0) {
      shared.next = segment.next;
      if (segment.next < 0 && queued) {
        // The blocks that have work draw `workers` tickets in all, each one beyond the end: the last resets.
        if (ticket == workers - 1) args.counters[blockIdx.x] = 0;
        if (ticket + static_cast<int>(gridDim.y) < workers) shared.next = ticket + gridDim.y;
      }
    }
    __syncthreads();
    const Segment done = segment;
    const int next = shared.next;
    if (next >= 0) {
      segment = record(next);
      // A new worker's first pages are on their way while the old one's result is merged.
      if (done.next < 0 && warp < segment.pages) load_page(page(block_id(segment.block + warp)));
    }
    finish<T, D>(args, done, shared, first_head, heads);
    if (next < 0) return;
    __syncthreads();  // shared is read no more
  }
}

}  // namespace penstock::attention_decode

// clang-format off
#define PENSTOCK_PARAMETERS(T)                                                                                    \
  T *out, const T *qkv, const T *cache, const int *blockIds, const int *work, float *partials, int *counters,     \
      int numHeads, int numKvHeads, int window, float scale
#define PENSTOCK_RUN(T, D)                                                                                        \
  penstock::attention_decode::run<T, D>(                                                                          \
      {out, qkv, cache, blockIds, work, partials, counters, numHeads, numKvHeads, window, scale})

extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_decode_bf16_d16(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 16);
}
extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_decode_bf16_d32(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 32);
}
extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_decode_bf16_d64(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 64);
}
extern "C" __global__ void __launch_bounds__(128, 3) penstock_attention_decode_bf16_d80(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 80);
}
extern "C" __global__ void __launch_bounds__(128, 3) penstock_attention_decode_bf16_d96(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 96);
}
extern "C" __global__ void __launch_bounds__(128, 3) penstock_attention_decode_bf16_d128(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 128);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_decode_bf16_d256(
    PENSTOCK_PARAMETERS(__nv_bfloat16)) {
  PENSTOCK_RUN(__nv_bfloat16, 256);
}
extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_decode_f16_d16(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 16);
}
extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_decode_f16_d32(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 32);
}
extern "C" __global__ void __launch_bounds__(128, 4) penstock_attention_decode_f16_d64(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 64);
}
extern "C" __global__ void __launch_bounds__(128, 3) penstock_attention_decode_f16_d80(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 80);
}
extern "C" __global__ void __launch_bounds__(128, 3) penstock_attention_decode_f16_d96(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 96);
}
extern "C" __global__ void __launch_bounds__(128, 3) penstock_attention_decode_f16_d128(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 128);
}
extern "C" __global__ void __launch_bounds__(128, 2) penstock_attention_decode_f16_d256(
    PENSTOCK_PARAMETERS(__half)) {
  PENSTOCK_RUN(__half, 256);
}

#undef PENSTOCK_PARAMETERS
#undef PENSTOCK_RUN
// clang-format on
