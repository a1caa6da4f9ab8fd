// The kernels that the fused layer replaces: norms and gate-up of ours, the other products by cuBLASLt's best algorithm
// when the program is built with -DPENSTOCK_CUBLASLT -lcublasLt, else by ours too.
#pragma once

#include "../src/decode_gemm.cu"
#include "../src/rms_norm.cu"
#include "graph.cuh"
#include "tensor_map.cuh"
#include "typed.cuh"

#if defined(PENSTOCK_CUBLASLT)
#include <cublasLt.h>
#endif

namespace lab {

// Our decode products in bf16, 0 store, 1 add, 2 swiglu.
struct TodayProducts {
  int columns, shared_bytes;
  const void* kernels[3];
};

#define PENSTOCK_TODAY(N)                                               \
  {N, penstock::decode_gemm::Shape##N::kSharedBytes,                    \
   {reinterpret_cast<const void*>(&penstock_decode_gemm_bf16_n##N),     \
    reinterpret_cast<const void*>(&penstock_decode_gemm_add_bf16_n##N), \
    reinterpret_cast<const void*>(&penstock_decode_gemm_swiglu_bf16_n##N)}}

inline TodayProducts today_products(int tokens) {
  static const TodayProducts all[] = {PENSTOCK_TODAY(16), PENSTOCK_TODAY(32), PENSTOCK_TODAY(64), PENSTOCK_TODAY(128)};
  for (const auto& p : all) {
    for (const void* kernel : p.kernels) {
      CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, p.shared_bytes));
    }
  }
  return all[tokens <= 16 ? 0 : tokens <= 32 ? 1 : tokens <= 64 ? 2 : 3];
}

inline void launch_today(const TodayProducts& p, int operation, void* out, const CUtensorMap* w_map,
                         const CUtensorMap* x_map, int tokens, int rows, int k, int sms, cudaStream_t stream,
                         bool programmatic) {
  const int tiles = (rows + (operation == 2 ? 63 : 127)) / (operation == 2 ? 64 : 128);
  int ranks = 8;
  while (ranks > 1 && tiles * ranks > sms) ranks /= 2;
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(ranks * tiles);
  config.blockDim = dim3(penstock::decode_gemm::kThreads);
  config.dynamicSmemBytes = p.shared_bytes;
  config.stream = stream;
  cudaLaunchAttribute attributes[2] = {};
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = ranks;
  attributes[0].val.clusterDim.y = attributes[0].val.clusterDim.z = 1;
  attributes[1].id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attributes[1].val.programmaticStreamSerializationAllowed = 1;
  config.attrs = attributes;
  config.numAttrs = programmatic ? 2 : 1;
  const void* w = w_map;
  const void* x = x_map;
  const void* bias = nullptr;
  int ahead = 0;
  void* arguments[] = {&out, &w, &x, &bias, &tokens, &rows, &k, &ahead};
  CHECK(cudaLaunchKernelExC(&config, p.kernels[operation], arguments));
}

#if defined(PENSTOCK_CUBLASLT)

#define CHECK_LT(call)                                                    \
  do {                                                                    \
    const cublasStatus_t status_ = (call);                                \
    if (status_ != CUBLAS_STATUS_SUCCESS) {                               \
      std::fprintf(stderr, "%s: %d\n", #call, static_cast<int>(status_)); \
      std::exit(2);                                                       \
    }                                                                     \
  } while (0)

// out (tokens, rows) = x w^T in bf16, or float32 += x w^T.
class LtProduct {
 public:
  LtProduct(int rows, int k, int tokens, bool add) : add_(add) {
    CHECK_LT(cublasLtCreate(&handle_));
    CHECK_LT(cublasLtMatmulDescCreate(&operation_, CUBLAS_COMPUTE_32F, CUDA_R_32F));
    const cublasOperation_t transposed = CUBLAS_OP_T;
    CHECK_LT(cublasLtMatmulDescSetAttribute(operation_, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed));
    CHECK_LT(cublasLtMatrixLayoutCreate(&w_, CUDA_R_16BF, k, rows, k));
    CHECK_LT(cublasLtMatrixLayoutCreate(&x_, CUDA_R_16BF, k, tokens, k));
    CHECK_LT(cublasLtMatrixLayoutCreate(&out_, add ? CUDA_R_32F : CUDA_R_16BF, rows, tokens, rows));
    cublasLtMatmulPreference_t preference;
    CHECK_LT(cublasLtMatmulPreferenceCreate(&preference));
    const size_t bytes = workspace_bytes();
    CHECK_LT(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &bytes,
                                                  sizeof bytes));
    cublasLtMatmulHeuristicResult_t results[24];
    int found = 0;
    CHECK_LT(cublasLtMatmulAlgoGetHeuristic(handle_, operation_, w_, x_, out_, out_, preference, 24, results, &found));
    algorithms_.assign(results, results + found);
    cublasLtMatmulPreferenceDestroy(preference);
  }

  int algorithms() const { return static_cast<int>(algorithms_.size()); }
  void choose(int algorithm) { chosen_ = algorithm; }

  cublasStatus_t try_run(const void* w, const void* x, void* out, cudaStream_t stream) const {
    const float one = 1, beta = add_ ? 1 : 0;
    return cublasLtMatmul(handle_, operation_, &one, w, w_, x, x_, &beta, out, out_, out, out_,
                          &algorithms_[chosen_].algo, workspace(), workspace_bytes(), stream);
  }
  void run(const void* w, const void* x, void* out, cudaStream_t stream) const {
    CHECK_LT(try_run(w, x, out, stream));
  }

  // The fastest algorithm over `count` matrices; returns microseconds of one product.
  template <typename W>
  double tune(int count, W weights, const void* x, void* out) {
    double best = 1e9;
    int best_at = 0;
    for (int i = 0; i < algorithms(); ++i) {
      choose(i);
      if (try_run(weights(0), x, out, nullptr) != CUBLAS_STATUS_SUCCESS) continue;
      CHECK(cudaDeviceSynchronize());
      Graph graph([&](cudaStream_t stream) {
        for (int layer = 0; layer < count; ++layer) run(weights(layer), x, out, stream);
      });
      const double us = graph.time(3) * 1e3 / count;
      if (us < best) best = us, best_at = i;
    }
    choose(best_at);
    return best;
  }

 private:
  static size_t workspace_bytes() { return size_t{32} << 20; }
  static void* workspace() {
    static DeviceArray<char> memory(workspace_bytes());
    return memory.get();
  }
  bool add_;
  int chosen_ = 0;
  cublasLtHandle_t handle_;
  cublasLtMatmulDesc_t operation_;
  cublasLtMatrixLayout_t w_, x_, out_;
  std::vector<cublasLtMatmulHeuristicResult_t> algorithms_;
};

#endif

}  // namespace lab
