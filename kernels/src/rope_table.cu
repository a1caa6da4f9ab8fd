// Cosine and sine of the rotary embedding's angles (RoFormer, arXiv 2104.09864) for the tokens of a step: computed
// once, read by every layer.
//
//   cosSin[t, i] = attentionFactor * (cos, sin)(positions[t] * inverseFrequencies[ropeRows[t], i])
//
// Kernels
//   penstock_rope_table
//
// Launch contract
//   grid    tokens
//   block   any; pairs rounded up to a multiple of 32 is best
//   shared  none
//   align   cosSin to 16 bytes
//
// Numerics: the angle is one float32 product, as Hugging Face transformers computes it; sine and cosine are the
// precise ones, because angles reach 10^5 and the fast ones are good only near zero.

#include "pdl.cuh"

namespace penstock::rope_table {

__device__ __forceinline__ void run(float2* __restrict__ cos_sin,                   // (tokens, pairs)
                                    const int* __restrict__ positions,              // (tokens)
                                    const int* __restrict__ rope_rows,              // (tokens)
                                    const float* __restrict__ inverse_frequencies,  // (rope rows, pairs)
                                    float attention_factor, int pairs) {
  pdl_launch_dependents();
  pdl_wait();
  const int token = blockIdx.x;
  const float position = static_cast<float>(positions[token]);
  const float* frequencies = inverse_frequencies + static_cast<size_t>(rope_rows[token]) * pairs;
  for (int i = threadIdx.x; i < pairs; i += blockDim.x) {
    float sine, cosine;
    sincosf(position * frequencies[i], &sine, &cosine);
    cos_sin[static_cast<size_t>(token) * pairs + i] =
        make_float2(cosine * attention_factor, sine * attention_factor);
  }
}

}  // namespace penstock::rope_table

extern "C" __global__ void __launch_bounds__(1024)
    penstock_rope_table(float2* cosSin, const int* positions, const int* ropeRows, const float* inverseFrequencies,
                        float attentionFactor, int pairs) {
  penstock::rope_table::run(cosSin, positions, ropeRows, inverseFrequencies, attentionFactor, pairs);
}
