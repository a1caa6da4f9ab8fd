// The softmax of attention whose scores are the accumulators of a warpgroup's product (wgmma.cuh), sm_90a only.
#pragma once

#include "attention_common.cuh"
#include "element.cuh"

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

namespace penstock::attention_prefill_hopper {

// The softmax of a thread's two rows, l/4 and l/4 + 8 of its warp's 16.
struct Rows {
  float maximum[2];  // of the raw scores; may lag behind by kSlack
  float sum[2];      // of this thread's columns
};

using attention::kNoMaximum;
using attention::kSlack;

// Hides columns behind the diagonal. `last` is the last visible column of the thread's first row, less its own first.
__device__ __forceinline__ void mask(float (&scores)[64], int last) {
#pragma unroll
  for (int i = 0; i < 64; ++i) {
    const int column = i / 4 * 8 + i % 2;
    if (column > last + (i & 2) * 4) scores[i] = -INFINITY;
  }
}

__device__ __forceinline__ void maxima(const float (&scores)[64], float (&top)[2]) {
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    float even = scores[2 * h], odd = scores[2 * h + 1];
#pragma unroll
    for (int i = 4; i < 64; i += 4) {
      even = fmaxf(even, scores[i + 2 * h]);
      odd = fmaxf(odd, scores[i + 2 * h + 1]);
    }
    top[h] = max_of_quad(fmaxf(even, odd));
  }
}

// Scores become weights 2^(log2_scale * (score - maximum)), added to the sums.
__device__ __forceinline__ void exponentials(float (&scores)[64], Rows& rows, float log2_scale) {
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const float offset = -rows.maximum[h] * log2_scale;
    float even = rows.sum[h], odd = 0.0f;
#pragma unroll
    for (int i = 2 * h; i < 64; i += 4) {
      scores[i] = exp2_fast(fmaf(scores[i], log2_scale, offset));
      scores[i + 1] = exp2_fast(fmaf(scores[i + 1], log2_scale, offset));
      even += scores[i];
      odd += scores[i + 1];
    }
    rows.sum[h] = even + odd;
  }
}

// Raises maxima that scores exceed by more than the slack; factor[h] is what was summed up so far is worth then.
// False, for the whole warp, when there is none.
__device__ __forceinline__ bool raise(Rows& rows, const float (&top)[2], float log2_scale, float (&factor)[2]) {
  const float slack = kSlack / log2_scale;
  const bool first = top[0] > rows.maximum[0] + slack, second = top[1] > rows.maximum[1] + slack;
  if (!__any_sync(0xffffffffu, first || second)) return false;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    // Per row: a row that is not raised is multiplied by exactly 1, whatever its neighbours do.
    const float now = (h == 0 ? first : second) ? top[h] : rows.maximum[h];
    factor[h] = exp2_fast((rows.maximum[h] - now) * log2_scale);
    rows.maximum[h] = now;
    rows.sum[h] *= factor[h];
  }
  return true;
}

template <typename T>
__device__ __forceinline__ void round_weights(const float (&scores)[64], uint32_t (&weights)[32]) {
#pragma unroll
  for (int i = 0; i < 32; ++i) weights[i] = Element<T>::narrow(scores[2 * i], scores[2 * i + 1]);
}

}  // namespace penstock::attention_prefill_hopper

#endif  // __CUDA_ARCH_FEAT_SM90_ALL
