// Finding a place in a descending order without sorting: a histogram over the leading bits of the keys tells in which
// bin the place lies, then one over the next bits within that bin.
//
// A bin counts its keys and, where keys are weights, sums them. Sums are integers (fixed-point units of
// sample_math.cuh), so they are the same in whatever order threads add.
//
// For blocks of kThreads = 1,024.
#pragma once

#include "block_reduce.cuh"
#include "sample_math.cuh"

namespace penstock::sampling {

constexpr int kThreads = 1024;
constexpr int kWarps = kThreads / kWarpSize;
constexpr int kBins = 2 * kThreads;
constexpr uint32_t kAllLanes = 0xffffffffu;

struct Amount {
  uint32_t count;
  uint64_t mass;
};

__device__ __forceinline__ Amount operator+(const Amount& a, const Amount& b) {
  return {a.count + b.count, a.mass + b.mass};
}

__device__ __forceinline__ Amount operator-(const Amount& a, const Amount& b) {
  return {a.count - b.count, a.mass - b.mass};
}

__device__ __forceinline__ uint64_t measure(const Amount& a, bool by_mass) { return by_mass ? a.mass : a.count; }

// Keys from lo on, cut into top + 1 bins of 2^shift keys; bin 0 holds the largest.
struct Range {
  uint32_t lo;
  uint32_t top;
  uint32_t shift;

  __device__ __forceinline__ uint32_t hi() const { return lo + ((top + 1) << shift) - 1; }
  __device__ __forceinline__ bool has(uint32_t key) const { return key - lo <= hi() - lo; }
  __device__ __forceinline__ uint32_t lowest_of(uint32_t bin) const { return lo + ((top - bin) << shift); }

  // One bin as a range of its own.
  __device__ __forceinline__ Range narrowed(uint32_t bin) const {
    const uint32_t next = shift > 20 ? 10 : shift > 10 ? 9 : 0;
    return {lowest_of(bin), (1u << (shift - next)) - 1, next};
  }
};

// Weights: 16 bins for each power of two, bin 0 for 1.0 alone; then 1,024 bins, then 512, which hold one weight each.
__device__ __forceinline__ Range all_weights() { return {0, kOne >> 19, 19}; }

// Any float, as ordered(): 2,048 bins, then again.
__device__ __forceinline__ Range all_ordered() { return {0, kBins - 1, 21}; }

struct Histogram {
  // Low 24 bits: keys. High 8 bits: how often `low` ran over.
  uint32_t count[kBins];
  // Sum of what the weights have above the least weight of their bin, in units that are worth
  // 2^max(0, -dropped_bits) fixed-point units: all weights of a bin share their exponent.
  uint32_t low[kBins];
};

struct Found {
  uint32_t bin;
  Amount before;    // of the bins above it
  Amount in;        // of the bin
  uint64_t target;  // as given, or the last place there is
};

// All threads of the block must call what follows.

struct ScanScratch {
  Amount warp[kWarps];
};

// The sum of what the threads before bring; `total` becomes the sum of all. Ends with a barrier.
__device__ __forceinline__ Amount exclusive_scan(const Amount& mine, Amount& total, ScanScratch& scratch) {
  const int lane = threadIdx.x % kWarpSize;
  const int warp = threadIdx.x / kWarpSize;
  Amount sum = mine;
#pragma unroll
  for (int offset = 1; offset < kWarpSize; offset *= 2) {
    const Amount other = {__shfl_up_sync(kAllLanes, sum.count, offset), __shfl_up_sync(kAllLanes, sum.mass, offset)};
    if (lane >= offset) sum = sum + other;
  }
  if (lane == kWarpSize - 1) scratch.warp[warp] = sum;
  __syncthreads();
  Amount warps = scratch.warp[lane];  // 32 warps, 32 lanes
#pragma unroll
  for (int offset = 1; offset < kWarps; offset *= 2) {
    const Amount other = {__shfl_up_sync(kAllLanes, warps.count, offset),
                          __shfl_up_sync(kAllLanes, warps.mass, offset)};
    if (lane >= offset) warps = warps + other;
  }
  total = {__shfl_sync(kAllLanes, warps.count, kWarps - 1), __shfl_sync(kAllLanes, warps.mass, kWarps - 1)};
  const int previous = warp == 0 ? 0 : warp - 1;
  Amount before = {__shfl_sync(kAllLanes, warps.count, previous), __shfl_sync(kAllLanes, warps.mass, previous)};
  if (warp == 0) before = {0, 0};
  __syncthreads();
  return before + sum - mine;
}

__device__ __forceinline__ void clear(Histogram& h) {
  h.count[threadIdx.x] = 0;
  h.count[threadIdx.x + kThreads] = 0;
  h.low[threadIdx.x] = 0;
  h.low[threadIdx.x + kThreads] = 0;
  __syncthreads();
}

// For one thread: counts a key of the range.
__device__ __forceinline__ void add_key(Histogram& h, const Range& range, uint32_t key) {
  atomicAdd(&h.count[range.top - ((key - range.lo) >> range.shift)], 1u);
}

// For one thread: counts a weight of the range and adds it.
__device__ __forceinline__ void add_weight(Histogram& h, const Range& range, uint32_t bits) {
  const uint32_t bin = range.top - ((bits - range.lo) >> range.shift);
  const int drop = dropped_bits(bits >> 23);
  uint32_t rest = bits & ((1u << range.shift) - 1);
  if (drop > 0) rest = drop < 24 ? rest >> drop : 0;
  uint32_t increment = 1;
  if (rest != 0) {
    const uint32_t old = atomicAdd(&h.low[bin], rest);
    if (old + rest < rest) increment += 1u << 24;
  }
  atomicAdd(&h.count[bin], increment);
}

__device__ __forceinline__ Amount amount_of(const Histogram& h, const Range& range, uint32_t bin, bool weights) {
  const uint32_t packed = h.count[bin];
  const uint32_t count = packed & 0xFFFFFFu;
  if (!weights || count == 0) return {count, 0};
  const uint32_t lowest = range.lowest_of(bin);
  const uint64_t rest = static_cast<uint64_t>(packed >> 24) << 32 | h.low[bin];
  const int drop = dropped_bits(lowest >> 23);
  return {count, count * fixed(lowest) + (drop < 0 ? rest << -drop : rest)};
}

// Finds the bin in which the measure (keys, or mass) summed from the top passes `target`; the last bin that holds
// anything if it never does. The answer is in `found` for every thread; returns the whole histogram's amount.
__device__ __noinline__ Amount find_bin(const Histogram& h, const Range& range, bool weights, bool by_mass,
                                           uint64_t target, Found& found, ScanScratch& scratch) {
  const uint32_t bin = 2 * threadIdx.x;
  const Amount first = amount_of(h, range, bin, weights);
  const Amount second = amount_of(h, range, bin + 1, weights);
  Amount total;
  const Amount before = exclusive_scan(first + second, total, scratch);
  const uint64_t last = measure(total, by_mass) - 1;
  if (target > last) target = last;

  const uint64_t at = measure(before, by_mass);
  const uint64_t middle = at + measure(first, by_mass);
  const uint64_t end = middle + measure(second, by_mass);
  if (at <= target && target < middle) found = {bin, before, first, target};
  if (middle <= target && target < end) found = {bin + 1, before + first, second, target};
  __syncthreads();
  return total;
}

}  // namespace penstock::sampling
