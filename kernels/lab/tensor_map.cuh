// Descriptions of matrices for the copy engine, as the engine's TensorMap makes them.
#pragma once

#include <cudaTypedefs.h>

#include "check.cuh"

namespace lab {

inline PFN_cuTensorMapEncodeTiled_v12000 encoder() {
  static PFN_cuTensorMapEncodeTiled_v12000 encode = [] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found;
    CHECK(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found));
    return reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(function);
  }();
  return encode;
}

// Of 2-byte elements; strides are in bytes, and there is one less than there are sizes.
inline CUtensorMap tiled_map(const void* data, const std::vector<cuuint64_t>& sizes,
                             const std::vector<cuuint64_t>& strides, const std::vector<cuuint32_t>& box,
                             CUtensorMapSwizzle swizzle = CU_TENSOR_MAP_SWIZZLE_128B,
                             CUtensorMapL2promotion promotion = CU_TENSOR_MAP_L2_PROMOTION_L2_128B) {
  const std::vector<cuuint32_t> steps(sizes.size(), 1);
  alignas(64) CUtensorMap map;
  const CUresult status = encoder()(
      &map, CU_TENSOR_MAP_DATA_TYPE_UINT16, static_cast<cuuint32_t>(sizes.size()), const_cast<void*>(data),
      sizes.data(), strides.data(), box.data(), steps.data(), CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle,
      promotion, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (status != CUDA_SUCCESS) {
    std::printf("cuTensorMapEncodeTiled fails with %d for a tensor whose rows have %llu elements\n", status,
                static_cast<unsigned long long>(sizes[0]));
    std::exit(2);
  }
  return map;
}

// Of a (rows, columns) matrix of 2-byte elements, in boxes of box_rows x 64 with the 128-byte swizzle.
inline CUtensorMap map_of(const void* data, int columns, int rows, int box_rows) {
  return tiled_map(data, {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)},
                   {static_cast<cuuint64_t>(columns) * 2}, {64, static_cast<cuuint32_t>(box_rows)},
                   CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B);
}

}  // namespace lab
