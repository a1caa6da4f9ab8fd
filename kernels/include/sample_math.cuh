// Numbers of the sampler: the exponential and the random numbers of the host's sampler, bit for bit, floats as
// integers that order alike, and weights in fixed point, whose sums do not depend on their order.
#pragma once

#include <stdint.h>

namespace penstock::sampling {

// e^x for x <= 0, as sampling.Exp computes it (Cephes' expf): the same rounding in every step, so that the weights
// and with them the order of tokens are those of the host. 0 below e^-87.
__device__ __forceinline__ float exp_of(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = __fmaf_rn(x, 1.44269504f, kRound);
  const float n = __fsub_rn(shifted, kRound);
  const float r = __fmaf_rn(n, 2.12194440e-4f, __fmaf_rn(n, -0.693359375f, x));
  float p = 1.9875691500e-4f;
  p = __fmaf_rn(p, r, 1.3981999507e-3f);
  p = __fmaf_rn(p, r, 8.3334519073e-3f);
  p = __fmaf_rn(p, r, 4.1665795894e-2f);
  p = __fmaf_rn(p, r, 1.6666665459e-1f);
  p = __fmaf_rn(p, r, 5.0000001201e-1f);
  p = __fadd_rn(__fmaf_rn(p, __fmul_rn(r, r), r), 1.0f);
  const uint32_t exponent = __float_as_uint(shifted) - __float_as_uint(kRound);
  const float scaled = __uint_as_float((exponent << 23) + __float_as_uint(p));
  return x < -87.0f ? 0.0f : x == x ? scaled : x;
}

// The 53 random bits of a token (Philox4x32-10, sampling.Philox): the uniform number is bits / 2^53.
__device__ __forceinline__ uint64_t philox_bits(const uint32_t (&seed)[2], uint32_t choice, uint32_t position) {
  uint32_t c0 = position, c1 = choice, c2 = 0, c3 = 0, k0 = seed[0], k1 = seed[1];
#pragma unroll 1
  for (int round = 0; round < 10; ++round) {
    const uint32_t n0 = __umulhi(0xCD9E8D57u, c2) ^ c1 ^ k0;
    const uint32_t n2 = __umulhi(0xD2511F53u, c0) ^ c3 ^ k1;
    c1 = 0xCD9E8D57u * c2;
    c3 = 0xD2511F53u * c0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return (static_cast<uint64_t>(c0) << 21) ^ (c1 >> 11);
}

// floor(uniform * total), exactly; below total, which is below 2^63.
__device__ __forceinline__ uint64_t share_of(uint64_t random_bits, uint64_t total) {
  return __umul64hi(random_bits, total) << 11 | (random_bits * total) >> 53;
}

// Integers that order as floats do, -0 equal to +0. Not for NaN.
__device__ __forceinline__ uint32_t ordered(float value) {
  const uint32_t bits = __float_as_uint(value + 0.0f);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

__device__ __forceinline__ float unordered(uint32_t key) {
  return __uint_as_float(key & 0x80000000u ? key & 0x7FFFFFFFu : ~key);
}

constexpr uint32_t kOrderedMinusInfinity = 0x007FFFFFu;

// The higher logit ranks higher, of equal ones the lower id.
__device__ __forceinline__ unsigned long long ranked(uint32_t ordered_logit, uint32_t id) {
  return static_cast<unsigned long long>(ordered_logit) << 32 | (0xFFFFFFFFu - id);
}

__device__ __forceinline__ int ranked_id(unsigned long long rank) {
  return static_cast<int>(0xFFFFFFFFu - static_cast<uint32_t>(rank));
}

__device__ __forceinline__ float minus_infinity() { return __uint_as_float(0xFF800000u); }

// ---- weights: floats in [0, 1] by their bits, which order as they do

constexpr uint32_t kOne = 0x3F800000u;  // the bits of 1.0f, the best token's weight
constexpr int kFixedPoint = 44;         // units of 2^-44: 2^19 weights of 1 fit into 63 bits

// Bits of a weight's significand that are below one unit, for its biased exponent.
__device__ __forceinline__ int dropped_bits(uint32_t exponent) { return 150 - kFixedPoint - static_cast<int>(exponent); }

// The weight in units, rounded down. `bits` are those of a normal number in [0, 1], or 0.
__device__ __forceinline__ uint64_t fixed(uint32_t bits) {
  const uint32_t significand = (bits & 0x7FFFFFu) | 0x800000u;
  const int drop = dropped_bits(bits >> 23);
  return drop <= 0 ? static_cast<uint64_t>(significand) << -drop : drop < 24 ? significand >> drop : 0;
}

// Ascending: the heavier token first, of equally heavy ones the lower id.
__device__ __forceinline__ unsigned long long descending(uint32_t bits, uint32_t id) {
  return static_cast<unsigned long long>(0x7FFFFFFFu - bits) << 32 | id;
}

__device__ __forceinline__ uint32_t descending_bits(unsigned long long key) {
  return 0x7FFFFFFFu - static_cast<uint32_t>(key >> 32);
}

}  // namespace penstock::sampling
