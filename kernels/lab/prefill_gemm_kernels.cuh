// How the lab launches the prefill products: variants, tensor maps, clusters. The engine's PrefillGemmPlan does the same.
#pragma once

#include "../src/prefill_gemm.cu"
#include "graph.cuh"
#include "tensor_map.cuh"

namespace lab {

using penstock::prefill_gemm::Operation;

// A kernel with the sizes its launch and its maps need.
struct PrefillKernel {
  const char* name;
  const void* kernel;
  Operation operation;
  int columns, cluster, rows, threads, shared_bytes;     // rows of weights of a tile
  bool variant;                                          // takes its arguments by value
  int clusters;                                          // that run at one time
};

// Arguments by value: for the lab's own variants.
template <typename T, class S, Operation kOperation>
__global__ void __launch_bounds__(penstock::prefill_gemm::kThreads, 1) prefill_variant(penstock::prefill_gemm::Arguments a) {
  penstock::prefill_gemm::run<T, S, kOperation>(a);
}

template <class S>
PrefillKernel prefill_kernel(const char* name, const void* kernel, Operation operation, bool variant) {
  PrefillKernel k = {name,     kernel,      operation,       S::kN,   S::kCluster,
                     S::kRows, penstock::prefill_gemm::kThreads, S::kSharedBytes, variant, 0};
  CHECK(cudaFuncSetAttribute(k.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, k.shared_bytes));
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(k.cluster);
  config.blockDim = dim3(k.threads);
  config.dynamicSmemBytes = k.shared_bytes;
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = k.cluster;
  attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
  config.attrs = &attribute;
  config.numAttrs = 1;
  CHECK(cudaOccupancyMaxActiveClusters(&k.clusters, k.kernel, &config));
  return k;
}

template <typename T, class S, Operation kOperation = Operation::kSwiglu>
PrefillKernel prefill_variant_kernel(const char* name) {
  return prefill_kernel<S>(name, reinterpret_cast<const void*>(&prefill_variant<T, S, kOperation>), kOperation, true);
}

// The library's shapes for another operation.
template <typename T, Operation kOperation>
std::vector<PrefillKernel> prefill_shapes() {
  using namespace penstock::prefill_gemm;
  return {prefill_variant_kernel<T, Shape128, kOperation>("n128"), prefill_variant_kernel<T, Shape144, kOperation>("n144"),
          prefill_variant_kernel<T, Shape160, kOperation>("n160"), prefill_variant_kernel<T, Shape176, kOperation>("n176"),
          prefill_variant_kernel<T, Shape192, kOperation>("n192"), prefill_variant_kernel<T, Shape208, kOperation>("n208"),
          prefill_variant_kernel<T, Shape224, kOperation>("n224"), prefill_variant_kernel<T, Shape240, kOperation>("n240"),
          prefill_variant_kernel<T, Shape256, kOperation>("n256")};
}

#define PENSTOCK_LIBRARY(T, N)                                                                     \
  prefill_kernel<penstock::prefill_gemm::Shape##N>(                                                \
      "n" #N, reinterpret_cast<const void*>(&penstock_prefill_gemm_swiglu_##T##_n##N), Operation::kSwiglu, false)
#define PENSTOCK_LIBRARY_ALL(T)                                                                    \
  {PENSTOCK_LIBRARY(T, 128), PENSTOCK_LIBRARY(T, 144), PENSTOCK_LIBRARY(T, 160),                   \
   PENSTOCK_LIBRARY(T, 176), PENSTOCK_LIBRARY(T, 192), PENSTOCK_LIBRARY(T, 208),                   \
   PENSTOCK_LIBRARY(T, 224), PENSTOCK_LIBRARY(T, 240), PENSTOCK_LIBRARY(T, 256)}

// Those of the library.
template <typename T>
std::vector<PrefillKernel> prefill_library() {
  if constexpr (std::is_same_v<T, __half>) {
    return PENSTOCK_LIBRARY_ALL(f16);
  } else {
    return PENSTOCK_LIBRARY_ALL(bf16);
  }
}

#undef PENSTOCK_LIBRARY_ALL
#undef PENSTOCK_LIBRARY

// The three maps for one kernel in device memory: out, w, x.
struct PrefillMaps {
  DeviceArray<CUtensorMap> maps{3};

  PrefillMaps(const PrefillKernel& kernel, void* out, int out_rows, const void* w, int rows, int k, const void* x,
              int x_rows) {
    const cuuint64_t r = rows, c = k, t = out_rows;
    const bool gated = kernel.operation == Operation::kSwiglu, adds = kernel.operation == Operation::kAdd;
    const cuuint32_t gated_outputs = kernel.rows / 4, groups = kernel.rows / (gated ? 16 : 8);
    const CUtensorMap out_map =
        adds ? tiled_map(out, {r, t}, {4 * r}, {32, 16}, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_DATA_TYPE_FLOAT32)
        : gated_outputs == 32 && gated ? tiled_map(out, {r, t}, {2 * r}, {32, 16}, CU_TENSOR_MAP_SWIZZLE_64B)
                                       : tiled_map(out, {r, t}, {2 * r}, {64, 16});
    maps.upload({out_map,
                 tiled_map(w, {c, 8, gated ? 2u : 1u, r / 8}, {2 * c, 2 * c * r, 16 * c}, {64, 8, gated ? 2u : 1u, groups}),
                 map_of(x, k, x_rows, kernel.columns / kernel.cluster)});
  }
};

struct PrefillProduct {
  void* out;
  const void* bias;
  int tokens, rows, k;
};

inline void launch_prefill(const PrefillKernel& kernel, const PrefillMaps& maps, const PrefillProduct& p, int group,
                           int hints, cudaStream_t stream, bool programmatic = false, int clusters = 0) {
  penstock::prefill_gemm::Arguments arguments = {
      p.out,  maps.maps.get(), maps.maps.get() + 1, maps.maps.get() + 2, p.bias, p.tokens, p.rows, p.k, group, hints};
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(kernel.cluster * (clusters > 0 ? clusters : kernel.clusters));
  config.blockDim = dim3(kernel.threads);
  config.dynamicSmemBytes = kernel.shared_bytes;
  config.stream = stream;
  cudaLaunchAttribute attributes[2] = {};
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = kernel.cluster;
  attributes[0].val.clusterDim.y = attributes[0].val.clusterDim.z = 1;
  attributes[1].id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attributes[1].val.programmaticStreamSerializationAllowed = 1;
  config.attrs = attributes;
  config.numAttrs = programmatic ? 2 : 1;
  auto& a = arguments;
  void* by_value[] = {&a};
  void* one_by_one[] = {&a.out, &a.out_map, &a.weights, &a.x, &a.bias, &a.tokens, &a.rows, &a.k, &a.group};
  CHECK(cudaLaunchKernelExC(&config, kernel.kernel, kernel.variant ? by_value : one_by_one));
}

}  // namespace lab
