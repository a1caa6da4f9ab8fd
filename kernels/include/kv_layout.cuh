// How keys and values lie in the paged cache: in tiles that the tensor cores and their loads take as they are.
//
// The cache of one layer is [block][kvHead][K part | V part]; a block is 16 tokens. A part is two halves of 8 tokens, and
// a half is a row of tiles of 8 tokens x 32 dims: 64 bytes a token, 512 in all. A headDim of an odd multiple of 16 ends
// with a tile of 8 tokens x 16 dims, 32 bytes a token. Within a tile the 16-byte vectors of a token (8 dims) are
// permuted with its number, so that 8 tokens' vectors of the same dims lie in 8 different bank groups of shared memory:
//
//   tile of 64-byte rows   vector v of token t stands at place v ^ (t / 2 % 4)
//   tile of 32-byte rows   at place v ^ (t / 4)
//
// which are the 64-byte and the 32-byte swizzle of wgmma and TMA. So a token is written in whole 16-byte vectors, and
//   - a warp reads a tile with 16 bytes a lane, lane l vector l%4 of token l/4 (read_place): 512 bytes in one piece.
//     Its words are A or B operands of mma.m16n8k16 with tokens outside and dims summed, provided that the other
//     operand takes the dims in the same order: in product s (0, 1) of a tile's two, l%4 sums dims 8(l%4) + 4s +
//     {0, 1, 2, 3}. With dims outside and tokens summed they are operands after a transposition of 8 x 8 matrices;
//   - ldmatrix reads them without bank conflicts;
//   - wgmma takes them from shared memory, K with the dims summed, V with the tokens summed.
#pragma once

#include <stdint.h>

namespace penstock::kv {

constexpr int kBlockTokens = 16;
constexpr int kHalfTokens = 8;
constexpr int kTileDims = 32;
constexpr int kTileVectors = 32;  // 16-byte vectors of a tile of 32 dims
constexpr int kVectorElements = 8;

// 16-byte vectors of one (block, kvHead): its K part, then its V part; a part is two halves.
__host__ __device__ constexpr int half_vectors(int head_dim) { return head_dim; }
__host__ __device__ constexpr int part_vectors(int head_dim) { return 2 * head_dim; }
__host__ __device__ constexpr int head_vectors(int head_dim) { return 4 * head_dim; }

// First vector of a (block, kvHead) in the cache of one layer.
__host__ __device__ constexpr size_t head_offset(int block, int kv_head, int kv_heads, int head_dim) {
  return (static_cast<size_t>(block) * kv_heads + kv_head) * head_vectors(head_dim);
}

// Where the vector of dims 8 * vector .. + 7 of a token (0 .. 15) stands in its part, in vectors.
__host__ __device__ constexpr int place(int token, int vector, int head_dim) {
  const int half = token / kHalfTokens * half_vectors(head_dim);
  const int row = token % kHalfTokens;
  const int tile = vector / 4;
  if (tile < head_dim / kTileDims) return half + tile * kTileVectors + row * 4 + (vector % 4 ^ row / 2);
  return half + tile * kTileVectors + row * 2 + (vector % 2 ^ row / 4);
}

// The element of (token, dim), in elements from the start of the part.
__host__ __device__ constexpr int element(int token, int dim, int head_dim) {
  return place(token, dim / kVectorElements, head_dim) * kVectorElements + dim % kVectorElements;
}

// The vector of a tile of 32 dims that lane l reads: vector l%4 of token l/4.
__device__ __forceinline__ int read_place(int lane) { return lane / 4 * 4 + (lane % 4 ^ lane / 8); }

// The 8 bytes of a tile of 16 dims that lane l reads, in units of 8 bytes: dims 4(l%4) .. + 3 of token l/4.
__device__ __forceinline__ int read_place_narrow(int lane) {
  return (lane / 4 * 2 + (lane % 4 / 2 ^ lane / 16)) * 2 + lane % 2;
}

}  // namespace penstock::kv
