// A row as the sampler sees it: its tokens' weights, the groups that a search can pass over, and the search for the
// token at which a running count or mass passes a target, in descending order of weight or in order of ids.
//
// For blocks of kThreads; every thread must call every function that does not say otherwise.
#pragma once

#include "sample_histogram.cuh"
#include "sample_layout.cuh"

namespace penstock::sampling {

constexpr int kList = 4096;  // tokens that shared memory holds; a longer search reads the row again
constexpr int kPairs = 256;  // so few are ranked by comparing each with each

// The weights that exp_of gives neighbouring logits could be out of order by rounding; groups within this many steps
// of a bound are looked at.
constexpr uint32_t kSlack = 16;

struct Row {
  const float* logits;  // adjusted; other threads of the block wrote some of them, so no read-only loads
  const uint32_t* mask;
  float max;
  float inverse_temperature;
  float floor;  // weights below are 0
  int vocab;
  int groups;
};

struct Chosen {
  uint32_t id;
  Amount through;  // of all tokens before it and itself
};

struct SelectShared {
  Histogram first;             // of all candidates
  Histogram finer;             // within one bin
  unsigned long long list[kList];  // descending() keys, in order of ids
  unsigned long long pairs[kPairs];
  uint32_t group[kMaxGroups];  // bits of the weight of each group's best token
  uint32_t offset[kMaxGroups];
  ScanScratch scan;
  Found found;
  Chosen chosen;
  uint32_t members;
};

// The candidates: a list in shared memory, or all tokens of the row.
struct Source {
  bool listed;
  int size;  // of the list
};

__device__ __forceinline__ uint32_t weight_bits(const Row& row, float logit) {
  const float weight = exp_of(__fmul_rn(__fsub_rn(logit, row.max), row.inverse_temperature));
  return weight < row.floor ? 0 : min(__float_as_uint(weight), kOne);
}

__device__ __forceinline__ bool allowed(const uint32_t* mask, int id) {
  return mask == nullptr || (mask[id / 32] >> (id % 32) & 1);
}

__device__ __forceinline__ uint32_t bits_at(const Row& row, int id) {
  return allowed(row.mask, id) ? weight_bits(row, row.logits[id]) : 0;
}

// Logits of the ids from `id` on, which is a multiple of four; -infinity beyond the end.
__device__ __forceinline__ float4 load_quad(const float* logits, int id, int vocab) {
  const float none = minus_infinity();
  if (vocab % 4 == 0) {
    return id < vocab ? *reinterpret_cast<const float4*>(logits + id) : make_float4(none, none, none, none);
  }
  return make_float4(id < vocab ? logits[id] : none, id + 1 < vocab ? logits[id + 1] : none,
                     id + 2 < vocab ? logits[id + 2] : none, id + 3 < vocab ? logits[id + 3] : none);
}

// Calls visit(group, quad), for whole warps, for the groups in which wanted(group); four loads are in flight.
template <typename Wanted, typename Visit>
__device__ __forceinline__ void visit_quads(const float* logits, int vocab, int groups, Wanted wanted, Visit visit) {
  constexpr int kFlight = 4;
  const int lane = threadIdx.x % kWarpSize;
#pragma unroll 1
  for (int base = threadIdx.x / kWarpSize; base < groups; base += kWarps * kFlight) {
    float4 quad[kFlight] = {};
    bool on[kFlight];
#pragma unroll
    for (int i = 0; i < kFlight; ++i) {
      const int group = base + i * kWarps;
      on[i] = group < groups && wanted(group);
      if (on[i]) quad[i] = load_quad(logits, group * kGroup + lane * 4, vocab);
    }
    // One copy of what may be much code; the selections keep the quads in registers.
#pragma unroll 1
    for (int i = 0; i < kFlight; ++i) {
      const bool wants = i < 2 ? (i == 0 ? on[0] : on[1]) : (i == 2 ? on[2] : on[3]);
      const float4 low = i == 0 ? quad[0] : quad[1];
      const float4 high = i == 2 ? quad[2] : quad[3];
      if (wants) visit(base + i * kWarps, i < 2 ? low : high);
    }
  }
}

// Calls visit(group, bits of four weights), for whole warps, for the groups that may hold a weight of at least `lo`.
template <typename Visit>
__device__ __forceinline__ void visit_groups(const Row& row, uint32_t lo, const SelectShared& s, Visit visit) {
  visit_quads(
      row.logits, row.vocab, row.groups, [&](int group) { return s.group[group] + kSlack >= lo; },
      [&](int group, const float4& quad) {
        const int id = group * kGroup + static_cast<int>(threadIdx.x) % kWarpSize * 4;
        const uint32_t mask = row.mask == nullptr || id >= row.vocab ? 15u : row.mask[id / 32] >> (id % 32);
        uint32_t bits[4] = {weight_bits(row, quad.x), weight_bits(row, quad.y), weight_bits(row, quad.z),
                            weight_bits(row, quad.w)};
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          if (!(mask >> j & 1)) bits[j] = 0;
        }
        visit(group, bits);
      });
}

