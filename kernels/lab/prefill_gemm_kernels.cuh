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
  int rest;      // columns of the smaller tiles, 0 where all have one size
  int clusters;  // that run at one time
};

template <class S>
PrefillKernel prefill_kernel(const char* name, const void* kernel, int rest = 0) {
  PrefillKernel k = {name, kernel, S::kN, S::kSharedBytes, rest, 0};
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
#define PENSTOCK_SPLIT(T, R)                                                                       \
  prefill_kernel<penstock::prefill_gemm::Shape256>(                                                \
      "n256+" #R, reinterpret_cast<const void*>(&penstock_prefill_gemm_swiglu_##T##_n256_n##R), R)
#define PENSTOCK_SPLIT_ALL(T) {PENSTOCK_SPLIT(T, 128), PENSTOCK_SPLIT(T, 208)}

// Those of the library.
template <typename T>
std::vector<PrefillKernel> prefill_library() {
  if constexpr (std::is_same_v<T, __half>) {
    return PENSTOCK_LIBRARY_ALL(f16);
  } else {
    return PENSTOCK_LIBRARY_ALL(bf16);
  }
}

// Those with tiles of two sizes.
template <typename T>
std::vector<PrefillKernel> prefill_splits() {
  if constexpr (std::is_same_v<T, __half>) {
    return PENSTOCK_SPLIT_ALL(f16);
  } else {
    return PENSTOCK_SPLIT_ALL(bf16);
  }
}

#undef PENSTOCK_SPLIT_ALL
#undef PENSTOCK_SPLIT
#undef PENSTOCK_LIBRARY_ALL
#undef PENSTOCK_LIBRARY

// The maps for one kernel in device memory: out, w, x, and out and x of the smaller tiles.
struct PrefillMaps {
  DeviceArray<CUtensorMap> maps{5};

  PrefillMaps(const PrefillKernel& kernel, void* out, int out_rows, const void* w, int rows, int k, const void* x,
              int x_rows) {
    using namespace penstock::prefill_gemm;
    const cuuint64_t r = rows, c = k, t = out_rows;
    const auto out_map = [&](cuuint32_t columns) {
      return tiled_map(out, {r, t}, {2 * r}, {kConsumerOutputs, columns}, CU_TENSOR_MAP_SWIZZLE_64B);
    };
    const auto x_map = [&](cuuint32_t columns) {
      return tiled_map(x, {c, static_cast<cuuint64_t>(x_rows)}, {2 * c}, {64, columns / kCluster});
    };
    const cuuint32_t wide = kernel.columns, rest = kernel.rest > 0 ? kernel.rest : kernel.columns;
    maps.upload({out_map(wide), tiled_map(w, {c, 8, 2, r / 8}, {2 * c, 2 * c * r, 16 * c}, {64, 8, 2, kGroups}),
                 x_map(wide), out_map(rest), x_map(rest)});
  }
};

struct PrefillProduct {
  void* out;
  const void* bias;
  int tokens, rows, k;
  int wide_rows = 0;  // rows of tiles that are wide, with tiles of two sizes
};

// Rows of wide tiles with which the wide ones fill whole rounds and the rounds together take the least time, told by the
// columns of tiles and what a tile costs beside them.
inline int best_wide_rows(const PrefillKernel& kernel, int tokens, int rows) {
  constexpr int kOfTile = 16;
  const int all = (rows + kCluster * penstock::prefill_gemm::kOutputs - 1) / (kCluster * penstock::prefill_gemm::kOutputs);
  const auto up = [](int a, int b) { return (a + b - 1) / b; };
  const int wide_tiles = up(tokens, kernel.columns), rest_tiles = up(tokens, kernel.rest), clusters = kernel.clusters;
  int best = all, least = up(all * wide_tiles, clusters) * (kernel.columns + kOfTile);
  for (int rounds = 0; rounds * clusters / wide_tiles < all; ++rounds) {
    const int wide = rounds * clusters / wide_tiles;
    const int cost = up(wide * wide_tiles, clusters) * (kernel.columns + kOfTile) +
                     up((all - wide) * rest_tiles, clusters) * (kernel.rest + kOfTile);
    if (cost < least) best = wide, least = cost;
  }
  return best;
}

inline void launch_prefill(const PrefillKernel& kernel, const PrefillMaps& maps, const PrefillProduct& p, int group,
                           cudaStream_t stream, bool programmatic = false, int clusters = 0) {
  penstock::prefill_gemm::Arguments arguments = {
      p.out,  maps.maps.get(), maps.maps.get() + 1, maps.maps.get() + 2, p.bias, p.tokens, p.rows, p.k, group,
      maps.maps.get() + 3, maps.maps.get() + 4, p.wide_rows};
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
  void* pointers[] = {&a.out, &a.out_map, &a.weights, &a.x, &a.bias, &a.tokens, &a.rows, &a.k, &a.group,
                      &a.rest_out_map, &a.rest_x, &a.wide_rows};
  CHECK(cudaLaunchKernelExC(&config, kernel.kernel, pointers));
}

}  // namespace lab
