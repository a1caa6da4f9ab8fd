// Second half of sampling: from what penstock_sample_slices found to a token for each row, and its log-probabilities.
//
//   w[i]   = exp((a[i] - max a) / temperature), 0 below min_p; a[i] = the logit after bias, suppression, penalties, mask
//   keep   = the top_k heaviest w; of them the smallest set of heaviest that holds top_p of their mass
//   id     = the kept token in which uniform * (mass of the kept) falls: heaviest first, or in order of ids where
//            nothing is cut off; uniform is Philox's number of (seed, choice, position)
//   logprob, top 20 = by the raw logits
//
// These are the meanings of sampling.RowSampler on the host, ties by lower id included. Nothing is sorted: what is cut
// off and what is drawn are places in an order, and a place is found by histograms over the bits of the weights. Which
// tokens take part:
//   nothing cut off   a group is found by the groups' masses, then the token in it: 512 bytes of the row are read
//   top_k             tokens not below the (k+1)-th best group maximum: about as many as k
//   min_p             tokens not below min_p
//   top_p alone       tokens not below the 64th best group maximum, if they hold enough; then 7/8 of the groups
//   more than 4,096   all tokens, from memory, once for each histogram
//
// Kernels
//   penstock_sample_rows
//
// Launch contract
//   grid    (rows, 1, 1); rows beyond the upload's are padding
//   block   (1024, 1, 1)
//   shared  kSharedBytes dynamic (SamplingPlan.ROWS_SHARED_BYTES)
//   align   every pointer to 16 bytes; rows are contiguous; vocab at most 327,680; fewer than 2^19 tokens
//   writes  sampled_ids, result_ids for every row; records for rows with log-probabilities. Rows with bias, suppressed
//           tokens or penalties are changed in place (logits), as are their lists (upload).
//
// Numerics: weights as on the host, bit for bit; masses in fixed point, 2^-44 of the best token's weight, so that sums
// are exact in any order; log-probabilities from float32 sums. A row's results depend on that row only.

#include "pdl.cuh"
#include "sample_adjust.cuh"
#include "sample_layout.cuh"
#include "sample_math.cuh"
#include "sample_select.cuh"

