// The rows with which a step goes on after its last layer's keys and values are in the cache: queries for attention,
// and the residual stream. What a prompt's other tokens would become in the last layer is asked by nobody.
//
//   queries[i]  = qkv[rows[i]]        the first `queryColumns` of its columns, at the same stride
//   narrowed[i] = residual[rows[i]]
//
// Kernels (T is bf16 or f16): penstock_gather_rows_T
//
// Launch contract
//   grid    (rows, 1, 1)
//   block   (threads, 1, 1): any multiple of 32 up to 1,024; best is the wider of both rows / 8, rounded up to 32
//   shared  none
//   align   every pointer to 16 bytes; hidden, queryColumns, qkvColumns multiples of 8; no two arrays overlap
//
// Numerics: exact.

#include "element.cuh"
#include "pdl.cuh"

namespace penstock::gather_rows {

template <typename T>
__device__ __forceinline__ void gather(float* narrowed,        // (count of rows, hidden)
                                       T* queries,             // (count of rows, qkvColumns)
                                       const float* residual,  // (tokens, hidden)
                                       const T* qkv,           // (tokens, qkvColumns)
                                       const int* rows,        // ascending token rows
                                       int hidden, int queryColumns, int qkvColumns) {
  pdl_launch_dependents();
  pdl_wait();
  const size_t to = blockIdx.x;
  // Volatile: changes between steps, so not through the read-only cache.
  const size_t from = *static_cast<const volatile int*>(rows + blockIdx.x);
  for (int v = threadIdx.x; v < hidden / kVectorElements; v += blockDim.x) {
    float x[kVectorElements];
    load_activation(residual + from * hidden, v, x);
    store(narrowed + to * hidden, v, x);
  }
  for (int v = threadIdx.x; v < queryColumns / kVectorElements; v += blockDim.x) {
    store(queries + to * qkvColumns, v, load_activation(qkv + from * qkvColumns, v));
  }
}

}  // namespace penstock::gather_rows

extern "C" __global__ void __launch_bounds__(1024)
    penstock_gather_rows_bf16(float* narrowed, __nv_bfloat16* queries, const float* residual, const __nv_bfloat16* qkv,
                              const int* rows, int hidden, int queryColumns, int qkvColumns) {
  penstock::gather_rows::gather(narrowed, queries, residual, qkv, rows, hidden, queryColumns, qkvColumns);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_gather_rows_f16(float* narrowed, __half* queries, const float* residual, const __half* qkv,
                             const int* rows, int hidden, int queryColumns, int qkvColumns) {
  penstock::gather_rows::gather(narrowed, queries, residual, qkv, rows, hidden, queryColumns, qkvColumns);
}
