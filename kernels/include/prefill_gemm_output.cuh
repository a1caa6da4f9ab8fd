// The way of a consumer's sums to memory, sm_90a only. When a tile's products are done, gates and ups are rounded and put
// aside; the gate is applied, and outputs go to shared memory and from there by the copy engine, beside the first
// products of the next tile.
#pragma once

#include "activation.cuh"
#include "element.cuh"
#include "prefill_gemm_shape.cuh"
#include "tensor_copy.cuh"
#include "wgmma_wide.cuh"

namespace penstock::prefill_gemm {

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

// Where eight outputs of a token, 16 bytes, stand in a consumer's staging: as the copy engine's swizzle of rows of 64 bytes
// has them.
__device__ __forceinline__ uint32_t staged(int token, int vector) {
  return token * kPitch + ((vector ^ (token / 2 % 4)) << 4);
}
static_assert(kPitch == 64, "the swizzle");

// Matrices of 8 x 8 two-byte elements, of which a lane has two neighbours of a row, are written as their transposes: lane i
// names the place of row i % 8 of the transpose of matrix i / 8.
__device__ __forceinline__ void store_transposed(uint32_t row, const uint32_t (&m)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row), "r"(m[0]),
               "r"(m[1]), "r"(m[2]), "r"(m[3])
               : "memory");
}

__device__ __forceinline__ void store_transposed(uint32_t row, const uint32_t (&m)[2]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x2.trans.shared.b16 [%0], {%1, %2};" ::"r"(row), "r"(m[0]), "r"(m[1])
               : "memory");
}

template <typename T>
__device__ __forceinline__ float bias_of(const Arguments& a, int output, int part) {
  if (a.bias == nullptr || output >= a.rows) return 0.0f;
  return Element<T>::to_float(static_cast<const T*>(a.bias)[output + part * a.rows]);
}

// What a consumer has computed and not yet written: of a tile with its first token and the consumer's first output.
template <typename T, class S>
struct Output {
  static constexpr int kPartTokens = 32;
  static constexpr int kParts = (S::kN + kPartTokens - 1) / kPartTokens;

  uint32_t gates[S::kN / 8], ups[S::kN / 8];  // pairs of tokens
  int token, output;
  bool any = false;

  // A thread has gate and up of the same output and tokens, as rows of a group are eight apart.
  __device__ __forceinline__ void take(const float (&acc)[S::kN / 2], const Arguments& a, int first_token,
                                       int first_output) {
    token = first_token;
    output = first_output;
    any = true;
    const int of_lane = first_output + threadIdx.x % kWarpgroup / 4;
    const float gate_bias = bias_of<T>(a, of_lane, 0), up_bias = bias_of<T>(a, of_lane, 1);
#pragma unroll
    for (int j = 0; j < S::kN / 8; ++j) {
      gates[j] = Element<T>::narrow(acc[4 * j] + gate_bias, acc[4 * j + 1] + gate_bias);
      ups[j] = Element<T>::narrow(acc[4 * j + 2] + up_bias, acc[4 * j + 3] + up_bias);
    }
  }

  // Before the first part: what the copy engine still reads of the outputs before.
  __device__ __forceinline__ void begin(int consumer) const {
    if (threadIdx.x % kWarpgroup == 0) store_wait_read();
    named_sync(1 + consumer, kWarpgroup);
  }

  template <int kMatrices>
  __device__ __forceinline__ void stage(uint32_t staging, int j) const {
    const int lane = threadIdx.x % 32, vector = threadIdx.x % kWarpgroup / 32;
    uint32_t words[kMatrices];
#pragma unroll
    for (int i = 0; i < kMatrices; ++i) {
      const float2 gate = Element<T>::widen(gates[j + i]), up = Element<T>::widen(ups[j + i]);
      words[i] = Element<T>::narrow(Silu::of(gate.x) * up.x, Silu::of(gate.y) * up.y);
    }
    store_transposed(staging + staged(8 * j + lane % (8 * kMatrices), vector), words);
  }

  // Tokens from 32 `part` on, to shared memory.
  __device__ __forceinline__ void stage_part(uint32_t staging, int part) const {
    if ((part + 1) * kPartTokens <= S::kN) {
      stage<4>(staging, part * kPartTokens / 8);
    } else {
      stage<2>(staging, part * kPartTokens / 8);
    }
  }

  // After the last part: whole tiles by the copy engine, the last tokens of a batch by the threads.
  __device__ __forceinline__ void end(const Arguments& a, uint32_t staging, int consumer) const {
    const int thread = threadIdx.x % kWarpgroup;
    fence_shared_for_engines();
    named_sync(1 + consumer, kWarpgroup);
    if (token + S::kN <= a.tokens) {
      if (thread == 0) {
        store_box(staging, S::kRest ? a.rest_out_map : a.out_map, output, token);
        store_commit();
      }
      return;
    }
    constexpr int kVectors = kPitch / 16;
    const int count = (a.tokens - token) * kVectors;
#pragma unroll 1
    for (int i = thread; i < count; i += kWarpgroup) {
      const int row = i / kVectors, vector = i % kVectors;
      uint4 value;
      asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                   : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                   : "r"(staging + staged(row, vector))
                   : "memory");
      if (output + vector * 8 < a.rows) {
        store(static_cast<T*>(a.out) + static_cast<size_t>(token + row) * a.rows + output + vector * 8, 0, value);
      }
    }
  }
};

#endif

}  // namespace penstock::prefill_gemm
