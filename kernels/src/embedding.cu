// Token embedding into the float32 residual stream; also says which tokens a step fed.
//
//   id          = tokenIds[t] >= 0 ? tokenIds[t] : sampledIds[-1 - tokenIds[t]]
//   inputIds[t] = id
//   residual[t] = id >= 0 ? table[id] : 0
//
// A step is planned while the one before runs, so a token that was just sampled may be known to the device only:
// the host then names the row of the sampler's output that has it. A sampler that found no token writes a negative
// id; its row goes on as zeros, and the host, which sees the same id a step later, ends that sequence.
//
// Kernels (T is bf16 or f16): penstock_embedding_T
//
// Launch contract
//   grid    (tokens, 1, 1)
//   block   (threads, 1, 1): any multiple of 32 up to 1,024; best is hidden / 8 rounded up to 32
//   shared  none
//   align   residual and table to 16 bytes; hidden a multiple of 8; ids below the rows of the table
//
// Numerics: exact (every T is a float32).

#include "element.cuh"
#include "pdl.cuh"

namespace penstock::embedding {

template <typename T>
__device__ __forceinline__ void embed(float* residual,        // (tokens, hidden)
                                      const T* table,         // (vocabulary, hidden)
                                      const int* tokenIds,    // (tokens)
                                      const int* sampledIds,  // (rows of the step before)
                                      int* inputIds,          // (tokens)
                                      int hidden) {
  pdl_launch_dependents();
  pdl_wait();
  const int token = blockIdx.x;
  // Volatile: both arrays change between steps, so not through the read-only cache.
  int id = *static_cast<const volatile int*>(tokenIds + token);
  if (id < 0) id = *static_cast<const volatile int*>(sampledIds + (-1 - id));
  if (threadIdx.x == 0) inputIds[token] = id;

  float* out = residual + static_cast<size_t>(token) * hidden;
  const T* row = table + static_cast<size_t>(max(id, 0)) * hidden;
  for (int v = threadIdx.x; v < hidden / kVectorElements; v += blockDim.x) {
    float values[kVectorElements] = {};
    if (id >= 0) widen<T>(load_constant(row, v), values);
    store(out, v, values);
  }
}

}  // namespace penstock::embedding

extern "C" __global__ void __launch_bounds__(1024)
    penstock_embedding_bf16(float* residual, const __nv_bfloat16* table, const int* tokenIds, const int* sampledIds,
                            int* inputIds, int hidden) {
  penstock::embedding::embed(residual, table, tokenIds, sampledIds, inputIds, hidden);
}

extern "C" __global__ void __launch_bounds__(1024)
    penstock_embedding_f16(float* residual, const __half* table, const int* tokenIds, const int* sampledIds,
                           int* inputIds, int hidden) {
  penstock::embedding::embed(residual, table, tokenIds, sampledIds, inputIds, hidden);
}