// Calls visit(bits, id) for every candidate in the range; there may be no barrier in it.
template <typename Visit>
__device__ __forceinline__ void visit_range(const Source& source, const Row& row, const Range& range,
                                            const SelectShared& s, Visit visit) {
  if (source.listed) {
#pragma unroll 1
    for (int i = threadIdx.x; i < source.size; i += kThreads) {
      const uint32_t bits = descending_bits(s.list[i]);
      if (range.has(bits)) visit(bits, static_cast<uint32_t>(s.list[i]));
    }
  } else {
    visit_groups(row, range.lo, s, [&](int group, const uint32_t(&bits)[4]) {
      const uint32_t id = group * kGroup + threadIdx.x % kWarpSize * 4;
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (range.has(bits[j])) visit(bits[j], id + j);
      }
    });
  }
}

// Copies the tokens with weights of at least `lo` to the list, in order of ids. Returns how many there are; when that
// is more than kList, the list is not written.
__device__ __noinline__ int gather(const Row& row, uint32_t lo, SelectShared& s) {
  const int lane = threadIdx.x % kWarpSize;
  const auto in = [=](uint32_t bits) { return bits >= lo; };
#pragma unroll 1
  for (int g = threadIdx.x; g < row.groups; g += kThreads) s.offset[g] = 0;
  __syncthreads();
  const int per_thread = (row.groups + kThreads - 1) / kThreads;
  const int begin = min(static_cast<int>(threadIdx.x) * per_thread, row.groups);
  const int end = min(begin + per_thread, row.groups);
  Amount total = {0, 0};
  // First every group is counted, then written from its offset on.
#pragma unroll 1
  for (int pass = 0; pass < 2; ++pass) {
    visit_groups(row, lo, s, [&](int group, const uint32_t(&bits)[4]) {
      const uint32_t mine = in(bits[0]) + in(bits[1]) + in(bits[2]) + in(bits[3]);
      uint32_t through = mine;
#pragma unroll
      for (int offset = 1; offset < kWarpSize; offset *= 2) {
        const uint32_t other = __shfl_up_sync(kAllLanes, through, offset);
        if (lane >= offset) through += other;
      }
      if (pass == 0) {
        if (lane == kWarpSize - 1) s.offset[group] = through;
        return;
      }
      uint32_t to = s.offset[group] + through - mine;
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (in(bits[j])) s.list[to++] = descending(bits[j], group * kGroup + lane * 4 + j);
      }
    });
    __syncthreads();
    if (pass == 1) break;
    uint32_t sum = 0;
#pragma unroll 1
    for (int g = begin; g < end; ++g) sum += s.offset[g];
    uint32_t at = exclusive_scan({sum, 0}, total, s.scan).count;
    if (total.count > kList) break;
#pragma unroll 1
    for (int g = begin; g < end; ++g) {
      const uint32_t count = s.offset[g];
      s.offset[g] = at;
      at += count;
    }
    __syncthreads();
  }
  return total.count;
}

// Of at most kPairs listed candidates of a range the one, by descending weight, at which the measure passes `target`.
__device__ __forceinline__ void select_pair(int size, const Range& range, const Amount& before, bool by_mass,
                                            uint64_t target, SelectShared& s) {
  if (threadIdx.x == 0) s.members = 0;
  __syncthreads();
#pragma unroll 1
  for (int i = threadIdx.x; i < size; i += kThreads) {
    if (range.has(descending_bits(s.list[i]))) {
      const uint32_t at = atomicAdd(&s.members, 1u);
      if (at < kPairs) s.pairs[at] = s.list[i];
    }
  }
  __syncthreads();
  const int members = min(s.members, kPairs);
  if (static_cast<int>(threadIdx.x) < members) {
    const unsigned long long mine = s.pairs[threadIdx.x];
    Amount above = {0, 0};
#pragma unroll 1
    for (int i = 0; i < members; ++i) {
      const unsigned long long other = s.pairs[i];
      if (other < mine) above = above + Amount{1, fixed(descending_bits(other))};
    }
    const Amount through = above + Amount{1, fixed(descending_bits(mine))};
    const bool passes = measure(above, by_mass) <= target && target < measure(through, by_mass);
    const bool is_last = static_cast<int>(above.count) == members - 1 && target >= measure(through, by_mass);
    if (passes || is_last) s.chosen = {static_cast<uint32_t>(mine), before + through};
  }
  __syncthreads();
}

