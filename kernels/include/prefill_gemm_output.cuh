// The way of a consumer's sums from registers to memory, sm_90a only: some tokens at a time are turned around into shared
// memory, from where the copy engine takes them while the next ones, or the next tile's products, are computed. What
// is left of a batch's last tile the threads write themselves.
#pragma once

#include "activation.cuh"
#include "element.cuh"
#include "prefill_gemm_shape.cuh"
#include "tensor_copy.cuh"
#include "wgmma_wide.cuh"

namespace penstock::prefill_gemm {

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

// Staging of `kTokens` tokens at a time, `kBuffers` times. A row of a box, kBoxBytes, is a token; boxes of 16 tokens
// follow each other, then those of the next columns.
template <class S, Operation kOperation>
struct Staging;

template <class S>
struct Staging<S, Operation::kSwiglu> {
  static constexpr int kTokens = S::kN, kBuffers = 1;
  static constexpr int kBoxBytes = S::kConsumerRows, kColumnBoxes = 1, kElementBytes = 2;
};

template <class S>
struct Staging<S, Operation::kStore> {
  static constexpr int kTokens = 32, kBuffers = 2;
  static constexpr int kBoxBytes = 128, kColumnBoxes = S::kM, kElementBytes = 2;
};

template <class S>
struct Staging<S, Operation::kAdd> {
  static constexpr int kTokens = S::kN == 256 ? 32 : 16, kBuffers = 2;
  static constexpr int kBoxBytes = 128, kColumnBoxes = 2 * S::kM, kElementBytes = 4;
};

template <class G>
constexpr int kBufferBytes = G::kTokens * G::kBoxBytes * G::kColumnBoxes;

// Where 16 bytes of a token stand: as the copy engine's swizzle of rows of 64 or 128 bytes has them.
template <class G>
__device__ __forceinline__ uint32_t staged(int token, int vector) {
  constexpr int kVectors = G::kBoxBytes / 16;
  const int swizzle = G::kBoxBytes == 64 ? token / 2 % 4 : token % 8;
  return (vector / kVectors) * (G::kTokens * G::kBoxBytes) + token * G::kBoxBytes +
         (((vector % kVectors) ^ swizzle) << 4);
}

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

// Two biases: of rows eight apart, or of a gate and its up.
struct Bias {
  float first, second;
};

template <typename T>
__device__ __forceinline__ Bias bias_of(const Arguments& a, int row, int distance, int limit) {
  if (a.bias == nullptr) return {0.0f, 0.0f};
  const T* bias = static_cast<const T*>(a.bias);
  return {row < limit ? Element<T>::to_float(bias[row]) : 0.0f,
          row + distance < limit ? Element<T>::to_float(bias[row + distance]) : 0.0f};
}

// 8 kMatrices tokens from column 8 j on, which stand from `token` on in the staging: a warp's eight outputs. A thread has
// gate and up of the same output and tokens, as rows of a group are eight apart.
template <typename T, class S, int kMatrices>
__device__ __forceinline__ void stage_gated(const float (&acc)[S::kN / 2], int j, uint32_t staging, int token,
                                            int vector, const Bias& bias) {
  uint32_t words[kMatrices];
#pragma unroll
  for (int i = 0; i < kMatrices; ++i) {
    float values[2];
#pragma unroll
    for (int e = 0; e < 2; ++e) {
      values[e] = Silu::of(acc[4 * (j + i) + e] + bias.first) * (acc[4 * (j + i) + 2 + e] + bias.second);
    }
    words[i] = Element<T>::narrow(values[0], values[1]);
  }
  using G = Staging<S, Operation::kSwiglu>;
  const int lane = threadIdx.x % 32;
  store_transposed(staging + staged<G>(token + lane % (8 * kMatrices), vector), words);
}

// 4 kMatrices tokens of a warp's sixteen outputs.
template <typename T, class S, int kMatrices>
__device__ __forceinline__ void stage_plain(const float (&acc)[S::kN / 2], int j, uint32_t staging, int token,
                                            int vector, const Bias& bias) {
  uint32_t words[kMatrices];
#pragma unroll
  for (int i = 0; i < kMatrices; ++i) {
    const int at = 4 * (j + i / 2) + 2 * (i % 2);
    const float b = i % 2 == 0 ? bias.first : bias.second;
    words[i] = Element<T>::narrow(acc[at] + b, acc[at + 1] + b);
  }
  using G = Staging<S, Operation::kStore>;
  const int lane = threadIdx.x % (8 * kMatrices);
  store_transposed(staging + staged<G>(token + lane / 16 * 8 + lane % 8, vector + lane / 8 % 2), words);
}

// Eight tokens of a warp's sixteen outputs; no two lanes meet in a bank.
template <class S>
__device__ __forceinline__ void stage_float(const float (&acc)[S::kN / 2], int j, uint32_t staging, int token, int row,
                                            const Bias& bias) {
  using G = Staging<S, Operation::kAdd>;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int of_lane = row + i / 2 * 8;
    const uint32_t to = staging + staged<G>(token + threadIdx.x % 4 * 2 + i % 2, of_lane / 4) + of_lane % 4 * 4;
    asm volatile("st.shared.f32 [%0], %1;" ::"r"(to), "f"(acc[4 * j + i] + (i / 2 == 0 ? bias.first : bias.second))
                 : "memory");
  }
}

