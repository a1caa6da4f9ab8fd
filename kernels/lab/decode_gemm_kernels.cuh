// How the lab launches the decode products: plan, tensor maps, clusters. The engine's DecodeGemmPlan divides the work
// the same way.
#pragma once

#include "../src/decode_gemm.cu"
#include "tensor_map.cuh"
#include "typed.cuh"

namespace lab {

using penstock::decode_gemm::Operation;

constexpr const char* kOperationNames[] = {"store", "add", "swiglu"};

inline int tile_rows(Operation operation) { return operation == Operation::kSwiglu ? 64 : 128; }

struct Plan {
  int ranks, clusters;
};

inline Plan plan_of(Operation operation, int rows, int sms) {
  const int tiles = (rows + tile_rows(operation) - 1) / tile_rows(operation);
  for (int ranks = 8; ranks > 1; ranks /= 2) {
    if (tiles * ranks <= sms) return {ranks, tiles};
  }
  return {1, tiles};
}

template <typename T, class S, Operation kOperation>
__global__ void __launch_bounds__(160, 1)
    decode_gemm_variant(void* out, const void* w_map, const void* x_map, const T* bias, int tokens, int rows, int k,
                        int ahead) {
  penstock::decode_gemm::run<T, S, kOperation>({out, w_map, x_map, bias, tokens, rows, k, ahead});
}

// A kernel for up to `columns` tokens, for the three operations.
struct Kernels {
  const char* name;
  int columns, shared_bytes;
  const void* kernels[3];
};

template <class S>
Kernels allowed(Kernels k) {
  for (const void* kernel : k.kernels) {
    CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, k.shared_bytes));
  }
  return k;
}

template <typename T, class S>
Kernels variant(const char* name) {
  return allowed<S>({name,
                     S::kN,
                     S::kSharedBytes,
                     {reinterpret_cast<const void*>(&decode_gemm_variant<T, S, Operation::kStore>),
                      reinterpret_cast<const void*>(&decode_gemm_variant<T, S, Operation::kAdd>),
                      reinterpret_cast<const void*>(&decode_gemm_variant<T, S, Operation::kSwiglu>)}});
}

#define PENSTOCK_LIBRARY(T, N)                                                                \
  allowed<penstock::decode_gemm::Shape##N>(                                                   \
      {"library", N, penstock::decode_gemm::Shape##N::kSharedBytes,                           \
       {reinterpret_cast<const void*>(&penstock_decode_gemm_##T##_n##N),                      \
        reinterpret_cast<const void*>(&penstock_decode_gemm_add_##T##_n##N),                  \
        reinterpret_cast<const void*>(&penstock_decode_gemm_swiglu_##T##_n##N)}})

template <typename T>
Kernels library(int tokens) {
  if constexpr (std::is_same_v<T, __half>) {
    if (tokens <= 16) return PENSTOCK_LIBRARY(f16, 16);
    if (tokens <= 32) return PENSTOCK_LIBRARY(f16, 32);
    if (tokens <= 64) return PENSTOCK_LIBRARY(f16, 64);
    return PENSTOCK_LIBRARY(f16, 128);
  } else {
    if (tokens <= 16) return PENSTOCK_LIBRARY(bf16, 16);
    if (tokens <= 32) return PENSTOCK_LIBRARY(bf16, 32);
    if (tokens <= 64) return PENSTOCK_LIBRARY(bf16, 64);
    return PENSTOCK_LIBRARY(bf16, 128);
  }
}

struct Product {
  Operation operation;
  int rows, k;  // of out
  Plan plan;
};

inline void launch_product(const Kernels& kernels, const Product& p, void* out, const CUtensorMap* w_map,
                           const CUtensorMap* x_map, const void* bias, int tokens, int ahead, cudaStream_t stream,
                           bool programmatic) {
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(p.plan.ranks * p.plan.clusters);
  config.blockDim = dim3(penstock::decode_gemm::kThreads);
  config.dynamicSmemBytes = kernels.shared_bytes;
  config.stream = stream;
  cudaLaunchAttribute attributes[2] = {};
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = p.plan.ranks;
  attributes[0].val.clusterDim.y = attributes[0].val.clusterDim.z = 1;
  attributes[1].id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attributes[1].val.programmaticStreamSerializationAllowed = 1;
  config.attrs = attributes;
  config.numAttrs = programmatic ? 2 : 1;
  const void* w = w_map;
  const void* x = x_map;
  int rows = p.rows, k = p.k;
  void* arguments[] = {&out, &w, &x, &bias, &tokens, &rows, &k, &ahead};
  CHECK(cudaLaunchKernelExC(&config, kernels.kernels[static_cast<int>(p.operation)], arguments));
}

}  // namespace lab