namespace penstock::sample_rows {

using namespace penstock::sampling;

constexpr int kFirstGroups = 64;  // a nucleus is looked for among the tokens of about as many groups at first
constexpr int kAllRanks = kMaxVocab;

struct Summary {
  unsigned long long best;
  uint32_t flags;
  double log_sum;  // of the exponentials of the raw logits
};

struct Shared {
  SelectShared select;
  AdjustScratch adjust;
  Summary summary;
  float raw;
};

constexpr int kSharedBytes = 91136;
static_assert(sizeof(Shared) <= kSharedBytes && kSharedBytes <= 99 * 1024, "sm_89 has 99 KiB a block");

// For the first warp: what the slices say of the whole row.
__device__ __forceinline__ void summarise(const SliceStats* slices, int count, bool logprobs, Summary& out) {
  const int lane = threadIdx.x % kWarpSize;
  unsigned long long best = 0;
  uint32_t flags = 0;
  float max = minus_infinity();
#pragma unroll 1
  for (int i = lane; i < count; i += kWarpSize) {
    best = slices[i].best > best ? slices[i].best : best;
    flags |= slices[i].flags;
    if (logprobs) max = fmaxf(max, slices[i].raw_max);
  }
#pragma unroll
  for (int offset = kWarpSize / 2; offset > 0; offset /= 2) {
    const unsigned long long other = __shfl_xor_sync(kAllLanes, best, offset);
    best = other > best ? other : best;
    max = fmaxf(max, __shfl_xor_sync(kAllLanes, max, offset));
  }
  flags = __reduce_or_sync(kAllLanes, flags);
  double sum = 0;
  if (logprobs) {
#pragma unroll 1
    for (int i = lane; i < count; i += kWarpSize) {
      sum += static_cast<double>(slices[i].raw_sum) * exp_of(__fsub_rn(slices[i].raw_max, max));
    }
#pragma unroll
    for (int offset = kWarpSize / 2; offset > 0; offset /= 2) sum += __shfl_xor_sync(kAllLanes, sum, offset);
  }
  if (lane == 0) {
    out.best = best;
    out.flags = flags;
    if (logprobs) {
      const bool finite = !(flags & kRawHasNan) && max <= 3.402823466e38f;
      out.log_sum = finite ? max + log(sum) : static_cast<double>(__uint_as_float(0x7FC00000u));
    }
  }
}

// ---- the best raw logits

__device__ __forceinline__ unsigned long long raw_rank(float logit, int id) {
  return ranked(logit == logit ? ordered(logit) : 0, id);  // NaN last
}

__device__ __forceinline__ float part(const float4& quad, int j) {
  return j == 0 ? quad.x : j == 1 ? quad.y : j == 2 ? quad.z : quad.w;
}

__device__ __forceinline__ void report(SampleRecord& out, int place, unsigned long long rank, double log_sum) {
  out.top_ids[place] = ranked_id(rank);
  out.top_logprobs[place] = static_cast<float>(unordered(static_cast<uint32_t>(rank >> 32)) - log_sum);
}

// The `count` best tokens by raw logit, then id; count <= min(vocab, 20).
__device__ __forceinline__ void best_raw(const float* logits, int vocab, int groups, const float* group_max, int count,
                                         double log_sum, SampleRecord& out, SelectShared& s) {
  if (threadIdx.x == 0) out.top_count = count;
  if (count == 0) return;
  // At least `count` tokens are not below the count-th best group maximum; usually few more.
  uint32_t lo = 0;
  if (groups > count) {
    Range range = all_ordered();
    uint64_t target = count - 1;
#pragma unroll 1
    for (int level = 0; level < 2; ++level) {
      clear(s.finer);
#pragma unroll 1
      for (int g = threadIdx.x; g < groups; g += kThreads) {
        const uint32_t key = ordered(group_max[g]);
        if (range.has(key)) add_key(s.finer, range, key);
      }
      __syncthreads();
      find_bin(s.finer, range, false, false, target, s.found, s.scan);
      target = s.found.target - s.found.before.count;
      range = range.narrowed(s.found.bin);
    }
    lo = range.lo;
  }

  const auto wanted = [&](int group) { return ordered(group_max[group]) >= lo; };
  const auto each = [&](int group, const float4& quad, auto take) {
    const int id = group * kGroup + static_cast<int>(threadIdx.x) % kWarpSize * 4;
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const unsigned long long rank = raw_rank(part(quad, j), id + j);
      if (id + j < vocab && static_cast<uint32_t>(rank >> 32) >= lo) take(rank);
    }
  };
  if (threadIdx.x == 0) s.members = 0;
  __syncthreads();
  visit_quads(logits, vocab, groups, wanted, [&](int group, const float4& quad) {
    each(group, quad, [&](unsigned long long rank) {
      const uint32_t at = atomicAdd(&s.members, 1u);
      if (at < kPairs) s.pairs[at] = rank;
    });
  });
  __syncthreads();
  const int members = s.members;
  if (members <= kPairs) {
    if (static_cast<int>(threadIdx.x) < members) {
      const unsigned long long mine = s.pairs[threadIdx.x];
      int place = 0;
#pragma unroll 1
      for (int i = 0; i < members; ++i) place += s.pairs[i] > mine;
      if (place < count) report(out, place, mine, log_sum);
    }
    __syncthreads();
    return;
  }
  // A small vocabulary or many equal logits: one search for each place.
  unsigned long long bound = ~0ull;
#pragma unroll 1
  for (int place = 0; place < count; ++place) {
    unsigned long long best = 0;
    visit_quads(logits, vocab, groups, wanted, [&](int group, const float4& quad) {
      each(group, quad, [&](unsigned long long rank) {
        if (rank < bound && rank > best) best = rank;
      });
    });
#pragma unroll
    for (int offset = kWarpSize / 2; offset > 0; offset /= 2) {
      const unsigned long long other = __shfl_xor_sync(kAllLanes, best, offset);
      best = other > best ? other : best;
    }
    if (threadIdx.x % kWarpSize == 0) s.pairs[threadIdx.x / kWarpSize] = best;
    __syncthreads();
#pragma unroll 1
    for (int i = 0; i < kWarps; ++i) best = s.pairs[i] > best ? s.pairs[i] : best;
    __syncthreads();
    bound = best;
    if (threadIdx.x == 0) report(out, place, best, log_sum);
  }
}

