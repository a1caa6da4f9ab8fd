// How keys and values lie in the paged cache: in the order in which the tensor cores take them.
//
// The cache of one layer is [block][kvHead][K part | V part]; a block is 16 tokens. Each part is headDim / 16 chunks
// of 512 bytes, and lane l of a warp takes 16 bytes of every chunk: the four registers of one 16 x 16 fragment of
// mma.m16n8k16. So a warp that reads chunks with 16 bytes a lane, from global or from shared memory, coalesced and
// without bank conflicts, holds operands; there is no ldmatrix, no swizzle and no transposition on the way.
//
//   K chunk c, lane l   dims 16c .. 16c+15; words {first, second} of tokens l/4, then of tokens 8 + l/4, where first
//                       holds dims 16c + 2(l%4) + {0,1} and second the dims 8 above
//   V chunk c, lane l   the same with dims and tokens exchanged: words {first, second} of dim 16c + l/4, then of dim
//                       16c + 8 + l/4, where first holds tokens 2(l%4) + {0,1} and second the tokens 8 above
//
// A chunk serves as the B operand of two n-tiles (tokens of K, dims of V in columns): b0, b1 = x, y and z, w; or as
// the A operand (tokens of K, dims of V in rows): a0 .. a3 = x, z, y, w.
#pragma once

#include <stdint.h>

namespace penstock::kv {

constexpr int kBlockTokens = 16;
constexpr int kLanes = 32;  // 16-byte vectors of a chunk

// 16-byte vectors of one (block, kvHead): its K part, then its V part.
__host__ __device__ constexpr int part_vectors(int head_dim) { return head_dim / 16 * kLanes; }
__host__ __device__ constexpr int head_vectors(int head_dim) { return 2 * part_vectors(head_dim); }

// First vector of a (block, kvHead) in the cache of one layer.
__host__ __device__ constexpr size_t head_offset(int block, int kv_head, int kv_heads, int head_dim) {
  return (static_cast<size_t>(block) * kv_heads + kv_head) * head_vectors(head_dim);
}

// Element of (row, column) in a 16 x 16 fragment of 256 elements; both parts use it, see above.
__host__ __device__ constexpr int fragment_element(int row, int column) {
  const int lane = row % 8 * 4 + column % 8 / 2;
  const int word = row / 8 * 2 + column / 8;
  return lane * 8 + word * 2 + column % 2;
}

// Elements from the start of the K part and of the V part; token is 0 .. 15.
__host__ __device__ constexpr int key_element(int token, int dim) {
  return dim / 16 * 256 + fragment_element(token, dim % 16);
}
__host__ __device__ constexpr int value_element(int token, int dim) {
  return dim / 16 * 256 + fragment_element(dim % 16, token);
}

}  // namespace penstock::kv