// The tokens of pass `pass`.
template <typename T, class S, Operation kOperation>
__device__ __forceinline__ void stage(const float (&acc)[S::kM][S::kN / 2], const Arguments& a, uint32_t staging,
                                      int first_output, int pass) {
  using G = Staging<S, kOperation>;
  const int warp = threadIdx.x % kWarpgroup / 32, lane = threadIdx.x % 32;
  const int begin = pass * G::kTokens / 8;
  const int end = (pass + 1) * G::kTokens < S::kN ? (pass + 1) * G::kTokens / 8 : S::kN / 8;
#pragma unroll
  for (int m = 0; m < S::kM; ++m) {
    if constexpr (kOperation == Operation::kSwiglu) {
      const int vector = m * 4 + warp;
      const Bias bias = bias_of<T>(a, first_output + vector * 8 + lane / 4, a.rows, 2 * a.rows);
#pragma unroll
      for (int j = begin; j < end; j += 4) {
        if (j + 4 <= end) {
          stage_gated<T, S, 4>(acc[m], j, staging, 8 * (j - begin), vector, bias);
        } else {
          stage_gated<T, S, 2>(acc[m], j, staging, 8 * (j - begin), vector, bias);
        }
      }
    } else {
      const int row = m * kBlockRows + warp * 16;
      const Bias bias = bias_of<T>(a, first_output + row + lane / 4, 8, a.rows);
      if constexpr (kOperation == Operation::kStore) {
#pragma unroll
        for (int j = begin; j < end; j += 2) {
          stage_plain<T, S, 4>(acc[m], j, staging, 8 * (j - begin), row / 8, bias);
        }
      } else {
#pragma unroll
        for (int j = begin; j < end; ++j) stage_float<S>(acc[m], j, staging, 8 * (j - begin), row + lane / 4, bias);
      }
    }
  }
}

// By one thread: hands the tokens of a pass, `count` of them, to the copy engine.
template <class S, Operation kOperation>
__device__ __forceinline__ void send(const Arguments& a, uint32_t staging, int first_token, int first_output,
                                     int count) {
  using G = Staging<S, kOperation>;
#pragma unroll
  for (int column = 0; column < G::kColumnBoxes; ++column) {
#pragma unroll
    for (int token = 0; token < count; token += kBoxTokens) {
      const uint32_t from = staging + (column * G::kTokens + token) * G::kBoxBytes;
      const int output = first_output + column * (G::kBoxBytes / G::kElementBytes);
      if constexpr (kOperation == Operation::kAdd) {
        add_box(from, a.out_map, output, first_token + token);
      } else {
        store_box(from, a.out_map, output, first_token + token);
      }
    }
  }
  store_commit();
}

// By all threads of a consumer: the first `count` tokens of a pass.
template <typename T, class S, Operation kOperation>
__device__ __forceinline__ void write(const Arguments& a, uint32_t staging, int first_token, int first_output,
                                      int count) {
  using G = Staging<S, kOperation>;
  constexpr int kVectors = G::kBoxBytes * G::kColumnBoxes / 16;
  constexpr int kElements = 16 / G::kElementBytes;
#pragma unroll 1
  for (int i = threadIdx.x % kWarpgroup; i < count * kVectors; i += kWarpgroup) {
    const int token = i / kVectors, vector = i % kVectors, output = first_output + vector * kElements;
    uint4 v;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "r"(staging + staged<G>(token, vector))
                 : "memory");
    if (output >= a.rows) continue;
    const size_t at = static_cast<size_t>(first_token + token) * a.rows + output;
    if constexpr (kOperation == Operation::kAdd) {
      float4* to = reinterpret_cast<float4*>(static_cast<float*>(a.out) + at);
      float4 sum = *to;
      sum.x += __uint_as_float(v.x), sum.y += __uint_as_float(v.y);
      sum.z += __uint_as_float(v.z), sum.w += __uint_as_float(v.w);
      *to = sum;
    } else {
      *reinterpret_cast<uint4*>(static_cast<T*>(a.out) + at) = v;
    }
  }
}

template <typename T, class S, Operation kOperation>
__device__ __forceinline__ void finish(const float (&acc)[S::kM][S::kN / 2], const Arguments& a, uint32_t staging,
                                       int first_token, int first_output, int consumer) {
  using G = Staging<S, kOperation>;
  static_assert(G::kBuffers * kBufferBytes<G> <= S::kStagingBytes);
  const bool sender = threadIdx.x % kWarpgroup == 0;
  const bool whole = first_token + S::kN <= a.tokens;
#pragma unroll
  for (int pass = 0; pass * G::kTokens < S::kN; ++pass) {
    const uint32_t buffer = staging + pass % G::kBuffers * kBufferBytes<G>;
    const int token = first_token + pass * G::kTokens;
    const int tokens = S::kN - pass * G::kTokens < G::kTokens ? S::kN - pass * G::kTokens : G::kTokens;
    if (sender) {
      if (pass == 0) {
        store_wait_read<0>();
      } else {
        store_wait_read<G::kBuffers - 1>();
      }
    }
    named_sync(1 + consumer, kWarpgroup);
    stage<T, S, kOperation>(acc, a, buffer, first_output, pass);
    fence_shared_for_engines();
    named_sync(1 + consumer, kWarpgroup);
    if (!whole) {
      write<T, S, kOperation>(a, buffer, token, first_output, min(tokens, a.tokens - token));
    } else if (sender) {
      send<S, kOperation>(a, buffer, token, first_output, tokens);
    }
  }
}

#endif

}  // namespace penstock::prefill_gemm
