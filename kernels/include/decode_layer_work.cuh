// What decode_layer.cu computes and in which pieces: arguments, units of work and their order, counters.
#pragma once

#include <stdint.h>

#include "decode_gemm.cuh"

namespace penstock::decode_layer {

using decode_gemm::kBoxBytes;
using decode_gemm::kBoxRows;
using decode_gemm::kStep;
using decode_gemm::kTileRows;

constexpr int kConsumers = 128;     // threads that multiply: one warpgroup
constexpr int kNormThreads = 256;   // that norm, and add up what several blocks have multiplied
constexpr int kThreads = kConsumers + kNormThreads + 64;
constexpr int kMaxSplits = 16;
constexpr int kMaxQkvTiles = 256;

// A product x w^T whose tiles are cut into `splits` parts of k each, for q, k and v all tiles together into `splits`
// equal pieces. rows = 0: there is no such product.
struct Product {
  const void* weights;  // tensor map
  const void* x;        // tensor map
  const void* bias;     // T or null
  int rows;             // of the output: for gate and up half the rows of w
  int k;
  int splits;
};

struct Arguments {
  Product o, gate_up, down, qkv;
  float* residual;        // (tokens, hidden)
  const void* post_gain;  // T (hidden): the norm behind o
  const void* next_gain;  // T (hidden) or null: the norm behind down, the next layer's first
  void* normed;           // T (tokens, hidden)
  void* activated;        // T (tokens, ffn)
  void* out;              // T (tokens, qkv.rows)
  float* partials;        // (splits, tokens, rows) of the product under way
  uint32_t* control;      // kControlWords, zero
  float eps;
  int tokens;
};

// Words of `control`, those that many blocks change or watch at once in lines of their own.
constexpr int kLine = 32;
constexpr int kTicket = 0 * kLine;      // units handed out
constexpr int kPostClaim = 1 * kLine;   // tokens of the norm behind o handed out
constexpr int kNextClaim = 2 * kLine;   // of the norm behind down
constexpr int kODone = 3 * kLine;       // units
constexpr int kPostDone = 4 * kLine;    // tokens
constexpr int kDownDone = 5 * kLine;    // units
constexpr int kNextDone = 6 * kLine;    // tokens
constexpr int kPartDone = 8 * kLine;   // kMaxSplits lines: tiles of gate and up that a part of down's k waits for
constexpr int kQkvArrived = (8 + kMaxSplits) * kLine;  // kMaxQkvTiles words: parts of a tile that are there
constexpr int kControlWords = kQkvArrived + kMaxQkvTiles;

enum class Phase { kO, kGateUp, kDown, kQkv, kEnd };

// Tile `tile` of a product over k steps [begin, end), the part `split` of them. A piece of q, k and v may go over the
// end of a tile: `more` steps are left of it then.
struct Unit {
  Phase phase;
  int tile, split, begin, end, more;
};

__device__ __forceinline__ int steps_of(const Product& p) { return (p.k + kStep - 1) / kStep; }
__device__ __forceinline__ int begin_of(const Product& p, int split) { return split * steps_of(p) / p.splits; }

// Numbers of the units, in the order in which they are handed out. A unit waits only for units before it.
struct Order {
  int o_tiles, down_tiles;
  int first_gate_up, first_down, first_qkv, end;
  int qkv_steps;  // of all tiles

  __device__ __forceinline__ explicit Order(const Arguments& a) {
    o_tiles = tiles(a.o.rows, kTileRows);
    down_tiles = tiles(a.down.rows, kTileRows);
    first_gate_up = o_tiles * a.o.splits;
    first_down = first_gate_up + tiles(a.gate_up.rows, kTileRows / 2);
    first_qkv = first_down + down_tiles * a.down.splits;
    qkv_steps = tiles(a.qkv.rows, kTileRows) * steps_of(a.qkv);
    end = first_qkv + (qkv_steps > 0 ? a.qkv.splits : 0);
  }

  static __device__ __forceinline__ int tiles(int rows, int of_tile) { return (rows + of_tile - 1) / of_tile; }

  // The piece of q, k and v that has step `at` of all tiles' steps.
  __device__ __forceinline__ int piece_with(const Arguments& a, int at) const {
    return ((at + 1) * a.qkv.splits - 1) / qkv_steps;
  }
  // Pieces that have something of a tile.
  __device__ __forceinline__ int first_piece(const Arguments& a, int tile) const {
    return piece_with(a, tile * steps_of(a.qkv));
  }
  __device__ __forceinline__ int parts(const Arguments& a, int tile) const {
    return piece_with(a, (tile + 1) * steps_of(a.qkv) - 1) - first_piece(a, tile) + 1;
  }

  // The parts of down are handed out one after the other, as the columns they need are finished in that order.
  __device__ __forceinline__ Unit unit(const Arguments& a, int ticket) const {
    Unit u;
    u.more = 0;
    if (ticket < first_gate_up) {
      u.phase = Phase::kO;
      u.tile = ticket % o_tiles;
      u.split = ticket / o_tiles;
      u.begin = begin_of(a.o, u.split);
      u.end = begin_of(a.o, u.split + 1);
    } else if (ticket < first_down) {
      u.phase = Phase::kGateUp;
      u.tile = ticket - first_gate_up;
      u.split = 0;
      u.begin = 0;
      u.end = steps_of(a.gate_up);
    } else if (ticket < first_qkv) {
      u.phase = Phase::kDown;
      u.tile = (ticket - first_down) % down_tiles;
      u.split = (ticket - first_down) / down_tiles;
      u.begin = begin_of(a.down, u.split);
      u.end = begin_of(a.down, u.split + 1);
    } else {
      const int piece = ticket - first_qkv, steps = steps_of(a.qkv);
      const int begin = piece * qkv_steps / a.qkv.splits, end = (piece + 1) * qkv_steps / a.qkv.splits;
      u.phase = Phase::kQkv;
      u.tile = begin / steps;
      u.split = piece - first_piece(a, u.tile);
      u.begin = begin - u.tile * steps;
      u.end = min(u.begin + end - begin, steps);
      u.more = u.begin + end - begin - u.end;
    }
    return u;
  }

  // What is left of a piece behind a tile's end; false if nothing.
  __device__ __forceinline__ bool next(const Arguments& a, Unit& u) const {
    if (u.more == 0) return false;
    ++u.tile;
    u.split = 0;  // whoever comes over a tile's beginning has its first part
    u.begin = 0;
    u.end = min(u.more, steps_of(a.qkv));
    u.more -= u.end;
    return true;
  }
};

// By value: a reference to one of several parameters would put them all into local memory.
__device__ __forceinline__ Product product_of(const Arguments& a, Phase phase) {
  Product p = a.o;
  if (phase == Phase::kGateUp) p = a.gate_up;
  if (phase == Phase::kDown) p = a.down;
  if (phase == Phase::kQkv) p = a.qkv;
  return p;
}

// Whether a tile of gate and up, which makes one step of down's k, belongs to part `split` of it.
__device__ __forceinline__ bool feeds(const Arguments& a, int tile, int split) {
  return tile >= begin_of(a.down, split) && tile < begin_of(a.down, split + 1);
}

// How many do.
__device__ __forceinline__ int feeders(const Arguments& a, int split) {
  return begin_of(a.down, split + 1) - begin_of(a.down, split);
}

}  // namespace penstock::decode_layer