// ---- the draw

// A lower bound for the weight of the rank-th best group (from 0), by the bin that it stands in; 1, which is below
// every weight but 0, when there are not as many.
__device__ __forceinline__ uint32_t bound_by_groups(int rank, int groups, SelectShared& s) {
  if (rank >= groups) return 1;
  const Range all = all_weights();
  clear(s.finer);
#pragma unroll 1
  for (int g = threadIdx.x; g < groups; g += kThreads) {
    if (s.group[g] != 0) add_key(s.finer, all, s.group[g]);
  }
  __syncthreads();
  const Amount total = find_bin(s.finer, all, false, false, rank, s.found, s.scan);
  return static_cast<uint32_t>(rank) < total.count ? max(1u, all.lowest_of(s.found.bin)) : 1;
}

// The share top_p of a mass, in units; at least one.
__device__ __forceinline__ uint64_t quota(double top_p, uint64_t mass) {
  const uint64_t share = __double2ull_ru(top_p * __ull2double_rn(mass));
  return share < 1 ? 1 : share > mass ? mass : share;
}

// The groups' masses in units of the best token's weight, summed up to this thread's first group.
struct GroupMasses {
  const RowWorkspace& workspace;
  const Row& row;

  __device__ __forceinline__ uint64_t of(int group) const {
    const unsigned long long best = workspace.slices[group / kGroupsPerSlice].best;
    if (best == 0) return 0;
    const float slice_max = unordered(static_cast<uint32_t>(best >> 32));
    const float scale = exp_of(__fmul_rn(__fsub_rn(slice_max, row.max), row.inverse_temperature));
    return __float2ull_rz(workspace.group_mass[group] * scale * 17592186044416.0f);  // 2^44
  }
  __device__ __forceinline__ int begin() const { return min(static_cast<int>(threadIdx.x) * per_thread(), row.groups); }
  __device__ __forceinline__ int end() const { return min(begin() + per_thread(), row.groups); }
  __device__ __forceinline__ int per_thread() const { return (row.groups + kThreads - 1) / kThreads; }
};

__device__ __forceinline__ Amount before_my_groups(const GroupMasses& masses, Amount& total, SelectShared& s) {
  Amount mine = {0, 0};
#pragma unroll 1
  for (int g = masses.begin(); g < masses.end(); ++g) mine.mass += masses.of(g);
  return exclusive_scan(mine, total, s.scan);
}

// What the tokens of at least `lo` are likely to weigh together, at most: in groups that have none of them all tokens
// are below, and the others are taken to hold as much below. Where a nucleus is wide this spares a search in vain.
__device__ __forceinline__ uint64_t likely_above(const Row& row, const RowWorkspace& workspace, uint32_t lo,
                                                 uint64_t total_mass, SelectShared& s) {
  const GroupMasses masses = {workspace, row};
  Amount mine = {0, 0};
#pragma unroll 1
  for (int g = masses.begin(); g < masses.end(); ++g) {
    if (s.group[g] < lo) mine = mine + Amount{1, masses.of(g)};
  }
  Amount below;
  exclusive_scan(mine, below, s.scan);
  if (below.count == 0) return total_mass;
  const uint64_t all_below = below.mass / below.count * row.groups;
  return all_below < total_mass ? total_mass - all_below : 0;
}

