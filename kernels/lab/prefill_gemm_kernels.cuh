// How the lab launches the prefill products: variants, tensor maps, clusters. The engine's PrefillGemmPlan does the same.
#pragma once

#include "../src/prefill_gemm.cu"
#include "graph.cuh"
#include "tensor_map.cuh"

namespace lab {

using penstock::prefill_gemm::kCluster;
using penstock::prefill_gemm::kThreads;

// A kernel with the sizes its launch and its maps need.
struct PrefillKernel {
  const char* name;
  const void* kernel;
  int columns, shared_bytes;
  int clusters;  // that run at one time
};

template <class S>
PrefillKernel prefill_kernel(const char* name, const void* kernel) {
  PrefillKernel k = {name, kernel, S::kN, S::kSharedBytes, 0};
  CHECK(cudaFuncSetAttribute(k.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, k.shared_bytes));
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(kCluster);
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = k.shared_bytes;
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = kCluster;
  attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
  config.attrs = &attribute;
  config.numAttrs = 1;
  CHECK(cudaOccupancyMaxActiveClusters(&k.clusters, k.kernel, &config));
  return k;
}

#define PENSTOCK_LIBRARY(T, N)                                                                     \
  prefill_kernel<penstock::prefill_gemm::Shape##N>(                                                \
      "n" #N, reinterpret_cast<const void*>(&penstock_prefill_gemm_swiglu_##T##_n##N))
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
    using namespace penstock::prefill_gemm;
    const cuuint64_t r = rows, c = k, t = out_rows;
    const cuuint32_t columns = kernel.columns;
    maps.upload({tiled_map(out, {r, t}, {2 * r}, {kConsumerOutputs, columns}, CU_TENSOR_MAP_SWIZZLE_64B),
                 tiled_map(w, {c, 8, 2, r / 8}, {2 * c, 2 * c * r, 16 * c}, {64, 8, 2, kGroups}),
                 tiled_map(x, {c, static_cast<cuuint64_t>(x_rows)}, {2 * c}, {64, columns / kCluster})});
  }
};

struct PrefillProduct {
  void* out;
  const void* bias;
  int tokens, rows, k;
};

inline void launch_prefill(const PrefillKernel& kernel, const PrefillMaps& maps, const PrefillProduct& p, int group,
                           cudaStream_t stream, bool programmatic = false, int clusters = 0) {
  penstock::prefill_gemm::Arguments arguments = {
      p.out,  maps.maps.get(), maps.maps.get() + 1, maps.maps.get() + 2, p.bias, p.tokens, p.rows, p.k, group};
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(kCluster * (clusters > 0 ? clusters : kernel.clusters));
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = kernel.shared_bytes;
  config.stream = stream;
  cudaLaunchAttribute attributes[2] = {};
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = kCluster;
  attributes[0].val.clusterDim.y = attributes[0].val.clusterDim.z = 1;
  attributes[1].id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attributes[1].val.programmaticStreamSerializationAllowed = 1;
  config.attrs = attributes;
  config.numAttrs = programmatic ? 2 : 1;
  auto& a = arguments;
  void* pointers[] = {&a.out, &a.out_map, &a.weights, &a.x, &a.bias, &a.tokens, &a.rows, &a.k, &a.group};
  CHECK(cudaLaunchKernelExC(&config, kernel.kernel, pointers));
}

}  // namespace lab
