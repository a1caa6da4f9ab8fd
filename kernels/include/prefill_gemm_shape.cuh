// What a product of a prefill step is cut into; see prefill_gemm.cu.
#pragma once

#include <stdint.h>

namespace penstock::prefill_gemm {

constexpr int kStep = 64;           // of k: 128 bytes, the width of the swizzle
constexpr int kRowBytes = kStep * 2;
constexpr int kConsumers = 2;       // warpgroups that multiply, each its own rows of weights
constexpr int kWarpgroup = 128;
constexpr int kThreads = kConsumers * kWarpgroup + kWarpgroup;
constexpr int kProducerRegisters = 40;   // of a thread; with the consumers' those of the launch
constexpr int kConsumerRegisters = 232;
constexpr int kBlockRows = 64;      // of weights: wgmma's M
constexpr int kBoxTokens = 16;      // of a box of out

enum class Operation { kStore, kAdd, kSwiglu };

// kTokenColumns: tokens of a tile. kRowBlocks: blocks of 64 rows of a consumer. kBlocks: of a cluster, which share the
// tile's tokens and have different rows.
template <int kTokenColumns, int kRowBlocks, int kBlocks, int kRingStages>
struct Shape {
  static constexpr int kN = kTokenColumns;
  static constexpr int kM = kRowBlocks;
  static constexpr int kCluster = kBlocks;
  static constexpr int kStages = kRingStages;
  static constexpr int kConsumerRows = kM * kBlockRows;
  static constexpr int kRows = kConsumers * kConsumerRows;  // of weights of a tile
  static constexpr int kConsumerBytes = kConsumerRows * kRowBytes;
  static constexpr int kWeightBytes = kRows * kRowBytes;
  static constexpr int kShareRows = kN / kCluster;  // of x: what each block of a cluster fetches for all
  static constexpr int kStageBytes = kWeightBytes + kN * kRowBytes;
  static constexpr int kStagingBytes = kN * kConsumerRows;  // of a consumer, for outputs
  static constexpr int kSharedBytes = kStages * kStageBytes + kConsumers * kStagingBytes + 1024;  // to align to 1,024
  static_assert(kShareRows % 8 == 0 && kN % 16 == 0 && kN <= 256 && kSharedBytes <= 232448);
};

struct Arguments {
  void* out;            // (tokens, rows) T, or float32 for kAdd
  const void* out_map;  // tensor map of out
  const void* weights;  // tensor map
  const void* x;        // tensor map
  const void* bias;     // T (rows; gates then ups) or null
  int tokens;
  int rows;  // of out
  int k;
  int group;  // tiles of tokens that share a pass over the weights
  int hints;  // L2: weights 0 normal, 1 first to leave; 4 x last to leave
};

// Outputs of a tile.
template <class S, Operation kOperation>
constexpr int kOutputsOfTile = kOperation == Operation::kSwiglu ? S::kRows / 2 : S::kRows;

}  // namespace penstock::prefill_gemm