// With nothing cut off: the group in which the target falls, then the token in it.
__device__ __forceinline__ void draw_by_groups(const Row& row, const GroupMasses& masses, uint64_t before,
                                               uint64_t target, SelectShared& s) {
#pragma unroll 1
  for (int g = masses.begin(); g < masses.end(); ++g) {
    const uint64_t mass = masses.of(g);
    if (before <= target && target < before + mass) s.found = {static_cast<uint32_t>(g), {0, before}, {0, mass}, target};
    before += mass;
  }
  __syncthreads();
  if (threadIdx.x < kWarpSize) {
    const Found found = s.found;
    const int id = static_cast<int>(found.bin) * kGroup + static_cast<int>(threadIdx.x) * 4;
    uint32_t bits[4];
    uint64_t mine = 0;
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      bits[j] = id + j < row.vocab ? bits_at(row, id + j) : 0;
      mine += fixed(bits[j]);
    }
    uint64_t through = mine;
#pragma unroll
    for (int offset = 1; offset < kWarpSize; offset *= 2) {
      const uint64_t other = __shfl_up_sync(kAllLanes, through, offset);
      if (static_cast<int>(threadIdx.x) >= offset) through += other;
    }
    uint64_t at = found.before.mass + through - mine;
    int token = -1, last = -1;
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      at += fixed(bits[j]);
      if (token < 0 && target < at && bits[j] != 0) token = id + j;
      if (bits[j] != 0) last = id + j;
    }
    // The group's mass was rounded differently, so its tokens' may end just below the target.
    const uint32_t lanes = __ballot_sync(kAllLanes, token >= 0);
    const uint32_t any = __ballot_sync(kAllLanes, last >= 0);
    const int owner = lanes != 0 ? __ffs(lanes) - 1 : 31 - __clz(any);
    if (static_cast<int>(threadIdx.x) == owner) s.chosen.id = lanes != 0 ? token : last;
  }
  __syncthreads();
}

// Leaves the token in s.chosen.id.
__device__ __forceinline__ void draw(const Row& row, const SampleRow& params, const RowWorkspace& workspace,
                                     SelectShared& s) {
#pragma unroll 1
  for (int g = threadIdx.x; g < row.groups; g += kThreads) {
    const float weight = exp_of(__fmul_rn(__fsub_rn(workspace.group_max[g], row.max), row.inverse_temperature));
    s.group[g] = min(__float_as_uint(weight), kOne);
  }
  __syncthreads();
  const uint64_t random_bits = philox_bits(params.seed, params.choice, params.position);
  const int top_k = params.top_k;
  const double top_p = params.top_p;
  const bool by_groups = top_k == 0 && params.min_p == 0.0f;

  Amount all = {0, 0};  // of the row as its groups tell it
  if (by_groups) {
    const GroupMasses masses = {workspace, row};
    const Amount before = before_my_groups(masses, all, s);
    if (top_p == 1.0) {
      draw_by_groups(row, masses, before.mass, share_of(random_bits, all.mass), s);
      return;
    }
  }

  // The candidates: from few to all, until they hold what is kept.
  Source source = {false, 0};
  Amount total;
  bool complete = false;  // whether all tokens but those of weight 0 are among them
  const uint32_t floor_bits = max(1u, __float_as_uint(params.min_p));
#pragma unroll 1
  for (int stage = 0;; ++stage) {
    source = {false, 0};
    complete = true;
    if (stage < (by_groups ? 2 : 1)) {
      const int rank = top_k > 0 ? top_k : !by_groups ? kAllRanks : stage == 0 ? kFirstGroups - 1 : row.groups / 8 * 7;
      const uint32_t lo = max(floor_bits, bound_by_groups(rank, row.groups, s));
      if (by_groups && lo > 1 && likely_above(row, workspace, lo, all.mass, s) < quota(top_p, all.mass)) continue;
      source.size = gather(row, lo, s);
      source.listed = source.size <= kList;
      complete = lo == floor_bits || !source.listed;
      if (!source.listed && by_groups) {
        stage = 1;  // looser bounds would find more
        continue;
      }
    }
    total = survey(source, row, s);
    if (!by_groups || complete || total.mass >= quota(top_p, all.mass)) break;
  }
  if (total.mass == 0) return;
  const bool truncates = top_k > 0 && static_cast<uint32_t>(top_k) < total.count;
  if (!truncates && top_p == 1.0) {
    select_by_id(source, row, {1, kOne - 1, 0}, {0, 0}, true, share_of(random_bits, total.mass), s);
    return;
  }
  uint64_t mass = complete || !by_groups ? total.mass : all.mass;
#pragma unroll 1
  for (int step = truncates ? 0 : 1; step < 3; ++step) {
    if (step == 1 && top_p == 1.0) continue;
    const uint64_t target = step == 0   ? static_cast<uint64_t>(top_k - 1)
                            : step == 1 ? quota(top_p, mass) - 1
                                        : share_of(random_bits, mass);
    select(source, row, step != 0, target, s);
    mass = s.chosen.through.mass;
  }
}

}  // namespace penstock::sample_rows

