// The GEMV family by operation, element type, tokens and variant, and the geometry that GemvPlan.java picks.
#pragma once

#include "../src/embedding.cu"
#include "../src/gemv.cu"
#include "../src/norm_gemv.cu"
#include "graph.cuh"
#include "typed.cuh"

namespace lab {

enum Operation { kPlain, kAdd, kNormed, kSwiglu, kLogits, kOperations };
inline const char* const kOperationNames[] = {"gemv", "gemv_add", "norm_gemv", "norm_gemv_swiglu", "norm_gemv_logits"};

#define PENSTOCK_ADDRESS(symbol) reinterpret_cast<const void*>(&penstock_##symbol)
#define PENSTOCK_VARIANTS(name)                                                       \
  {                                                                                   \
    {PENSTOCK_ADDRESS(name##_n1_c2), PENSTOCK_ADDRESS(name##_n1_c4)},                 \
        {PENSTOCK_ADDRESS(name##_n2_c2), PENSTOCK_ADDRESS(name##_n2_c4)},             \
        {PENSTOCK_ADDRESS(name##_n4_c2), PENSTOCK_ADDRESS(name##_n4_c4)},             \
  }
#define PENSTOCK_FAMILY(type)                                                                      \
  {                                                                                                \
    PENSTOCK_VARIANTS(gemv_##type), PENSTOCK_VARIANTS(gemv_add_##type),                            \
        PENSTOCK_VARIANTS(norm_gemv_##type), PENSTOCK_VARIANTS(norm_gemv_swiglu_##type),           \
        PENSTOCK_VARIANTS(norm_gemv_logits_##type)                                                 \
  }

// [operation][0: one token, 1: two, 2: four][0: c2, 1: c4]
inline const void* const kGemvBf16[kOperations][3][2] = PENSTOCK_FAMILY(bf16);
inline const void* const kGemvF16[kOperations][3][2] = PENSTOCK_FAMILY(f16);

template <typename T>
const void* gemv_kernel(Operation operation, int tokens, int chunks) {
  const auto& family = std::is_same_v<T, __half> ? kGemvF16 : kGemvBf16;
  return family[operation][tokens == 1 ? 0 : tokens == 2 ? 1 : 2][chunks == 2 ? 0 : 1];
}

struct Geometry {
  int chunks, grid, block;
};

// GemvPlan.java, line by line. For swiglu `outputs` is ffn.
inline Geometry gemv_plan(Operation operation, int outputs, int k) {
  const int vectors = k / 8;
  const int chunks = vectors <= 1024 ? 2 : 4;
  const int tiles = (vectors + chunks * 512 - 1) / (chunks * 512);
  const int share = (vectors + chunks * tiles - 1) / (chunks * tiles);
  const int per_block = 8 / chunks / (operation == kSwiglu ? 2 : 1);
  return {chunks, (outputs + per_block - 1) / per_block, (share + 31) / 32 * 32};
}

// Everything that any of the operations takes; the caller sets what its operation needs.
template <typename T>
struct GemvCall {
  void* out = nullptr;  // T, or float for kAdd (the residual that is updated) and kLogits
  const T* w = nullptr;
  const T* x = nullptr;
  const float* residual = nullptr;
  const int* rows = nullptr;
  const T* gain = nullptr;
  const T* bias = nullptr;
  float eps = 1e-5f;
};

template <typename T>
void launch_gemv(Operation operation, const void* kernel, Geometry g, const GemvCall<T>& c, int outputs, int k,
                 cudaStream_t stream, bool programmatic) {
  const dim3 grid(g.grid);
  switch (operation) {
    case kPlain:
      return launch(kernel, grid, g.block, stream, programmatic, static_cast<T*>(c.out), c.w, c.x, c.bias, outputs, k);
    case kAdd:
      return launch(kernel, grid, g.block, stream, programmatic, static_cast<float*>(c.out), c.w, c.x, c.bias, outputs,
                    k);
    case kNormed:
    case kSwiglu:
      return launch(kernel, grid, g.block, stream, programmatic, static_cast<T*>(c.out), c.w, c.residual, c.gain,
                    c.eps, c.bias, outputs, k);
    default:
      return launch(kernel, grid, g.block, stream, programmatic, static_cast<float*>(c.out), c.w, c.residual, c.rows,
                    c.gain, c.eps, outputs, k);
  }
}

template <typename T>
void launch_gemv(Operation operation, int tokens, const GemvCall<T>& call, int outputs, int k, cudaStream_t stream,
                 bool programmatic) {
  const Geometry g = gemv_plan(operation, outputs, k);
  launch_gemv<T>(operation, gemv_kernel<T>(operation, tokens, g.chunks), g, call, outputs, k, stream, programmatic);
}

}  // namespace lab