// The same in order of ids: for many tokens of equal weight, and for draws that need no order of weights. Reads the
// source twice, each thread a part of consecutive ids.
__device__ __noinline__ void select_by_id(const Source& source, const Row& row, const Range& range,
                                             const Amount& before, bool by_mass, uint64_t target, SelectShared& s) {
  const int size = source.listed ? source.size : row.vocab;
  const int per_thread = (size + kThreads - 1) / kThreads;
  const int begin = min(static_cast<int>(threadIdx.x) * per_thread, size);
  const int end = min(begin + per_thread, size);
  const auto bits_of = [&](int i) { return source.listed ? descending_bits(s.list[i]) : bits_at(row, i); };

  Amount mine = {0, 0};
#pragma unroll 1
  for (int i = begin; i < end; ++i) {
    const uint32_t bits = bits_of(i);
    if (range.has(bits)) mine = mine + Amount{1, fixed(bits)};
  }
  Amount total;
  Amount at = exclusive_scan(mine, total, s.scan);
  const uint64_t last = measure(total, by_mass) - 1;
  if (target > last) target = last;
  if (measure(at, by_mass) <= target && target < measure(at + mine, by_mass)) {
#pragma unroll 1
    for (int i = begin; i < end; ++i) {
      const uint32_t bits = bits_of(i);
      if (!range.has(bits)) continue;
      at = at + Amount{1, fixed(bits)};
      if (target < measure(at, by_mass)) {
        s.chosen = {source.listed ? static_cast<uint32_t>(s.list[i]) : i, before + at};
        break;
      }
    }
  }
  __syncthreads();
}

// Fills s.first from the source; returns how many candidates there are and their mass.
__device__ __forceinline__ Amount survey(const Source& source, const Row& row, SelectShared& s) {
  const Range all = all_weights();
  clear(s.first);
  visit_range(source, row, {1, kOne - 1, 0}, s, [&](uint32_t bits, uint32_t) { add_weight(s.first, all, bits); });
  __syncthreads();
  return find_bin(s.first, all, true, false, 0, s.found, s.scan);
}

// Copies the tokens of the row with weights in the range, at most kList, to the list, in any order.
__device__ __forceinline__ int collect(const Row& row, const Range& range, SelectShared& s) {
  if (threadIdx.x == 0) s.members = 0;
  __syncthreads();
  visit_range({false, 0}, row, range, s, [&](uint32_t bits, uint32_t id) {
    const uint32_t at = atomicAdd(&s.members, 1u);
    if (at < kList) s.list[at] = descending(bits, id);
  });
  __syncthreads();
  const int size = min(s.members, static_cast<uint32_t>(kList));
  __syncthreads();  // whoever counts next begins by resetting it
  return size;
}

// The candidate, by descending weight and ascending id, at which the measure passes `target`: s.chosen. After survey.
__device__ __forceinline__ void select(const Source& candidates, const Row& row, bool by_mass, uint64_t target,
                                       SelectShared& s) {
  Range range = all_weights();
  find_bin(s.first, range, true, by_mass, target, s.found, s.scan);
  Found found = s.found;
  Amount before = found.before;
  range = range.narrowed(found.bin);
  Source source = candidates;
#pragma unroll 1
  for (;;) {
    if (!source.listed && found.in.count <= kList) source = {true, collect(row, range, s)};
    if (found.in.count <= kPairs || range.hi() == range.lo) break;
    clear(s.finer);
    visit_range(source, row, range, s, [&](uint32_t bits, uint32_t) { add_weight(s.finer, range, bits); });
    __syncthreads();
    find_bin(s.finer, range, true, by_mass, found.target - measure(found.before, by_mass), s.found, s.scan);
    found = s.found;
    before = before + found.before;
    range = range.narrowed(found.bin);
  }
  const uint64_t rest = found.target - measure(found.before, by_mass);
  if (found.in.count <= kPairs) {
    select_pair(source.size, range, before, by_mass, rest, s);
  } else {
    select_by_id(candidates, row, range, before, by_mass, rest, s);  // all weigh the same
  }
}

}  // namespace penstock::sampling
