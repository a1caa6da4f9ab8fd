// Blocks of the paged cache to host memory and back, all layers in one launch.
//
//   offload  host[pairs[i].slot][l] = cache[l][pairs[i].block]     for i < count and every layer l
//   restore  cache[l][pairs[i].block] = host[pairs[i].slot][l]
//
// A piece is what one layer has of a block: kv heads times keys and values, pieceVectors vectors of 16 bytes. On the
// device a layer's pieces lie side by side and layers are layerVectors apart; on the host the pieces of a slot do. The
// order within a piece is the attention's business (kv_layout.cuh) and not touched.
//
// Host memory is pinned and addressed directly: thousands of pieces of 64 KB would each be a copy of its own otherwise.
// The link, not the GPU, is the limit, so a few blocks with many loads in flight fill it; they stay few so that the
// kernels of a step that runs beside find the other multiprocessors free.
//
// Kernels: penstock_kv_offload, penstock_kv_restore
//
// Launch contract
//   grid    (blocks, 1, 1): any number; 16 fill a PCIe 5 link
//   block   (512, 1, 1)
//   shared  none
//   align   host and cache to 16 bytes, pairs to 8; pairs may lie in pinned host memory
//
// Numerics: exact.

#include <stddef.h>
#include <stdint.h>

#include "pdl.cuh"

namespace penstock::kv_copy {

constexpr int kThreads = 512;
constexpr int kVectors = 8;  // in flight, each thread

// to and from are the cache and the host or the other way round; kOffload says which.
template <bool kOffload, int V>
__device__ __forceinline__ void copy(uint4* to, const uint4* from,
                                     const int2* pairs,  // (count) device block, host slot
                                     int count, int layers, size_t layerVectors, int pieceVectors) {
  pdl_launch_dependents();
  pdl_wait();
  const int parts = (pieceVectors + kThreads * V - 1) / (kThreads * V);
  const int pieces = layers * parts;  // of a pair
  const size_t items = static_cast<size_t>(count) * pieces;
  size_t item = blockIdx.x;
  if (item >= items) return;
  int2 pair = pairs[item / pieces];
  while (item < items) {
    const size_t next = item + gridDim.x;
    // The list may be as far away as the data: the next pair is fetched along with them.
    const int2 next_pair = pairs[next < items ? next / pieces : 0];
    const int rest = static_cast<int>(item % pieces);
    const int layer = rest / parts;
    const int first = rest % parts * kThreads * V + threadIdx.x;
    const size_t device = layer * layerVectors + static_cast<size_t>(pair.x) * pieceVectors;
    const size_t host = (static_cast<size_t>(pair.y) * layers + layer) * pieceVectors;
    const uint4* source = from + (kOffload ? device : host);
    uint4* target = to + (kOffload ? host : device);
    uint4 values[V];
#pragma unroll
    for (int v = 0; v < V; ++v) {
      if (first + v * kThreads < pieceVectors) values[v] = __ldcs(source + first + v * kThreads);
    }
#pragma unroll
    for (int v = 0; v < V; ++v) {
      if (first + v * kThreads < pieceVectors) __stcs(target + first + v * kThreads, values[v]);
    }
    item = next;
    pair = next_pair;
  }
}

}  // namespace penstock::kv_copy

extern "C" __global__ void __launch_bounds__(512)
    penstock_kv_offload(uint4* host, const uint4* cache, const int2* pairs, int count, int layers, size_t layerVectors,
                        int pieceVectors) {
  using namespace penstock::kv_copy;
  copy<true, kVectors>(host, cache, pairs, count, layers, layerVectors, pieceVectors);
}

extern "C" __global__ void __launch_bounds__(512)
    penstock_kv_restore(uint4* cache, const uint4* host, const int2* pairs, int count, int layers, size_t layerVectors,
                        int pieceVectors) {
  using namespace penstock::kv_copy;
  copy<false, kVectors>(cache, host, pairs, count, layers, layerVectors, pieceVectors);
}