extern "C" __global__ void __launch_bounds__(1024, 1)
    penstock_sample_rows(int* sampled_ids,       // (rows), the next step's input
                         int* result_ids,        // (rows), what the host copies
                         void* records,          // (rows) SampleRecord
                         float* logits,          // (rows, vocab)
                         uint32_t* upload,       // SamplingUpload
                         const int* input_ids,   // (tokens)
                         const int* logit_rows,  // (rows), token row of each
                         void* workspace, int vocab) {
  using namespace penstock::sample_rows;
  penstock::pdl_launch_dependents();
  penstock::pdl_wait();

  extern __shared__ __align__(16) unsigned char shared_bytes[];
  Shared& s = *reinterpret_cast<Shared*>(shared_bytes);
  const int r = blockIdx.x;
  if (r >= upload_rows(upload)) return;
  const SampleRow& params = upload_row(upload, r);
  const uint32_t flags = params.flags;
  const bool logprobs = flags & kLogprobs;
  const int slices = (vocab + kSlice - 1) / kSlice;
  const RowWorkspace known = row_workspace(workspace, r, slices);
  float* const row_logits = logits + static_cast<size_t>(r) * vocab;
  SampleRecord& record = static_cast<SampleRecord*>(records)[r];

  if (threadIdx.x < penstock::kWarpSize) summarise(known.slices, slices, logprobs, s.summary);
  __syncthreads();
  const Summary summary = s.summary;
  const int groups = (vocab + kGroup - 1) / kGroup;
  if (logprobs) {
    best_raw(row_logits, vocab, groups, flags & kAdjusts ? known.raw_group_max : known.group_max,
             min(min(params.top_logprobs, kMaxTop), vocab), summary.log_sum, record, s.select);
  }

  const float max = penstock::sampling::unordered(static_cast<uint32_t>(summary.best >> 32));
  int token = penstock::sampling::kNone;
  const int input = flags & kAddInput ? input_ids[logit_rows[r]] : -1;
  const bool changes = (flags & kAdjusts) && !(flags & kGreedy);
  if (summary.best != 0 && max <= 3.402823466e38f) {
    if (flags & kGreedy) {
      token = ranked_id(summary.best);
    } else if (!(summary.flags & kHasNan)) {
      if (threadIdx.x == 0) s.select.chosen.id = ranked_id(summary.best);
      if (changes) adjust<true>(row_logits, 0, vocab, params, upload, input, s.adjust);
      const Row row = {row_logits, params.mask_start < 0 ? nullptr : upload + params.mask_start,
                       max,        params.inverse_temperature,
                       params.min_p, vocab, groups};
      draw(row, params, known, s.select);
      token = static_cast<int>(s.select.chosen.id);
    }
  }

  if (logprobs) {
    float raw = __uint_as_float(0x7FC00000u);
    if (token >= 0) {
      raw = changes ? raw_logit(row_logits, token, params, upload, input, s.adjust, s.raw) : row_logits[token];
    }
    if (threadIdx.x == 0) record.logprob = static_cast<float>(raw - summary.log_sum);
  }
  if (threadIdx.x == 0) {
    sampled_ids[r] = token;
    result_ids[r] = token;
  }
}
