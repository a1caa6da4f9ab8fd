// Bias, then suppressed tokens, then penalties, on part of a row or all of it: sampling.SamplingState.adjust.
#pragma once

#include "sample_layout.cuh"
#include "sample_math.cuh"

namespace penstock::sampling {

// One for each block.
struct AdjustScratch {
  int input_listed;  // whether the input token was among the counts
  float input_raw;   // its logit before
};

__device__ __forceinline__ float penalised(float logit, int count, const SampleRow& row) {
  logit = logit > 0.0f ? __fdiv_rn(logit, row.repetition) : __fmul_rn(logit, row.repetition);
  if (count > 0) {
    const double penalty = __dadd_rn(row.presence, __dmul_rn(row.frequency, static_cast<double>(count)));
    logit = __fsub_rn(logit, __double2float_rn(penalty));
  }
  return logit;
}

// Adjusts values[0..size), the logits of the ids from `first` on; shared or global memory that the whole block sees.
// All threads of the block must call it; it begins and ends with a barrier. A list's ids are unique, so that no two
// threads write one value at once.
//
// With kSave the logit before is left in the list, in place of the bias or count: a log-probability of the chosen
// token needs it (raw_logit below).
template <bool kSave>
__device__ __forceinline__ void adjust(float* values, int first, int size, const SampleRow& row, uint32_t* upload,
                                       int input_id, AdjustScratch& scratch) {
  if (threadIdx.x == 0) scratch.input_listed = 0;
  __syncthreads();

  int2* const biases = reinterpret_cast<int2*>(upload + row.bias_start);
#pragma unroll 1
  for (int i = threadIdx.x; i < row.bias_count; i += blockDim.x) {
    const int2 entry = biases[i];
    const int at = entry.x - first;
    if (at >= 0 && at < size) {
      const float before = values[at];
      values[at] = __fadd_rn(before, __int_as_float(entry.y));
      if (kSave) biases[i].y = __float_as_int(before);
    }
  }
  __syncthreads();

  const int* const suppressed = reinterpret_cast<const int*>(upload + row.suppressed_start);
#pragma unroll 1
  for (int i = threadIdx.x; i < row.suppressed_count; i += blockDim.x) {
    const int at = suppressed[i] - first;
    if (at >= 0 && at < size) values[at] = minus_infinity();
  }
  __syncthreads();

  if (!(row.flags & kPenalties)) return;
  int2* const counts = reinterpret_cast<int2*>(upload + row.count_start);
#pragma unroll 1
  for (int i = threadIdx.x; i < row.count_count; i += blockDim.x) {
    const int2 entry = counts[i];
    const int at = entry.x - first;
    if (at >= 0 && at < size) {
      const bool is_input = entry.x == input_id;
      if (is_input) scratch.input_listed = 1;
      const float before = values[at];
      values[at] = penalised(before, entry.y + (is_input ? 1 : 0), row);
      if (kSave) counts[i].y = __float_as_int(before);
    }
  }
  __syncthreads();
  if (threadIdx.x == 0 && !scratch.input_listed && input_id >= first && input_id - first < size) {
    const float before = values[input_id - first];
    values[input_id - first] = penalised(before, 1, row);
    scratch.input_raw = before;
  }
  __syncthreads();
}

// The logit of `id` before adjust<true> changed the row; the result is in every thread. `answer` is shared memory.
__device__ __forceinline__ float raw_logit(const float* values, int id, const SampleRow& row, const uint32_t* upload,
                                           int input_id, const AdjustScratch& scratch, float& answer) {
  if (threadIdx.x == 0) {
    const bool is_input = id == input_id && (row.flags & kPenalties) && !scratch.input_listed;
    answer = is_input ? scratch.input_raw : values[id];
  }
  __syncthreads();
  if (row.flags & kPenalties) {
    const int2* const counts = reinterpret_cast<const int2*>(upload + row.count_start);
#pragma unroll 1
    for (int i = threadIdx.x; i < row.count_count; i += blockDim.x) {
      if (counts[i].x == id) answer = __int_as_float(counts[i].y);
    }
    __syncthreads();
  }
  // Last, because bias was added first.
  const int2* const biases = reinterpret_cast<const int2*>(upload + row.bias_start);
#pragma unroll 1
  for (int i = threadIdx.x; i < row.bias_count; i += blockDim.x) {
    if (biases[i].x == id) answer = __int_as_float(biases[i].y);
  }
  __syncthreads();
  return answer;
}

}  // namespace penstock::sampling
