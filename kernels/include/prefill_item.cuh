// What the two prefill attention kernels share: their arguments and their work.
#pragma once

#include "attention_common.cuh"

namespace penstock::attention {

// Some pages for one tile.
struct PrefillItem {
  int row;         // token row of the tile's first position
  int positions;
  int position;    // of the first row, in its sequence
  int block;       // index in blockIds of the first page
  int first_page;  // its number in the sequence
  int pages;
  int slot;    // first partial of the tile, when it has several items
  int splits;  // number of its items
  int split;   // which of them this is

  __device__ __forceinline__ explicit PrefillItem(const Record& r)
      : row(r.low.x), positions(r.low.y), position(r.low.z), block(r.low.w), first_page(r.high.x), pages(r.high.y),
        slot(r.high.z), splits(r.high.w >> 16), split(r.high.w & 0xffff) {}
};

template <typename T>
struct PrefillArguments {
  T* out;               // (tokens, heads, D)
  const T* qkv;         // (tokens, (heads + 2 kvHeads) * D)
  const T* cache;       // of the layer, kv_layout.cuh
  const int* block_ids;
  const int* work;
  float* partials;      // (slots, kvHeads, rows * (D + 8)): accumulators as the threads hold them
  int* counters;        // (1 + slots, kvHeads): [0] numbers of work drawn, then arrivals
  int heads, kv_heads, window;
  float scale;
};

}  // namespace penstock::attention
